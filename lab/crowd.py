"""A ledger of very many members, made in bulk: each joined with a card and a phone and recharged once.

Booking millions one by one takes hours. These rows are the ones that `BookJoin` and `BookRecharge` leave
(`tests/lab/test_million.py` compares them with booked ones, table by table), of the same schema, chained,
sealed and hashed by the same functions; the ledger's own walk verifies them. Triggers stand aside meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.canonical import encoded
from terminal.core.commands import (
    BookJoin,
    BookRecharge,
    ClockTrust,
    Command,
    Occasion,
    Opens,
    Private,
)
from terminal.core.entry import GENESIS, LotTaken, chained
from terminal.core.ledger import Posted, kind_of
from terminal.core.trust import Credential, Medium, masked, masked_name, masked_phone
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, SiteId, StaffId, TerminalId, WalletId
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.answers import Place, entry_of, first_posting, id_bytes, id_ms
from terminal.store.checkpoints import Checkpoints, SiteKey
from terminal.store.file import connected
from terminal.store.ledger import open_ledger
from terminal.store.queries import queries
from terminal.store.sealed import MemberKeys, Secret, traces_of
from terminal.store.settings import Settings

SITE = SiteId("S1")
HELD, BONUS = 300_00, 30_00
"""Fen that each member recharged, and was given."""
_TERMINAL = TerminalId("T1")
_START_MS = 1_795_000_000_000
_BATCH = 5000
_CACHE_KIB = -262_144


class Member(NamedTuple):
    """The n-th, from 0. Ids rise with n, as those of UUIDv7 do with time."""

    wallet: WalletId
    member: MemberId
    card: CardId
    join: BookJoin
    recharge: BookRecharge
    private: Private


def member(n: int, private: Private = Private()) -> Member:  # noqa: B008  a frozen value
    """`private`: what is known of them beside card and phone."""
    wallet, person, card = WalletId(_id(n, 1)), MemberId(_id(n, 2)), CardId(_id(n, 3))
    phone, number = f"19{n:09d}", f"{n:010X}"
    opens = Opens(
        wallet=wallet,
        member=person,
        card=card,
        commitment="ab" * 32,
        terms="1",
        channel="counter",
        recruiter=StaffId("ST-0301"),
    )
    private = replace(
        private,
        credentials=(
            Credential(medium=Medium.EM4100, number=number),
            Credential(medium=Medium.PHONE, number=phone),
        ),
        phone=phone,
        salt="00" * 16,
    )
    recharge = BookRecharge(
        id=EntryId(_id(n, 5)),
        at=_at(2 * n + 1),
        wallet=wallet,
        card=card,
        principal=HELD,
        bonus=BONUS,
        received=HELD,
    )
    return Member(
        wallet, person, card, BookJoin(id=EntryId(_id(n, 4)), at=_at(2 * n), opens=opens), recharge, private
    )


def make_crowd(path: Path, members: int, who: Callable[[int], Member] = member) -> None:
    """A new ledger at `path`, its keys beside it. Blocks: a few minutes a million members.

    `who` is the n-th.
    """
    asyncio.run(_begun(path))
    secret = Secret(path.with_suffix(".secret"))
    with (
        closing(MemberKeys(path.with_suffix(".keys"), secret)) as keys,
        closing(connected(path)) as connection,
        _in_bulk(connection),
    ):
        crowd = _Crowd(connection, keys)
        for first in range(0, members, _BATCH):
            crowd.add(map(who, range(first, min(members, first + _BATCH))))
        crowd.end(SiteKey(path.with_suffix(".site")))


async def _begun(path: Path) -> None:
    clock = SystemClock()
    ledger = await open_ledger(Settings(path=path), site=SITE, clock=clock, ids=Uuid7(clock, os.urandom))
    await ledger.close()


@contextmanager
def _in_bulk(connection: sqlite3.Connection) -> Iterator[None]:
    """No trigger, no log, no sync; tokens and traces, whose order is none, in one go at the end."""
    run = connection.execute
    triggers = run("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for setting in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF"):
        run(f"PRAGMA {setting}").fetchall()
    run(f"PRAGMA cache_size = {_CACHE_KIB}")
    for name, _ in triggers:
        run(f"DROP TRIGGER {name}")
    run("CREATE TEMP TABLE new_tokens (token BLOB, wallet TEXT, card TEXT)")
    run("CREATE TEMP TABLE new_traces (trace BLOB, wallet TEXT)")
    yield
    run("INSERT INTO tokens SELECT token, wallet, card FROM new_tokens ORDER BY token")
    run("INSERT INTO traces SELECT trace, wallet FROM new_traces ORDER BY trace, wallet")
    for _, sql in triggers:
        run(sql)
    run("PRAGMA journal_mode = WAL").fetchone()


class _Crowd:
    def __init__(self, connection: sqlite3.Connection, keys: MemberKeys) -> None:
        self._connection = connection
        self._keys = keys
        self._seq, self._hash, self._receipts = 0, GENESIS, 0
        self._shop: dict[str, tuple[int, int | None]] = {}
        """Unit of the site's own account: balance and last posting."""
        self._rows: dict[str, list[tuple[Any, ...]]] = {}

    def add(self, people: Iterable[Member]) -> None:
        self._rows = {name: [] for name in _INSERTS}
        wrapped: list[tuple[MemberId, bytes]] = []
        for one in people:
            wrapped.append(self._person(one))
            self._book(one.join, Posted(wallet=one.wallet))
            self._receipts += 1
            self._book(one.recharge, _recharged(one), f"{_TERMINAL}-1-{self._receipts}")
        self._keys.put(wrapped)
        self._connection.execute("BEGIN")
        for name, rows in self._rows.items():
            self._connection.executemany(_INSERTS[name], rows)
        self._connection.execute("COMMIT")

    def end(self, key: SiteKey) -> None:
        """What the shop itself has, the last receipt, and a checkpoint, as an idle moment would sign it."""
        Checkpoints(self._connection, self._keys.secret, key).sign(self._seq, 1, self._hash)
        run = self._connection.execute
        for unit, (balance, last) in sorted(self._shop.items()):
            run(_INSERTS["accounts"], (f"site:{SITE}", unit, balance, last))
        if self._receipts:
            job = (_TERMINAL, 1, self._receipts, self._seq)
            run("INSERT INTO print_jobs VALUES (?, ?, ?, ?, 'printed', '')", job)

    def _person(self, one: Member) -> tuple[MemberId, bytes]:
        """Their key, wrapped."""
        secret, private, about = self._keys.secret, one.private, one.member.encode()
        key = os.urandom(32)
        clear = msgspec.json.encode([private.name, private.phone, private.plate, private.salt, private.told])
        phone = masked_phone(private.phone)
        shown = masked_name(private.name) or phone
        rows = self._rows
        rows["wallets"].append((one.wallet, one.member, self._seq + 1))
        rows["cards"].append((one.card, one.wallet, "active", masked(private.credentials[0].number), "", ""))
        rows["profiles"].append((one.member, secret.seal(clear, key, about), shown, phone))
        for credential in private.credentials:
            card = None if credential.medium is Medium.PHONE else one.card
            rows["new_tokens"].append((secret.token(credential), one.wallet, card))
        rows["edits"].append((one.wallet, id_bytes(one.join.id), id_ms(one.join.id)))
        rows["new_traces"] += [(secret.trace(trace), one.wallet) for trace in traces_of(private)]
        return one.member, secret.seal(key, about=about)

    def _book(self, command: Command, done: Posted, receipt: str = "") -> None:
        self._seq += 1
        entry = entry_of(command, done, Place(SITE, 1, self._seq, receipt))
        body = encoded(entry)
        self._hash = chained(self._hash, body)
        rows = self._rows
        rows["entries"].append((self._seq, id_bytes(command.id), kind_of(command), self._hash, body))
        for posting, (account, amount) in enumerate(done.postings, first_posting(self._seq)):
            owner = f"{account.owner}:{account.of}"
            balance, before = self._shop.get(account.unit, (0, None)) if account.of == SITE else (0, None)
            stand = (balance + amount, posting)
            rows["postings"].append((posting, owner, account.unit, amount, stand[0], before))
            if account.of == SITE:
                self._shop[account.unit] = stand
            else:
                rows["accounts"].append((owner, account.unit, *stand))
        for lot in done.lots:
            rows["lots"].append((done.wallet, lot.unit, self._seq, lot.lot, lot.amount, lot.amount, lot.paid))


_INSERTS = {
    "entries": queries()["add_entry"],
    "postings": "INSERT INTO postings VALUES (?, ?, ?, ?, ?, ?)",
    "accounts": "INSERT INTO accounts VALUES (?, ?, ?, ?)",
    "lots": "INSERT INTO lots (wallet, unit, seq, lot, laid, rest, paid) VALUES (?, ?, ?, ?, ?, ?, ?)",
    "wallets": queries()["add_wallet"],
    "cards": queries()["add_card"],
    "profiles": "INSERT INTO profiles VALUES (?, ?, ?, ?)",
    "edits": queries()["note_edit"],
    "new_tokens": "INSERT INTO new_tokens VALUES (?, ?, ?)",
    "new_traces": "INSERT INTO new_traces VALUES (?, ?)",
}


def _recharged(one: Member) -> Posted:
    command, wallet = one.recharge, one.wallet
    return Posted(
        postings=(
            (chart.principal(wallet), HELD),
            (chart.drawer(SITE, command.at.shift), -HELD),
            (chart.bonus(wallet), BONUS),
            (chart.bonus_expense(SITE), -BONUS),
        ),
        lots=(
            LotTaken(unit="principal", lot=command.id, amount=HELD, paid=HELD),
            LotTaken(unit="bonus", lot=command.id, amount=BONUS),
        ),
        wallet=wallet,
    )


def _id(n: int, which: int) -> str:
    moment = f"{_START_MS + n:012x}"
    return f"{moment[:8]}-{moment[8:]}-7000-8000-{which:012x}"


def _at(n: int) -> Occasion:
    return Occasion(
        terminal=_TERMINAL,
        shift=ShiftId("2026-11-24-1"),
        operator=StaffId("ST-0301"),
        business_day="2026-11-24",
        wall_ms=_START_MS + n,
        utc_offset_min=480,
        clock=ClockTrust.NETWORK,
        mono_ms=n,
        boot="5f1c1e0a-8a55-4d6c-9c3f-0d6d1d2a7b11",
    )
