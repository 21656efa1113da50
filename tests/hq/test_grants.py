"""How many rights go into one grant: no more than an entry of the site can take."""

from __future__ import annotations

import pytest

from hq.work import _in_grants
from terminal.core.rights import LotPart, LotTerms, Right


def right(lots: int) -> Right:
    terms = LotTerms(unit="points:goods", lot="lot-1", laid=1, paid=0)
    parts = (LotPart(terms=terms, amount=1),) * lots
    return Right(account="wallet:w1:points:goods", amount=max(1, lots), lots=parts)


@pytest.mark.parametrize(
    ("lots", "grants"),
    [
        ([0], [1]),
        ([0] * 100, [100]),
        ([0] * 101, [100, 1]),
        ([0] * 201, [100, 100, 1]),
        ([200, 200, 100], [3]),
        ([200, 200, 101], [2, 1]),
        ([200, 200, 100, 0, 1], [4, 1]),
        ([200] * 6, [2, 2, 2]),
        ([501, 1], [1, 1]),
    ],
)
def test_neither_a_hundred_rights_nor_five_hundred_lots_are_passed(
    lots: list[int], grants: list[int]
) -> None:
    rights = [right(count) for count in lots]
    found = list(_in_grants(rights))
    assert [len(some) for some in found] == grants
    assert [one for some in found for one in some] == rights
