"""Which points may be used, of what came with whose card it is; the ledger is asked where nothing did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookExpiry, ClockTrust, Command
from terminal.core.errors import CardNotUsable
from terminal.core.policy import Policy
from terminal.core.trust import Holder, PointsRead
from terminal.desk.points import PointsDesk
from tests.core.ledger.book import AT, Book
from tests.flows.shop import WANG

DAY = "2026-11-24"


class Ledger:
    def __init__(self) -> None:
        self.asked = 0
        self.submitted: list[Command] = []
        self.refuses = False

    async def ask(self, question: Callable[[Any], Any]) -> Any:
        self.asked += 1
        return question(Book())

    async def submit(self, command: Command) -> None:
        self.submitted.append(command)
        if self.refuses:
            raise CardNotUsable("another counter was first")


class Ids:
    def new(self) -> str:
        return "an-id"


async def looked_at(holder: Holder, ledger: Any) -> Holder:
    ids: Any = Ids()
    return await PointsDesk(
        ledger, ids, lambda: replace(AT, business_day=DAY, clock=ClockTrust.NETWORK), Policy()
    ).of(holder)


def told(points: int, *lots: tuple[str, int], owed: int = 0) -> Holder:
    read = PointsRead(lots=lots, owed=owed)
    return replace(WANG, points=points, points_read=read, units=("points:goods",))


async def test_what_came_with_the_card_is_not_asked_for_again() -> None:
    ledger = Ledger()
    found = await looked_at(told(100, ("2026-12-24", 30), ("2026-12-24", 10), ("2027-12-31", 50)), ledger)
    assert (found.points, found.points_ending, found.points_end) == (100, 40, "2026-12-24")
    assert found.points_read is None
    assert (ledger.asked, ledger.submitted) == (0, [])
    await looked_at(found, ledger)  # What is left of it says no more which of them end.
    assert ledger.asked == 1


@pytest.mark.parametrize("refuses", [False, True])
async def test_what_has_ended_is_written_off_and_not_usable(*, refuses: bool) -> None:
    ledger = Ledger()
    ledger.refuses = refuses
    found = await looked_at(told(100, ("2026-11-23", 30), (DAY, 20)), ledger)
    assert (found.points, found.points_ending, found.points_end) == (70, 20, DAY)
    (ended,) = ledger.submitted
    assert isinstance(ended, BookExpiry)
    assert (ended.wallet, ended.unit) == (WANG.wallet, "points:goods")
    assert ledger.asked == 0


async def test_without_points_that_end_all_may_be_used_but_what_is_owed() -> None:
    ledger = Ledger()
    found = await looked_at(told(10, owed=7), ledger)
    assert (found.points, found.points_ending, found.points_end) == (3, 0, "")
    assert (ledger.asked, ledger.submitted) == (0, [])


async def test_where_nobody_looked_at_them_the_ledger_is_asked() -> None:
    ledger = Ledger()
    assert (await looked_at(replace(WANG, points=9), ledger)).points == 0
    assert ledger.asked == 2, "of goods, and of petrol and diesel"
