#!/usr/bin/env bash
# Builds the programs, then measures. Arguments go to bench/run.py, for instance
#   make bench BENCH="--only smtp --smtp 127.0.0.1:2525"
set -eu
cd "$(dirname "$0")/.."
flags="-c release --static-swift-stdlib --explicit-target-dependency-import-check error"
scripts/step "build carillon and carillon-bench (release)" swift build $flags
exec python3 bench/run.py "$@"
