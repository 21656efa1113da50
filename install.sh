#!/bin/sh
# Makes a terminal of this machine, or brings a terminal up to this version: docs/install.md.
#
# usage: sudo ./install.sh [--answers FILE]      again on an installed box it upgrades
#        sudo ./install.sh --uninstall           the data stays
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
if [ "$(id -u)" != 0 ]; then
    echo "install.sh: needs root: sudo $0 $*" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null; then
    echo "install.sh: made for Debian 12 and newer, and for Raspberry Pi OS" >&2
    exit 1
fi
if [ ! -x /usr/bin/python3 ]; then
    echo "0. Python"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3
fi
umask 022
# -s: nothing of whoever typed sudo is imported.
exec /usr/bin/python3 -s -B -c '
import sys
sys.path[0] = sys.argv.pop(1)
from terminal.install.__main__ import main
sys.exit(main())
' "$here" "$@"
