"""Points that come with a sale or a recharge: one lot of each family, and how it was counted (B4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from terminal.core.commands import PointsEarned
from terminal.core.entry import LotTaken
from terminal.core.errors import BadAmount
from terminal.core.ledger.draft import Draft, Terms
from terminal.core.ledger.rules import check_amount, check_unit
from terminal.core.ledger.state import State
from terminal.core.values import WalletId


def lay_points(draft: Draft, wallet: WalletId, points: Sequence[PointsEarned], lines: int) -> None:
    """`lines`: how many the sale has; none of a recharge. Raises `Refused` for what cannot be."""
    _check_places(points, range(lines))
    for family in dict.fromkeys(earned.family for earned in points):
        mine = [earned for earned in points if earned.family == family]
        for earned in mine:
            check_amount(earned.points, "points", least=1)
            _check_how(earned)
        unit, sum_of = f"points:{family}", sum(earned.points for earned in mine)
        check_unit(unit, "points")
        draft.lay(wallet, unit, sum_of, terms=Terms(until=mine[0].until))
        draft.issue(unit, sum_of)


def earned_before(state: State, wallet: WalletId, principal: int) -> int:
    """Of so many fen that are spent next, those whose recharge earned already: no fen earns twice (B4)."""
    found, left = 0, principal
    for lot in state.lots(wallet, "principal"):  # Oldest first, as they are taken.
        part = min(left, lot.rest)
        left -= part
        found += part if lot.listed else 0
    return found


def earned_of(state: State, wallet: WalletId, taken: Sequence[LotTaken]) -> int:
    """The same of stored value that was taken from lots of that wallet; bonus never earned."""
    known = (state.lot(wallet, one.unit, one.lot) for one in taken)
    return -sum(one.amount for one, lot in zip(taken, known, strict=True) if lot and lot.listed)


def _check_places(points: Sequence[PointsEarned], everything: range) -> None:
    """Of one family each line earns once, and all that it earns ends on one day."""
    places, untils = defaultdict[str, list[int]](list), defaultdict[str, set[str]](set)
    for earned in points:
        places[earned.family] += earned.places or everything
        untils[earned.family].add(earned.until)
    if any(len(set(each)) < len(each) or not set(each) <= {*everything} for each in places.values()):
        raise BadAmount("points of one family twice for one line, or for none that is there")
    if any(len(each) > 1 for each in untils.values()):
        raise BadAmount("points of one family that end on two days")


def _check_how(earned: PointsEarned) -> None:
    """How they were counted is counted again when a part of it comes back."""
    if not earned.step:
        return
    check_amount(earned.base, "what earned points")
    for part in (earned.each, earned.per):  # Of a step that is no step there would be no points.
        check_amount(part, "a rate of points", least=1)
    if earned.left(earned.base) != earned.points:
        raise BadAmount("points that their own rate does not give")
