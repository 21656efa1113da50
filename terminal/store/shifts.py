"""What is read of a shift: where it stands, and the entries that its reports add up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.accounts import Account
from terminal.core.canonical import decoded
from terminal.core.commands import BookIntent, BookIntentEnd, BookShiftClose, Pumps
from terminal.core.entry import Entry
from terminal.core.figures import ShiftFigures, ShiftNow
from terminal.core.filled import pumps_of
from terminal.core.group_buy import vouchers_of
from terminal.core.shift import Tally, figures_of, report_of
from terminal.core.values import EntryId, ShiftId, SiteId, TerminalId
from terminal.store.answers import first_posting, id_bytes
from terminal.store.queries import queries

if TYPE_CHECKING:
    import aiosqlite

_AT_ONCE = 100
_BACK_MAX = 50_000
"""So many entries are looked through for the one that opened the shift: a start must not read a journal of
millions. Of a shift as long as that nobody knows who opened it."""


def next_shift(terminal: TerminalId, after: ShiftId | None) -> ShiftId:
    """`T1-8` after `T1-7`; numbers have no gaps, whichever days lie between."""
    number = int(after.rpartition("-")[2]) if after else 0
    return ShiftId(f"{terminal}-{number + 1}")


def standing(terminal: TerminalId, last: tuple[ShiftId, bool] | None, entry: Entry | None) -> ShiftNow:
    """`last`: the highest number that was opened or closed; `entry`: which did it, if that is known."""
    if last is None:
        return ShiftNow(shift=next_shift(terminal, None))
    shift, is_open = last
    known = entry if entry is not None and entry.at.shift == shift else None
    if is_open:
        return ShiftNow(
            shift=shift,
            open=True,
            operator=known.at.operator if known else None,
            since_day=known.at.business_day if known else "",
        )
    return ShiftNow(shift=next_shift(terminal, shift), after=shift, left=_left(known) if known else 0)


def _left(entry: Entry) -> int:
    return entry.payload.left if isinstance(entry.payload, BookShiftClose) else 0


class Shifts(Protocol):
    """A ledger in memory, as far as its shifts go."""

    @property
    def site(self) -> SiteId: ...

    @property
    def shifts(self) -> Mapping[ShiftId, bool]: ...

    def balance(self, account: Account) -> int: ...


async def shift_now(run: aiosqlite.Connection, terminal: TerminalId) -> ShiftNow:
    sql = queries()
    rows = list(await run.execute_fetchall(sql["last_shift"], (terminal,)))
    now = standing(terminal, None, None)
    if rows:
        shift, is_open = ShiftId(rows[0][0]), bool(rows[0][1])
        head = next(iter(await run.execute_fetchall(sql["head"])))[0]
        kind = "shift_open" if is_open else "shift_close"
        span = (kind, head - _BACK_MAX, head + 1)
        found = list(await run.execute_fetchall(sql["last_of_kind"], span))
        now = standing(terminal, (shift, is_open), decoded(found[0][1]) if found else None)
    site = next(iter(await run.execute_fetchall(sql["meta"], ("site",))))[0]
    drawer = chart.drawer(site, now.shift)
    balance = list(await run.execute_fetchall(sql["account"], (f"{drawer.owner}:{drawer.of}", drawer.unit)))
    return replace(now, in_drawer=-balance[0][0] if balance else 0)


async def figures(run: aiosqlite.Connection, report: EntryId) -> ShiftFigures:
    """Raises LookupError: no such report."""
    sql = queries()
    found = list(await run.execute_fetchall(sql["entry_by_id"], (id_bytes(report),)))
    asked = decoded(found[0][2]) if found else None
    if asked is None or not report_of(asked.payload):
        raise LookupError("no X or Z report")
    closed = list(await run.execute_fetchall(sql["last_of_kind"], ("shift_close", 0, asked.seq)))
    before = decoded(closed[0][1]) if closed else None
    after, handed = (closed[0][0], _left(before)) if before else (0, None)
    account = chart.drawer(asked.site, asked.at.shift)
    of = (f"{account.owner}:{account.of}", account.unit, first_posting(asked.seq))
    balance = list(await run.execute_fetchall(sql["account_as_of"], of))
    stood = pumps_of(before.payload) if before else None
    tally = Tally(asked.at.shift, await _doubts(run, after, asked), stood)
    async for entry in _between(run, after, asked.seq):
        tally.add(entry)
    return tally.figures(asked, handed=handed, drawer=balance[0][0] if balance else 0)


async def _doubts(run: aiosqlite.Connection, after: int, asked: Entry) -> list[BookIntent]:
    """Begun at that terminal up to `after`, and without an end when `asked` was booked."""
    sql = queries()
    begun = [decoded(row[0]) for row in await run.execute_fetchall(sql["doubts_before"], (after,))]
    ended = (asked.seq, asked.seq + _BACK_MAX)  # Since then: a report that is printed again says the same.
    for (body,) in await run.execute_fetchall(sql["intent_ends"], ended):
        if isinstance(end := decoded(body).payload, BookIntentEnd):
            found = await run.execute_fetchall(sql["entry_by_id"], (id_bytes(end.intent),))
            begun += [entry for entry in (decoded(row[2]) for row in found) if entry.seq <= after]
    return [one.payload for one in begun if isinstance(one.payload, BookIntent) and _near(one, asked)]


def _near(begun: Entry, asked: Entry) -> bool:
    return begun.at.terminal == asked.at.terminal


async def _between(run: aiosqlite.Connection, after: int, last: int) -> AsyncIterator[Entry]:
    """A hundred at a time, so that nobody waits for a long shift."""
    sql = queries()
    while after < last:
        count = min(_AT_ONCE, last - after)
        for seq, body, _ in await run.execute_fetchall(sql["entries_after"], (after, count)):
            after = seq
            yield decoded(body)


def shift_in(entries: Sequence[Entry], state: Shifts, terminal: TerminalId) -> ShiftNow:
    """The same of a journal in memory."""
    shifts = state.shifts
    ours = [one for one in shifts if one.startswith(f"{terminal}-") and one[len(terminal) + 1 :].isdecimal()]
    now = standing(terminal, None, None)
    if ours:
        shift = max(ours, key=lambda one: int(one.rpartition("-")[2]))
        kind = "shift_open" if shifts[shift] else "shift_close"
        found = next((entry for entry in reversed(entries) if entry.kind == kind), None)
        now = standing(terminal, (shift, shifts[shift]), found)
    return replace(now, in_drawer=-state.balance(chart.drawer(state.site, now.shift)))


def figures_in(entries: Iterable[Entry], report: EntryId) -> ShiftFigures:
    """The same of a journal in memory. Raises LookupError."""
    handed: int | None = None
    stood: Pumps | None = None
    since, drawer = list[Entry](), dict[str, int]()
    begun, before = dict[EntryId, Entry](), list[Entry]()
    for entry in entries:
        since.append(entry)
        if entry.id == report and report_of(entry.payload):
            account = chart.drawer(entry.site, entry.at.shift).name
            doubts = [
                one.payload for one in before if isinstance(one.payload, BookIntent) and _near(one, entry)
            ]
            left = drawer.get(account, 0)
            return figures_of(since, entry, handed=handed, drawer=left, doubts=doubts, stood=stood)
        _begin(begun, entry)
        for account, amount in entry.postings:
            drawer[account] = drawer.get(account, 0) + amount
        if entry.kind == "shift_close":
            handed, since, before = _left(entry), [], list(begun.values())
            stood = pumps_of(entry.payload)
    raise LookupError("no X or Z report")


def _begin(begun: dict[EntryId, Entry], entry: Entry) -> None:
    """Keeps what has no end yet."""
    match entry.payload:
        case BookIntent():
            begun[entry.id] = entry
        case BookIntentEnd(intent=ended):
            begun.pop(ended, None)
        case _:
            for used in vouchers_of(entry.payload):
                begun.pop(used, None)
            for one in list(begun.values()):
                if isinstance(one.payload, BookIntent) and one.payload.consumed_by == entry.id:
                    del begun[one.id]
