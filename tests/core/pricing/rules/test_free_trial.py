from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import Had
from terminal.core.pricing import Buyer, Counted
from tests.core.pricing.goods import BOX, DURIAN, FACIAL, GUEST, MEMBER, MILK, sold, why

TRIAL = {"rule": "free_trial", "categories": ["service"]}
FIRST = replace(MEMBER, buyer=Buyer(had={}))


def test_one_piece_is_free() -> None:
    assert [sold((FACIAL, count), to=FIRST, trial=TRIAL).due for count in (1, 2, 3)] == [0, 168_00, 336_00]
    assert sold((FACIAL, 1), to=FIRST, trial={**TRIAL, "pay": 50}).due == 84_00
    assert sold((replace(FACIAL, price=99), 2), to=FIRST, trial={**TRIAL, "pay": 50}).due == 99 + 50


def test_a_sale_has_it_on_one_line() -> None:
    bill = sold((MILK, 1), (BOX, 1), (MILK, 1), to=FIRST, trial={"rule": "free_trial"})
    assert [line.net for line in bill.lines] == [8_90, 0, 8_90]


def test_once_a_person() -> None:
    had = replace(MEMBER, buyer=Buyer(had={Counted("trial", "ever"): 1}))
    bill = sold((FACIAL, 1), to=had, trial=TRIAL)
    assert (bill.due, why(bill, "trial")) == (168_00, "trial: once a person only")
    assert bill.had_before is not None
    other = sold((FACIAL, 2), to=had, other=TRIAL)
    counted = Had(what="other", period="ever", name="other", count=1, most=1, places=(0,))
    assert (other.due, other.had) == (168_00, (counted,))
    assert sold((FACIAL, 1), to=had, trial={**TRIAL, "once": False}).due == 0


def test_who_may_have_had_it_before_for_all_that_anybody_knows_has_none() -> None:
    bill = sold((FACIAL, 1), to=MEMBER, trial=TRIAL)
    assert (bill.due, why(bill, "trial")) == (168_00, "Nobody here knows who had it before")
    assert sold((FACIAL, 1), to=MEMBER, trial={**TRIAL, "once": False}).due == 0


def test_nobody_in_particular_has_none() -> None:
    bill = sold((FACIAL, 1), to=GUEST, trial=TRIAL)
    assert (bill.due, why(bill, "trial")) == (168_00, "For members")
    assert sold((FACIAL, 1), to=GUEST, trial={**TRIAL, "once": False}).due == 0


def test_what_is_weighed_has_no_piece_to_try() -> None:
    bill = sold((DURIAN, 1000), to=FIRST, trial={"rule": "free_trial"})
    assert (bill.due, why(bill, "trial")) == (51_60, "For other articles")
