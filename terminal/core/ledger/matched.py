"""Which lot pays for which line, where some lots are not good for all of them (product.md B15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

Fits = Callable[[int, int], bool]
"""Whether a lot is good for a want, both by their place."""


class Matched(NamedTuple):
    given: Sequence[Sequence[int]]
    """For each want, of each lot, in units."""
    short: Sequence[int]
    """For each want what no lot gives."""


def matched(wants: Sequence[int], rests: Sequence[int], fits: Fits) -> Matched:
    """Each want in turn out of the first lots that fit it; one before it moves on where it is short else.

    `wants`, `rests`: units. So much is given in all as can be.
    """
    given = [[0] * len(rests) for _ in wants]
    left, short = list(rests), list(wants)
    for want, amount in enumerate(wants):
        missing = amount
        while missing and (way := _way(want, given, left, fits)):
            part = min(missing, left[way[-1][1]])
            for (_, lot), (other, _) in pairwise(way):
                part = min(part, given[other][lot])
            for (_, lot), (other, _) in pairwise(way):
                given[other][lot] -= part
            for other, lot in way:
                given[other][lot] += part
            left[way[-1][1]] -= part
            missing -= part
        short[want] = missing
    return Matched(given, short)


def _way(want: int, given: Sequence[Sequence[int]], left: Sequence[int], fits: Fits) -> list[tuple[int, int]]:
    """The shortest: a want and the lot that it gets, whose want before gets the next; the last has some left.

    Empty: there is none.
    """
    seen = set[int]()
    asked: list[tuple[int, list[tuple[int, int]]]] = [(want, [])]
    for other, way in asked:  # It grows while we look.
        for lot, rest in enumerate(left):
            if lot in seen or not fits(other, lot):
                continue
            seen.add(lot)
            here = [*way, (other, lot)]
            if rest:
                return here
            asked += [(holder, here) for holder, of in enumerate(given) if of[lot]]
    return []
