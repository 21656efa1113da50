"""`python -m lab screens DIR [--questions | --beside | --phones | NAME...]`: every screen.

Scenes of the counter's page in every size and language, every question of a flow that is in none of them,
what others see (the second screen, handhelds, phones that join), and the member's page on their phone; or
one of the last three; or only the scenes that are named.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for draw in _draws(arguments[1:]):
        for path in asyncio.run(draw(folder)):
            print(path)
    return 0


def _draws(asked: Sequence[str]) -> Sequence[Callable[[Path], Coroutine[Any, Any, Sequence[Path]]]]:
    from lab.screens.beside import taken_beside
    from lab.screens.phones import taken_of_phones
    from lab.screens.pictures import taken
    from lab.screens.sheets import taken_of_questions

    if asked == ["--beside"]:
        return (taken_beside,)
    if asked == ["--phones"]:
        return (taken_of_phones,)
    if asked == ["--questions"]:
        return (taken_of_questions,)
    every = (taken, taken_of_questions, taken_beside, taken_of_phones)
    return (partial(taken, names=asked),) if asked else every
