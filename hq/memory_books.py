"""One merchant's tables in memory, with a way back for a transaction that does not end well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from hq.lapsing_ports import Wished
from hq.ports import AskRow, Claim, CounterSeen, HolderRow, SiteRow, Stood, WalletRow
from hq.pot import Moving, Overdraft, Waiting
from hq.sets_ports import Act, Allowed, Given, PartRow, Published, SetSite
from hq.taken import CouponTaken, Taken
from terminal.core.fleet import WorstDay
from terminal.core.retention import Retention
from terminal.core.rights import LotTerms
from terminal.core.values import SiteId, Value
from terminal.core.wire.people import ProfileEdit
from terminal.core.wire.rights import Numbered

_Key = TypeVar("_Key")
_Row = TypeVar("_Row")


class Rows(dict[_Key, _Row], Generic[_Key, _Row]):
    """A dictionary that notes how to undo each change."""

    def __init__(self, undo: list[Callable[[], None]]) -> None:
        super().__init__()
        self._undo = undo

    def put(self, key: _Key, row: _Row) -> None:
        self._remember(key)
        super().__setitem__(key, row)

    def drop(self, key: _Key) -> None:
        self._remember(key)
        super().pop(key, None)

    def _remember(self, key: _Key) -> None:
        if key in self:
            self._undo.append(partial(super().__setitem__, key, self[key]))
        else:
            self._undo.append(partial(self._forget, key))

    def _forget(self, key: _Key) -> None:
        super().pop(key, None)


class Balance(Value, frozen=True, kw_only=True):
    balance: int = 0
    moved: int = 0
    loaded_ms: int = 0
    kept_ms: int = 0


class Pooled(Value, frozen=True, kw_only=True):
    balance: int = 0
    withdrawn: int = 0


class FeedRow(Value, frozen=True, kw_only=True):
    numbered: Numbered
    applied_seq: int | None = None


class KeyKept(Value, frozen=True, kw_only=True):
    wallet: str
    card: str | None
    shown: str
    kind: str = ""


class ExceptionRow(Value, frozen=True, kw_only=True):
    why: str
    opened_ms: int
    decision: str = ""
    decided_by: str = ""
    second: str = ""
    decided_ms: int = 0


class Came(Value, frozen=True, kw_only=True):
    day: int
    lapsed: tuple[str, ...] = ()
    forgotten: int = 0


class Lapses:
    def __init__(self, undo: list[Callable[[], None]]) -> None:
        self.came: Rows[str, Came] = Rows(undo)
        self.retentions: Rows[str, Retention] = Rows(undo)
        """Of the merchant itself, so at most one."""
        self.given: Rows[str, HolderRow] = Rows(undo)
        self.wishes: Rows[str, Wished] = Rows(undo)
        self.phones_before: Rows[str, tuple[str, str]] = Rows(undo)
        """By token, the wallet that was given away and whose it was."""


class Books:
    """The tables of `schema/0001.sql`, by the rest of their keys."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.undo: list[Callable[[], None]] = []
        undo = self.undo
        self.sites: Rows[SiteId, SiteRow] = Rows(undo)
        self.epochs: Rows[str, int] = Rows(undo)
        """Of the merchant itself, so at most one."""
        self.entries: Rows[tuple[SiteId, int], Taken] = Rows(undo)
        self.claims: Rows[str, Claim] = Rows(undo)
        self.balances: Rows[tuple[str, SiteId], Balance] = Rows(undo)
        self.wallets: Rows[str, WalletRow] = Rows(undo)
        self.pool: Rows[str, Pooled] = Rows(undo)
        self.lot_terms: Rows[tuple[str, str], LotTerms] = Rows(undo)
        self.lots: Rows[tuple[str, str, SiteId], int] = Rows(undo)
        self.overdrafts: Rows[tuple[SiteId, str, str, str], Overdraft] = Rows(undo)
        self.written_off: Rows[tuple[str, SiteId], int] = Rows(undo)
        self.transit_given_up: Rows[tuple[str, SiteId], int] = Rows(undo)
        self.feeds: Rows[SiteId, tuple[int, int]] = Rows(undo)
        self.feed: Rows[tuple[SiteId, int, int], FeedRow] = Rows(undo)
        self.feed_ids: Rows[str, tuple[SiteId, int, int]] = Rows(undo)
        self.moving: Rows[tuple[str, SiteId, str], Moving] = Rows(undo)
        self.asks: Rows[str, AskRow] = Rows(undo)
        self.waiting: Rows[tuple[str, str], Waiting] = Rows(undo)
        self.keys: Rows[str, KeyKept] = Rows(undo)
        self.hot: Rows[str, Stood] = Rows(undo)
        self.profiles: Rows[str, ProfileEdit] = Rows(undo)
        self.visitor_pins: Rows[tuple[str, SiteId], ProfileEdit] = Rows(undo)
        self.edit_turns: Rows[tuple[str, SiteId], int] = Rows(undo)
        self.edits: Rows[str, None] = Rows(undo)
        self.coupons: Rows[str, CouponTaken] = Rows(undo)
        self.coupons_ended: Rows[str, str] = Rows(undo)
        self.kinds_ended: Rows[str, str] = Rows(undo)
        self.sale_holders: Rows[str, SiteId] = Rows(undo)
        self.undone: Rows[tuple[str, SiteId, int], None] = Rows(undo)
        self.conflicts: Rows[str, str] = Rows(undo)
        self.told: Rows[tuple[str, SiteId], None] = Rows(undo)
        self.blobs: Rows[str, bytes] = Rows(undo)
        self.changed: Rows[tuple[str, str, SiteId], None] = Rows(undo)
        self.seen: Rows[tuple[str, SiteId], int] = Rows(undo)
        self.set_sites: Rows[SiteId, SetSite] = Rows(undo)
        self.set_parts: Rows[tuple[SiteId, str, int], PartRow] = Rows(undo)
        self.named: Rows[bytes, frozenset[bytes]] = Rows(undo)
        self.published: Rows[tuple[str, int], Published] = Rows(undo)
        self.allowed: Rows[int, Allowed] = Rows(undo)
        self.day_limits: Rows[int, WorstDay] = Rows(undo)
        self.acts: Rows[int, Act] = Rows(undo)
        self.given: Rows[tuple[SiteId, str, int], Given] = Rows(undo)
        self.lapses = Lapses(undo)
        self.counters: Rows[bytes, int] = Rows(undo)
        self.counters_seen: Rows[tuple[bytes, int], CounterSeen] = Rows(undo)
        self.exceptions: Rows[tuple[str, SiteId, str], ExceptionRow] = Rows(undo)

    def root(self, account: str) -> str:
        """By the name of the wallet that is left."""
        owner, of, unit = account.split(":", 2)
        row = self.wallets.get(of) if owner == "wallet" else None
        return f"wallet:{row.root}:{unit}" if row else account

    def told_of(self, wallet: str) -> HolderRow:
        """Of whom a profile told last."""
        told = self.profiles.get(wallet)
        return HolderRow() if told is None else HolderRow(member=told.member, since=told.since)

    def given_on(self, wallet: str) -> HolderRow | None:
        """To whom, as a chain says, where no profile has told of them yet."""
        told, given = self.told_of(wallet), self.lapses.given.get(wallet, HolderRow())
        return given if given.stands_against(told.member, told.since) else None

    def has(self, wallet: str) -> HolderRow:
        return self.given_on(wallet) or self.told_of(wallet)

    def back(self) -> None:
        while self.undo:
            self.undo.pop()()

    def kept(self) -> None:
        self.undo.clear()
