#!/usr/bin/env python3
"""Writes Sources/RuleEngine/Time/Zones/ZoneFiles.swift: every time zone's TZif file, for the program to carry.

    python3 -m venv /tmp/zones && /tmp/zones/bin/pip install tzdata
    /tmp/zones/bin/python scripts/places/zones.py

The data are the IANA time zone database (public domain) as the PyPI package `tzdata` compiles it. Two things are left
out, to a third of the size: the block for readers of version 1, and changes before 1970.
"""
import base64
import importlib.resources
import os
import struct

import tzdata

TARGET = os.path.join(os.path.dirname(__file__), "../../Sources/RuleEngine/Time/Zones/ZoneFiles.swift")


def trimmed(file):
    counts = struct.unpack(">6l", file[20:44])
    is_ut, is_std, leap, transitions, types, letters = counts
    at = 44 + transitions * 5 + types * 6 + letters + leap * 8 + is_std + is_ut
    assert file[at:at + 4] == b"TZif"
    is_ut, is_std, leap, transitions, types, letters = struct.unpack(">6l", file[at + 20:at + 44])
    at += 44
    times = struct.unpack(f">{transitions}q", file[at:at + 8 * transitions])
    at += 8 * transitions
    kinds = list(file[at:at + transitions])
    at += transitions
    offsets = [struct.unpack(">lBB", file[at + 6 * i:at + 6 * i + 6]) for i in range(types)]
    at += 6 * types
    names = file[at:at + letters]
    at += letters + leap * 12 + is_std + is_ut
    footer = file[at:]

    first = sum(1 for time in times if time <= 0)
    before = kinds[first - 1] if first else 0
    times, kinds = times[first:], kinds[first:]
    used = []
    for kind in [before] + kinds:
        if kind not in used:
            used.append(kind)
    pool, records = b"", b""
    for kind in used:
        seconds, is_dst, name = offsets[kind]
        text = names[name:names.index(b"\0", name) + 1]
        place = pool.find(text)
        if place < 0:
            place = len(pool)
            pool += text
        records += struct.pack(">lBB", seconds, is_dst, place)
    head = b"TZif2" + b"\0" * 15
    # An empty first block is what slim files have, too.
    return (head + struct.pack(">6l", 0, 0, 0, 0, 1, 1) + struct.pack(">lBB", 0, 0, 0) + b"\0"
            + head + struct.pack(">6l", 0, 0, 0, len(times), len(used), len(pool))
            + struct.pack(f">{len(times)}q", *times) + bytes(used.index(kind) for kind in kinds)
            + records + pool + footer)


def main():
    package = importlib.resources.files("tzdata")
    files = {}
    for name in sorted(package.joinpath("zones").read_text().split()):
        if name in ("Factory", "localtime"):
            continue
        files.setdefault(trimmed(package.joinpath("zoneinfo", *name.split("/")).read_bytes()), []).append(name)
    lines = [
        "// swift-format-ignore-file",
        "// Written by scripts/places/zones.py; edit that instead.",
        "",
        "/// Every time zone's TZif file: on each line the zone's names, and the file in base64.",
        "///",
        f"/// IANA time zone database {tzdata.IANA_VERSION} (public domain), compiled by the PyPI package"
        f" `tzdata` {tzdata.__version__}.",
        "enum ZoneFiles {",
        f'    static let version = "{tzdata.IANA_VERSION}"',
        "",
        '    static let lines: StaticString = """',
    ]
    for file, names in files.items():
        lines.append("        " + ",".join(names) + " " + base64.b64encode(file).decode().rstrip("="))
    lines += ['        """', "}", ""]
    with open(TARGET, "w") as output:
        output.write("\n".join(lines))
    print(f"{len(files)} files for {sum(map(len, files.values()))} names, {tzdata.IANA_VERSION}")


main()
