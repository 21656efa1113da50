"""`python -m lab screens DIR`: every screen of the counter's page, in every size and language."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    from lab.screens.pictures import taken

    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for path in asyncio.run(taken(folder)):
        print(path)
    return 0
