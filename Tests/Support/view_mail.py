"""Looks at a mail in a real browser, follows a link in it, and prints what a person would see.

    view_mail.py LINK BASE LANGUAGE

BASE takes the place of the address that the mail's links name. Speaks WebDriver to chromedriver; one JSON object on
standard output. Python standard library only.
"""

import json
import signal
import sys

from press_unsubscribe import Browser


def main(link, base, language):
    # Whatever hangs ends here, and the test with it.
    signal.alarm(120)
    try:
        browser = Browser(language)
    except (OSError, AttributeError) as reason:
        print(json.dumps({"unavailable": str(reason)}), flush=True)
        return
    seen = {}
    try:
        browser.call("/url", {"url": link})
        seen.update(browser.page())
        seen["color"] = browser.style("h1", "color")
        # The mail names the address that it was sent with; the test's server listens on another port.
        browser.call(
            "/execute/sync",
            {"script": "const a = document.querySelector('#away'); a.href = a.href.replace(/^http:..[^/]*/, arguments[0])",
             "args": [base]},
        )
        before = browser.page()
        browser.call(f"/element/{browser.find('#away')}/click", {})
        seen["followed"] = browser.page(unlike=before)["title"]
    finally:
        browser.close()
    print(json.dumps(seen, ensure_ascii=False, sort_keys=True), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
