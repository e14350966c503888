"""Prints what a gzip stream holds: gunzip.py HEX. Python standard library only."""

import gzip
import sys

sys.stdout.buffer.write(gzip.decompress(bytes.fromhex(sys.argv[1])))
