"""Holds schemas and documents against each other, with Debian's jsonschema. One JSON object as the argument's file:
`schemas`, by name, and `documents`: schema, name, whether it should be valid, and the document. Prints one line for
each disagreement, then `done N`. A document may come with `yaml`: PyYAML must read the same texts from it."""

import datetime
import json
import sys

import jsonschema
import yaml


def text(value):
    """What a file says, from what PyYAML made of it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, dict):
        return {text(key): text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [text(item) for item in value]
    return str(value)


with open(sys.argv[1], encoding="utf-8") as file:
    task = json.load(file)
validators = {}
for name, schema in task["schemas"].items():
    jsonschema.Draft202012Validator.check_schema(schema)
    validators[name] = jsonschema.Draft202012Validator(schema)
for entry in task["documents"]:
    errors = sorted(validators[entry["schema"]].iter_errors(entry["document"]), key=lambda error: list(map(str, error.path)))
    if bool(errors) == entry["valid"]:
        detail = "; ".join(error.message[:200] for error in errors[:3]) or "was taken"
        print(f"{entry['schema']} {entry['name']}: {detail}")
    if "yaml" in entry:
        try:
            read = text(yaml.safe_load(entry["yaml"]))
        except yaml.YAMLError as error:
            print(f"{entry['name']}: PyYAML: {error}".replace("\n", " "))
            continue
        if read != text(entry["document"]):
            print(f"{entry['name']}: PyYAML reads {read!r}, not {entry['document']!r}"[:600])
print("done", len(task["documents"]))
