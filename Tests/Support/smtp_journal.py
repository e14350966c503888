"""A real SMTP server (aiosmtpd) with a journal that survives a kill.

    smtp_journal.py JOURNAL [--starttls CERT KEY | --implicit CERT KEY] [--login USER PASSWORD] [--port N]

Prints `PORT n` when it listens, and ends when its standard input does. Each accepted message is one line
`recipient<TAB>message-id` in the journal, synced to disk before the answer leaves.
"""

import argparse
import asyncio
import logging
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

# Refused handshakes are what some tests are about.
logging.disable(logging.CRITICAL)

parser = argparse.ArgumentParser()
parser.add_argument("journal")
parser.add_argument("--starttls", nargs=2)
parser.add_argument("--implicit", nargs=2)
parser.add_argument("--login", nargs=2)
parser.add_argument("--port", type=int, default=0)
options = parser.parse_args()
journal = os.open(options.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


class Journal:
    async def handle_DATA(self, server, session, envelope):
        name = ""
        for line in envelope.content.split(b"\r\n\r\n")[0].split(b"\r\n"):
            if line.lower().startswith(b"message-id:"):
                name = line.split(b":", 1)[1].strip().decode()
        for recipient in envelope.rcpt_tos:
            os.write(journal, f"{recipient}\t{name}\n".encode())
        os.fsync(journal)
        return "250 2.0.0 Ok: queued as J1"


def authenticate(server, session, envelope, mechanism, data):
    wanted = [text.encode() for text in options.login]
    return AuthResult(success=[data.login, data.password] == wanted, handled=False)


def context(files):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_cert_chain(*files)
    return made


def protocol():
    settings = {"hostname": "journal.test", "loop": asyncio.get_event_loop()}
    if options.login:
        settings.update(authenticator=authenticate, auth_required=True, auth_require_tls=bool(options.starttls))
    if options.starttls:
        settings.update(tls_context=context(options.starttls), require_starttls=True)
    return SMTP(Journal(), **settings)


async def main():
    loop = asyncio.get_running_loop()
    secure = context(options.implicit) if options.implicit else None
    server = await loop.create_server(protocol, "127.0.0.1", options.port, ssl=secure)
    print("PORT", server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.buffer.read)
    os._exit(0)


asyncio.run(main())
