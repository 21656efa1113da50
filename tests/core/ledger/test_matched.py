"""Lots and what they may pay for: first to end first, and nobody short who need not be."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from random import Random

import pytest

from terminal.core.ledger.matched import Matched, matched

Good = Sequence[str]
"""Of each want the lots that fit it, by their place as a digit."""


def found(wants: Sequence[int], rests: Sequence[int], good: Good) -> Matched:
    return matched(wants, rests, lambda want, lot: str(lot) in good[want])


@pytest.mark.parametrize(
    ("wants", "rests", "good", "given"),
    [
        ([], [], (), []),
        ([1], [2], ("0",), [[1]]),
        ([0], [2], ("0",), [[0]]),
        ([3], [2, 2], ("01",), [[2, 1]]),
        ([2, 1], [2, 2], ("01", "01"), [[2, 0], [0, 1]]),
        ([1, 1], [1, 5], ("01", "0"), [[0, 1], [1, 0]]),
        ([3, 2], [3, 2], ("01", "0"), [[1, 2], [2, 0]]),
        ([2, 2], [3, 5], ("01", "0"), [[1, 1], [2, 0]]),
        ([1, 1, 1], [1, 1, 1], ("01", "12", "0"), [[0, 1, 0], [0, 0, 1], [1, 0, 0]]),
        ([1, 4, 4], [4, 4, 1], ("02", "01", "0"), [[0, 0, 1], [0, 4, 0], [4, 0, 0]]),
    ],
)
def test_the_first_lots_first_and_others_make_room(
    wants: list[int], rests: list[int], good: Good, given: list[list[int]]
) -> None:
    assert found(wants, rests, good) == (given, [0] * len(wants))


@pytest.mark.parametrize(
    ("wants", "rests", "good", "short"),
    [
        ([1], [], ("",), [1]),
        ([1], [0], ("0",), [1]),
        ([3], [2], ("0",), [1]),
        ([1, 1], [1, 5], ("0", "0"), [0, 1]),
        ([2, 3], [2, 1], ("01", "0"), [0, 2]),
    ],
)
def test_what_no_lot_has_is_said_of_the_want_that_is_short(
    wants: list[int], rests: list[int], good: Good, short: list[int]
) -> None:
    assert found(wants, rests, good).short == short


def test_so_much_is_given_as_can_be() -> None:
    """By what any wants together could get at most (Hall, 1935)."""
    seeds = Random(3)
    for _ in range(300):
        rests = [seeds.randrange(4) for _ in range(seeds.randrange(1, 4))]
        wants = [seeds.randrange(4) for _ in range(seeds.randrange(1, 4))]
        good = ["".join(str(at) for at in range(len(rests)) if seeds.random() < 0.6) for _ in wants]
        given, short = found(wants, rests, good)
        for row, want, of, left in zip(given, wants, good, short, strict=True):
            assert sum(row) + left == want
            assert all(part >= 0 and (str(at) in of or not part) for at, part in enumerate(row))
        assert all(sum(row[at] for row in given) <= rest for at, rest in enumerate(rests))
        assert sum(short) == max(lacking(some, wants, rests, good) for some in subsets(len(wants)))


def subsets(count: int) -> list[tuple[int, ...]]:
    return [some for size in range(count + 1) for some in combinations(range(count), size)]


def lacking(some: Sequence[int], wants: Sequence[int], rests: Sequence[int], good: Good) -> int:
    reached = {int(lot) for want in some for lot in good[want]}
    return sum(wants[want] for want in some) - sum(rests[lot] for lot in reached)
