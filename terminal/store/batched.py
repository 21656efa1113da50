"""The list of work on many cards, out of the journal: its entries name the note at its end as their batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from terminal.core.batches import CutShort, counts
from terminal.core.commands import BATCH, BookCardState, BookIssue, BookNote, Listed
from terminal.core.entry import Entry
from terminal.core.errors import NotBookable
from terminal.core.values import CardId, EntryId, TerminalId
from terminal.store.answers import id_bytes
from terminal.store.queries import queries

if TYPE_CHECKING:
    import aiosqlite

BACK_MAX = 20_000
"""Entries: so far back it is looked for work that was cut short."""


async def cut_short(run: aiosqlite.Connection, terminal: TerminalId, kind: str) -> CutShort | None:
    """See `core.ports.Books`."""
    sql = queries()
    head = next(iter(await run.execute_fetchall(sql["head"])), (0,))[0]
    after = head - BACK_MAX
    for (batch,) in await run.execute_fetchall(sql["batches_after"], (after, kind, terminal)):
        if (key := _note_key(batch)) is None or list(await run.execute_fetchall(sql["entry_by_id"], (key,))):
            continue
        return CutShort(of=EntryId(batch), done=await _done(run, batch, after, head, BACK_MAX))
    return None


async def listed(run: aiosqlite.Connection, note: Entry) -> Listed | None:
    """Of a note at the end of such work; None: it is none, or of before entries told what it was about."""
    if (ended := _ended(note)) is None:
        return None
    done, left = counts(ended.detail)
    return Listed(done=await _done(run, ended.id, note.seq - done - BACK_MAX, note.seq, done), left=left)


async def _done(run: aiosqlite.Connection, batch: str, after: int, upto: int, most: int) -> tuple[str, ...]:
    """The last ones of it beyond `after`, as many as `most`, in their order."""
    rows = await run.execute_fetchall(queries()["batch_done"], (batch, after, upto, most))
    return tuple(row[0] for row in rows)[::-1]


def _ended(entry: Entry) -> BookNote | None:
    note = entry.payload
    return note if isinstance(note, BookNote) and note.what == BATCH and entry.receipt else None


def _note_key(batch: str) -> bytes | None:
    """None: no note has such an id."""
    try:
        return id_bytes(batch)
    except NotBookable:
        return None


# The same of a journal in memory.


def cut_short_in(
    entries: Sequence[Entry], shown: Callable[[CardId], str], terminal: TerminalId, kind: str
) -> CutShort | None:
    late = entries[-BACK_MAX:]
    ended = {entry.id for entry in entries}
    ours = (_batch(one) for one in reversed(late) if one.kind == kind and one.at.terminal == terminal)
    of = next((one for one in ours if _note_key(one) is not None and one not in ended), None)
    return CutShort(of=EntryId(of), done=_done_in(late, shown, of)) if of is not None else None


def listed_in(entries: Iterable[Entry], shown: Callable[[CardId], str], note: Entry) -> Listed | None:
    if (ended := _ended(note)) is None:
        return None
    return Listed(done=_done_in(entries, shown, ended.id), left=counts(ended.detail)[1])


def _done_in(entries: Iterable[Entry], shown: Callable[[CardId], str], batch: str) -> tuple[str, ...]:
    cards = (_card(entry) for entry in entries if _batch(entry) == batch)
    return tuple(shown(card) for card in cards if card is not None)


def _batch(entry: Entry) -> str:
    one = entry.payload
    return one.batch if isinstance(one, BookCardState | BookIssue) else ""


def _card(entry: Entry) -> CardId | None:
    match entry.payload:
        case BookIssue(opens=opens):
            return opens.card
        case BookCardState(card=card):
            return card
        case _:
            return None
