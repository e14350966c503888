"""Verifies the DKIM signatures of mails with dkimpy, an implementation that is not ours.

    verify_dkim.py FOLDER DOMAIN SELECTOR RECORD

Each NAME.mail in the folder is a message in SMTP wire form (dots stuffed); RECORD is the key's TXT record. Changes that
relays make must not break a signature; changes of content must. Prints one line per surprise, and `verified N`.
"""

import os
import re
import sys

import dkim

folder, domain, selector, record = sys.argv[1:]


def lookup(name, timeout=5):
    asked = name.decode() if isinstance(name, bytes) else name
    return record.encode() if asked.rstrip(".") == f"{selector}._domainkey.{domain}" else None


def holds(mail):
    try:
        return dkim.verify(mail, dnsfunc=lookup)
    except dkim.DKIMException:
        return False


def relayed(mail):
    head, body = mail.split(b"\r\n\r\n", 1)
    head = re.sub(rb"^Subject: ", b"Subject:  \t", head, flags=re.M)
    return b"Received: from a by b; today\r\n" + head + b"\r\n\r\n" + body.rstrip(b"\r\n") + b"\r\n\r\n\r\n"


count = 0
for file in sorted(os.listdir(folder)):
    if not file.endswith(".mail"):
        continue
    with open(os.path.join(folder, file), "rb") as opened:
        wire = opened.read()
    mail = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in wire.split(b"\r\n"))
    if not holds(mail):
        print(f"{file}: does not verify")
    if not holds(relayed(mail)):
        print(f"{file}: does not verify behind a relay")
    forged = {
        "another subject": re.sub(rb"^Subject: ", b"Subject: Not ", mail, flags=re.M),
        "a second From": b"From: evil@other.example\r\n" + mail,
        "more body": mail.rstrip(b"\r\n") + b"\r\nmore\r\n",
        "another unsubscribe address": mail.replace(b"https://go.", b"https://no."),
    }
    for what, changed in forged.items():
        if changed != mail and holds(changed):
            print(f"{file}: verifies with {what}")
    for line in mail.split(b"\r\n"):
        if len(line) > 998:
            print(f"{file}: a line of {len(line)} bytes")
    count += 1
print(f"verified {count}")
