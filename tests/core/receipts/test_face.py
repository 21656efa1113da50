"""What a visual card shows after a transaction, and what never stands on it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lab.receipts.specimens import SPECIMENS
from terminal.core.commands import Balances, Measured
from terminal.core.receipts import ShopHead
from terminal.core.receipts.face import face_of
from terminal.core.receipts.legible import width
from terminal.core.units import in_litres

SHOP = ShopHead(name="青山便利店\x1b@", address="青山路 8 号")


@pytest.mark.parametrize("columns", [16, 32])
@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_a_face_says_what_is_on_the_card_in_lines_that_fit(language: str, columns: int) -> None:
    booked = SPECIMENS["sale"].booked
    face = face_of(booked, SHOP, language=language, columns=columns, measured=in_litres)
    assert booked.after is not None
    assert all(width(line) <= columns for line in face)
    assert any(booked.card_shown in line for line in face)
    total = f"{(booked.after.principal + booked.after.bonus) / 100:.2f}"
    assert any(total in line for line in face)
    assert not any("\x1b" in line for line in face)


def test_a_sale_without_a_card_has_no_face() -> None:
    assert face_of(SPECIMENS["sale-cash"].booked, SHOP, language="en", columns=32, measured=in_litres) == ()


def test_gas_that_is_left_stands_there_in_what_it_is_sold_by() -> None:
    booked = replace(SPECIMENS["sale"].booked, after=Balances(uses={"litres:LNG": 7_00}))
    face = face_of(booked, SHOP, language="en", columns=32, measured=lambda _: Measured.DECAGRAM)
    assert face[-1].endswith("7.00 kg")
