#!/usr/bin/env bash
# Installs what the build, the tests and the demo need and is not there yet. Changes nothing on a second run.
set -eu

if ! command -v swift >/dev/null 2>&1; then
    cat >&2 <<'TEXT'
✗ setup: `swift` is not on the PATH.
  Carillon needs Swift 6.2 or newer. Install it from https://www.swift.org/install/linux/, put its `usr/bin` on the
  PATH, and run this again.
TEXT
    exit 1
fi

version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
if [ -n "$version" ] && [ "$(printf '%s\n6.2\n' "$version" | sort -V | head -n 1)" != "6.2" ]; then
    echo "✗ setup: this is Swift $version; Carillon needs 6.2 or newer (https://www.swift.org/install/linux/)." >&2
    exit 1
fi

# Left: what must be there. Right: the Debian package that brings it.
missing=()
need_command() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need_library() { pkg-config --exists "$1" 2>/dev/null || missing+=("$2"); }

need_command make make
need_command gcc gcc
need_command pkg-config pkg-config
need_command python3 python3
need_command openssl openssl
need_command curl curl
need_command strip binutils
need_library yaml-0.1 libyaml-dev
need_library sqlite3 libsqlite3-dev
need_library libcurl libcurl4-openssl-dev
need_library openssl libssl-dev
need_library zlib zlib1g-dev
[ -d /usr/share/zoneinfo/Europe ] || missing+=(tzdata)
# Debian's own Python holds the SMTP server that tests talk to; another Python on the PATH would not see it.
[ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || missing+=(python3-aiosmtpd)
# The second opinion on our JSON Schemas, and on the quotes that the formatter writes.
[ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import jsonschema' 2>/dev/null || missing+=(python3-jsonschema)
[ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import yaml' 2>/dev/null || missing+=(python3-yaml)
# The second opinion on the signatures of our mail.
[ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import dkim, nacl' 2>/dev/null || missing+=(python3-dkim python3-nacl)

sudo=
if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
export DEBIAN_FRONTEND=noninteractive

# A browser, for the tests of our pages. A machine that has none to offer does without, and says so.
add_browser() {
    if [ -x /usr/bin/chromedriver ]; then return; fi
    echo "▸ setup: installing a browser for the tests"
    if { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends chromium chromium-driver; } \
        >/dev/null 2>&1; then
        echo "✓ setup: installed chromium and chromium-driver"
    else
        echo "· setup: chromium-driver can't be installed here; the browser tests will be skipped"
    fi
}

# What loads the service and holds it to its document. A machine that can't have them measures without, and says so.
add_load() {
    if ! command -v wrk >/dev/null 2>&1 || ! command -v h2load >/dev/null 2>&1; then
        if { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends wrk nghttp2-client; } \
            >/dev/null 2>&1; then
            echo "✓ setup: installed wrk and h2load"
        else
            echo "· setup: wrk and h2load can't be installed here; the service's speed will not be measured"
        fi
    fi
    if [ ! -x .build/schemathesis/bin/schemathesis ]; then
        if { python3 -m venv .build/schemathesis && .build/schemathesis/bin/pip install -q schemathesis==4.32.5; } \
            >/dev/null 2>&1; then
            echo "✓ setup: installed schemathesis 4.32.5"
        else
            echo "· setup: schemathesis can't be installed here; the API is not tried with it"
        fi
    fi
}

if [ ${#missing[@]} -eq 0 ]; then
    if [ "${1:-}" = tests ]; then add_browser; fi
    if [ "${1:-}" = bench ]; then add_load; fi
    echo "✓ setup: Swift ${version:-?} and all libraries are there"
    exit 0
fi

# Without pkg-config nothing is known about the libraries, so they are in the list; apt leaves alone what is there.
packages=$(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')
if ! command -v apt-get >/dev/null 2>&1; then
    echo "✗ setup: these Debian packages are missing, and there is no apt-get to install them: $packages" >&2
    exit 1
fi
if [ -n "$sudo" ] && ! command -v sudo >/dev/null 2>&1; then
    echo "✗ setup: please run as root: apt-get install $packages" >&2
    exit 1
fi
echo "▸ setup: installing $packages"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends $packages; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "✗ setup: apt-get could not install $packages" >&2
    exit 1
fi
echo "✓ setup: installed $packages"
if [ "${1:-}" = tests ]; then add_browser; fi
if [ "${1:-}" = bench ]; then add_load; fi
