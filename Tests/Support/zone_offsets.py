"""Tells what Python's zoneinfo makes of TZif files: the second opinion on our reader.

Reads `NAME BASE64` lines from the file named on the command line. For each zone it prints its name and then pairs of an
instant and the offset at it, for: the second before and of every change in 2026 and 2027, and every tenth day.
"""
import base64
import datetime
import io
import sys
import zoneinfo

START = int(datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc).timestamp())
END = int(datetime.datetime(2028, 1, 1, tzinfo=datetime.timezone.utc).timestamp())
STEP = 6 * 3600


def offset(zone, second):
    return int(datetime.datetime.fromtimestamp(second, zone).utcoffset().total_seconds())


def changes(zone):
    before = offset(zone, START)
    for second in range(START + STEP, END, STEP):
        after = offset(zone, second)
        if after != before:
            low, high = second - STEP, second
            while high - low > 1:
                middle = (low + high) // 2
                if offset(zone, middle) == before:
                    low = middle
                else:
                    high = middle
            yield high
        before = after


for line in open(sys.argv[1]):
    name, text = line.split()
    zone = zoneinfo.ZoneInfo.from_file(io.BytesIO(base64.b64decode(text + "=" * (-len(text) % 4))), key=name)
    instants = set(range(START, END, 10 * 86400))
    found = list(changes(zone))
    for change in found:
        instants.update([change - 3600, change - 1, change, change + 3600])
    pairs = " ".join(f"{second} {offset(zone, second)}" for second in sorted(instants))
    print(name, len(found), pairs)
