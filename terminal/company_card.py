"""`terminal company-card`: how the terminal's file names a company's card without its number."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from terminal.config import load_in_place
from terminal.core.companies import marked
from terminal.core.errors import LedgerMismatched
from terminal.store.sealed import Secret

_NUMBER_MAX = 64


def show(config: Path) -> int:
    """The number is keyed or scanned, and never shown. Exit 1: no key, or no number. Raises BadConfig."""
    path = load_in_place(config).file.ledger.path.with_suffix(".secret")
    if not path.exists():
        sys.stderr.write("no mark: this site has no key yet: start the terminal once\n")
        return 1
    number = _number()
    if not 0 < len(number) <= _NUMBER_MAX:
        sys.stderr.write(f"no mark: a number of 1 to {_NUMBER_MAX} characters is wanted\n")
        return 1
    try:
        sys.stdout.write(f'mark = "{marked(number, Secret(path).mark)}"\n')
    except (OSError, LedgerMismatched) as fault:
        sys.stderr.write(f"no mark: {fault}\n")
        return 1
    return 0


def _number() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Scan the card, or key its number: ").strip()
    return sys.stdin.readline().strip()
