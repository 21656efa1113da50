"""Once a day: points, cashback and coupons whose last day has passed are written off, whoever comes no more.

Only what lies here: what another shop or headquarters holds ends with whoever holds it.

And cards without a name whose last day has passed are said to have expired: it is known only where they were
handed out or renewed, and what is said of a card reaches every shop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn, Protocol

from terminal.core.accounts import named
from terminal.core.commands import BookCardState, BookExpiry, CardState, Command, Occasion
from terminal.core.errors import Refused
from terminal.core.ledger.coupons import COUPONS
from terminal.core.ports import Ids
from terminal.core.rights import Want
from terminal.core.values import CardId, EntryId, StaffId, WalletId
from terminal.desk.daily import once_a_day

log = logging.getLogger(__name__)

PAUSE_S = 0.5
AT_ONCE = 20
EXPIRING = StaffId("expiring")
"""By whom, as the entry says."""

Account = tuple[WalletId, str]
"""A wallet, and which unit of it."""


class Ended(Protocol):
    async def ended(self, after: Account, today: str, limit: int) -> Sequence[Account]:
        """Accounts after that one of which some has ended before today and lies there, in their order."""
        ...

    async def coupons_ended(self, after: WalletId, today: str, limit: int) -> Sequence[WalletId]:
        """Wallets after that one, in their order, where coupons lie whose last day was before today."""
        ...

    async def cards_ended(self, after: str, today: str, limit: int) -> Sequence[CardId]:
        """Cards after that one, without a name and still in use, whose last day was before today."""
        ...


class Books(Protocol):
    async def submit(self, command: Command) -> object: ...


class Expiring:
    """Give it to a supervisor: `run` never returns."""

    def __init__(  # noqa: PLR0913  what it needs, each by its name
        self,
        ended: Ended,
        books: Books,
        ids: Ids,
        occasion: Callable[[StaffId | None], Occasion],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        *,
        reserved: Callable[[], Sequence[Want]] = tuple,
    ) -> None:
        """`reserved`: what carts wait for; it ends on another day."""
        self._ended = ended
        self._books = books
        self._ids = ids
        self._occasion = occasion
        self._sleep = sleep
        self._reserved = reserved

    async def run(self) -> NoReturn:
        await once_a_day(self.round, self._occasion, self._sleep)

    async def round(self, today: str) -> int:
        """Of how many accounts something was written off, a wallet's coupons one, and how many cards expired.

        Raises TerminalFault: not now.
        """
        return await self._accounts(today) + await self._coupons(today) + await self._cards(today)

    async def _accounts(self, today: str) -> int:
        after, count = (WalletId(""), ""), 0
        while found := await self._ended.ended(after, today, AT_ONCE):
            for wallet, unit in found:
                count += await self._written_off(wallet, unit)
            after = found[-1]
            await self._sleep(PAUSE_S)
        if count:
            log.info("what had ended was written off: accounts=%d", count)
        return count

    async def _coupons(self, today: str) -> int:
        after, count = WalletId(""), 0
        while found := await self._ended.coupons_ended(after, today, AT_ONCE):
            waited_for = {named(want.account).of for want in self._reserved()}
            for wallet in found:
                count += wallet not in waited_for and await self._written_off(wallet, COUPONS)
            after = found[-1]
            await self._sleep(PAUSE_S)
        if count:
            log.info("coupons that had ended were written off: wallets=%d", count)
        return count

    async def _cards(self, today: str) -> int:
        after, count = "", 0
        while found := await self._ended.cards_ended(after, today, AT_ONCE):
            for card in found:
                count += await self._expired(card)
            after = found[-1]
            await self._sleep(PAUSE_S)
        if count:
            log.info("whose last day is over is told to all: cards=%d", count)
        return count

    async def _written_off(self, wallet: WalletId, unit: str) -> bool:
        at = self._occasion(EXPIRING)
        return await self._booked(BookExpiry(id=EntryId(self._ids.new()), at=at, wallet=wallet, unit=unit))

    async def _expired(self, card: CardId) -> bool:
        at, state = self._occasion(EXPIRING), CardState.EXPIRED
        return await self._booked(BookCardState(id=EntryId(self._ids.new()), at=at, card=card, state=state))

    async def _booked(self, command: Command) -> bool:
        try:
            await self._books.submit(command)
        except Refused as refusal:  # Its owner came, and it was written off, renewed or named then.
            log.info("nothing had ended: %s", refusal)
            return False
        return True
