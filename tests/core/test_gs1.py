"""Element strings: every identifier with what it may say, and nothing that only looks like one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.errors import BadScan
from terminal.core.gs1 import (
    ELEMENTS_MAX,
    SEPARATOR,
    Elements,
    Measure,
    article_number,
    checks,
    day_of,
    elements_in,
)

GTIN = "06901234567892"
TODAY = date(2026, 11, 26)


def _checked(digits: str) -> str:
    return next(digits + str(check) for check in range(10) if checks(digits + str(check)))


DIGITS = st.integers(0, 10**13 - 1)
FIXED = {
    "00": DIGITS.map(lambda number: _checked(f"{number:017d}")),
    "01": DIGITS.map(lambda number: _checked(f"{number:013d}")),
    "11": st.dates().map(lambda day: f"{day:%y%m%d}"),
    "17": st.dates().map(lambda day: f"{day:%y%m00}"),
    "20": st.integers(0, 99).map(lambda number: f"{number:02d}"),
    "3103": st.integers(0, 999_999).map(lambda number: f"{number:06d}"),
    "410": DIGITS.map(lambda number: f"{number:013d}"),
}
TEXT = st.text(st.sampled_from("!\"%&'()*+,-./0189:;<=>?AZ_az"), min_size=1, max_size=20)
VARIABLE = {
    "10": TEXT,
    "21": TEXT,
    "240": TEXT,
    "37": st.integers(0, 10**8 - 1).map(str),
    "3922": st.integers(0, 10**15 - 1).map(str),
    "91": TEXT,
}
ELEMENTS = st.permutations(sorted(FIXED | VARIABLE)).flatmap(
    lambda names: st.tuples(
        *((FIXED | VARIABLE)[name].map(lambda value, name=name: (name, value)) for name in names)
    )
)


@given(elements=ELEMENTS, count=st.integers(1, 13), generous=st.booleans())
def test_every_element_comes_out_in_any_order(
    *, elements: tuple[tuple[str, str], ...], count: int, generous: bool
) -> None:
    """Behind elements of predefined length a separator is not needed, and some printers put one there."""
    said = elements[:count]
    text = "".join(name + value + (SEPARATOR if generous or name in VARIABLE else "") for name, value in said)
    assert elements_in(text) == elements_in(SEPARATOR + text.removesuffix(SEPARATOR)) == Elements(said=said)


@given(st.text(max_size=80) | st.text(st.sampled_from("0123456789\x1dA"), max_size=80))
def test_anything_is_elements_or_refused_and_never_repeated(text: str) -> None:
    try:
        found = elements_in(text)
    except BadScan as refusal:
        said = str(refusal)
    else:
        assert "".join(name + value for name, value in found.said) == text.replace(SEPARATOR, "")
        return
    assert len(text) <= len("8020") or text not in said  # An identifier may be named.


def test_the_example_of_the_general_specifications() -> None:
    """Section 7.8.5, with a batch of variable length before the serial number."""
    found = elements_in("0109521234543213" + "10ABC123" + SEPARATOR + "17201225" + "2112345")
    assert found.article == "9521234543213"
    assert (found.batch, found.serial) == ("ABC123", "12345")
    assert found.use_by(TODAY) == date(2020, 12, 25)
    assert found.best_before(TODAY) is None


def test_weight_price_and_count_are_exact() -> None:
    found = elements_in(f"01{GTIN}3103001250" + "3922" + "1599" + SEPARATOR + "3012")
    assert found.net_weight == Measure(digits=1250, decimals=3)
    assert found.net_weight.in_parts(1000) == 1250
    assert found.price == Measure(digits=1599, decimals=2)
    assert found.price.in_parts(100) == 1599
    assert found.count == 12
    assert Measure(digits=12345, decimals=5).in_parts(1000) is None
    assert elements_in(f"01{GTIN}").count is elements_in(f"01{GTIN}").price is None


@pytest.mark.parametrize(
    "text",
    [
        "", SEPARATOR, "01", "0106901234567893", "010690123456789", f"01{GTIN}01{GTIN}", "04123456789012345",
        "17271332", "17270132", "172701", "10", "10" + "A" * 21, "10A B", "10é", "3109000001", "3106000001",
        "88123", "1", f"01{GTIN}{SEPARATOR}{SEPARATOR}10A", "3920", "391012", "４010690123",
        f"01{GTIN}X", "00123456789012345678",
    ],
)  # fmt: skip
def test_what_is_no_element_string_is_refused(text: str) -> None:
    with pytest.raises(BadScan):
        elements_in(text)


def test_more_elements_than_any_label_has_are_refused() -> None:
    names = [f"{name}" for name in (10, 21, 22, 235, 240, 241, 242, 243, 250, 251, 254, 255, 30, 37)]
    names += ["400", "401", "403", *map(str, range(90, 100))]
    values = {"242": "1", "30": "1", "37": "1", "255": "1" * 13}
    text = SEPARATOR.join(name + values.get(name, "A") for name in names)
    assert len(names) > ELEMENTS_MAX
    with pytest.raises(BadScan):
        elements_in(text)


# From the General Specifications and from packages, not from our own sum.
@pytest.mark.parametrize("number", ["9638507" + "4", "4006381333931", "036000291452", "16901234567899"])
def test_check_digits(number: str) -> None:
    assert article_number(number)
    wrong = [number[:-1] + str(digit) for digit in range(10) if str(digit) != number[-1]]
    assert [article_number(one) for one in wrong] == [None] * 9


@pytest.mark.parametrize("text", ["", "4006381333931 ", "４006381333931", "123", "00000000000000000"])
def test_what_is_no_article_number(text: str) -> None:
    assert article_number(text) is None


@pytest.mark.parametrize(
    ("six", "day"),
    [
        ("261126", date(2026, 11, 26)),
        ("760101", date(2076, 1, 1)),
        ("770101", date(1977, 1, 1)),
        ("240200", date(2024, 2, 29)),
        ("271200", date(2027, 12, 31)),
    ],
)
def test_a_day_is_in_the_century_that_is_meant_and_00_is_the_last_of_its_month(six: str, day: date) -> None:
    assert day_of(six, TODAY) == day


def test_a_day_early_in_a_century_is_meant_when_the_last_one_ends() -> None:
    assert day_of("020101", date(2098, 1, 1)) == date(2102, 1, 1)
    with pytest.raises(BadScan):
        day_of("260230", TODAY)
