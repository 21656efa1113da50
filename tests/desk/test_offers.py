"""What can be begun at rest."""

from __future__ import annotations

from terminal.core.cart import Family, Grade
from terminal.core.policy import Policy
from terminal.core.screens import says
from terminal.desk.offers import MORE, REPRINT, SELDOM_MAX, Offers
from terminal.flows import FLOWS, Flow


async def nothing(_desk: object) -> None: ...


def flows(often: int, seldom: int, *, sells: bool = False) -> dict[str, Flow]:
    daily = {f"o{n}": Flow(says("Sale"), nothing, often=True) for n in range(often)}
    return daily | {f"s{n}": Flow(says("PIN"), nothing, sells=sells) for n in range(seldom)}


def begun(offers: Offers, *, sells: bool = True, reprints: bool = False) -> list[str]:
    return [one.value or one.do for one in offers.choices(sells=sells, reprints=reprints)]


def test_a_few_are_all_there() -> None:
    assert begun(Offers(flows(2, SELDOM_MAX), Policy())) == ["o0", "o1", "s0", "s1", "s2", "s3"]


def test_of_many_the_last_are_behind_one_more_touch_and_none_is_lost() -> None:
    offers = Offers(flows(2, 6), Policy())
    first = begun(offers, reprints=True)
    assert first == ["o0", "o1", "s0", "s1", "s2", MORE.do, REPRINT.do]
    offers.more = True
    assert begun(offers, reprints=True) == ["s3", "s4", "s5", "more"]


def test_while_nothing_can_be_sold_only_what_sells_nothing_is_begun() -> None:
    offers = Offers({**flows(2, 2), "x": Flow(says("PIN"), nothing)}, Policy())
    assert begun(offers, sells=False) == ["s0", "s1"]


def test_what_needs_a_dispenser_is_offered_where_one_is() -> None:
    pumped = {"x": Flow(says("Release"), nothing, pumps=True)}
    assert begun(Offers(pumped, Policy())) == []
    assert begun(Offers(pumped, Policy(), pumps=True)) == ["x"]


def test_at_a_forecourt_controller_a_nozzle_is_what_is_begun_first() -> None:
    shop = Policy(grades=(Grade(grade="92", name="92", family=Family.PETROL, price=7_38),))
    station = begun(Offers(FLOWS, shop, pumps=True))
    assert station[:5] == ["release", "checkout", "recharge", "join", "stop"]
    assert FLOWS["release"].often
    without = begun(Offers(FLOWS, shop))
    assert without[:3] == ["checkout", "recharge", "join"]
    assert not {"release", "stop"} & set(without)
    offers = Offers(FLOWS, shop, pumps=True)
    assert begun(offers, sells=False)[0] == "stop"  # Whatever keeps the shop from selling.
