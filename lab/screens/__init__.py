"""`python -m lab screens DIR [--beside]`: every screen, in every size and language.

Of the counter's page, and of what others see: the second screen, handhelds, phones that join; or only these.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    from lab.screens.beside import taken_beside
    from lab.screens.pictures import taken

    if len(arguments) not in {1, 2} or arguments[1:] not in ([], ["--beside"]):
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for draw in (taken_beside,) if arguments[1:] else (taken, taken_beside):
        for path in asyncio.run(draw(folder)):
            print(path)
    return 0
