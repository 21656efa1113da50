"""Amounts read out: as people say them, and whoever hears them writes down the same amount."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.spoken import FEN_MAX, Language, Outcome, said, text_of, words

AMOUNTS = st.one_of(
    st.integers(0, FEN_MAX),
    st.integers(0, 1_000),
    st.builds(
        lambda digits: int("".join(digits)), st.lists(st.sampled_from("0012"), min_size=1, max_size=10)
    ),
)
"""The last with many gaps and twos."""


def _text(fen: int, language: Language) -> str:
    return text_of(said(Outcome.PAID, fen, language), language).split(", ", 1)[1]


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "零元"),
        (5, "五分"),
        (20, "两角"),
        (22, "两角二分"),
        (200, "两元"),
        (1_000, "十元"),
        (1_050, "十元五角"),
        (1_005, "十元零五分"),
        (1_200, "十二元"),
        (1_220, "十二元二角"),
        (11_000, "一百一十元"),
        (20_000, "二百元"),
        (22_222, "二百二十二元二角二分"),
        (100_500, "一千零五元"),
        (105_000, "一千零五十元"),
        (222_200, "两千二百二十二元"),
        (1_000_000, "一万元"),
        (1_000_200, "一万零二元"),
        (1_001_000, "一万零一十元"),
        (1_200_000, "一万二千元"),
        (2_020_200, "两万零二百零二元"),
        (10_000_000, "十万元"),
        (11_020_000, "十一万零二百元"),
        (12_345_678, "十二万三千四百五十六元七角八分"),
        (1_000_000_000, "一千万元"),
        (2_002_000_200, "两千零二万零二元"),
    ],
)
def test_chinese_is_said_as_a_teller_says_it(fen: int, text: str) -> None:
    assert _text(fen, Language.ZH_HANS) == text


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "zero yuan"),
        (5, "five fen"),
        (1_250, "twelve yuan and fifty fen"),
        (2_100, "twenty one yuan"),
        (10_500, "one hundred and five yuan"),
        (100_500, "one thousand and five yuan"),
        (112_000, "one thousand one hundred and twenty yuan"),
        (
            9_999_999_900,
            "ninety nine million nine hundred and ninety nine thousand nine hundred and ninety nine yuan",
        ),
        (10_000_001, "one hundred thousand yuan and one fen"),
    ],
)
def test_english_is_said_as_a_teller_says_it(fen: int, text: str) -> None:
    assert _text(fen, Language.EN) == text


ZH_DIGITS = {**{text: digit for digit, text in enumerate("零一二三四五六七八九")}, "两": 2}
ZH_SIZES = {"十": 10, "百": 100, "千": 1_000}


def _zh_number(text: str) -> int:
    whole = section = digit = 0
    for char in text:
        if char in ZH_DIGITS:
            digit = ZH_DIGITS[char]
        elif char in ZH_SIZES:
            section += (digit or 1) * ZH_SIZES[char]
            digit = 0
        else:
            assert char == "万"
            whole, section, digit = (section + digit) * 10_000, 0, 0
    return whole + section + digit


def _zh_heard(text: str) -> int:
    fen = 0
    for unit, worth in (("元", 100), ("角", 10), ("分", 1)):
        if unit in text:
            number, text = text.split(unit)
            fen += _zh_number(number) * worth
    assert not text
    return fen


EN_NUMBERS = {
    word.text: int(word.name) for word in words(Language.EN) if word.name.isdigit()
}  # fmt: skip


def _en_number(text: str) -> int:
    whole = part = 0
    for word in text.split():
        match word:
            case "and":
                continue
            case "hundred":
                part *= 100
            case "thousand" | "million":
                whole, part = whole + part * (1_000 if word == "thousand" else 1_000_000), 0
            case _:
                part += EN_NUMBERS[word]
    return whole + part


def _en_heard(text: str) -> int:
    yuan, found, fen = text.rpartition("yuan")
    return _en_number(yuan) * 100 * bool(found) + _en_number(fen.removesuffix("fen"))


@given(AMOUNTS)
def test_whoever_hears_it_in_chinese_writes_down_the_same_amount(fen: int) -> None:
    text = _text(fen, Language.ZH_HANS)
    assert _zh_heard(text) == fen
    assert "零零" not in text
    assert "零元" not in text or fen == 0


@given(AMOUNTS)
def test_whoever_hears_it_in_english_writes_down_the_same_amount(fen: int) -> None:
    assert _en_heard(_text(fen, Language.EN)) == fen


@given(st.integers(0, FEN_MAX), st.sampled_from(Language), st.sampled_from(Outcome))
def test_nothing_is_said_that_was_not_to_be_recorded(fen: int, language: Language, outcome: Outcome) -> None:
    sentence = said(outcome, fen, language)
    assert set(sentence) <= set(words(language))
    assert sentence[0].name == outcome


@pytest.mark.parametrize("fen", [-1, FEN_MAX + 1])
def test_an_amount_that_has_no_words_is_refused(fen: int) -> None:
    with pytest.raises(ValueError, match="is not said"):
        said(Outcome.PAID, fen, Language.EN)
