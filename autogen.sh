#!/bin/sh
# Makes ./configure and everything that it needs from the sources.
set -e
cd "$(dirname "$0")"
mkdir -p m4
exec autoreconf -fi
