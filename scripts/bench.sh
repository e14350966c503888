#!/usr/bin/env bash
# Builds the programs and the C tools of bench/, then measures. Arguments go to carillon-bench, for instance
#   make bench BENCH="--sink mail.example:2525 --only smtp"
set -eu
cd "$(dirname "$0")/.."
flags="-c release --static-swift-stdlib --explicit-target-dependency-import-check error"
scripts/step "build carillon and carillon-bench (release)" swift build $flags
mkdir -p bench/out
for source in bench/*.c; do
    [ -e "$source" ] || continue
    gcc -O2 -pthread -o "bench/out/$(basename "$source" .c)" "$source"
done
scripts/step "bench" .build/release/carillon-bench "$@"
