"""What the shop does beside its visits: coupons of a kind end by a manager's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.days.hand import PIN
from lab.days.people import employed
from lab.year import oracle, shop
from terminal.core.values import StaffId
from terminal.withdrawing import Withdrawing

if TYPE_CHECKING:
    from lab.year.walk import Year

_WITHDRAWS, _IN_TIME = 0.003, 0.05
"""Of the days; and of those on which one may come back that was used."""


class Behind:
    def __init__(self, year: Year) -> None:
        self._year = year

    async def begins(self) -> None:
        """The manager has a PIN of their own."""
        await employed(self._year.till, StaffId(shop.BADGE), PIN)

    async def day(self) -> None:
        """Before anybody comes."""
        year = self._year
        used = any(sale.coupon and not sale.coupon.withdrawn for _, _, sale in year.may_come_back())
        if year.dice.random() < (_IN_TIME if used else _WITHDRAWS):
            await self._withdraws()

    async def _withdraws(self) -> None:
        year, ledger = self._year, self._year.till.ledger
        word = Withdrawing(year.counter.hand.counter, ledger.committer, ledger.books, ledger.pin_book)
        told = await word.answer([shop.BADGE, PIN, "misprinted", shop.KIND])
        await year.till.heard()
        year.differs(
            "withdrawn", (oracle.withdraws(year.members.values()), ""), (told.coupons + told.used, told.why)
        )
        year.done["withdrawn"] += told.coupons
        year.done["withdrawn, used before"] += told.used
        for name in year.members:
            await year.same(name)
