"""Holds a SARIF log against what version 2.1.0 requires of the parts that we write. Prints `ok`, or what is wrong."""

import json
import sys
from urllib.parse import unquote, urlsplit


def fail(place, what):
    print(f"{place}: {what}")
    sys.exit(1)


def need(value, kind, place):
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        fail(place, f"must be {kind.__name__}, is {value!r}")
    return value


def keys(value, place, required, optional=()):
    need(value, dict, place)
    for key in required:
        if key not in value:
            fail(place, f"lacks {key}")
    for key in value:
        if key not in required and key not in optional:
            fail(place, f"knows no {key}")


def message(value, place):
    keys(value, place, ["text"])
    if not need(value["text"], str, place):
        fail(place, "is empty")


def region(value, place):
    numbers = ["startLine", "startColumn", "endLine", "endColumn", "byteOffset", "byteLength"]
    keys(value, place, numbers)
    for name in numbers:
        least = 0 if name.startswith("byte") else 1
        if need(value[name], int, place) < least:
            fail(place, f"{name} is {value[name]}")
    if (value["endLine"], value["endColumn"]) < (value["startLine"], value["startColumn"]):
        fail(place, "ends before it begins")


def artifact(value, place):
    keys(value, place, ["uri"])
    parts = urlsplit(need(value["uri"], str, place))
    if parts.scheme or parts.netloc or parts.query or parts.fragment or " " in value["uri"]:
        fail(place, f"no relative reference: {value['uri']}")
    unquote(value["uri"], errors="strict")


def physical(value, place):
    keys(value, place, ["artifactLocation", "region"])
    artifact(value["artifactLocation"], place)
    region(value["region"], place)


with open(sys.argv[1], encoding="utf-8") as file:
    log = json.load(file)
keys(log, "log", ["$schema", "version", "runs"])
if log["version"] != "2.1.0":
    fail("log", "version")
for run in need(log["runs"], list, "runs"):
    keys(run, "run", ["tool", "columnKind", "results"])
    if run["columnKind"] not in ("utf16CodeUnits", "unicodeCodePoints"):
        fail("run", "columnKind")
    keys(run["tool"], "tool", ["driver"])
    driver = run["tool"]["driver"]
    keys(driver, "driver", ["name", "version", "rules"])
    ids = []
    for rule in need(driver["rules"], list, "rules"):
        keys(rule, "rule", ["id"], ["shortDescription", "defaultConfiguration", "help"])
        ids.append(rule["id"])
        message(rule["shortDescription"], "shortDescription")
        message(rule["help"], "help")
        if rule["defaultConfiguration"]["level"] not in ("none", "note", "warning", "error"):
            fail("rule", "level")
    if len(ids) != len(set(ids)):
        fail("rules", "one id twice")
    for number, result in enumerate(need(run["results"], list, "results")):
        place = f"results[{number}]"
        keys(result, place, ["ruleId", "ruleIndex", "level", "message", "locations"], ["relatedLocations", "fixes"])
        if ids[need(result["ruleIndex"], int, place)] != result["ruleId"]:
            fail(place, "ruleIndex names another rule")
        if result["level"] not in ("none", "note", "warning", "error"):
            fail(place, "level")
        message(result["message"], place)
        if len(need(result["locations"], list, place)) != 1:
            fail(place, "not one location")
        for location in result["locations"]:
            keys(location, place, ["physicalLocation"])
            physical(location["physicalLocation"], place)
        for location in result.get("relatedLocations", []):
            keys(location, place, ["physicalLocation"], ["message"])
            physical(location["physicalLocation"], place)
            if "message" in location:
                message(location["message"], place)
        for fix in result.get("fixes", []):
            keys(fix, place, ["description", "artifactChanges"])
            message(fix["description"], place)
            for change in need(fix["artifactChanges"], list, place):
                keys(change, place, ["artifactLocation", "replacements"])
                artifact(change["artifactLocation"], place)
                if not change["replacements"]:
                    fail(place, "a change without replacements")
                for replacement in change["replacements"]:
                    keys(replacement, place, ["deletedRegion", "insertedContent"])
                    region(replacement["deletedRegion"], place)
                    keys(replacement["insertedContent"], place, ["text"])
print("ok", sum(len(run["results"]) for run in log["runs"]))
