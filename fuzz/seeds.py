#!/usr/bin/env python3
"""Writes the fuzzer's seeds into a folder: the example programs, and every file of the diagnostics pages."""
import hashlib, os, pathlib, re, sys

root = pathlib.Path(__file__).resolve().parent.parent
target = pathlib.Path(sys.argv[1])
target.mkdir(parents=True, exist_ok=True)


def seed(text):
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    (target / name).write_text(text)


for path in sorted((root / "examples").rglob("*.yaml")):
    for document in path.read_text().split("\n---\n"):
        seed(document + "\n")
for page in sorted((root / "docs/diagnostics").glob("*.md")):
    for text in re.findall(r"```yaml[^\n]*\n(.*?)```", page.read_text(), re.S):
        seed(text)
print(f"{len(os.listdir(target))} seeds")
