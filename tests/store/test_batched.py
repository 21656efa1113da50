"""The list of work on many cards is read out of the journal, in the file and in memory alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.batches import CutShort
from terminal.core.canonical import decoded
from terminal.core.cards import CardState
from terminal.core.commands import BATCH, BookCardState, BookNote, Listed, Occasion
from terminal.core.values import CardId, EntryId, SiteId, TerminalId
from terminal.store import batched
from terminal.store.memory import MemoryLedger
from tests.store.facts import AT, an_id, issue

T1, T2 = TerminalId("T1"), TerminalId("T2")
B1, B2, B3 = an_id(9_001), an_id(9_002), an_id(9_003)


async def issued(ledger: Any, numbers: Sequence[int], batch: str = "", at: Occasion = AT) -> None:
    for number in numbers:
        command, private = issue(number, number)
        await ledger.committer.submit(replace(command, batch=batch, at=at), private)


async def cancelled(ledger: Any, numbers: Sequence[int], batch: str, at: Occasion = AT) -> None:
    for number in numbers:
        card = CardId(f"c{number}")
        of = BookCardState(id=an_id(1_000 + number), at=at, card=card, state=CardState.CANCELLED, batch=batch)
        await ledger.committer.submit(of)


async def ended(ledger: Any, batch: EntryId, detail: str, what: str = BATCH) -> Any:
    return await ledger.committer.submit(BookNote(id=batch, at=AT, what=what, detail=detail))


def shown(*numbers: int) -> tuple[str, ...]:
    """As `tests.store.facts.issue` numbers them."""
    return tuple(f"******{number:04X}" for number in numbers)


async def test_the_note_at_the_end_has_a_receipt_and_waits_for_paper_and_other_notes_do_not(
    ledger: Any,
) -> None:
    assert (await ended(ledger, an_id(1), "", "drawer")).receipt_no == ""
    booked = await ended(ledger, B1, "0/2")
    assert booked.receipt_no.startswith("T1-1-1-")
    assert list(await ledger.books.waiting_prints()) == [B1]
    await ledger.print_jobs.printed(B1)
    assert list(await ledger.books.waiting_prints()) == []


async def test_the_list_is_read_back_with_the_numbers_masked_and_how_many_were_left_out(ledger: Any) -> None:
    await issued(ledger, range(1, 9))
    await cancelled(ledger, (3, 1), B1)
    await cancelled(ledger, (4,), B2)
    await cancelled(ledger, (5,), "")
    await cancelled(ledger, (2,), B1)
    await ended(ledger, B1, "3/5")
    await cancelled(ledger, (6,), B3)
    told = await ledger.books.booked(B1)
    assert told.listed == Listed(done=shown(3, 1, 2), left=2)
    assert told.receipt_no


async def test_of_new_cards_it_is_read_back_too(ledger: Any) -> None:
    await issued(ledger, (1, 2), B1)
    await issued(ledger, (3,))
    await ended(ledger, B1, "2/2")
    assert (await ledger.books.booked(B1)).listed == Listed(done=shown(1, 2))
    assert (await ledger.books.booked(an_id(1))).listed is None


async def test_where_nothing_was_done_it_has_no_card(ledger: Any) -> None:
    await issued(ledger, (1,))
    await ended(ledger, B1, "0/1")
    assert (await ledger.books.booked(B1)).listed == Listed(left=1)


async def test_other_notes_have_no_list(ledger: Any) -> None:
    await ended(ledger, B1, "1/1", "drawer")
    assert (await ledger.books.booked(B1)).listed is None


async def test_what_has_no_note_at_its_end_was_cut_short(ledger: Any) -> None:
    assert await ledger.books.cut_short(T1, "card_state") is None
    await issued(ledger, range(1, 9))
    await cancelled(ledger, (1,), B1)
    assert await ledger.books.cut_short(T1, "card_state") == CutShort(of=B1, done=shown(1))
    await ended(ledger, B1, "1/1")
    assert await ledger.books.cut_short(T1, "card_state") is None
    await cancelled(ledger, (2,), "")
    await cancelled(ledger, (3,), "by hand")
    assert await ledger.books.cut_short(T1, "card_state") is None, "no note has such ids"
    await cancelled(ledger, (5, 4), B3)
    await cancelled(ledger, (6,), B2)
    await cancelled(ledger, (7,), B3)
    assert await ledger.books.cut_short(T1, "card_state") == CutShort(of=B3, done=shown(5, 4, 7)), "the last"
    await ended(ledger, B3, "3/3")
    assert await ledger.books.cut_short(T1, "card_state") == CutShort(of=B2, done=shown(6))


async def test_each_terminal_and_each_work_goes_on_with_its_own(ledger: Any) -> None:
    await issued(ledger, (1, 2, 3))
    await issued(ledger, (4,), B1)
    await cancelled(ledger, (1,), B2)
    await cancelled(ledger, (2,), B3, replace(AT, terminal=T2))
    assert await ledger.books.cut_short(T1, "issue") == CutShort(of=B1, done=shown(4))
    assert await ledger.books.cut_short(T1, "card_state") == CutShort(of=B2, done=shown(1))
    assert await ledger.books.cut_short(T2, "card_state") == CutShort(of=B3, done=shown(2))
    assert await ledger.books.cut_short(T2, "issue") is None


async def test_it_is_looked_for_so_far_back_and_no_further(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await issued(ledger, (1, 2, 3))
    await cancelled(ledger, (1, 2), B1)
    await issued(ledger, (4,))
    for back, found in ((3, shown(1, 2)), (2, shown(2))):
        monkeypatch.setattr(batched, "BACK_MAX", back)
        assert await ledger.books.cut_short(T1, "card_state") == CutShort(of=B1, done=found)
    monkeypatch.setattr(batched, "BACK_MAX", 1)
    assert await ledger.books.cut_short(T1, "card_state") is None
    monkeypatch.setattr(batched, "BACK_MAX", 3)
    await ended(ledger, B1, "2/2")
    for number in (5, 6, 7, 8):
        await issued(ledger, (number,))
    assert (await ledger.books.booked(B1)).listed == Listed(done=shown(1, 2)), (
        "from the note, not from the end"
    )


async def test_a_note_of_before_has_no_receipt_and_no_list() -> None:
    books = MemoryLedger(SiteId("S1"))
    await issued(books, (1,), B1)
    await ended(books, B1, "1/1")
    entries = [decoded(link.body) for link in books.links]
    assert batched.listed_in(entries, books.cards_shown.__getitem__, entries[-1]) == Listed(done=shown(1))
    of_before = replace(entries[-1], receipt="")
    assert batched.listed_in(entries, books.cards_shown.__getitem__, of_before) is None
