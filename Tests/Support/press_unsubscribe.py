"""Opens an unsubscribe link in a real browser, presses the button, and prints what a person would see.

    press_unsubscribe.py LINK LANGUAGE

Speaks WebDriver to chromedriver; one JSON object on standard output. Python standard library only.
"""

import base64
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request


class Browser:
    def __init__(self, language):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        try:
            self.start(language)
        except BaseException:
            self.driver.kill()
            raise

    def start(self, language):
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.address = f"http://127.0.0.1:{int(line.rstrip().rstrip('.').split()[-1])}/session"
                break
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--lang={language}"]
        options = {"args": arguments, "prefs": {"intl.accept_languages": language}}
        wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}
        self.address += "/" + self.call("", wanted)["sessionId"]

    def call(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def find(self, selector):
        found = self.call("/elements", {"using": "css selector", "value": selector})
        return next(iter(found[0].values())) if found else None

    def style(self, selector, name):
        return self.call(f"/element/{self.find(selector)}/css/{name}")

    def page(self, unlike=None):
        """What stands on the page; with `unlike`, once that page has made way for the next one, whole."""
        script = (
            "if (document.readyState !== 'complete') return null;"
            "const text = (selector) => document.querySelector(selector)?.innerText ?? null;"
            "return {heading: text('h1'), button: text('button'), title: document.title}"
        )
        end = time.monotonic() + 30
        while True:
            try:
                seen = self.call("/execute/sync", {"script": script, "args": []})
                if seen and seen != unlike:
                    return seen
            except urllib.error.HTTPError:
                # The page went away while it was read.
                pass
            if time.monotonic() > end:
                raise TimeoutError("the page stayed as it was")
            time.sleep(0.02)

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("/screenshot")))

    def close(self):
        try:
            urllib.request.urlopen(urllib.request.Request(self.address, method="DELETE"), timeout=20).close()
        finally:
            # Not `terminate`: the mask of blocked signals is inherited, and the browser is closed by now.
            self.driver.kill()
            self.driver.wait()


def main(link, language):
    # Whatever hangs ends here, and the test with it.
    signal.alarm(120)
    try:
        browser = Browser(language)
    except (OSError, AttributeError) as reason:
        # Some machines have a browser that can't start, in a container that forbids what it needs.
        print(json.dumps({"unavailable": str(reason)}), flush=True)
        return
    try:
        browser.call("/url", {"url": link})
        seen = {"asked": browser.page(), "background": browser.style("button", "background-color")}
        browser.call(f"/element/{browser.find('button')}/click", {})
        seen["done"] = browser.page(unlike=seen["asked"])
        browser.call("/url", {"url": link})
        seen["again"] = browser.page()
    finally:
        browser.close()
    print(json.dumps(seen, ensure_ascii=False, sort_keys=True), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
