"""Opens a phone of the sandbox in a real browser, types an answer, and prints what stands there then.

    type_into_phone.py ADDRESS TEXT [SCREENSHOT]

One JSON object on standard output. Python standard library only.
"""

import json
import signal
import sys
import time

from press_unsubscribe import Browser

# Whatever hangs ends here, and the test with it.
signal.alarm(120)
try:
    browser = Browser("en")
except Exception as error:  # A browser that can't start is no fault of the page.
    print(json.dumps({"unavailable": str(error)}))
    sys.exit(0)
try:
    browser.call("/url", {"url": sys.argv[1]})
    type_it = (
        "const field = document.querySelector('form.reply input[name=text]');"
        f"field.value = {json.dumps(sys.argv[2])}; field.form.requestSubmit(); return true"
    )
    browser.call("/execute/sync", {"script": type_it, "args": []})
    script = (
        "if (document.readyState !== 'complete' || document.querySelector('form.reply input[name=text]')?.value) return null;"
        "return document.body.innerText"
    )
    end, text = time.monotonic() + 30, None
    while not (text and sys.argv[2] in text) and time.monotonic() < end:
        try:
            text = browser.call("/execute/sync", {"script": script, "args": []}) or text
        except Exception:  # The page went away while it was read.
            pass
        time.sleep(0.05)
    if len(sys.argv) > 3:
        browser.screenshot(sys.argv[3])
    print(json.dumps({"page": text}, ensure_ascii=False))
finally:
    browser.close()
