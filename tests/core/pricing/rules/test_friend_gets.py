from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import Grant
from terminal.core.pricing import Buyer, Counted, parsed
from terminal.core.pricing.rules.friend_gets import FriendGets
from tests.core.pricing.goods import FACIAL, GUEST, MEMBER, MILK, sold, tariff, why

GETS = {"rule": "friend_gets", "unit": "count:F02", "categories": ["service"]}
BROUGHT = replace(MEMBER, buyer=Buyer(newcomer=True, had={}), friend=True)


def test_who_brought_a_newcomer_gets_uses_for_thirty_days() -> None:
    bill = sold((FACIAL, 1), to=BROUGHT, gets=GETS)
    assert bill.bringer == (Grant(unit="count:F02", amount=1, until="2026-11-27"),)
    assert (bill.due, bill.gives, bill.touched, bill.missed) == (168_00, (), ("gets",), ())
    more = sold((FACIAL, 1), to=BROUGHT, gets={**GETS, "uses": 2, "use_days": 0})
    assert more.bringer == (Grant(unit="count:F02", amount=2, until="2026-10-28"),)


def test_only_with_a_newcomer_who_was_brought() -> None:
    old = replace(BROUGHT, buyer=Buyer(had={}))
    for other in (replace(BROUGHT, friend=False), old):
        bill = sold((FACIAL, 1), to=other, gets=GETS)
        assert (bill.bringer, why(bill, "gets")) == ((), "With a friend who comes for the first time")


def test_once_for_one_newcomer_who_is_known() -> None:
    counted = Counted("gets", "ever")
    bill = sold((FACIAL, 1), to=BROUGHT, gets=GETS)
    assert [(one.what, one.period, one.places) for one in bill.had] == [("gets", "ever", (0,))]
    again = replace(BROUGHT, buyer=Buyer(newcomer=True, had={counted: 1}))
    bill = sold((FACIAL, 1), to=again, gets=GETS)
    assert (bill.bringer, why(bill, "gets")) == ((), "gets: once a person only")
    assert bill.had_before is not None
    for later in (replace(again, friend=False), replace(again, buyer=Buyer(had={counted: 1}))):
        bill = sold((FACIAL, 1), to=later, gets=GETS)
        assert (bill.bringer, bill.had_before) == ((), None)
        assert why(bill, "gets") == "gets: once a person only"
    bill = sold((FACIAL, 1), to=replace(GUEST, friend=True), gets=GETS)
    assert (bill.bringer, why(bill, "gets")) == ((), "For members")


def test_not_with_a_sale_of_the_same_uses() -> None:
    card = replace(FACIAL, sku="K", uses=10, uses_of=("F02",))
    assert card.unit_of_uses == "count:K"
    same = {**GETS, "unit": "count:K"}
    assert sold((card, 1), to=BROUGHT, gets=same).bringer == ()
    assert sold((card, 1), to=BROUGHT, gets=same).had == ()
    assert sold((card, 1), to=BROUGHT, gets=GETS).bringer


def test_who_joins_is_asked_who_brought_them_where_it_is_given() -> None:
    assert tariff(gets=GETS).gives_bringers
    assert tariff(gets=GETS, other={"rule": "bring_a_friend", "pay": 70}).gives_bringers
    assert not tariff(other={"rule": "bring_a_friend", "pay": 70}).gives_bringers


def test_from_so_much_on() -> None:
    dear = {**GETS, "reach": 200_00}
    assert sold((FACIAL, 2), to=BROUGHT, gets=dear).bringer
    bill = sold((FACIAL, 1), to=BROUGHT, gets=dear)
    assert (bill.bringer, why(bill, "gets")) == ((), "¥32.00 more for gets")
    other = replace(BROUGHT, friend=False)
    assert why(sold((FACIAL, 1), to=other, gets=dear), "gets") == "With a friend who comes for the first time"


def test_what_it_is_for_must_be_bought() -> None:
    bill = sold((MILK, 1), to=BROUGHT, gets=GETS)
    assert (bill.bringer, why(bill, "gets")) == ((), "For other articles")


def test_only_uses_are_given_so() -> None:
    for unit in ("points:goods", "count:", "count:a\n", "xcount:a"):
        assert parsed([("a", {**GETS, "name": "n", "unit": unit})])[1]


def test_nobody_in_particular_was_brought() -> None:
    (gets,) = tariff(gets=GETS).promotions
    assert isinstance(gets, FriendGets)
    assert not gets.due(1000_00, replace(GUEST, friend=True))
    assert gets.due(0, BROUGHT)
