"""When a wallet was whose: so somebody who gave it away takes along what was booked while it was theirs.

The journal alone says so; it is read for who asks, and by no key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from terminal.core.canonical import decoded
from terminal.core.commands import BookDirective, BookGuest, BookTransfer, opens_of
from terminal.core.directives import GivenAway, HolderNamed
from terminal.core.entry import Entry
from terminal.core.values import MemberId, WalletId
from terminal.store.answers import id_ms
from terminal.store.queries import queries


class Tenure(NamedTuple):
    """When somebody had a wallet, in ms since 1970: later than the one, no later than the other."""

    wallet: WalletId
    since: int
    """0: it began as theirs."""
    until: int


def ended_tenures(run: sqlite3.Connection, member: MemberId) -> Iterator[Tenure]:
    """Of all wallets that they had, and somebody else was given. Raises NotCanonical, sqlite3.Error."""
    begun = dict[WalletId, bool]()
    for entry in _naming(run, member):
        for wallet, begins in _became_theirs(entry, member):
            begun[wallet] = begun.get(wallet, False) or begins
    for wallet, begins in begun.items():
        since = 0 if begins else None
        for given, to in sorted(_moves(run, wallet)):
            if since is not None and to != member:
                yield Tenure(wallet, since, given)
            since = given if to == member else None


def _became_theirs(entry: Entry, member: MemberId) -> Iterator[tuple[WalletId, bool]]:
    """Which wallet, and whether it began so here."""
    match entry.payload:
        case (
            BookTransfer(wallet=wallet, to=to) | BookDirective(directive=GivenAway(wallet=wallet, member=to))
        ):
            if to == member:
                yield wallet, False
        case (
            BookGuest(wallet=wallet, member=to)
            | BookDirective(directive=HolderNamed(wallet=wallet, member=to))
        ):
            if to == member:
                yield wallet, True
        case command:
            opens = opens_of(command)
            if opens is not None and opens.member == member:
                yield opens.wallet, True


def _moves(run: sqlite3.Connection, wallet: WalletId) -> Iterator[tuple[int, MemberId]]:
    """When it was given, and to whom."""
    for entry in _naming(run, wallet):
        match entry.payload:
            case BookTransfer(wallet=given, to=to) if given == wallet:
                yield id_ms(entry.id), to
            case BookDirective(directive=GivenAway(wallet=given, member=to, since=since)) if given == wallet:
                yield since, to


def _naming(run: sqlite3.Connection, text: str) -> Iterator[Entry]:
    for (body,) in run.execute(queries()["entries_naming"], (text,)):
        yield decoded(body)
