"""Whom a command concerns, whatever its kind."""

from __future__ import annotations

import pytest

from terminal.core.commands import (
    Booked,
    BookIssue,
    BookNote,
    BookRecharge,
    Listed,
    Private,
    card_of,
    opens_of,
    wallet_of,
)
from terminal.core.values import EntryId
from tests.core.ledger.book import AT, C1, C2, W1, W2, opening

OPENS = opening(W2, None, C2)


def recharge(**more: object) -> BookRecharge:
    fields = {"id": "x", "at": AT, "wallet": W1, "card": C1, "principal": 1, "bonus": 0, "received": 1}
    return BookRecharge(**{**fields, **more})


@pytest.mark.parametrize(
    ("command", "opens", "wallet", "card"),
    [
        (recharge(), None, W1, C1),
        (recharge(card=None), None, W1, None),
        (recharge(wallet=W2, card=C2, opens=OPENS), OPENS, W2, C2),
        (BookIssue(id="x", at=AT, opens=OPENS), OPENS, W2, C2),
        (BookNote(id="x", at=AT, what="x", detail=""), None, None, None),
    ],
)
def test_a_command_says_whom_it_concerns(
    command: object, opens: object, wallet: object, card: object
) -> None:
    found = opens_of(command), wallet_of(command), card_of(command)
    assert found == (opens, wallet, card)


def test_personal_data_that_reaches_a_log_by_accident_says_nothing() -> None:
    private = Private(name="王小明", phone="19000000301", plate="测A00001", pin="verifier")
    assert repr(private) == str(private) == "Private(...)"


def test_a_list_of_cards_says_how_many_it_has_and_no_number_of_any() -> None:
    listed = Listed(done=("1001",), left_out=(("1002", 5), ("1003", 1)))
    assert repr(listed) == str(listed) == "Listed(1, 2)"


def test_an_answer_says_no_day_on_which_points_end_where_none_was_told() -> None:
    note = BookNote(id=EntryId("x"), at=AT, what="drawer")
    assert Booked(command=note, seq=1, receipt_no="").points_end == ""
