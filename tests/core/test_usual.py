"""Which grade a car usually takes (product.md C2)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.cart import Family, Grade, GradeUnit
from terminal.core.commands import BookSale, SaleLine
from terminal.core.money import Fen
from terminal.core.usual import car_text, usual_grade, usually
from terminal.core.values import WalletId
from tests.flows.shop import POLICY
from tests.store.facts import AT, an_id


def sale(sku: str, car: str = "") -> BookSale:
    line = SaleLine(sku=sku, name="n", category="petrol", quantity=1, unit_price=1, gross=1, net=1)
    wallet = WalletId("w")
    return BookSale(id=an_id(1), at=AT, wallet=wallet, card=None, lines=(line,), due=1, tenders=(), car=car)


@pytest.mark.parametrize(
    ("before", "car", "usual"),
    [
        ([("92", ""), ("95", ""), ("95", "")], "", "95"),
        ([("92", ""), ("95", "")], "", "92"),
        ([("92", "a"), ("95", "b"), ("95", "b"), ("95", "b")], "a", "92"),
        ([("92", "a"), ("95", "b"), ("95", "b")], "", "95"),
        ([("92", "a"), ("92", ""), ("95", "b")], "c", "92"),
        ([], "a", ""),
    ],
)
def test_what_that_car_took_goes_before_what_its_member_takes(
    before: list[tuple[str, str]], car: str, usual: str
) -> None:
    assert usual_grade([sale(f"fuel-{grade}", of) for grade, of in before], car) == usual


def test_goods_are_no_grade() -> None:
    assert usual_grade([sale("M01"), sale("M01")], "") == ""


def test_one_plate_of_two_members_is_two_cars() -> None:
    assert car_text(WalletId("a"), "浙A12345") != car_text(WalletId("b"), "浙A12345")


def test_gas_is_called_by_its_name() -> None:
    gas = Grade(grade="cng", name="天然气", family=Family.GAS, price=Fen(4_55), unit=GradeUnit.CUBIC_METRE)
    policy = replace(POLICY, grades=(*POLICY.grades, gas))
    assert (usually(policy, "cng").label.text, usually(policy, "cng").label.values) == (
        "Usually they take {name}",
        {"name": "天然气"},
    )
    for grade in ("92", "98"):  # The second is sold no more.
        assert usually(policy, grade).label.values == {"grade": grade}
