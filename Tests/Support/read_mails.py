"""Reads composed mails with Python's email package and says where they differ from what was meant.

    read_mails.py FOLDER

Each NAME.mail in the folder is a message in SMTP wire form (dots stuffed); NAME.json holds what it should say.
Prints one line per difference, and `read N` at the end.
"""

import email
import email.policy
import json
import os
import re
import sys


def lines_of(text):
    return re.sub("\r\n|\r", "\n", text).rstrip("\n")


def check(name, raw, meant):
    def differs(what, seen, wanted):
        if seen != wanted:
            print(f"{name}: {what} is {seen!r}, should be {wanted!r}")

    if not raw.endswith(b"\r\n"):
        print(f"{name}: does not end in CRLF")
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        print(f"{name}: a bare CR or LF")
    if any(byte > 126 or (byte < 32 and byte not in (9, 10, 13)) for byte in raw):
        print(f"{name}: bytes that are not plain ASCII")
    lines = raw.split(b"\r\n")
    if any(line == b"." for line in lines):
        print(f"{name}: a line that holds only a dot")
    header = raw.split(b"\r\n\r\n")[0].split(b"\r\n")
    for line in lines:
        if len(line) > 998:
            print(f"{name}: a line of {len(line)} bytes")
    for line in header:
        for word in re.findall(rb"=\?utf-8\?[QB]\?[^?]*\?=", line):
            if len(word) > 75 or len(line) > 76:
                print(f"{name}: encoded word or line too long: {line!r}")
    if any(line.startswith(b"From ") for line in lines):
        print(f"{name}: a line that begins with From")
    plain = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)
    message = email.message_from_bytes(plain, policy=email.policy.default)
    if message.defects:
        print(f"{name}: defects {message.defects}")
    differs("subject", message["subject"] or "", meant["subject"])
    to = message["to"].addresses
    differs("recipients", len(to), 1)
    differs("address", to[0].addr_spec, meant["address"])
    differs("name", to[0].display_name, meant["name"])
    differs("sender", message["from"].addresses[0].display_name, meant["sender"])
    differs("message id", message["message-id"], meant["message_id"])
    differs("version", message["mime-version"], "1.0")
    differs("date", message["date"].datetime.isoformat(), meant["date"])
    differs("unsubscribe", message["list-unsubscribe"], meant.get("unsubscribe"))
    post = "List-Unsubscribe=One-Click" if meant.get("unsubscribe") else None
    differs("one-click", message["list-unsubscribe-post"], post)
    differs("list id", message["list-id"], meant.get("list_id"))
    for part in message.walk():
        if part.defects:
            print(f"{name}: defects of a part {part.defects}")
    parts = list(message.iter_parts()) if message.is_multipart() else [message]
    differs("types", [part.get_content_type() for part in parts], meant["types"])
    for part, wanted in zip(parts, meant["parts"]):
        differs("content", lines_of(part.get_content()), lines_of(wanted))
    return 1


folder = sys.argv[1]
count = 0
for file in sorted(os.listdir(folder)):
    if file.endswith(".mail"):
        name = file[:-5]
        with open(os.path.join(folder, file), "rb") as mail, open(os.path.join(folder, name + ".json"), "rb") as meant:
            count += check(name, mail.read(), json.load(meant))
print(f"read {count}")
