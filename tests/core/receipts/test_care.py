"""The slip of what was done to a membership says what became of its cards."""

from __future__ import annotations

from msgspec.structs import replace

from lab.receipts.specimens import SPECIMENS
from terminal.core.commands import Booked, BookTransfer, Listed
from terminal.core.receipts import ShopHead, as_text, document_of, drawn
from terminal.core.receipts.sections import Copy
from terminal.core.values import CardId


def printed(booked: Booked) -> str:
    paper = document_of(booked, ShopHead(name="x"), language="en", copy=Copy.ORIGINAL)
    return as_text(drawn(paper, 48))


def passed_on(*cancels: str) -> str:
    booked = SPECIMENS["passed-on"].booked
    assert isinstance(booked.command, BookTransfer)
    command = replace(booked.command, cancels=tuple(CardId(card) for card in cancels))
    return printed(replace(booked, command=command))


def test_a_transfer_says_how_many_cards_were_cancelled_with_it_where_any_were() -> None:
    (row,) = [line for line in passed_on("c1", "c2").splitlines() if "cancelled" in line]
    assert row.split() == ["Cards", "cancelled", "with", "it", "2"]
    assert "cancelled" not in passed_on()


def listed(found: Listed) -> str:
    return printed(replace(SPECIMENS["many-cards"].booked, listed=found))


def test_a_list_that_is_read_back_says_how_many_were_left_out_where_any_were() -> None:
    assert "left out" not in listed(Listed(done=("****0021",)))
    (row,) = [line for line in listed(Listed(done=("****0021",), left=1)).splitlines() if "left out" in line]
    assert row.split() == ["Accounts", "that", "were", "left", "out", "1"]


def test_a_list_is_as_long_as_a_roll_and_says_how_many_more_there_are() -> None:
    done = tuple(f"PT{number:04d}" for number in range(1, 2_002))
    assert "more" not in listed(Listed(done=done[:2_000]))
    paper = listed(Listed(done=done))
    assert "PT2000" in paper
    assert "PT2001" not in paper
    assert "and 1 more" in paper
