from __future__ import annotations

import pytest

from terminal.core.acquirer import Order, Outcome
from terminal.core.card_terminal import RECEIPTS, Printed, after, before_of, begun_after
from terminal.core.values import EntryId

ORDER = Order(id=EntryId("o1"), amount=7_00)


def printed(number: int, amount: int = 7_00, *, done: bool = True) -> Printed:
    return Printed(number=number, amount=amount, done=done)


@pytest.mark.parametrize(
    ("before", "last", "outcome", "evidence"),
    [
        (41, printed(41), Outcome.UNDONE, "last receipt 0041"),
        (41, printed(42), Outcome.PAID, "receipt 0042"),
        (41, printed(42, done=False), Outcome.UNDONE, "receipt 0042"),
        (41, printed(42, 7_01), Outcome.UNKNOWN, "last receipt 0042"),
        (41, printed(43), Outcome.UNKNOWN, "last receipt 0043"),
        (41, printed(40), Outcome.UNKNOWN, "last receipt 0040"),
        (RECEIPTS - 1, printed(1), Outcome.PAID, "receipt 0001"),
        (RECEIPTS - 2, printed(RECEIPTS - 1), Outcome.PAID, "receipt 9999"),
        (RECEIPTS - 1, printed(0), Outcome.UNKNOWN, "last receipt 0000"),
        (0, printed(1), Outcome.PAID, "receipt 0001"),
        (41, None, Outcome.UNKNOWN, ""),
    ],
)
def test_what_became_of_it_is_told_by_the_last_receipt(
    before: int, last: Printed | None, outcome: Outcome, evidence: str
) -> None:
    said = after(ORDER, before, last)
    assert (said.outcome, said.evidence) == (outcome, evidence)
    assert said.receipt == (last.number if last and evidence.startswith("receipt") else 0)


def test_what_was_begun_names_the_receipt_before_it() -> None:
    assert begun_after(printed(41)) == "card_payment:41"
    assert before_of("card_payment:0") == 0
    assert before_of("card_payment:9999") == 9999
    others = ("code_payment", "card_payment:", "card_payment:12345", "card_payment:4x", "a_card_payment:1")
    assert [before_of(other) for other in others] == [None] * len(others)
