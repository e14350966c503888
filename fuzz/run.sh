#!/usr/bin/env bash
# Builds the compiler with libFuzzer and feeds it changed files. Arguments go to libFuzzer, for instance
#   make fuzz FUZZ="-runs=10000000"      make fuzz FUZZ=.build-fuzz/crash-…
set -eu
cd "$(dirname "$0")/.."
out=.build-fuzz
mkdir -p "$out/corpus"
scripts/step "build the compiler with libFuzzer" swiftc -O -wmo -swift-version 6 -parse-as-library \
    -sanitize=fuzzer -module-name RuleEngine -package-name carillon \
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature MemberImportVisibility \
    -enable-upcoming-feature InternalImportsByDefault \
    -I Sources/CSystemYAML $(find Sources/RuleEngine -name '*.swift') fuzz/CompileFuzz.swift -o "$out/compile-fuzz"
python3 fuzz/seeds.py "$out/seeds"
export CARILLON_FUZZ_BASE=fuzz/base.yaml
if [ $# -eq 0 ]; then set -- -runs=1000000; fi
scripts/step "fuzz" "$out/compile-fuzz" -timeout=60 -rss_limit_mb=256 -max_len=8192 -len_control=0 -print_final_stats=1 \
    -dict=fuzz/words.dict -artifact_prefix="$out/" "$@" "$out/corpus" "$out/seeds"
