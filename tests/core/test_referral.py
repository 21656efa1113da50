"""When who brought a member earns, and how much, as the shop's own file says it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from terminal.core.commands import CouponGrant, Reward, Tender, TenderKind
from terminal.core.money import AMOUNT_MAX
from terminal.core.payment import Payment, Payments, brings_for, spent_of
from terminal.core.points import EARN_NOTHING
from terminal.core.policy import Policy
from terminal.core.referral import Referral, Trigger
from terminal.core.spending import Spent

DAY = "2026-11-24"
WASH = {"kind": "wash", "face": 0}


def new_id() -> str:
    return "k1"


ONCE = Reward(points=100, further=0, a_day=500, a_month=2_000)
ALWAYS = Reward(points=100, further=0, a_day=500, a_month=2_000, always=True)


def test_a_shop_that_says_nothing_gives_nothing() -> None:
    said = Referral()
    given = (
        said.joined(new_id, DAY),
        said.spent(AMOUNT_MAX, new_id, DAY),
        said.recharged(AMOUNT_MAX, new_id, DAY),
    )
    assert given == (None, None, None)
    assert not Referral().runs
    assert Referral().least == 0
    assert Referral(on=(Trigger.JOIN,)).runs


@pytest.mark.parametrize(
    ("on", "joined", "spent", "recharged"),
    [
        (Trigger.JOIN, ONCE, None, None),
        (Trigger.FIRST_SPEND, None, ONCE, None),
        (Trigger.EACH_SPEND, None, ALWAYS, None),
        (Trigger.FIRST_RECHARGE, None, None, ONCE),
    ],
)
def test_each_word_means_its_own(on: Trigger, joined: Any, spent: Any, recharged: Any) -> None:
    said = Referral(on=(on,))
    given = (said.joined(new_id, DAY), said.spent(1, new_id, DAY), said.recharged(1, new_id, DAY))
    assert given == (joined, spent, recharged)


def test_the_salon_rewards_the_first_sale_or_recharge_of_fifty_yuan() -> None:
    said = Referral(on=(Trigger.FIRST_SPEND, Trigger.FIRST_RECHARGE), further=30, least=5000)
    reward = Reward(points=100, further=30, a_day=500, a_month=2_000)
    assert (said.spent(4999, new_id, DAY), said.recharged(4999, new_id, DAY)) == (None, None)
    assert (said.spent(5000, new_id, DAY), said.recharged(5000, new_id, DAY)) == (reward, reward)


def test_what_costs_nothing_brings_nothing() -> None:
    assert Referral(on=(Trigger.EACH_SPEND,)).spent(0, new_id, DAY) is None


FIRST = Policy(referral=Referral(on=(Trigger.FIRST_SPEND,), least=50_00))


def paid(kind: TenderKind, fen: int, *, bonus: int = 0, rounding: int = 0) -> Payment:
    return Payment(
        tender=Tender(kind=kind, amount=fen), spent=Spent(principal=0, bonus=bonus), rounding=rounding
    )


@pytest.mark.parametrize("kind", [TenderKind.CASH, TenderKind.CODE, TenderKind.CARD, TenderKind.STORED])
def test_what_was_paid_in_money_and_principal_is_what_they_spent(kind: TenderKind) -> None:
    for fen, reward in ((49_99, None), (50_00, ONCE)):
        payments = Payments(parts=(paid(TenderKind.POINTS, 10_00), paid(kind, fen)))
        assert brings_for(payments, FIRST, new_id, DAY) == reward


@pytest.mark.parametrize("kind", sorted(EARN_NOTHING))
def test_what_was_given_or_paid_ahead_is_no_spend_of_theirs(kind: TenderKind) -> None:
    any_fen = replace(FIRST, referral=Referral(on=(Trigger.EACH_SPEND,)))
    given = paid(kind, 80_00)
    assert brings_for(Payments(parts=(given,)), any_fen, new_id, DAY) is None
    assert brings_for(Payments(parts=(given, paid(TenderKind.CASH, 1))), any_fen, new_id, DAY) == ALWAYS


def test_bonus_is_no_spend_of_theirs_nor_what_was_dropped_from_cash() -> None:
    for bonus, reward in ((10_00, ONCE), (10_01, None)):
        payments = Payments(parts=(paid(TenderKind.STORED, 60_00, bonus=bonus),))
        assert spent_of(payments) == 60_00 - bonus
        assert brings_for(payments, FIRST, new_id, DAY) == reward
    assert spent_of(Payments(parts=(paid(TenderKind.CASH, 49_00, rounding=1_00),))) == 49_00
    assert spent_of(Payments()) == 0


def test_every_number_is_said_as_it_is() -> None:
    said = Referral(on=(Trigger.JOIN,), points=1, further=2, a_day=3, a_month=4)
    assert said.joined(new_id, DAY) == Reward(points=1, further=2, a_day=3, a_month=4)


@pytest.mark.parametrize(
    "on",
    [("join", "join"), ("first_spend", "each_spend"), ("join", "first_spend", "first_recharge", "join", "x")],
)
def test_words_that_contradict_each_other_are_found_when_the_file_is_read(on: tuple[str, ...]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"on": on}, Referral)


@pytest.mark.parametrize("on", [("first_spend", "join"), ("each_spend", "first_recharge"), ("each_spend",)])
def test_others_go_together(on: tuple[str, ...]) -> None:
    assert msgspec.convert({"on": on}, Referral).on == on


@pytest.mark.parametrize("field", ["points", "further", "a_day", "a_month", "least"])
def test_no_number_is_below_nothing_or_more_than_can_be_booked(field: str) -> None:
    for number in (-1, AMOUNT_MAX + 1):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({field: number}, Referral)
    assert getattr(msgspec.convert({field: 0}, Referral), field) == 0
    assert getattr(msgspec.convert({field: AMOUNT_MAX}, Referral), field) == AMOUNT_MAX


def test_a_gift_is_one_coupon_that_counts_as_points_of_the_caps() -> None:
    said = msgspec.convert({"on": ["each_spend"], "gift": WASH, "points": 1, "a_day": 2}, Referral)
    gift = CouponGrant(coupon="k1", kind="wash", face=0, threshold=0)
    assert said.spent(1, new_id, DAY) == Reward(points=1, a_day=2, a_month=2_000, always=True, gift=gift)


@pytest.mark.parametrize("more", [{"further": 1}, {"points": 0}, {"gift": {**WASH, "count": 2}}])
def test_a_gift_for_two_of_two_or_for_nothing_is_found_when_the_file_is_read(more: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"on": ["join"], "gift": WASH, "points": 1, **more}, Referral)
    assert msgspec.convert({"on": ["join"], "points": 0, "further": 1}, Referral).further == 1


def test_a_gift_may_be_used_for_some_time_from_the_day_on_which_it_is_given() -> None:
    said = msgspec.convert(
        {"on": [one.value for one in Trigger if one is not Trigger.FIRST_SPEND], "gift": WASH | {"days": 2}},
        Referral,
    )
    for given in (said.joined(new_id, DAY), said.spent(1, new_id, DAY), said.recharged(1, new_id, DAY)):
        assert given is not None
        assert given.gift is not None
        assert given.gift.until == "2026-11-25"
