"""Whom an invoice is written to: what counts as a title and as a tax number, and what is told of neither."""

from __future__ import annotations

import pytest

from terminal.core.buyer import Buyer, tax_number, title
from terminal.core.errors import BadTaxNumber, BadTitle

CODE = "91350100M000100Y43"  # The example of GB 32100-2015 itself.


def test_a_title_is_kept_as_it_is_written() -> None:
    assert title("  杭州 鲜果   有限公司 ") == "杭州 鲜果 有限公司"
    assert title("O'Brien & Söhne (HZ) Ltd.") == "O'Brien & Söhne (HZ) Ltd."
    assert title("王" * 60) == "王" * 60


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "王" * 61,
        "王" * 200,
        "王\x07",
        "王\x1b[2J",
        "公司\u202e司公",
        "\u200b王",
        "12345",
        "-- --",
        "a\x00",
    ],
)
def test_what_is_no_title_is_refused_and_not_told(text: str) -> None:
    with pytest.raises(BadTitle) as refused:
        title(text)
    assert str(refused.value) == f"{len(text)} characters"


@pytest.mark.parametrize("number", [CODE, "91110000600037341L", "914403001922038216"])
def test_a_social_credit_code_with_its_check_digit(number: str) -> None:
    assert tax_number(number) == number


def test_it_is_spelt_without_spaces_dashes_and_small_letters() -> None:
    assert tax_number(" 9135 0100-m000100y43 ") == CODE


@pytest.mark.parametrize("number", ["123456789012345", "1" * 16, "1" * 17, "1" * 19, "A2345678901234567890"])
def test_numbers_of_before_have_no_check_digit(number: str) -> None:
    assert tax_number(number) == number


@pytest.mark.parametrize("at", range(18))
def test_no_single_sign_of_a_code_may_be_another(at: int) -> None:
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    other = signs[(signs.index(CODE[at]) + 1) % len(signs)]
    with pytest.raises(BadTaxNumber):
        tax_number(CODE[:at] + other + CODE[at + 1 :])


@pytest.mark.parametrize("at", range(17))
def test_no_two_neighbours_of_a_code_may_change_places(at: int) -> None:
    swapped = CODE[:at] + CODE[at + 1] + CODE[at] + CODE[at + 2 :]
    if swapped != CODE:
        with pytest.raises(BadTaxNumber):
            tax_number(swapped)


@pytest.mark.parametrize("sign", "IOSVZ")
@pytest.mark.parametrize("at", [0, 17])
def test_letters_that_are_taken_for_digits_are_in_no_code(sign: str, at: int) -> None:
    with pytest.raises(BadTaxNumber):
        tax_number(CODE[:at] + sign + CODE[at + 1 :])


@pytest.mark.parametrize(
    "text", ["", "1" * 14, "1" * 21, "9" * 200, "91350100M000100Y4\u0663", "税" * 18, "1" * 15 + "\x00"]
)
def test_what_is_no_tax_number_is_refused_and_not_told(text: str) -> None:
    with pytest.raises(BadTaxNumber) as refused:
        tax_number(text)
    assert str(refused.value) == f"{len(text)} characters"


def test_a_wrong_check_digit_does_not_tell_the_number() -> None:
    with pytest.raises(BadTaxNumber) as refused:
        tax_number(CODE[:-1] + "4")
    assert str(refused.value) == "its check digit is another"


def test_a_buyer_is_written_out_nowhere() -> None:
    buyer = Buyer(title="杭州鲜果有限公司", tax_number=CODE)
    assert f"{buyer} {buyer!r}" == "Buyer(...) Buyer(...)"
    assert Buyer(title="王小明").tax_number == ""
