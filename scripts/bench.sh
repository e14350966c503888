#!/usr/bin/env bash
# Builds the programs in release mode, then measures them beside the machine's own limits. Arguments go to
# bench/run.py, for instance
#   make bench BENCH="--smtp mail.example:2525 --only smtp"
set -eu
cd "$(dirname "$0")/.."
flags="-c release --static-swift-stdlib --explicit-target-dependency-import-check error"
scripts/step "build carillon and carillon-bench (release)" swift build $flags
scripts/step "bench" /usr/bin/python3 bench/run.py "$@"
