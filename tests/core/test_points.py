from __future__ import annotations

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from terminal.core.cart import Family
from terminal.core.commands import Measured, SaleLine, SpendOrder, Tender, TenderKind
from terminal.core.errors import InsufficientFunds
from terminal.core.points import Basis, PointsRate, earned
from terminal.core.policy import Policy
from terminal.core.spending import room, split
from tests.flows.shop import UNNAMED, WANG

FEN = st.integers(0, 10_000_00)
ORDERS = st.sampled_from(SpendOrder)


def goods(net: int) -> SaleLine:
    return SaleLine(sku="g", name="g", category="food", quantity=1, unit_price=net, gross=net, net=net)


def fuel(family: Family, centilitres: int, net: int) -> SaleLine:
    return SaleLine(
        sku="f", name="f", category=family, quantity=centilitres, measured=Measured.CENTILITRE,
        unit_price=1, gross=net, net=net,
    )  # fmt: skip


def cash(fen: int) -> Tender:
    return Tender(kind=TenderKind.CASH, amount=fen)


def points(*lines: SaleLine, paid: int, bonus: int = 0) -> dict[str, int]:
    return {given.family: given.points for given in earned(lines, [cash(paid)], bonus_spent=bonus)}


@given(FEN, FEN, FEN, ORDERS)
def test_a_split_adds_up_and_takes_no_more_than_is_there(
    amount: int, principal: int, bonus: int, order: SpendOrder
) -> None:
    if amount > principal + bonus:
        with pytest.raises(InsufficientFunds):
            split(amount, principal=principal, bonus=bonus, order=order)
        return
    spent = split(amount, principal=principal, bonus=bonus, order=order)
    assert spent.principal + spent.bonus == amount
    assert 0 <= spent.principal <= principal
    assert 0 <= spent.bonus <= bonus


def test_bonus_last_and_in_proportion() -> None:
    last = split(60_00, principal=50_00, bonus=50_00, order=SpendOrder.BONUS_LAST)
    assert (last.principal, last.bonus) == (50_00, 10_00)
    even = split(60_01, principal=50_00, bonus=50_00, order=SpendOrder.PROPORTIONAL)
    assert (even.principal, even.bonus) == (30_01, 30_00)


@pytest.mark.parametrize("wrong", [(-1, 100, 0), (-100, 100, 0), (10, -1, 100), (10, 100, -1)])
def test_nothing_negative_is_ever_split(wrong: tuple[int, int, int]) -> None:
    amount, principal, bonus = wrong
    with pytest.raises(ValueError, match="cannot take"):
        split(amount, principal=principal, bonus=bonus, order=SpendOrder.BONUS_LAST)


@pytest.mark.parametrize("order", SpendOrder)
def test_nothing_is_taken_of_nothing(order: SpendOrder) -> None:
    spent = split(0, principal=0, bonus=0, order=order)
    assert (spent.principal, spent.bonus) == (0, 0)


def test_whole_yuan_of_what_was_paid() -> None:
    assert points(goods(99), paid=99) == {}
    assert points(goods(19_99), paid=19_90) == {"goods": 19}
    assert points(goods(20_00), paid=20_00, bonus=1) == {"goods": 19}
    assert points(goods(20_00), paid=20_00, bonus=20_00) == {}


def test_litres_of_petrol_and_yuan_of_diesel() -> None:
    assert points(fuel(Family.PETROL, 27_10, 200_00), paid=200_00) == {"petrol": 27}
    assert points(fuel(Family.PETROL, 27_00, 199_26), paid=199_20) == {"petrol": 27}
    assert points(fuel(Family.PETROL, 27_00, 200_00), paid=200_00, bonus=100_00) == {"petrol": 13}
    assert points(fuel(Family.DIESEL, 150_00, 1_020_00), paid=1_020_00) == {"diesel": 204}
    assert points(fuel(Family.DIESEL, 150_00, 4_999_99), paid=4_999_99) == {"diesel": 999}


def test_goods_beside_fuel_earn_apart() -> None:
    both = (fuel(Family.PETROL, 10_00, 75_00), goods(25_00))
    assert points(*both, paid=100_00) == {"goods": 25, "petrol": 10}
    assert points(*both, paid=100_00, bonus=40_00) == {"goods": 15, "petrol": 6}


def test_a_shop_has_its_own_rates() -> None:
    rates = (PointsRate(family=Family.GOODS, basis=Basis.PAID, step=10_00, points=3),)
    (given,) = earned([goods(25_00)], [cash(25_00)], rates=rates)
    assert given.points == 6


@given(
    st.lists(st.builds(goods, st.integers(1, 500_00)), min_size=1, max_size=5),
    st.lists(
        st.builds(
            fuel,
            st.sampled_from([Family.PETROL, Family.DIESEL]),
            st.integers(1, 100_00),
            st.integers(1, 900_00),
        ),
        max_size=3,
    ),
    st.data(),
)
def test_no_fen_earns_twice_and_more_bonus_never_earns_more(
    of_goods: list[SaleLine], of_fuel: list[SaleLine], data: st.DataObject
) -> None:
    lines = [*of_goods, *of_fuel]
    due = sum(line.net for line in lines)
    bonus = data.draw(st.integers(0, due))
    by_yuan = tuple(PointsRate(family=family, step=1) for family in Family)
    counted = earned(lines, [cash(due)], bonus_spent=bonus, rates=by_yuan)
    assert sum(given.points for given in counted) == due - bonus
    assume(bonus < due)
    more = {given.family: given.points for given in earned(lines, [cash(due)], bonus_spent=bonus + 1)}
    less = {given.family: given.points for given in earned(lines, [cash(due)], bonus_spent=bonus)}
    assert sum(more.values()) <= sum(less.values()) + 1


def test_room_on_a_card_counts_principal() -> None:
    policy = Policy()
    assert room(WANG, policy) == 4_900_00
    assert room(UNNAMED, policy) == 950_00
    assert room(None, policy) == 1_000_00
    assert room(UNNAMED, Policy(unnamed_at_most=10_00)) == 0


@pytest.mark.parametrize(
    ("rate", "points"),
    [
        (PointsRate(family=Family.GOODS), 100_000),
        (PointsRate(family=Family.GOODS, basis=Basis.LITRES), 100_000),
        (PointsRate(family=Family.DIESEL, step=500, points=3), 60_000),
        (PointsRate(family=Family.PETROL, basis=Basis.LITRES, points=2), 2_000),
    ],
)
def test_what_the_largest_sale_may_earn(rate: PointsRate, points: int) -> None:
    assert rate.at_most == points


def test_goods_for_nothing_earn_nothing() -> None:
    assert earned([goods(0)], []) == ()
    assert earned([goods(0)], [cash(100)]) == ()
    assert points(goods(100), paid=0) == {}


def test_a_fill_earns_no_litres_where_nothing_of_it_was_paid() -> None:
    assert points(fuel(Family.PETROL, 27_00, 200_00), paid=100_00, bonus=100_00) == {}
    assert points(fuel(Family.PETROL, 27_00, 200_00), paid=100_01, bonus=100_00) == {"petrol": 13}


@pytest.mark.parametrize(("of_goods", "of_petrol"), [(100, 200), (200, 100)])
def test_the_costliest_family_takes_what_rounding_leaves(of_goods: int, of_petrol: int) -> None:
    rates = tuple(PointsRate(family=family, step=1) for family in Family)
    lines = [goods(of_goods), fuel(Family.PETROL, 1, of_petrol)]
    found = {one.family: one.points for one in earned(lines, [cash(100)], rates=rates)}
    assert found == {"goods": 67 if of_goods == 200 else 33, "petrol": 67 if of_petrol == 200 else 33}


def test_fuel_is_what_is_measured_and_called_so() -> None:
    can = SaleLine(sku="c", name="c", category="petrol", quantity=1, unit_price=1, gross=100, net=100)
    milk = SaleLine(
        sku="m", name="m", category="milk", quantity=100, measured=Measured.CENTILITRE,
        unit_price=1, gross=100, net=100,
    )  # fmt: skip
    assert points(can, milk, paid=200) == {"goods": 2}
    assert points(fuel(Family.PETROL, 100, 100), can, paid=200) == {"goods": 1, "petrol": 1}


def test_a_rate_as_the_shop_writes_it() -> None:
    written = {"family": "petrol", "basis": "litres", "step": 200, "points": 3}
    rate = PointsRate(family=Family.PETROL, basis=Basis.LITRES, step=200, points=3)
    assert msgspec.convert(written, PointsRate) == rate
    assert msgspec.convert({"family": "goods", "basis": "paid"}, PointsRate) == PointsRate(
        family=Family.GOODS
    )
    assert (PointsRate(family=Family.GOODS).step, PointsRate(family=Family.GOODS).points) == (100, 1)
