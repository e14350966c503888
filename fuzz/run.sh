#!/usr/bin/env bash
# Builds the compiler with libFuzzer and feeds it changed files. Arguments go to libFuzzer, for instance
#   make fuzz FUZZ="-runs=10000000"      make fuzz FUZZ=.build-fuzz/crash-…
set -eu
cd "$(dirname "$0")/.."
out=.build-fuzz
mkdir -p "$out/corpus"
# What the package manager makes of the resources that it embeds.
python3 - Sources/RuleEngine/Time/Holidays/holidays.txt > "$out/resources.swift" <<'PYTHON'
import pathlib, sys
for path in map(pathlib.Path, sys.argv[1:]):
    name = path.name.replace(".", "_").replace("-", "_")
    print(f"struct PackageResources {{ static let {name}: [UInt8] = {list(path.read_bytes())} }}")
PYTHON
scripts/step "build the compiler with libFuzzer" swiftc -O -wmo -swift-version 6 -parse-as-library \
    -sanitize=fuzzer -module-name RuleEngine -package-name carillon \
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature MemberImportVisibility \
    -enable-upcoming-feature InternalImportsByDefault \
    -I Sources/CSystemYAML $(find Sources/RuleEngine -name '*.swift') "$out/resources.swift" \
    fuzz/CompileFuzz.swift -o "$out/compile-fuzz"
python3 fuzz/seeds.py "$out/seeds"
export CARILLON_FUZZ_BASE=fuzz/base.yaml
if [ $# -eq 0 ]; then set -- -runs=1000000; fi
scripts/step "fuzz" "$out/compile-fuzz" -timeout=60 -rss_limit_mb=256 -max_len=8192 -len_control=0 -print_final_stats=1 \
    -dict=fuzz/words.dict -artifact_prefix="$out/" "$@" "$out/corpus" "$out/seeds"
