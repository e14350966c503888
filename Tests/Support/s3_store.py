"""A bucket that opens only for addresses signed as AWS Signature Version 4 says, by an implementation of its own.

Prints its port, serves until its input ends, then prints each path with what it answered.
"""

import hashlib
import hmac
import http.server
import json
import sys
import threading
import urllib.parse

KEY, SECRET, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-central-1"
OBJECTS = {
    "/media/fair/plan one.pdf": b"%PDF-1.7 a plan",
    "/media/fair/plan.pdf": b"%PDF-1.7 another plan",
    "/media/fair/page.pdf": b"<html>not a plan</html>",
    "/media/fair/large.pdf": b"%PDF-1.7 " + b"x" * (8 << 20),
}
log = []


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def verify(path, query, host):
    fields = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    signature = fields.pop("X-Amz-Signature", "")
    day = fields["X-Amz-Date"][:8]
    scope = f"{day}/{REGION}/s3/aws4_request"
    if fields["X-Amz-Credential"] != f"{KEY}/{scope}" or not 1 <= int(fields["X-Amz-Expires"]) <= 604800:
        return False
    quoted = "&".join(
        f"{urllib.parse.quote(name, safe='~')}={urllib.parse.quote(value, safe='~')}"
        for name, value in sorted(fields.items()))
    canonical = "\n".join(["GET", path, quoted, f"host:{host}\n", "host", "UNSIGNED-PAYLOAD"])
    text = "\n".join(
        ["AWS4-HMAC-SHA256", fields["X-Amz-Date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in (day, REGION, "s3", "aws4_request"):
        key = sign(key, part)
    return hmac.compare_digest(sign(key, text).hex(), signature)


class Store(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        try:
            status = 200 if verify(path, query, self.headers["Host"]) else 403
        except (KeyError, ValueError):
            status = 400
        body = OBJECTS.get(urllib.parse.unquote(path), b"") if status == 200 else b""
        if status == 200 and not body:
            status = 404
        log.append([path, status])
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
print(json.dumps(log), flush=True)
