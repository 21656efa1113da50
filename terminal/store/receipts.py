"""Finding what a receipt was printed of, in a journal without an index of receipts: a sale pays for none.

Numbers of one terminal rise with the journal within an epoch, so that a number is found by halving. What was
booked again after a fork keeps its number, and stands at the beginning of a later epoch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from terminal.core.canonical import decoded
from terminal.core.codes import ReceiptNumber
from terminal.core.entry import Entry, printed_number
from terminal.core.following import is_after
from terminal.core.ledger.undo import wallet_in
from terminal.core.original import Receipt
from terminal.core.values import TerminalId, WalletId
from terminal.store.answers import given_by, made_at
from terminal.store.queries import queries

if TYPE_CHECKING:
    import aiosqlite

_AT_ONCE = 50
_AGAIN_MAX = 20_000
"""Entries at the beginning of an epoch that are looked through for what was booked again."""
_OF_WALLET_MAX = 30
_POSTINGS_MAX = 400
"""Of a wallet: so far back it is looked."""
_BESIDE_MAX = 1_000
"""Entries: so far back a sale is found that moved nothing of its wallet; the last one always is."""
_OF_DAY_MAX = 300
_DAY_MAX = 5_000
"""Entries, of all kinds, of one business day."""
_DAYS_MAX = 50_000
"""Of several: a month of a station, three weeks of a busy one. A start must not read millions."""


async def receipt(run: aiosqlite.Connection, number: ReceiptNumber) -> Receipt | None:
    """See `core.ports.Books`."""
    sql = queries()
    epochs = [(row[0], row[1]) for row in await run.execute_fetchall(sql["epochs"])]
    head = next(iter(await run.execute_fetchall(sql["head"])), (0,))[0]
    ends = {epoch: after for (epoch, _), (_, after) in zip(epochs, [*epochs[1:], (0, head)], strict=True)}
    for epoch, after in epochs:
        if epoch == number.epoch:
            found = await _halved(run, number, after, ends[epoch])
        elif epoch > number.epoch:
            found = await _again(run, number, after, ends[epoch])
        else:
            continue
        if found is not None:
            return found
    return None


async def receipts_of(run: aiosqlite.Connection, wallet: WalletId, kinds: Collection[str]) -> list[Receipt]:
    """Of whoever holds it now: receipts of who had it before are found by their numbers."""
    sql = queries()
    rows = await run.execute_fetchall(sql["entries_of"], (wallet, _POSTINGS_MAX))
    found = {seq: (decoded(body), entry_hash) for seq, body, entry_hash in rows}
    given = next(iter(await run.execute_fetchall(sql["given"], (wallet,))), (0,))[0]
    transfers = await run.execute_fetchall(sql["transfers_at"], made_at(given)) if given else ()
    by = given_by(wallet, transfers)
    for seq, body, entry_hash in await run.execute_fetchall(sql["sales_naming"], (wallet, _BESIDE_MAX)):
        if seq not in found and wallet_in(entry := decoded(body)) == wallet:
            found[seq] = entry, entry_hash
    theirs = (found[seq] for seq in sorted(found, reverse=True))
    return _listed((one for one in theirs if is_after(one[0], given, by)), kinds)[:_OF_WALLET_MAX]


async def receipts_at(
    run: aiosqlite.Connection,
    terminal: TerminalId,
    business_day: str,
    kinds: Collection[str],
    since: str = "",
) -> list[Receipt]:
    """See `core.ports.Books`."""
    sql, found = queries(), list[tuple[Entry, bytes]]()
    if since and since < business_day:
        days = (since, business_day)
        return _listed(await _of_days(run, terminal, days, kinds), kinds)[:_OF_DAY_MAX]
    since = since or business_day
    before = next(iter(await run.execute_fetchall(sql["head"])), (0,))[0] + 1
    last = before - _DAY_MAX
    while before > max(1, last):
        for seq, body, entry_hash in await run.execute_fetchall(sql["entries_before"], (before, _AT_ONCE)):
            before, entry = seq, decoded(body)
            if entry.kind not in kinds:
                continue
            if entry.at.business_day < since:
                return _listed(found, kinds)[:_OF_DAY_MAX]
            if entry.at.terminal == terminal and entry.at.business_day <= business_day:
                found.append((entry, entry_hash))
    return _listed(found, kinds)[:_OF_DAY_MAX]


async def _of_days(
    run: aiosqlite.Connection, terminal: TerminalId, days: tuple[str, str], kinds: Collection[str]
) -> list[tuple[Entry, bytes]]:
    """The newest first. `days`: the first and the last."""
    sql = queries()
    head = next(iter(await run.execute_fetchall(sql["head"])), (0,))[0]
    found = list[tuple[Entry, bytes]]()
    for kind in kinds:
        rows = await run.execute_fetchall(sql["entries_of_kind"], (kind, head - _DAYS_MAX, _OF_DAY_MAX))
        found += [(decoded(body), entry_hash) for _, body, entry_hash in rows]
    theirs = [
        one
        for one in found
        if one[0].at.terminal == terminal and days[0] <= one[0].at.business_day <= days[1]
    ]
    return sorted(theirs, key=lambda one: one[0].seq, reverse=True)


async def _halved(run: aiosqlite.Connection, number: ReceiptNumber, after: int, last: int) -> Receipt | None:
    """In the entries beyond `after`, up to `last`."""
    while after < last:
        middle = (after + last) // 2
        near = await _next(run, number.terminal, middle, last)
        if near is None:
            last = middle
            continue
        entry, entry_hash = near
        counted = int(entry.receipt.rpartition("-")[2])
        if counted == number.number:
            return matched(entry, entry_hash, number)
        if counted < number.number:
            after = entry.seq
        else:
            last = middle
    return None


async def _next(
    run: aiosqlite.Connection, terminal: TerminalId, after: int, last: int
) -> tuple[Entry, bytes] | None:
    """The first entry beyond that one with a number that this terminal gave it then."""
    while after < last:
        count = min(_AT_ONCE, last - after)
        for seq, body, entry_hash in await run.execute_fetchall(queries()["entries_after"], (after, count)):
            after, entry = seq, decoded(body)
            if entry.receipt and entry.redo is None and entry.at.terminal.casefold() == terminal.casefold():
                return entry, entry_hash
    return None


async def _again(run: aiosqlite.Connection, number: ReceiptNumber, after: int, last: int) -> Receipt | None:
    last = min(last, after + _AGAIN_MAX)
    while after < last:
        count = min(_AT_ONCE, last - after)
        for seq, body, entry_hash in await run.execute_fetchall(queries()["entries_after"], (after, count)):
            after, entry = seq, decoded(body)
            if entry.redo is not None and (found := matched(entry, entry_hash, number)):
                return found
            if entry.receipt and entry.redo is None:
                return None  # The shop sells again.
    return None


def matched(entry: Entry, entry_hash: bytes, number: ReceiptNumber) -> Receipt | None:
    """What it was printed of, if it is this."""
    printed = printed_number(entry, entry_hash)
    asked = f"{number.terminal}-{number.epoch}-{number.number}-{number.mark}".casefold()
    found = printed.casefold()  # Whoever keys it need not know which letters are large.
    if found == asked or (not number.mark and found.startswith(asked)):
        return Receipt(entry=entry.id, number=printed)
    return None


def _listed(entries: Iterable[tuple[Entry, bytes]], kinds: Collection[str]) -> list[Receipt]:
    return [
        Receipt(entry=entry.id, number=printed_number(entry, entry_hash))
        for entry, entry_hash in entries
        if entry.kind in kinds
    ]


# The same of a journal in memory.


def receipt_in(links: Iterable[tuple[Entry, bytes]], number: ReceiptNumber) -> Receipt | None:
    found = (matched(entry, entry_hash, number) for entry, entry_hash in links)
    return next((one for one in found if one is not None), None)


def receipts_of_in(
    links: Iterable[tuple[Entry, bytes]], wallet: WalletId, kinds: Collection[str], given: tuple[int, int]
) -> list[Receipt]:
    """`given`: when it was given to whoever holds it, in ms, and by which entry."""
    found, beside = list[tuple[Entry, bytes]](), False
    for place, one in enumerate(reversed(list(links))):
        if _moved(one[0], wallet):
            found.append(one)
        elif one[0].kind == "sale" and wallet_in(one[0]) == wallet and (place < _BESIDE_MAX or not beside):
            found.append(one)
            beside = True
    return _listed((one for one in found if is_after(one[0], *given)), kinds)[:_OF_WALLET_MAX]


def _moved(entry: Entry, wallet: WalletId) -> bool:
    return any(name.startswith(f"wallet:{wallet}:") for name, _ in entry.postings)


def receipts_at_in(
    links: Iterable[tuple[Entry, bytes]],
    terminal: TerminalId,
    business_day: str,
    kinds: Collection[str],
    since: str = "",
) -> list[Receipt]:
    since = since or business_day
    of_day = [
        (entry, entry_hash)
        for entry, entry_hash in links
        if entry.at.terminal == terminal and since <= entry.at.business_day <= business_day
    ]
    return _listed(reversed(of_day), kinds)[:_OF_DAY_MAX]
