"""Scenes of what members hold: points, coupons, cashback, count cards, tiers, friends, and their cards."""

from __future__ import annotations

from lab.shop.acting import (
    A_TIER,
    APPLES,
    JUICE,
    TOLD_BACK,
    Day,
    Differs,
    approve,
    approved,
    exactly,
    scan_goods,
    slip,
    with_card,
)
from lab.shop.benefits import CAMPAIGN
from lab.shop.goods import COUNT_CARD, MILK, OIL, WASH, WATER
from lab.shop.members import WANG, ZHANG
from lab.shop.people import STAFF
from lab.shop.world import CARDS
from terminal.core.trust import Credential, Medium

BROUGHT = Credential(medium=Medium.PHONE, number="19000000421")
"""Of somebody whom 王晓梅 brings."""
_NEW = CARDS["new1"]
_PREFIX, _CARDS = "PT", 3


async def pin_chosen(day: Day) -> None:
    """A member chooses a PIN, which is asked for once much was paid without it on one day."""
    world, hand = day.world, day.hand
    await hand.touch("start", "pin")
    await with_card(world, WANG.card, hand.state("keying"))
    for _ in range(2):
        await hand.touch("key", day.pin)
    await hand.state("saying")
    day.without_paper += 1
    await hand.touch("done")


async def brought_by_another(day: Day) -> None:
    """Somebody joins and says who brought them; what they buy first brings points to that member."""
    world, hand = day.world, day.hand
    await hand.touch("start", "member")
    await hand.state("keying")
    world.scan(f"JOIN:{BROUGHT.number}")
    await hand.state("choosing")
    await hand.touch("pick", STAFF[0].id)
    await with_card(world, WANG.card, hand.state("choosing"))
    for answer in ("yes", "no"):
        await hand.touch("pick", answer)
    await hand.touch("skip")  # Without a name,
    await hand.touch("pick", "none")  # a birthday,
    await hand.touch("skip")  # a card,
    await hand.touch("pick", "forgotten")  # or a PIN.
    await slip(day)
    await scan_goods(world, hand, APPLES)
    await _by_phone(day, BROUGHT.number)
    await exactly(hand)
    await approve(day, "12.1", cash=12_10)


async def for_points(day: Day) -> None:
    """Points become something that is collected later, with the code on the receipt."""
    world, hand = day.world, day.hand
    await hand.touch("start", "points")
    await hand.touch("pick", "take")
    await with_card(world, WANG.card, hand.state("choosing"))
    await hand.touch("pick", "1")
    await hand.touch("pick", "later")
    await hand.state("confirm")
    await hand.touch("confirm")
    await _proves(day)
    await hand.state("approved")
    code = next(line["value"] for line in hand.screen["lines"] if line["label"]["text"] == "Claim code")
    await approved(day, "")
    await hand.touch("start", "points")
    await hand.touch("pick", "collect")
    await hand.touch("key", code)
    await hand.state("confirm")
    await hand.touch("confirm")
    await hand.state("approved")
    day.without_paper += 1
    await hand.touch("done")


async def by_count_card(day: Day) -> None:
    """Ten washes are paid ahead, and one is had at once."""
    world, hand = day.world, day.hand
    await scan_goods(world, hand, COUNT_CARD)
    await with_card(world, WANG.card, hand.state("choosing"))
    await exactly(hand)
    await approve(day, "268.00", cash=268_00)
    day.beside += A_TIER
    await hand.state("idle")
    await scan_goods(world, hand, WASH)
    await with_card(world, WANG.card, hand.state("choosing"))
    await hand.touch("pick", "use")
    await approve(day, "35.00")


async def by_coupon(day: Day) -> None:
    """The poster's code gives a coupon, and the coupon a bottle of water."""
    world, hand = day.world, day.hand
    await hand.touch("start", "claim")
    world.scan(CAMPAIGN)
    await hand.state("ready")
    await with_card(world, WANG.card, hand.state("confirm"))
    await slip(day)
    await scan_goods(world, hand, JUICE, WATER)
    await with_card(world, WANG.card, hand.state("choosing"))
    await hand.touch("pick", hand.screen["choices"][0]["value"])
    await _proves(day)
    await exactly(hand)
    await approve(day, "9.90", cash=9_90)


async def by_points(day: Day) -> None:
    """Points pay what they can, in whole hundreds, and cash the rest."""
    world, hand = day.world, day.hand
    await scan_goods(world, hand, MILK)
    await with_card(world, WANG.card, hand.state("choosing"))
    await hand.touch("pick", "points")
    await hand.touch("pick", "300")
    await _proves(day)
    await exactly(hand)
    await approve(day, "15.90", cash=90)


async def by_cashback(day: Day) -> None:
    """What came back of earlier sales pays half of this one."""
    world, hand = day.world, day.hand
    await scan_goods(world, hand, MILK)
    await with_card(world, WANG.card, hand.state("choosing"))
    await hand.touch("pick", "cashback")
    await _proves(day)
    await exactly(hand)
    await approve(day, "15.85", cash=7_90)


async def tier_reached(day: Day) -> None:
    """One large can of oil makes silver of regular, and the next bill has silver's prices."""
    world, hand = day.world, day.hand
    await scan_goods(world, hand, OIL)
    await with_card(world, ZHANG.card, hand.state("choosing"))
    await exactly(hand)
    await approve(day, "247.20", cash=247_20)
    day.beside += A_TIER
    await hand.state("idle")
    await scan_goods(world, hand, APPLES)
    await with_card(world, ZHANG.card, hand.state("choosing"))
    if hand.screen["holder"]["tier"] != "silver":
        raise Differs(f"{hand.screen['holder']} is not silver")
    await exactly(hand)
    await approve(day, "11.70", cash=11_70)


async def lost_and_replaced(day: Day) -> None:
    """By the phone of whoever lost it; the old number is dead then, and the new card has what was on it."""
    world, hand = day.world, day.hand
    for act in ("lost", "replace"):
        await hand.touch("start", "card")
        await _by_phone(day, ZHANG.phone)
        await hand.touch("pick", act)
        if act == "replace":
            await hand.state("ready")
            world.scan(STAFF[0].id)
            await hand.until("the next step", lambda seen: "handed out" in seen.screen["title"]["text"])
            await with_card(world, _NEW, hand.state("confirm"))
        await slip(day)
        day.beside += TOLD_BACK
    await scan_goods(world, hand, JUICE)
    await with_card(world, ZHANG.card, hand.state("declined"))  # Unknown, or on the hot list by now.
    await hand.touch("done")
    await with_card(world, _NEW, hand.state("choosing"))
    await exactly(hand)
    await approve(day, "9.90", cash=9_90)


async def many_cards(day: Day) -> None:
    """Three cards for points are issued by their letters, and cancelled again by their numbers."""
    hand = day.hand
    await _as_manager(day)
    for pick in ("issue", "next"):
        await hand.touch("pick", pick)
    await hand.touch("key", _PREFIX)
    await hand.touch("key", str(_CARDS))
    await hand.state("choosing")  # The numbers are looked up first.
    await hand.touch("pick", "points")
    await slip(day, numbered=True)
    await _as_manager(day)
    for pick in ("cancel", "numbers"):
        await hand.touch("pick", pick)
    await hand.touch("key", f"{_PREFIX}0001-{_PREFIX}{_CARDS:04}")
    await slip(day, numbered=True)
    day.beside += _CARDS * (1 + 1 + TOLD_BACK)  # Issued and cancelled, each by an entry of its own.


async def _proves(day: Day) -> None:
    """Where the PIN is asked for."""
    if day.hand.screen["keying"] == "pin":
        await day.hand.touch("key", day.pin)


async def _as_manager(day: Day) -> None:
    world, hand, manager = day.world, day.hand, STAFF[3].id
    await hand.touch("start", "cards")
    world.scan(manager)
    await hand.until("a PIN", lambda seen: seen.screen["keying"] == "pin")
    await hand.touch("key", world.pins[manager])


async def _by_phone(day: Day, phone: str) -> None:
    await day.hand.touch("phone")
    await day.hand.touch("key", phone)


SCENES = (
    pin_chosen,
    by_count_card,
    by_points,
    by_cashback,
    for_points,
    by_coupon,
    brought_by_another,
    tier_reached,
    lost_and_replaced,
    many_cards,
)
