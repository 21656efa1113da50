"""`python -m lab menu FOLDER`: every screen of the maintenance menu as text, over a pseudo-terminal.

The menu is the product's, the machine behind it is made up (`lab.menu.box`), so that two runs draw the same.
`lab.menu.real` drives every item over a terminal that runs, in tmux; tests/test_menu_tmux.py holds what that
shows against these screens.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lab.menu.walk import drawn


def main(arguments: list[str]) -> int:
    """Exit 0: drawn."""
    parser = argparse.ArgumentParser(prog="python -m lab menu")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in drawn().items():
        (folder / name).write_text(text, encoding="utf-8")
        print(folder / name)
    return 0
