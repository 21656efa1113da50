"""What promotions of the terminal's own file are for, and nobody sells."""

from __future__ import annotations

import pytest

from terminal.core.cart import Article
from terminal.core.catalogue import Listed
from terminal.core.pricing import parsed
from terminal.promoted import for_nothing
from terminal.store.catalogue import Unreadable
from tests.flows.shop import PETROL

TEA = Article(sku="A1", name="红茶", category="-", price=1)


@pytest.mark.parametrize(
    ("skus", "said"),
    [
        (["A1", "fuel-92"], ()),
        (["92", "X"], ("92 (g92; the fuel is fuel-92)", "X (g92)")),
        ([f"X{at}" for at in range(150)], tuple(f"X{at} (g92)" for at in range(100))),
    ],
)
def test_what_promotions_are_for_and_nobody_sells_is_named(skus: list[str], said: tuple[str, ...]) -> None:
    tariff, _ = parsed({"g92": {"rule": "percent_off", "name": "92", "pay": 90, "skus": skus}}.items())
    assert for_nothing(tariff, Listed([TEA]), [PETROL]) == said


def test_nothing_is_said_of_them_while_the_catalogue_cannot_be_read() -> None:
    tariff, _ = parsed({"g": {"rule": "percent_off", "name": "g", "pay": 90, "skus": ["X"]}}.items())
    assert for_nothing(tariff, Unreadable("spoilt"), []) == ()
