#!/usr/bin/env bash
# Strips the release build into dist/ and shows which libraries it still asks of the system.
set -eu
cd "$(dirname "$0")/.."
mkdir -p dist
cp .build/release/carillon dist/carillon
strip dist/carillon
dist/carillon --version
ls -lh dist/carillon | awk '{print "  size: " $5}'
echo "  asks of the system:"
ldd dist/carillon | awk '{print "    " $1}' | grep -E 'libyaml|libsqlite3|libcurl' || true
