#!/usr/bin/env python3
"""Writes Sources/Runner/Places/places.txt: where a telephone number or a country may be, and on which clocks.

    python3 -m venv /tmp/places && /tmp/places/bin/pip install tzdata phonenumbers
    /tmp/places/bin/python scripts/places/numbers.py

Numbers: libphonenumber's tables of prefixes, as the PyPI package `phonenumbers` carries them (Apache License 2.0,
Copyright (C) The Libphonenumber Authors). Countries: zone.tab of the IANA time zone database (public domain).

The prefix tables of North America list single exchanges and give a default for the others, which is wrong in places.
So here an area code has the zones of all prefixes that share it, and of the area code that it overlays.
"""
import datetime
import importlib.resources
import os
import zoneinfo
from collections import defaultdict

import phonenumbers
import tzdata
from phonenumbers.data import _COUNTRY_CODE_TO_REGION_CODE as REGIONS
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.tzdata import TIMEZONE_DATA

TARGET = os.path.join(os.path.dirname(__file__), "../../Sources/Runner/Places/places.txt")

STATES = dict(zip(
    "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia Hawaii Idaho Illinois"
    " Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi Missouri"
    " Montana Nebraska Nevada New_Hampshire New_Jersey New_Mexico New_York North_Carolina North_Dakota Ohio Oklahoma"
    " Oregon Pennsylvania Rhode_Island South_Carolina South_Dakota Tennessee Texas Utah Vermont Virginia Washington"
    " West_Virginia Wisconsin Wyoming Washington_D.C. Alberta British_Columbia Manitoba New_Brunswick"
    " Newfoundland_and_Labrador Nova_Scotia Ontario Prince_Edward_Island Quebec Saskatchewan Northwest_Territories"
    " Nunavut Yukon".replace("_", "\u00a0").split(" "),
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA"
    " RI SC SD TN TX UT VT VA WA WV WI WY DC AB BC MB NB NL NS ON PE QC SK NT NU YT".split()))
STATES = {name.replace("\u00a0", " "): code for name, code in STATES.items()}
CANADA = set("AB BC MB NB NL NS ON PE QC SK NT NU YT".split())
OVERLAYS = {  # new area code: the one whose people it shares
    "364": "270", "448": "850", "930": "812", "458": "541", "581": "418", "367": "418", "236": "250", "672": "250",
    "778": "250", "729": "423",
}
# Mobile telephones of countries with several zones, which the tables put into the capital's: they may be anywhere.
MOBILES = "79 614 615 346 347 628 642 3519 5939".split()
# Not in the tables of places, and known by the numbering plan: states by area code.
KNOWN = {"729": "TN"}


def canonical_names():
    zones = importlib.resources.files("tzdata").joinpath("zoneinfo")
    named = {line.split("\t")[2].strip() for line in zones.joinpath("zone.tab").read_text().splitlines()
             if not line.startswith("#")}
    links = {}
    for line in zones.joinpath("tzdata.zi").read_text().splitlines():
        if line.startswith("L "):
            _, target, name = line.split()
            links[name] = target
    return lambda name: name if name in named else links.get(name, name)


def states(area):
    found = set()
    for prefix, names in GEOCODE_DATA.items():
        if prefix.startswith("1" + area):
            # `Washington, IL` is a town of Illinois; a name alone may be a state's, or several states'.
            name = names.get("en") or ""
            town, comma, state = name.rpartition(", ")
            found.update([state] if comma else [STATES.get(part) for part in name.split("/")])
    found &= set(STATES.values())
    if area in KNOWN:
        found.add(KNOWN[area])
    return found


def north_america(clock):
    zones = defaultdict(set)
    for prefix, names in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            zones[prefix[1:4]].update(map(clock, names))
    for area, parent in OVERLAYS.items():
        zones[area] |= zones[parent]
    for area in sorted(zones):
        found = states(area) | (states(OVERLAYS[area]) if area in OVERLAYS else set())
        region = phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{area}2345678"))
        countries = {"CA" if state in CANADA else "US" for state in found} | ({region} if region else set())
        if region and region not in ("US", "CA"):
            # Puerto Rico, the Virgin Islands and the like are countries of their own here, and no states.
            countries, found = {region}, set()
        if not countries:
            continue
        yield "1" + area, sorted(countries), sorted(found & set(STATES.values())), sorted(zones[area])


def winter(zone):
    return datetime.datetime(2026, 1, 15, tzinfo=zoneinfo.ZoneInfo(zone)).utcoffset()


def same(zones, own):
    found = {zone for zone in zones if zone in own}
    for zone in set(zones) - set(own):
        found.update([other for other in own if winter(other) == winter(zone)] or own)
    return sorted(found)


def rest(clock, countries):
    """The other calling codes. Where the tables tell one zone for a whole code it is a stand-in of the same offset,
    and may keep another summer time (Paris for Algiers): there the countries' own zones are taken."""
    codes = defaultdict(dict)
    for prefix, names in TIMEZONE_DATA.items():
        if prefix.startswith("1"):
            continue
        code = next(prefix[:n] for n in (1, 2, 3) if int(prefix[:n]) in REGIONS)
        codes[code][prefix] = tuple(sorted(set(map(clock, names))))
    for code, prefixes in codes.items():
        everything = tuple(sorted(set().union(*prefixes.values())))
        regions = [region for region in REGIONS[int(code)] if region != "001"]
        own = tuple(sorted(set().union(*(countries[region] for region in regions))))
        if len(everything) == 1:
            yield code, regions, [], own or everything
            continue
        everything = tuple(sorted(set(everything + own)))
        # The same of a region: of the country's own zones those that are as far from Greenwich in winter.
        prefixes = {prefix: tuple(same(zones, own)) for prefix, zones in prefixes.items()}
        everything = own
        yield code, regions, [], everything
        def of(prefix):
            known = (prefix[:n] for n in range(len(prefix), len(code), -1) if prefix[:n] in prefixes)
            return set(prefixes[next(known)]) if any(prefix[:n] in prefixes for n in range(len(prefix), len(code), -1)) \
                else set(everything)

        # Three digits behind the code tell a region. What longer ones tell is no more than a guess: all of it counts.
        regional = {}
        for prefix in prefixes:
            if len(prefix) > len(code):
                short = prefix[:len(code) + 3]
                regional.setdefault(short, of(short)).update(prefixes[prefix])
        for prefix in MOBILES:
            if prefix.startswith(code):
                regional[prefix] = set(everything)
        for prefix, zones in sorted(regional.items()):
            shorter = next((prefix[:n] for n in range(len(prefix) - 1, len(code), -1) if prefix[:n] in regional), None)
            # One that says no more than the next shorter one is left out.
            if zones != (regional[shorter] if shorter else set(everything)):
                where = regions
                if code == "7":
                    where = ["KZ"] if prefix[1] in "67" else ["RU"]
                yield prefix, where, [], sorted(zones)


def main():
    clock = canonical_names()
    lines = [
        "# Where numbers and countries are, and on which clocks. Written by scripts/places/numbers.py.",
        "#",
        "#   version NAME VERSION                      where it comes from",
        "#   country CODE ZONE…                        the clocks of a country, by its tables of time zones",
        "#   number COUNTRY… [STATE…] ZONE… : PREFIX…  whose numbers begin so; the longest prefix decides",
        "#",
        "# The prefixes are derived from libphonenumber, Copyright (C) The Libphonenumber Authors, licensed under the",
        "# Apache License, Version 2.0 (http://www.apache.org/licenses/LICENSE-2.0). They say where a number comes from,",
        "# and not where its telephone is.",
        f"version phonenumbers {phonenumbers.__version__}",
        f"version tzdata {tzdata.IANA_VERSION}",
    ]
    zoneinfo.reset_tzpath([])
    countries = defaultdict(list)
    for line in importlib.resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text().splitlines():
        if not line.startswith("#"):
            code, _, zone = line.split("\t")[:3]
            countries[code].append(zone.strip())
    for code in sorted(countries):
        lines.append(" ".join(["country", code] + sorted(countries[code])))
    groups = defaultdict(list)
    everything = set().union(*TIMEZONE_DATA["1"] and [set(map(clock, TIMEZONE_DATA["1"]))])
    for prefix, where, parts, zones in north_america(clock):
        groups[(",".join(where), ",".join(parts) or "-", ",".join(zones))].append(prefix)
        everything.update(zones)
    groups[(",".join(REGIONS[1]), "-", ",".join(sorted(everything)))].append("1")
    for prefix, where, parts, zones in rest(clock, countries):
        groups[(",".join(where) or "-", "-", ",".join(zones))].append(prefix)
    for (where, parts, zones), prefixes in groups.items():
        lines.append(f"number {where} {parts} {zones} : {' '.join(prefixes)}")
    with open(TARGET, "w") as output:
        output.write("\n".join(lines) + "\n")
    print(len(lines), "lines")


main()
