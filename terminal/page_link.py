"""`terminal page`: the link by which one more browser on this machine may show the page, once."""

from __future__ import annotations

import sys
from pathlib import Path

from terminal.config import load_in_place
from terminal.kiosk.sessions import beside


def show(config: Path) -> int:
    """Exit 0 with the link; 1 where there is none, or it is not ours to read."""
    file = load_in_place(config).file
    link = beside(file.ledger.path, file.kiosk.link_file).link
    try:
        sys.stdout.write(link.read_text(encoding="ascii"))
    except FileNotFoundError:
        sys.stderr.write(f"there is no link at {link}: start the terminal\n")
        return 1
    except OSError as fault:
        sys.stderr.write(f"{link}: {fault.strerror}\n")
        return 1
    return 0
