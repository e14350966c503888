"""Opens a page with the web chat in a real browser, writes, and waits for the answer.

    chat_in_browser.py SERVER SITE_PORT

The page comes from a site of its own with a strict content policy. Prints one JSON object; standard input tells when the
answer was sent. Python standard library only.
"""

import http.server
import json
import signal
import sys
import threading
import time

from press_unsubscribe import Browser

SERVER, PORT = sys.argv[1], int(sys.argv[2])
POLICY = (
    f"default-src 'none'; script-src {SERVER}; connect-src {SERVER}; img-src https: {SERVER}; "
    "require-trusted-types-for 'script'; base-uri 'none'"
)
PAGE = (
    '<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>'
    f'<script src="{SERVER}/webchat/v1/widget.js" data-channel="site" defer></script>'
)


PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_):
        pass


def run(browser, script):
    return browser.call("/execute/sync", {"script": script, "args": []})


def until(browser, script):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        value = run(browser, script)
        if value:
            return value
        time.sleep(0.1)
    return None


ROOT = "const root = document.querySelector('[data-carillon-chat]')?.shadowRoot; if (!root) return null; "

# Whatever hangs ends here, and the test with it.
signal.alarm(120)
site = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Site)
threading.Thread(target=site.serve_forever, daemon=True).start()
try:
    browser = Browser("en")
except Exception as error:  # A browser that can't start is no fault of the page.
    print(json.dumps({"unavailable": str(error)}))
    sys.exit(0)
try:
    browser.call("/url", {"url": f"http://127.0.0.1:{PORT}/"})
    seen = {}
    seen["opener"] = until(browser, ROOT + "return root.querySelector('.opener').textContent")
    run(browser, ROOT + "root.querySelector('.opener').click()")
    seen["title"] = until(
        browser, ROOT + "const t = root.querySelector('h2').textContent; return t === 'Chat' ? null : t")
    run(
        browser,
        ROOT + "root.querySelector('textarea').value = '<b>Hello</b>'; root.querySelector('form').requestSubmit()")
    seen["written"] = until(
        browser, ROOT + "const i = root.querySelector('li.visitor:not(.pending)'); return i && i.textContent")
    seen["accept"] = run(browser, ROOT + "return root.querySelector('input[type=file]').accept.includes('image/png')")
    # A picture, as if chosen by hand.
    run(browser, ROOT + f"""
        const bytes = Uint8Array.from(atob('{PICTURE}'), (c) => c.charCodeAt(0));
        const files = new DataTransfer();
        files.items.add(new File([bytes], 'dot.png', {{ type: 'image/png' }}));
        const chooser = root.querySelector('input[type=file]');
        chooser.files = files.files;
        chooser.dispatchEvent(new Event('change'));""")
    seen["picture"] = until(
        browser, ROOT + "const i = root.querySelector('li.visitor img'); return i && i.naturalWidth > 0 && i.alt")
    run(browser, ROOT + "const t = root.querySelector('textarea'); t.value = 'I am'; t.dispatchEvent(new Event('input'))")
    seen["typed"] = until(
        browser,
        "return performance.getEntriesByType('resource').some((e) => e.name.endsWith('/typing') && e.responseEnd > 0)")
    print(json.dumps({"visitor": run(
        browser, "return JSON.parse(sessionStorage.getItem('carillon-chat-site')).token.split('.')[0]")}), flush=True)
    sys.stdin.readline()
    seen["answer"] = until(browser, ROOT + "const i = root.querySelector('li.us'); return i && i.textContent")
    seen["writes"] = until(browser, ROOT + "return !root.querySelector('.typing').hidden")
    seen["mine"] = run(browser, ROOT + "return root.querySelectorAll('li.visitor').length")
    if len(sys.argv) > 3:
        browser.screenshot(sys.argv[3])
    seen["alerted"] = run(browser, "return typeof window.pwned")
    seen["elements"] = run(browser, ROOT + "return root.querySelectorAll('li script, li b, li.us img').length")
    seen["background"] = run(browser, ROOT + "return getComputedStyle(root.querySelector('h2')).backgroundColor")
    browser.call("/refresh", {})
    seen["again"] = until(
        browser, ROOT + "const l = root.querySelectorAll('li'); return l.length >= 3 ? l.length : null")
    # The page tells what it has a moment later.
    seen["told"] = until(
        browser,
        "return performance.getEntriesByType('resource').some((e) => e.name.endsWith('/receipts') && e.responseEnd > 0)")
    print(json.dumps(seen, sort_keys=True), flush=True)
finally:
    browser.close()
    site.shutdown()
