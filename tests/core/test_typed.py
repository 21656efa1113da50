"""A number that is keyed digit by digit without a keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from terminal.core.errors import NumberFull
from terminal.core.screens import Keying
from terminal.core.typed import FORMS, Erase, finished, longer, seen, shorter

PAGE = Path("terminal/kiosk/page/page.js").read_text(encoding="utf-8")


def keyed(keys: str, keying: Keying) -> str:
    typed = ""
    for key in keys:
        typed = longer(typed, key, keying)
    return typed


@pytest.mark.parametrize("keying", FORMS)
def test_the_page_and_the_scanner_take_the_same_numbers(keying: Keying) -> None:
    found = re.search(rf"^  {keying}: /\^(.*)\$/,$", PAGE, re.MULTILINE)
    assert found is not None
    assert found[1] == FORMS[keying]


@pytest.mark.parametrize(
    ("keying", "keys", "typed"),
    [
        (Keying.AMOUNT, "137.50", "137.50"),
        (Keying.AMOUNT, "007", "7"),
        (Keying.CASH, ".5", "0.5"),
        (Keying.LITRES, "37.25", "37.25"),
        (Keying.PHONE, "13800138000", "13800138000"),
        (Keying.PIN, "0007", "0007"),
        (Keying.DAY, "19900830", "19900830"),
        (Keying.COUNT, "9999999", "9999999"),
        (Keying.TOTAL, "2310007.65", "2310007.65"),
    ],
)
def test_digits_come_behind_one_another(keying: Keying, keys: str, typed: str) -> None:
    assert keyed(keys, keying) == typed


@pytest.mark.parametrize(
    ("keying", "keys"),
    [
        (Keying.AMOUNT, "1.2.3"),
        (Keying.AMOUNT, "1.234"),
        (Keying.AMOUNT, "1234567"),
        (Keying.LITRES, "12345"),
        (Keying.PHONE, "138001380001"),
        (Keying.PHONE, "1."),
        (Keying.PIN, "1" * 13),
        (Keying.PIECES, "1."),
        (Keying.DAY, "199008301"),
        (Keying.DAY, "1990."),
        (Keying.COUNT, "10000000"),
    ],
)
def test_what_such_a_number_has_no_place_for_is_refused(keying: Keying, keys: str) -> None:
    with pytest.raises(NumberFull):
        keyed(keys, keying)


def test_the_last_is_erased_or_all() -> None:
    assert shorter("137.5", Erase.LAST) == "137."
    assert shorter("137.5", Erase.ALL) == ""
    assert finished("137.") == "137"
    assert finished("137.50") == "137.50"


def test_of_a_pin_nothing_is_seen_but_its_length() -> None:
    assert seen("0042", Keying.PIN) == "●●●●"
    assert seen("137.", Keying.AMOUNT) == "137."
