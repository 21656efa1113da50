from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from terminal.core.cart import Family
from terminal.core.commands import Measured, SaleLine, SpendOrder, Tender, TenderKind
from terminal.core.errors import BadQuantity, InsufficientFunds
from terminal.core.payment import by_points
from terminal.core.points import STANDARD, Basis, PointsRate, PointsWorth, earned, points_keyed, recharged
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


@pytest.mark.parametrize(("amount", "bonus"), [(1, 0), (2, 0), (3, 1), (101, 33), (299, 99), (300, 100)])
def test_in_proportion_the_bonus_pays_whole_fen_of_its_part_and_no_more(amount: int, bonus: int) -> None:
    spent = split(amount, principal=2_00, bonus=1_00, order=SpendOrder.PROPORTIONAL)
    assert (spent.principal, spent.bonus) == (amount - bonus, bonus)


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


@pytest.mark.parametrize(
    ("paid", "points"), [(4_99, 4), (5_00, 6), (6_00, 7), (9_99, 10), (10_00, 12), (511_20, 613)]
)
def test_a_rate_may_give_six_for_every_five_whole_yuan(paid: int, points: int) -> None:
    (given,) = earned([goods(paid)], [cash(paid)], rates=[PointsRate(family=Family.GOODS, points=6, per=5)])
    assert given.points == points
    assert (given.base, given.step, given.each, given.per) == (paid, 100, 6, 5)


def test_points_say_what_earned_them() -> None:
    both = (fuel(Family.PETROL, 10_00, 75_00), goods(25_00))
    (of_goods, of_petrol) = earned(both, [cash(100_00)], bonus_spent=40_00)
    assert (of_goods.base, of_goods.step, of_goods.each, of_goods.per) == (15_00, 100, 1, 1)
    assert (of_petrol.base, of_petrol.step, of_petrol.left(5_99)) == (6_00, 100, 5)


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
    assert due - bonus - len(Family) < sum(given.points for given in counted) <= due - bonus
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
        (PointsRate(family=Family.GOODS, points=6, per=5), 120_000),
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
def test_what_rounding_leaves_earns_nothing(of_goods: int, of_petrol: int) -> None:
    rates = tuple(PointsRate(family=family, step=1) for family in Family)
    lines = [goods(of_goods), fuel(Family.PETROL, 1, of_petrol)]
    found = {one.family: one.points for one in earned(lines, [cash(100)], rates=rates)}
    assert found == {"goods": 66 if of_goods == 200 else 33, "petrol": 66 if of_petrol == 200 else 33}


def test_one_fen_earns_where_a_fen_is_a_step() -> None:
    (given,) = earned([goods(1)], [cash(1)], rates=(PointsRate(family=Family.GOODS, step=1),))
    assert (given.points, given.base) == (1, 1)


BY_PAID = tuple(
    PointsRate(family=family, step=step, points=6, per=5)
    for family, step in zip(Family, (1, 3, 100, 7), strict=True)
)


@given(
    nets=st.lists(st.integers(0, 900), min_size=4, max_size=4),
    off=st.integers(0, 900),
    at=st.integers(0, 3),
    more=st.integers(1, 300),
)
@example(nets=[480, 0, 136, 323], off=355, at=2, more=1)
@example(nets=[100, 100, 100, 100], off=1, at=0, more=1)
def test_a_fen_more_of_one_family_takes_no_point_of_another(
    nets: list[int], off: int, at: int, more: int
) -> None:
    """Two lines of goods, one of which earns double, and both kinds of fuel; what is more is paid in cash."""

    def found(nets: Sequence[int]) -> dict[tuple[str, tuple[int, ...]], int]:
        lines = [
            goods(nets[0]),
            goods(nets[1]),
            fuel(Family.PETROL, 1, nets[2]),
            fuel(Family.DIESEL, 1, nets[3]),
        ]
        tenders = [
            Tender(kind=TenderKind.POINTS, amount=off, of="goods", units=1),
            cash(sum(nets) - off),
        ]
        given = earned(lines, tenders, rates=BY_PAID, times=((1, 1), (2, 1), (1, 1), (1, 1)))
        return {(one.family, one.places): one.points for one in given}

    off = min(off, sum(nets))
    costlier = [net + more * (place == at) for place, net in enumerate(nets)]
    then = found(costlier)
    assert all(then.get(which, 0) >= points for which, points in found(nets).items())


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


@pytest.mark.parametrize(
    "kind", [TenderKind.POINTS, TenderKind.VOUCHER, TenderKind.CASHBACK, TenderKind.USES]
)
def test_what_was_given_earns_nothing_and_shortens_the_litres(kind: TenderKind) -> None:
    tenders = [Tender(kind=kind, amount=10_00, of="x"), cash(10_99)]
    assert [(one.points, one.base) for one in earned([goods(20_99)], tenders)] == [(10, 10_99)]
    assert earned([goods(10_00)], tenders[:1]) == ()
    litres = [fuel(Family.PETROL, 10_00, 40_00)]
    given = [Tender(kind=kind, amount=10_00, of="x"), cash(30_00)]
    assert [(one.points, one.base) for one in earned(litres, given)] == [(7, 7_50)]


# Multiplied.


def by_line(
    nets: list[int], times: list[tuple[int, int]], paid: int, bonus: int = 0
) -> list[tuple[int, ...]]:
    found = earned([goods(net) for net in nets], [cash(paid)], bonus_spent=bonus, times=times)
    return [(one.points, one.base, one.each, one.per, *one.places) for one in found]


def test_what_is_multiplied_alike_is_counted_together_on_whole_yuan() -> None:
    assert by_line([3_528, 1_584], [(12, 5)] * 2, 5_112) == [(122, 5_112, 12, 5)]
    assert by_line([199, 199], [(2, 1), (2, 1)], 398) == [(6, 398, 2, 1)]


def test_lines_that_are_multiplied_apart_are_counted_apart() -> None:
    found = by_line([1_050, 2_099, 1_050], [(2, 1), (1, 1), (2, 1)], 4_199)
    assert found == [(42, 2_100, 2, 1, 0, 2), (20, 2_099, 1, 1, 1)]


def test_what_paid_is_shared_over_them_and_bonus_earns_nothing() -> None:
    assert by_line([1_000, 1_000], [(2, 1), (1, 1)], 2_000, bonus=1_000) == [
        (10, 500, 2, 1, 0),
        (5, 500, 1, 1, 1),
    ]


def test_of_what_earns_none_the_rest_is_told_apart() -> None:
    assert by_line([1_000, 500], [(0, 1), (1, 1)], 1_500) == [(5, 500, 1, 1, 1)]
    assert by_line([1_000], [(0, 1)], 1_000) == []


def test_litres_are_multiplied_too() -> None:
    lines = [fuel(Family.PETROL, 10_50, 80_00), goods(10_00)]
    found = earned(lines, [cash(90_00)], times=[(3, 2), (1, 1)])
    assert [(one.family, one.points, one.base, one.places) for one in found] == [
        ("goods", 10, 10_00, ()),
        ("petrol", 15, 10_50, ()),
    ]


def test_goods_that_cost_nothing_beside_a_fill_earn_nothing() -> None:
    found = earned([goods(0), fuel(Family.DIESEL, 10_00, 70_00)], [cash(70_00)], times=[(2, 1), (1, 1)])
    assert [(one.family, one.points) for one in found] == [("diesel", 14)]


def test_a_factor_that_could_not_be_booked_is_left_out() -> None:
    rates = (PointsRate(family=Family.GOODS, points=100),)
    most = earned([goods(100)], [cash(100)], rates=rates, times=[(1, 1)])
    assert [one.points for one in most] == [100]
    beyond = earned([goods(100)], [cash(100)], rates=rates, times=[(2, 1)])
    assert [(one.points, one.each, one.per) for one in beyond] == [(100, 100, 1)]
    most = earned(
        [goods(100)], [cash(100)], rates=(PointsRate(family=Family.GOODS, points=10),), times=[(10, 1)]
    )
    assert [(one.points, one.each) for one in most] == [(100, 100)]
    least = earned(
        [goods(200)], [cash(200)], rates=(PointsRate(family=Family.GOODS, points=2),), times=[(1, 2)]
    )
    assert [(one.points, one.each, one.per) for one in least] == [(2, 1, 1)]
    small = (PointsRate(family=Family.GOODS, per=9_999_999),)
    assert earned([goods(1_000_000_00)], [cash(10)], rates=small, times=[(1, 3)]) == ()


LINE = st.tuples(st.integers(0, 50_00), st.sampled_from([(0, 1), (1, 1), (6, 5), (2, 1), (3, 1)]))


@given(st.lists(LINE, min_size=1, max_size=4), st.data())
def test_more_spent_never_earns_less(lines: list[tuple[int, tuple[int, int]]], data: st.DataObject) -> None:
    nets, times = [net for net, _ in lines], [factor for _, factor in lines]
    bonus = data.draw(st.integers(0, sum(nets)))
    at = data.draw(st.integers(0, len(nets) - 1))
    more = [net + (300 if place == at else 0) for place, net in enumerate(nets)]

    def points(some: list[int]) -> int:
        return sum(found[0] for found in by_line(some, times, sum(some), bonus))

    assert points(more) >= points(nets)


@given(st.lists(LINE, min_size=1, max_size=4))
def test_each_line_earns_once_and_no_more_than_was_paid(lines: list[tuple[int, tuple[int, int]]]) -> None:
    nets, times = [net for net, _ in lines], [factor for _, factor in lines]
    found = earned([goods(net) for net in nets], [cash(sum(nets))], times=times)
    places = [place for one in found for place in one.places or range(len(nets))]
    assert len(set(places)) == len(places)
    assert sum(one.base for one in found) <= sum(nets)


def test_a_recharge_earns_as_goods_of_that_price_would() -> None:
    found = recharged(10_050, STANDARD)
    assert [(one.family, one.points, one.base, one.step, one.places) for one in found] == [
        ("goods", 100, 10_050, 100, ()),
    ]
    assert recharged(99, STANDARD) == ()


# As what pays.


@pytest.mark.parametrize(
    ("held", "due", "most"),
    [
        (99, 100_00, 0),
        (100, 100_00, 100),
        (199, 100_00, 100),
        (1_000, 4_99, 0),
        (1_000, 5_00, 100),
        (1_000, 9_99, 100),
        (1_000, 10_00, 200),
    ],
)
def test_points_pay_in_whole_hundreds_and_never_more_than_it_costs(held: int, due: int, most: int) -> None:
    assert PointsWorth().most(held, due) == most


def test_from_so_many_on_and_in_steps_of_their_own_where_the_shop_says_so() -> None:
    worth = PointsWorth(points=50, fen=2_00, least=200)
    assert [worth.most(held, 100_00) for held in (199, 200, 260)] == [0, 200, 250]
    assert [worth.most(1_000, due) for due in (7_99, 8_00)] == [0, 200]
    assert [points for points in range(301) if worth.pays(points)] == [200, 250, 300]
    assert worth.of(250) == 10_00


def test_how_many_would_pay_as_much_as_points_can() -> None:
    assert [PointsWorth().wanted(due) for due in (4_99, 19_34)] == [0, 300]


def test_points_that_are_worth_nothing_pay_for_nothing() -> None:
    worth = PointsWorth(fen=0)
    assert (worth.most(1_000, 100_00), worth.wanted(100_00)) == (0, 0)


def test_so_many_points_are_a_tender_of_what_they_are_worth() -> None:
    payment = by_points(200, PointsWorth())
    assert payment.tender == Tender(kind=TenderKind.POINTS, amount=10_00, of="goods", units=200)
    assert (payment.rounding, payment.received, payment.beyond, payment.spent.bonus) == (0, 0, 0, 0)


def test_points_are_keyed_as_a_count() -> None:
    assert [points_keyed(text) for text in ("100", " 7 ", "12345678")] == [100, 7, 12_345_678]
    for text in ("", "1.5", "-1", "１", "123456789", "1a"):
        with pytest.raises(BadQuantity):
            points_keyed(text)
