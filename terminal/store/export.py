"""Statements and periods as CSV for spreadsheets: RFC 4180, UTF-8 with its mark, money with two places.

No names and no phones, and of card numbers only what is shown on receipts. Reads beside whoever writes, in
short looks; memory does not grow with what is exported.
"""

from __future__ import annotations

import csv
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unicodedata import normalize

from terminal.core.accounts import FEN, measure_of
from terminal.core.canonical import NotCanonical, decoded
from terminal.core.commands import (
    BookDirective,
    BookErasure,
    BookExpiry,
    BookRightsBack,
    BookSale,
    BookWithdrawal,
    ErasureReason,
    card_of,
)
from terminal.core.company_statement import NOTHING_TAKEN, CardSum, CompanyStatement
from terminal.core.directives import NEVER_MIND, Lapse, Lapsing, Release, Withdraw
from terminal.core.entry import Entry, printed_number
from terminal.core.errors import LedgerDamaged
from terminal.core.money import plain
from terminal.core.units import SIGNS
from terminal.core.values import INTEGER_MAX, MemberId, WalletId
from terminal.runtime.durable import sync_folder
from terminal.store.answers import POSTINGS_MAX, id_ms, wallet_in
from terminal.store.backup import read_only
from terminal.store.queries import queries
from terminal.store.tenures import ended_tenures

_BATCH = 500
_ENTRY = ("business_day", "local_time", "seq", "receipt", "kind", "terminal", "shift", "operator", "card")
PERIOD_HEAD = (*_ENTRY, "wallet", "account", "measure", "amount")
STATEMENT_HEAD = (*_ENTRY, "unit", "measure", "amount", "balance")

COUPON_HEAD = (
    "until", "since", "kind", "face", "threshold", "stands", "changed", "card", "wallet", "coupon",
)  # fmt: skip

COMPANY_HEAD = (
    "business_day", "local_time", "receipt", "what", "card", "plate", "grade", "quantity", "unit", "amount",
)  # fmt: skip

_DAY = re.compile(rb'"business_day":"([^"\\]*)"')
_ACTIVE = frozenset("=+-@\t\r\n")
"""A spreadsheet may take a cell that begins so for a formula (OWASP, CSV injection)."""

_Row = tuple[str, ...]


class NotExported(Exception):
    """Nothing was written; the text says why."""


def export_period(ledger: Path, first: str, last: str, target: Path) -> int:
    """Every posting of the business days from `first` to `last`, both included; how many there are.

    Who was forgotten has a row, whatever it moved: its kind says why (`erasure:asked`).

    Amounts are credits: what a wallet holds and the shop earned is positive, what a drawer holds negative.

    Raises:
        NotExported: `target` is there already, the disk does not let us, or the ledger cannot be read.
    """
    return _exported(ledger, target, PERIOD_HEAD, lambda run: _period(run, first, last))


def export_statement(ledger: Path, wallet: WalletId, target: Path) -> int:
    """Every posting of a wallet, oldest first, with what it then held; how many there are.

    Raises:
        NotExported: as above, or there is no such wallet.
    """
    return _exported(ledger, target, STATEMENT_HEAD, lambda run: _statement(run, wallet))


def export_coupons(ledger: Path, first: str, last: str, target: Path) -> int:
    """Every coupon known here whose last day is of those, by wallet; how many there are.

    `stands`: held, used, expired, withdrawn, taken_back or elsewhere; `changed`: the day since which it does.

    Raises:
        NotExported: as above.
    """
    return _exported(ledger, target, COUPON_HEAD, lambda run: _coupons(run, first, last))


def export_company(
    ledger: Path, company: str, days: tuple[str, str], plates: Mapping[str, str], target: Path
) -> Mapping[str, CardSum]:
    """What a company's cards took on the business days from the first to the last, both included.

    `plates`: by card, as the terminal's file says them. By card; by none what was paid in or given as credit.

    Raises:
        NotExported: as above.
    """
    sums: dict[str, CardSum] = {}
    _exported(ledger, target, COMPANY_HEAD, lambda run: _company(run, company, days, plates, sums))
    return sums


def _company(
    run: sqlite3.Connection,
    company: str,
    days: tuple[str, str],
    plates: Mapping[str, str],
    sums: dict[str, CardSum],
) -> Iterator[_Row]:
    """From the beginning: what a fill of those days took may have been held before."""
    statement = CompanyStatement(company)
    for entry, entry_hash in _entries(run, lambda _: True):
        for took in statement.rows(entry):
            if not days[0] <= entry.at.business_day <= days[1]:
                continue
            sums[took.card] = sums.get(took.card, NOTHING_TAKEN).with_row(took)
            yield (
                _text(entry.at.business_day),
                _local(entry.at.wall_ms, entry.at.utc_offset_min),
                _text(printed_number(entry, entry_hash)),
                took.what,
                _text(took.card),
                _text(plates.get(took.card, "")),
                _text(took.grade),
                plain(took.quantity),
                SIGNS[took.measured] if took.measured else "",
                plain(took.fen),
            )


def own_statements(ledger: Path, member: MemberId, wallets: Sequence[WalletId]) -> Iterator[_Row]:
    """Of each of their wallets the rows of `export_statement`, below its head; also of who gave it away.

    Only what was booked while it was theirs. Raises NotExported.
    """
    try:
        with closing(read_only(ledger)) as run:
            for wallet in wallets:
                given = run.execute(queries()["given"], (wallet,)).fetchone()
                yield STATEMENT_HEAD
                yield from _statement(run, wallet, given[0] if given else 0)
            for one in ended_tenures(run, member):
                yield STATEMENT_HEAD
                yield from _statement(run, *one)
    except (OSError, sqlite3.Error, LedgerDamaged, NotCanonical) as fault:
        raise NotExported(str(fault)) from fault


def _period(run: sqlite3.Connection, first: str, last: str) -> Iterator[_Row]:
    low, high = first.encode(), last.encode()
    for entry, entry_hash in _entries(run, lambda body: _may_lie(body, low, high)):
        if not first <= entry.at.business_day <= last:
            continue
        head, wallet = _entry_cells(run, entry, entry_hash), wallet_in(entry) or ""
        for forgotten in _forgotten(entry) if not entry.postings else ():
            yield (*head, _text(forgotten), "", "", "")
        for account, amount in entry.postings:
            unit = account.split(":", 2)[2]
            yield (*head, _text(wallet), _text(account), _text(measure_of(unit)), _amount(unit, amount))


def _may_lie(body: bytes, low: bytes, high: bytes) -> bool:
    """Without decoding: a quote within a text is always escaped, so no text can look like the field."""
    return any(low <= day[1] <= high for day in _DAY.finditer(body))


def _statement(
    run: sqlite3.Connection, wallet: WalletId, since: int = 0, until: int = INTEGER_MAX
) -> Iterator[_Row]:
    """Of entries whose ids were made later than `since`, and no later than `until`, in ms since 1970."""
    if run.execute(queries()["wallet"], (wallet,)).fetchone() is None:
        raise NotExported("there is no such wallet")
    cells: tuple[int, _Row | None] = (0, None)
    for posting, unit, amount, balance in run.execute(queries()["statement"], (f"wallet:{wallet}",)):
        seq = posting // POSTINGS_MAX
        if cells[0] != seq:
            _, body, entry_hash = run.execute(queries()["entries_after"], (seq - 1, 1)).fetchone()
            entry = _decoded(seq, body)
            theirs = since < id_ms(entry.id) <= until
            cells = seq, _entry_cells(run, entry, entry_hash) if theirs else None
        if cells[1] is None:
            continue
        amounts = _amount(unit, amount), _amount(unit, balance)
        yield (*cells[1], _text(unit), _text(measure_of(unit)), *amounts)


def _coupons(run: sqlite3.Connection, first: str, last: str) -> Iterator[_Row]:
    after = ("", "")
    while rows := run.execute(queries()["coupons_until"], (*after, first, last, _BATCH)).fetchall():
        for wallet, coupon, kind, face, threshold, since, until, shown, balance, changed in rows:
            yield (
                _text(until),
                _text(since),
                _text(kind),
                plain(face),
                plain(threshold),
                *_stands(run, balance, changed),
                _text(shown or ""),
                _text(wallet),
                _text(coupon),
            )
        after = rows[-1][:2]


def _stands(run: sqlite3.Connection, balance: int | None, changed: int | None) -> tuple[str, str]:
    """By the entry that changed it last; one that is known and never was here lies elsewhere."""
    if changed is None:
        return "elsewhere", ""
    seq = changed // POSTINGS_MAX
    _, body, _ = run.execute(queries()["entries_after"], (seq - 1, 1)).fetchone()
    entry = _decoded(seq, body)
    return "held" if balance else _went(entry), _text(entry.at.business_day)


def _went(entry: Entry) -> str:
    """Where a coupon is that is not here, by the entry with which it went."""
    match entry.payload:
        case BookSale():
            return "used"
        case BookExpiry():
            return "expired"
        case BookRightsBack() | BookDirective(directive=Release()):
            return "elsewhere"
        case BookWithdrawal() | BookDirective(directive=Withdraw()):
            return "withdrawn"
        case _:
            return "taken_back"


def _entries(run: sqlite3.Connection, wanted: Callable[[bytes], bool]) -> Iterator[tuple[Entry, bytes]]:
    seq = 0
    while rows := run.execute(queries()["entries_after"], (seq, _BATCH)).fetchall():
        for number, body, entry_hash in rows:
            if wanted(body):
                yield _decoded(number, body), entry_hash
        seq = rows[-1][0]


def _decoded(seq: int, body: bytes) -> Entry:
    try:
        entry: Entry = decoded(body)
    except NotCanonical as fault:
        raise LedgerDamaged(f"seq {seq}: {fault}") from fault
    return entry


# Cells.


def _entry_cells(run: sqlite3.Connection, entry: Entry, entry_hash: bytes) -> _Row:
    at, card = entry.at, card_of(entry.payload)
    row: Any = run.execute(queries()["card"], (card,)).fetchone() if card else None
    return (
        _text(at.business_day),
        _local(at.wall_ms, at.utc_offset_min),
        str(entry.seq),
        _text(printed_number(entry, entry_hash)),
        _text(_kind(entry)),
        _text(at.terminal),
        _text(at.shift),
        _text(at.operator),
        _text(row[2] if row else ""),
    )


def _kind(entry: Entry) -> str:
    """With the reason, where somebody was forgotten: `erasure:asked`."""
    payload = entry.payload
    if isinstance(payload, BookErasure):
        kind = "erasure_noted" if payload.waits else entry.kind
        return f"{kind}:{payload.why}" if payload.why else kind
    match payload:
        case BookDirective(directive=Lapse(kind=Lapsing.MEMBER, upto=upto), lapsed=wallets) if wallets:
            return f"erasure:{ErasureReason.ASKED if upto == NEVER_MIND else ErasureReason.RETENTION}"
        case _:
            return entry.kind


def _forgotten(entry: Entry) -> tuple[str, ...]:
    match entry.payload:
        case BookErasure(waits=False):
            return (wallet_in(entry) or "",)
        case BookDirective(directive=Lapse(kind=Lapsing.MEMBER), lapsed=wallets):
            return wallets
        case _:
            return ()


def _local(wall_ms: int, utc_offset_min: int) -> str:
    try:
        local = datetime.fromtimestamp(wall_ms // 1000, UTC) + timedelta(minutes=utc_offset_min)
    except (OverflowError, ValueError, OSError):  # A clock that was far off, or hostile.
        return ""
    return local.strftime("%Y-%m-%d %H:%M:%S")


def _amount(unit: str, amount: int) -> str:
    """Yuan and litres with two places; points, uses and coupons whole."""
    measure = measure_of(unit)
    return plain(amount) if measure == FEN or measure.startswith("litres") else str(amount)


def _text(text: str) -> str:
    """Never a formula: an apostrophe goes before what could be taken for one, also in full width."""
    return f"'{text}" if normalize("NFKC", text.lstrip()[:1]) in _ACTIVE or text[:1] in _ACTIVE else text


# The file.


def _exported(
    ledger: Path, target: Path, head: _Row, rows: Callable[[sqlite3.Connection], Iterable[_Row]]
) -> int:
    """Written whole under another name first. What is there already is never touched."""
    fresh = target.with_name(f"{target.name}.unfinished")
    try:
        if target.exists():
            raise NotExported(f"{target}: is there already")
        if not ledger.is_file():
            raise NotExported(f"{ledger}: there is no ledger yet")
        try:
            with closing(read_only(ledger)) as run:
                count = _written(fresh, head, rows(run))
            fresh.rename(target)
        finally:
            fresh.unlink(missing_ok=True)
        sync_folder(target.absolute().parent)
    except (OSError, sqlite3.Error, LedgerDamaged) as fault:
        raise NotExported(f"{target}: {fault}") from fault
    return count


def _written(fresh: Path, head: _Row, rows: Iterable[_Row]) -> int:
    count = 0
    with fresh.open("w", encoding="utf-8-sig", newline="") as file:
        fresh.chmod(0o600)
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(head)
        for row in rows:
            writer.writerow(row)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count
