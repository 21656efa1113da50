"""Faults put into the product on purpose: a campaign that does not find each of them is worth nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from msgspec.structs import replace

import hq.rights
import hq.sales
import terminal.core.ledger.rights
from hq.exchange import Exchange
from hq.memory import MemoryTurn
from hq.pot import Pot, head_of
from hq.reading import read
from hq.work import Work
from lab.fleet.mutants_days import OF_DAYS
from lab.fleet.mutants_places import OF_PLACES
from lab.fleet.mutants_words import OF_WORDS, Mutant
from terminal.core.accounts import Account
from terminal.core.commands import BookDirective
from terminal.core.directives import Directed, Grant
from terminal.core.ledger.draft import Draft
from terminal.core.values import EntryId, SiteId
from terminal.core.wire.journal import Ack, Push
from terminal.store.heal import FreshLedger
from terminal.uplink.feed import Feeding

_FALSE = 0.05


@contextmanager
def _any_nonce() -> Iterator[None]:
    """A PUSH that comes late, or twice, is judged like any other."""
    judged = Exchange._judged  # noqa: SLF001  a mutant is made inside

    async def lax(self: Exchange, work: Work, push: Push, *rest: Any) -> Any:  # noqa: ANN401
        site = await work.turn.peek()
        return await judged(self, work, replace(push, nonce=site.nonce) if site else push, *rest)

    with mock.patch.object(Exchange, "_judged", lax):
        yield


@contextmanager
def _no_dedupe() -> Iterator[None]:
    """What headquarters holds already is taken once more."""
    extended = Exchange._extended  # noqa: SLF001

    async def all_of_it(self: Exchange, work: Work, site: Any, push: Push, new: Any) -> Any:  # noqa: ANN401
        del new
        entries = [
            read(push.site, push.epoch, push.start + place, b"", body)
            for place, body in enumerate(push.bodies, start=1)
        ]
        return await extended(self, work, site, push, entries)

    async def claims_all(self: MemoryTurn, entries: Any) -> dict[int, Any]:  # noqa: ANN401
        del self, entries
        return {}

    with (
        _any_nonce(),
        mock.patch.object(Exchange, "_extended", all_of_it),
        mock.patch.object(MemoryTurn, "claim", claims_all),
    ):
        yield


@contextmanager
def _double_feed() -> Iterator[None]:
    """A grant is applied once more, under another id."""
    book = Feeding._book  # noqa: SLF001

    async def twice(self: Feeding, item: Any, hq_epoch: int) -> None:  # noqa: ANN401
        await book(self, item, hq_epoch)
        if isinstance(item.directive, Grant):
            again = BookDirective(
                id=EntryId(item.id[:-1] + ("0" if item.id[-1] != "0" else "1")),
                at=self._occasion(),
                directed=Directed(hq_epoch=hq_epoch, m=item.m),
                directive=item.directive,
            )
            await self._committer.submit(again)

    with mock.patch.object(Feeding, "_book", twice):
        yield


@contextmanager
def _over_release() -> Iterator[None]:
    """A site gives back what it does not hold."""
    give_up = terminal.core.ledger.rights._give_up  # noqa: SLF001

    def more(draft: Draft, account: Account, amount: int, only: Collection[str]) -> None:
        give_up(draft, account, amount + draft.balance(account) + 1 if amount else amount, only)

    with mock.patch.object(terminal.core.ledger.rights, "_give_up", more):
        yield


def _kept_after_giving(which: Callable[[Pot], bool]) -> Any:  # noqa: ANN401
    give = hq.rights.give

    def minting(work: Work, pot: Pot, site: SiteId, amount: int) -> int:
        lots, balance = dict(pot.lots), pot.balance
        given = give(work, pot, site, amount)
        if given and which(pot):
            pot.lots, pot.balance = lots, balance
        return given

    return minting


@contextmanager
def _minted_grant() -> Iterator[None]:
    """What is granted stays in the pool too."""
    minting = _kept_after_giving(lambda pot: head_of(pot.account) != "coupon")
    with mock.patch("hq.rights.give", minting), mock.patch("hq.asking.give", minting, create=True):
        yield


@contextmanager
def _coupon_twice() -> Iterator[None]:
    """A coupon is granted, and can be granted again."""
    minting = _kept_after_giving(lambda pot: head_of(pot.account) == "coupon")
    with mock.patch("hq.rights.give", minting), mock.patch("hq.asking.give", minting, create=True):
        yield


@contextmanager
def _credit_twice() -> Iterator[None]:
    """A company's credit is granted, and can be granted again."""
    minting = _kept_after_giving(lambda pot: pot.account.startswith("company:"))
    with mock.patch("hq.rights.give", minting), mock.patch("hq.asking.give", minting, create=True):
        yield


@contextmanager
def _merge_twice() -> Iterator[None]:
    """What lies in the pool of the one that goes arrives twice at the one that stays."""
    settle = hq.rights.settle

    async def doubling(work: Work, pots: Collection[Pot]) -> None:
        for pot in pots:
            pot.balance += pot.balance
        await settle(work, pots)

    with mock.patch("hq.merging.settle", doubling):
        yield


@contextmanager
def _right_not_moved() -> Iterator[None]:
    """The right to undo a sale is granted, and the site that has it keeps it."""

    async def granted(work: Work, ask: str, here: SiteId, sale: str) -> bool | None:
        del ask
        row = await work.turn.sale(sale)
        if row is None:
            return False
        if row.holder != here:
            await hq.sales.grant_sale(work, sale, row, here)
        return True

    with mock.patch("hq.sales.ask_for_sale", granted), mock.patch("hq.asking.ask_for_sale", granted):
        yield


@contextmanager
def _skipped_redo() -> Iterator[None]:
    """A forked chain is healed without what only this site has booked."""

    def nothing(self: FreshLedger) -> tuple[int, int]:
        del self
        return 0, 0

    with mock.patch.object(FreshLedger, "_again", nothing):
        yield


@contextmanager
def _false_ack() -> Iterator[None]:
    """Now and then a batch is acknowledged that was not taken."""
    push, dice = Exchange.push, random.Random(1)

    async def eager(self: Exchange, asked: Push) -> Any:  # noqa: ANN401
        if asked.bodies and dice.random() < _FALSE:
            end = asked.start + len(asked.bodies)
            return Ack(hq_epoch=asked.hq_epoch, epoch=asked.epoch, acked=end, nonce="none")
        return await push(self, asked)

    with mock.patch.object(Exchange, "push", eager):
        yield


OF_VALUE: dict[str, tuple[str, Mutant]] = {
    "no-nonce": ("plain", _any_nonce),
    "no-dedupe": ("plain", _no_dedupe),
    "double-feed": ("plain", _double_feed),
    "over-release": ("plain", _over_release),
    "minted-grant": ("plain", _minted_grant),
    "coupon-twice": ("plain", _coupon_twice),
    "credit-twice": ("plain", _credit_twice),
    "merge-twice": ("plain", _merge_twice),
    "right-not-moved": ("plain", _right_not_moved),
    "skipped-redo": ("all", _skipped_redo),
    "false-ack": ("plain", _false_ack),
}
MUTANTS: dict[str, tuple[str, Mutant]] = OF_VALUE | OF_WORDS | OF_PLACES | OF_DAYS
"""Each with the plan of days in which it shows."""
