"""Goes through the pages for recipients in a real browser, and prints what a person would see.

    walk_pages.py PREFERENCES UNSUBSCRIBE CONFIRM LANGUAGE

Speaks WebDriver to chromedriver; one JSON object on standard output. Python standard library only.
"""

import json
import signal
import sys

from press_unsubscribe import Browser


def boxes(browser):
    script = (
        "return [...document.querySelectorAll('input[type=checkbox]')]"
        ".map(box => [box.value, box.checked, box.parentElement.innerText.trim()])"
    )
    return browser.call("/execute/sync", {"script": script, "args": []})


def status(browser):
    script = "return document.querySelector('[role=status]')?.innerText ?? null"
    return browser.call("/execute/sync", {"script": script, "args": []})


def press(browser, selector):
    browser.call(f"/element/{browser.find(selector)}/click", {})


def saved(browser, before):
    """Once the page that answers the form is there."""
    for _ in range(1500):
        try:
            browser.page()
            if status(browser) != before:
                return {"boxes": boxes(browser), "status": status(browser)}
        except Exception:
            # The page went away while it was read.
            pass
    raise TimeoutError("the page stayed as it was")


def main(preferences, unsubscribe, confirm, language):
    # Whatever hangs ends here, and the test with it.
    signal.alarm(120)
    try:
        browser = Browser(language)
    except (OSError, AttributeError) as reason:
        print(json.dumps({"unavailable": str(reason)}), flush=True)
        return
    seen = {}
    try:
        browser.call("/url", {"url": preferences})
        seen["preferences"] = browser.page()
        seen["before"] = boxes(browser)
        first = status(browser)
        press(browser, "input[type=checkbox][value='email/news']")
        press(browser, "button[value=save]")
        seen["saved"] = saved(browser, first)
        browser.call("/url", {"url": unsubscribe})
        asked = browser.page()
        press(browser, "button")
        seen["unsubscribed"] = browser.page(unlike=asked)
        browser.call("/url", {"url": preferences})
        browser.page()
        seen["after"] = boxes(browser)
        browser.call("/url", {"url": confirm})
        asked = browser.page()
        seen["asked"] = asked
        press(browser, "button")
        seen["confirmed"] = browser.page(unlike=asked)
        browser.call("/url", {"url": preferences})
        browser.page()
        seen["again"] = boxes(browser)
    finally:
        browser.close()
    print(json.dumps(seen, ensure_ascii=False, sort_keys=True), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
