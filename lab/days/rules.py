"""A shop's rules, as its file puts them, in the product's own settings and promotions.

Figures stand in the file: as tables, or in sentences of which each is read by its own pattern here. A
sentence that its pattern does not fit is refused; rules that have none are about what is not settled so here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from lab.days.told import Day, Facts, NotRead
from terminal.core.card_kinds import CardKind, CardUse
from terminal.core.cart import Article, Family, Grade
from terminal.core.cashback import CashbackRate
from terminal.core.commands import Measured, PaidBy, SpendOrder
from terminal.core.companies import Company, CompanyCard
from terminal.core.labels import Layout
from terminal.core.money import AMOUNT_MAX
from terminal.core.particulars import Trade
from terminal.core.points import STANDARD, PointsRate, PointsWorth
from terminal.core.policy import (
    Confirmed,
    PackCoupon,
    PointsBasis,
    Policy,
    RechargeCampaign,
    Rung,
    WithoutPin,
)
from terminal.core.pricing import Tariff, parsed
from terminal.core.referral import Referral, Trigger
from terminal.core.tiers import TierBy, Tiers, TierStep

Row = tuple[str, Facts]

_NO_PINS = WithoutPin(secure=AMOUNT_MAX, signed=AMOUNT_MAX, open=AMOUNT_MAX)
"""The days do not speak of them."""
_HALF = 50
_POUNDS_A_KILOGRAM = 2
"""Of 500 grams, in which such shops put their prices."""
_POINTS = re.compile(r"(\d+) (?:per|a) whole yuan( recharged)?")
_WORTH = re.compile(r"from (\d+), in hundreds, 100(?: points)? = (\d+) fen")


def articles(day: Day) -> tuple[Article, ...]:
    """What can be sold by itself; what is only given is no article of the counter."""
    return tuple(_article(one) for one in day.catalogue if _sold(one))


def _sold(one: Facts) -> bool:
    return one.get("price") != 0


def _article(one: Facts) -> Article:
    weighed, counts = one["kind"] == "weighed", one["kind"] == "count_card"
    by_weight = {key: _POUNDS_A_KILOGRAM * one.get(f"{key}_per_500g", 0) or None for key in _PRICES}
    prices = by_weight if weighed else {key: one.get(key) for key in _PRICES}
    return Article(
        sku=one["sku"],
        name=one["name"],
        category=one["category"],
        price=prices["price"] or 0,
        member_price=prices["member_price"],
        measured=Measured.GRAM if weighed else Measured.PIECE,
        barcodes=(one["barcode"],) if "barcode" in one else (),
        of=() if counts else tuple(one.get("of", ())),
        uses=one["uses"] if counts else None,
        uses_of=(one["of"],) if counts else (),
        uses_days=one["valid_days"] if counts else 0,
        plu=one.get("plu"),
        cycle_days=one.get("cycle_days"),
    )


_PRICES = ("price", "member_price")


# Promotions.


def tariff(day: Day) -> Tariff:
    """Read as the terminal reads those of its own file."""
    found, refused = parsed(_promotions(day))
    if refused:
        raise NotRead("; ".join(str(one) for one in refused))
    return found


def _promotions(day: Day) -> Iterator[Row]:
    for rule, rows in _PROMOTIONS.items():
        if rule in day.rules:
            yield from rows(day, day.rules[rule])
    for one in day.catalogue:
        if one["kind"] == "bundle":
            contents = [[sku, one["of"].count(sku)] for sku in dict.fromkeys(one["of"])]
            row = {"rule": "pack", "name": one["name"], "price": one["price"]}
            yield one["sku"], row | {"contents": contents}


def _tiers(_day: Day, said: Mapping[str, Facts]) -> Iterator[Row]:
    pay = {tier: {of: n for of, n in one.items() if isinstance(n, int)} for tier, one in said.items()}
    yield "tier", {"rule": "tier_price", "name": "tier", "pay": pay}
    yield from _multiplied(_day, {tier: one["points_mult"] for tier, one in said.items()})


def _multiplied(_day: Day, said: Mapping[str, Sequence[int]]) -> Iterator[Row]:
    for tier, (times, per) in said.items():
        row = {"rule": "points_times", "name": "points", "times": times, "per": per, "tiers": [tier]}
        yield f"points-{tier}", row


def _cuts(_day: Day, said: Mapping[str, Mapping[str, int]]) -> Iterator[Row]:
    yield "cut", {"rule": "litre_cut", "name": "a litre", "cut": said}


def _unlocks(day: Day, said: str) -> Iterator[Row]:
    reach, kind = _in(said, r"goods paid (\d+) or more in one sale: one (\w+) for the next fill")
    (worth,) = [one for one in day.rules["coupons"]["types"] if one[0] == kind]
    goods = sorted({one["category"] for one in day.catalogue})
    row = {"rule": "spend_coupon", "name": "for goods", "reach": int(reach), "categories": goods}
    yield "unlocks", row | {"kind": kind, "face": worth[1], "threshold": worth[2]}


def _birthday(_day: Day, said: str) -> Iterator[Row]:
    (times,) = _in(said, r"points x (\d+)")
    yield (
        "points-birthday",
        {"rule": "points_times", "name": "birthday", "times": int(times), "birthday": True},
    )


def _group(_day: Day, said: Mapping[str, Facts]) -> Iterator[Row]:
    steps = [{"people": int(people.rstrip("+")), "pay": pay} for people, pay in said.items()]
    yield "group", {"rule": "group_visit", "name": "group", "steps": steps}


def _friend(day: Day, said: str) -> Iterator[Row]:
    pay, category = _in(said, r"both pay (\d+) % for (\w+)s")
    row = {"rule": "bring_a_friend", "name": "friend", "pay": int(pay), "categories": [category]}
    yield "friend", row
    sku, until = _in(said, r"the old member gets one (\w+) free \((\d+) days\)")
    uses = {"rule": "friend_gets", "name": "for a friend", "unit": day.uses_unit(sku)}
    yield "friend-gets", uses | {"use_days": int(until)}


def _join_gift(day: Day, said: str) -> Iterator[Row]:
    (sku,) = _in(said, r"one (\w+)")
    given = next(one for one in day.catalogue if one["sku"] == sku)
    row = {"rule": "spend_get", "name": "for joining", "joining": True, "sample": True, "sku": sku}
    yield "join-gift", row | {"article": given["name"], "price": given["price"]}


def _line_price(_day: Day, said: str) -> Iterator[Row]:
    pay, day, category = _in(
        said, r"members only: .* (\d+) % of list \(day (\d+) of a month, category (\w+)\)"
    )
    yield "member-price", {"rule": "member_price", "name": "member price"}
    yield (
        "member-day",
        {
            "rule": "percent_off",
            "name": "member day",
            "pay": int(pay),
            "days": [int(day)],
            "categories": [category],
            "members": True,
        },
    )


def _clearance(_day: Day, said: str) -> Iterator[Row]:
    category, pay, opens, last = _in(
        said, r"category (\w+) (\d+) % from (\d\d:\d\d):00 to (\d\d:\d\d):59, everybody"
    )
    hours = {"opens": opens, "closes": _minute_after(last)}
    row = {"rule": "percent_off", "name": "clearance", "pay": int(pay), "categories": [category]}
    yield "clearance", row | hours


def _second(_day: Day, said: str) -> Iterator[Row]:
    (sku,) = _in(said, r"(\w+): every second piece half price \(half up\), everybody")
    yield "second", {"rule": "nth_item", "name": "second half price", "nth": 2, "pay": _HALF, "skus": [sku]}


def _window(_day: Day, said: str) -> Iterator[Row]:
    opens, last, sku = _in(said, r"(\d\d:\d\d):00 to (\d\d:\d\d):59: second \w+ \((\w+)\) half price")
    row = {"rule": "nth_item", "name": "second half price", "nth": 2, "pay": _HALF, "skus": [sku]}
    yield "window", row | {"opens": opens, "closes": _minute_after(last)}


def _bundle(_day: Day, said: Facts) -> Iterator[Row]:
    contents = [[sku, said["items"].count(sku)] for sku in dict.fromkeys(said["items"])]
    yield "bundle", {"rule": "pack", "name": said["name"], "price": said["price"], "contents": contents}


def _order_level(_day: Day, said: str) -> Iterator[Row]:
    members = {"members": "members only" in said}
    rungs = [{"reach": int(reach), "less": int(less)} for reach, less in re.findall(_RUNG, said)]
    if rungs:
        yield "order", {"rule": "spend_less", "name": "spend less", "rungs": rungs} | members
        return
    every, less = _in(said, r"every full (\d+) of eligible net less (\d+) \(repeats\)")
    row = {"rule": "every_less", "name": "every less", "every": int(every), "less": int(less)}
    yield "order", row | members


_RUNG = r"spend (\d+) less (\d+)"


def _gift(day: Day, said: str) -> Iterator[Row]:
    category, reach, sku = _in(
        said, r"weighed (\w+) after the order discount at least (\d+): one (\w+) free; members only"
    )
    given = next(one for one in articles(day) if one.sku == sku)
    row = {"rule": "spend_get", "name": "gift", "reach": int(reach), "categories": [category]}
    what = {"sku": sku, "article": given.name, "category": given.category, "price": given.price}
    yield "gift", row | what | {"members": True}


def _coupon(_day: Day, said: str) -> Iterator[Row]:
    kind, less, reach = _in(said, r"(\w+) (\d+) off from (\d+), not together with the order discount")
    worth = {"rule": "coupon_amount", "less": int(less), "threshold": int(reach), "alone": True}
    yield kind, {"name": f"coupon {kind}"} | worth


def _coupons(_day: Day, said: Mapping[str, Any]) -> Iterator[Row]:
    for kind, less, reach in said.get("types", ()):
        row = {"rule": "coupon_amount", "name": f"coupon {kind}", "less": less, "threshold": reach}
        yield kind, row | {"on_list": True, "categories": [said["family"]]}
    for kind, what in said.items() if "types" not in said else ():
        row = {"name": f"coupon {kind}"}
        if "stacks with nothing at order level" in what:
            less, reach = _in(what, r"(\d+) off from (\d+)")
            row |= {"rule": "coupon_amount", "less": int(less), "threshold": int(reach), "alone": True}
        else:
            off, category, most = _in(
                what, r"(\d+) % off (\w+) after the order discount, at most (\d+), half up, one piece"
            )
            row |= {"rule": "coupon_percent", "off": int(off), "at_most": int(most), "one_piece": True}
            row["categories"] = [category]
        yield kind, row


_PROMOTIONS: Mapping[str, Callable[[Day, Any], Iterator[Row]]] = {
    "tier_benefit": _tiers,
    "points_mult": _multiplied,
    "birthday": _birthday,
    "group_visit": _group,
    "bring_a_friend": _friend,
    "join_gift": _join_gift,
    "line_price": _line_price,
    "clearance": _clearance,
    "second_half_price": _second,
    "window": _window,
    "bundle": _bundle,
    "order_level": _order_level,
    "gift": _gift,
    "coupon": _coupon,
    "coupons": _coupons,
    "cut_per_litre": _cuts,
    "goods_unlock": _unlocks,
}


# Settings.


def policy(day: Day) -> Policy:
    rules, standard = day.rules, Policy()
    unnamed = rules.get("unnamed_card")
    at_most, unnamed_at_most = standard.recharge_at_most, standard.unnamed_at_most
    if "limit" in rules:
        at_most = int(_in(rules["limit"], r"principal after recharge at most (\d+)")[0])
    if unnamed:
        unnamed_at_most = int(_in(unnamed, r"limit (\d+) principal, no bonus, no points")[0])
    return Policy(
        recharge_by=(PaidBy.CASH, PaidBy.CODE),
        confirmed=(Confirmed.CODE,),
        without_pin=_NO_PINS,
        points=_points(rules.get("points", "")) + _fuel_points(rules.get("points", "")),
        points_basis=_basis(rules.get("points", "")),
        points_worth=_worth(rules.get("redeem", "")),
        recharge_ladder=tuple(_rung(*one) for one in rules.get("recharge_ladder", ())),
        recharge_campaigns=_campaigns(rules.get("campaign")),
        recharge_at_most=at_most,
        unnamed_at_most=unnamed_at_most,
        unnamed_rewards=not unnamed,
        spend_order=SpendOrder(re.split(r"\W", rules["stored_value"])[0]),
        cash_step=_cash_step(rules["cash_rounding"]),
        cashback=cashback(day),
        card_kinds=_card_kinds(day),
        tiers=_tiers_by(rules.get("tier_by", "")),
        grades=_grades(day),
        companies=tuple(_company(one) for one in day.members if one.get("kind") == "fleet"),
        join_pack=_join_pack(rules.get("coupon", "")) + _fuel_pack(rules.get("coupons", {})),
        trade=Trade.FUEL if day.nozzles else Trade.SHOP,
        referral=_referral(rules.get("referral", "")),
        scale_labels=_labels(rules.get("scale_label", "")),
    )


def _tiers_by(said: str) -> Tiers:
    """`money spent (...) in the last 365 days, net of refunds: silver 100000, gold 300000; ...`."""
    found = re.match(r"(points|money)\b.* in the last (\d+) days[^:]*: ([^;]+)", said)
    if found is None:
        return Tiers()
    by = TierBy.POINTS if found[1] == "points" else TierBy.SPENT
    steps = [one.split() for one in found[3].split(", ")]
    return Tiers(
        by=by,
        days=int(found[2]),
        steps=tuple(TierStep(tier=tier, reach=int(reach)) for tier, reach in steps),
    )


def _company(said: Facts) -> Company:
    cards = (
        CompanyCard(
            card=one["card"],
            number=one["card"],
            plate=one["plate"],
            grades=tuple(one["grades"]),
            day_litres=one["day_litres"],
            day_fen=one["day_money"],
        )
        for one in said["cards"]
    )
    return Company(company=said["id"], name=said["name"], tier=said["tier"], cards=tuple(cards))


def _grades(day: Day) -> tuple[Grade, ...]:
    """At the prices of the day's beginning: those of later are published."""
    told = day.fuel_at(day.day[0].at).values()
    return tuple(
        Grade(grade=one["grade"], name=one["name"], family=Family(one["family"]), price=one["price"])
        for one in told
    )


def _fuel_points(said: str | Mapping[str, str]) -> tuple[PointsRate, ...]:
    """Where fuel earns at all it is by the product's own rates, as the day words them."""
    if isinstance(said, str) or Family.PETROL not in said:
        return ()
    if (said["petrol"], said["diesel"]) != ("1 a whole litre", "1 per 500 fen paid"):
        raise NotRead(f"points of fuel by other rates: {said}")
    return tuple(one for one in STANDARD if one.family is not Family.GOODS)


def _points(said: str | Mapping[str, str]) -> tuple[PointsRate, ...]:
    """Of goods; a shop that gives none for them has no rate."""
    found = _POINTS.match(said if isinstance(said, str) else said["goods"])
    return (PointsRate(family=Family.GOODS, points=int(found[1])),) if found else ()


def _basis(said: str | Mapping[str, str]) -> PointsBasis:
    found = _POINTS.match(said if isinstance(said, str) else said["goods"])
    return PointsBasis.RECHARGE if found and found[2] else PointsBasis.SPEND


def _worth(said: str) -> PointsWorth:
    """A shop that says nothing of it takes none."""
    found = _WORTH.match(said)
    return PointsWorth(least=int(found[1]), fen=int(found[2])) if found else PointsWorth(fen=0)


def _rung(reach: int, bonus: int) -> Rung:
    return Rung(reach=reach, bonus=bonus)


def _campaigns(said: Facts | None) -> tuple[RechargeCampaign, ...]:
    if said is None:
        return ()
    return (
        RechargeCampaign(
            name=said["name"],
            since=said["from"],
            until=said["to"],
            ladder=(_rung(*said["rung"]),),
            points=said["gift_points"],
            instead=said["instead_of_ladder"],
        ),
    )


def _cash_step(said: str) -> int:
    """Where nothing is said of one, prices need none."""
    found = re.search(r"down to (\d+) fen", said)
    return int(found[1]) if found else 1


CASHBACK_CARD = "cashback"
"""A kind of card, as the days call it."""


def _card_kinds(day: Day) -> tuple[CardKind, ...]:
    """Points and cashback by the card, where the day has both; else all cards are for all."""
    if "cashback" not in day.rules:
        return ()
    _in(day.rules["points"], r"a cashback card earns no points")
    usual = (CardUse.STORED, CardUse.DISCOUNT, CardUse.COUNT)
    return (
        CardKind(name="member", shown="积分卡", uses=(*usual, CardUse.POINTS)),
        CardKind(name=CASHBACK_CARD, shown="返现卡", uses=(*usual, CardUse.CASHBACK)),
    )


def cashback(day: Day) -> CashbackRate:
    """What comes back to whoever has a card for it; of others nothing does."""
    said = day.rules.get("cashback")
    if said is None:
        return CashbackRate()
    rate, most = _in(
        said,
        r"(\d+) % of cash and code, floor, spendable from the next business day, at most (\d+) % of a sale",
    )
    return CashbackRate(rate_bp=int(rate) * 100, pays_percent=int(most))


def _join_pack(said: str) -> tuple[PackCoupon, ...]:
    if not said:
        return ()
    kind, face, threshold = _in(said, r"(\w+) (\d+) off from (\d+)")
    return (PackCoupon(kind=kind, face=int(face), threshold=int(threshold), count=1),)


def _fuel_pack(said: Mapping[str, Any]) -> tuple[PackCoupon, ...]:
    worth = {kind: (face, threshold) for kind, face, threshold in said.get("types", ())}
    pack = said.get("pack_new_member", {}).items()
    return tuple(
        PackCoupon(kind=kind, face=worth[kind][0], threshold=worth[kind][1], count=count)
        for kind, count in pack
    )


def _referral(said: str) -> Referral:
    if not said:
        return Referral()
    first, least, points, further = _in(
        said,
        r"newcomer's first (paid sale or recharge|sale) of at least (\d+)(?: fen)?: "
        r"referrer \+(\d+)(?: points)?, (?:the )?referrer's referrer \+(\d+)",
    )
    recharges = (Trigger.FIRST_RECHARGE,) if first.endswith("recharge") else ()
    on = (Trigger.FIRST_SPEND, *recharges)
    return Referral(on=on, points=int(points), further=int(further), least=int(least))


def _labels(said: str) -> tuple[Layout, ...]:
    if not said:
        return ()
    prefix, plu, amount = _in(
        said, r"EAN-13: (\d+) \+ (\d+) digits PLU \+ (\d+) digits amount in fen \+ check"
    )
    return (Layout(form=prefix + "P" * int(plu) + "A" * int(amount) + "C"),)


def _in(said: str, pattern: str) -> tuple[str, ...]:
    found = re.search(pattern, said)
    if found is None:
        raise NotRead(f"a rule that says otherwise than it is known to: {said}")
    return tuple(found.groups())


def _minute_after(clock: str) -> str:
    return (datetime.fromisoformat(f"2000-01-01T{clock}") + timedelta(minutes=1)).strftime("%H:%M")
