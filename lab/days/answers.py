"""What a hand does at the counter for what the day says: goods, who buys them, how they are paid."""

from __future__ import annotations

from collections.abc import Iterable

from lab.days.hand import Act, first, key, pick, scan, tap, touch
from lab.days.house import House
from lab.days.till import Person
from lab.days.told import Facts
from terminal.core.commands import Measured, SaleLine, TenderKind
from terminal.core.money import plain
from terminal.core.trust import Medium

Asked = dict[str, list[Act]]
"""By the question, what is done each time it is asked."""
_POINTS, _VOUCHER, _CASHBACK = "points", "voucher", "cashback"
_WAYS = {
    "value": TenderKind.STORED,
    "code": TenderKind.CODE,
    "cash": TenderKind.CASH,
    _POINTS: TenderKind.POINTS,
    _VOUCHER: TenderKind.VOUCHER,
    _CASHBACK: TenderKind.CASHBACK,
}
_WHOSE = "Present the member card or code"


def goods(house: House, said: Facts) -> list[Act]:
    """At the cart: by what is printed on them; what has no code is found by its name."""
    acts = [scan(code) for code in said.get("scan", ())]
    for sku, quantity in said.get("items", ()):
        article = house.by_sku[sku]
        if article.barcodes:
            acts += [scan(article.barcodes[0])] * quantity
        else:
            acts += [touch("find")] * (1 if article.measured is Measured.GRAM else quantity)
    return acts


def finding(house: House, said: Facts) -> Asked:
    names: list[Act] = []
    weights: list[Act] = []
    for sku, quantity in said.get("items", ()):
        article = house.by_sku[sku]
        if article.measured is Measured.GRAM:
            weights.append(key(f"{quantity // 1000}.{quantity % 1000:03}"))
        elif article.barcodes:
            continue
        pieces = 1 if article.measured is Measured.GRAM else quantity
        names += [key(article.name), pick(sku)] * pieces
    found = {"Which article?": names, "How much does {name} weigh?": weights}
    return {title: acts for title, acts in found.items() if acts}


def who_came(said: Facts) -> Iterable[Act]:
    if said.get("group"):
        yield touch("people")
    if said.get("bring_a_friend"):
        yield touch("friend")


def presented(person: Person | None) -> Asked:
    if person is None:
        return {_WHOSE: [touch("skip")]}
    if person.shows.medium is Medium.PHONE:
        number = [key(person.shows.number)]
        return {_WHOSE: [touch("phone")], "Key the member's phone number": number}
    return {_WHOSE: [tap(person.shows)]}


def paid(said: Facts, *, vouchers: int = 0) -> Asked:
    """In parts where there is more than one way, each as far as it goes."""
    ways = [*[_VOUCHER] * vouchers]
    ways += [way for way in (_POINTS, _CASHBACK) if said.get(f"use_{way}")]
    ways += said["tenders"]
    if len(ways) == 1:
        return one_way(ways[0], said)
    *parts, last = ways
    found = {
        "How is it paid?": [pick("split")],
        "How is a part of it paid?": [pick(_WAYS[one]) for one in parts],
        "How much of it?": [first() for one in parts if one not in {_POINTS, _VOUCHER}],
        "How is the rest paid?": [pick("split")] * (len(parts) - 1) + [pick(_WAYS[last])],
    }
    if _POINTS in parts:
        found["How many points does the member use?"] = [key(str(said["use_points"]))]
    return found | ({"How much cash was given?": _cash(said)} if last == "cash" else {})


def one_way(way: str, said: Facts) -> Asked:
    asked = {"How is it paid?": [pick(_WAYS[way])]}
    return asked | ({"How much cash was given?": _cash(said)} if way == "cash" else {})


def _cash(said: Facts) -> list[Act]:
    return [key(plain(said["received"] if "received" in said else said["amount"]))]


def quantity_of(line: SaleLine, quantity: int) -> Act:
    if line.measured is Measured.PIECE:
        return key(str(quantity))
    return key(f"{quantity // 1000}.{quantity % 1000:03}")


def as_fen(shown: str) -> int:
    return int(shown.lstrip("¥").replace(",", "").replace(".", ""))
