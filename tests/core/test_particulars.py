"""What a shop asks of who joins: how each answer is spelt, and what is refused."""

from __future__ import annotations

import pytest

from terminal.core.errors import (
    BadDay,
    BadDocument,
    BadName,
    BadPlate,
    BadStylist,
    BadTags,
    BadWords,
    UnderAge,
)
from terminal.core.particulars import (
    ASKED_BY,
    CHECKS,
    HEALTH,
    QUESTIONS,
    Calendar,
    Document,
    Particular,
    Trade,
    birthday,
    check_adult,
    day,
    document,
    named,
    plate,
    stylist,
    tags,
    tags_of,
    words,
)

TODAY = "2026-11-24"
CITIZEN = "11010519491231002X"  # The example of GB 11643 itself.


def test_each_trade_asks_nothing_twice_and_health_is_never_required() -> None:
    assert set(ASKED_BY) == set(Trade)
    assert set(QUESTIONS) == set(Particular)
    for asked in ASKED_BY.values():
        assert len({one.of for one in asked}) == len(asked)
        assert not any(one.required for one in asked if one.of in HEALTH)


def test_who_may_be_asked_for_a_document_by_law_is_asked_for_it() -> None:
    required = {trade: {one.of for one in asked if one.required} for trade, asked in ASKED_BY.items()}
    assert required == {
        Trade.SHOP: set(),
        Trade.SALON: {Particular.NAME},
        Trade.RESTAURANT: set(),
        Trade.HOTEL: {Particular.NAME, Particular.DOCUMENT},
        Trade.GARAGE: {Particular.PLATE},
        Trade.NETCAFE: {Particular.NAME, Particular.DOCUMENT},
        Trade.BEAUTY: {Particular.NAME},
        Trade.COSMETICS: set(),
        Trade.FRUIT: set(),
        Trade.FUEL: set(),
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [(" 王 小明 ", "王 小明"), ("O'Brien  Jr.", "O'Brien Jr."), ("阿依古丽·买买提", "阿依古丽·买买提")],
)
def test_a_name_is_kept_as_it_is_written(text: str, name: str) -> None:
    assert named(text) == name


@pytest.mark.parametrize("text", ["", "  ", "123", "··", "王" * 41, "王\x07"])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(BadName) as refused:
        named(text)
    assert text.strip() == "" or text not in str(refused.value)


def test_words_have_an_end() -> None:
    assert words("  花生  过敏 ") == "花生 过敏"
    assert len(words("字" * 60)) == 60
    for text in ("", " ", "字" * 61, "a\x00b"):
        with pytest.raises(BadWords):
            words(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("浙A12345", "浙A12345"),
        ("浙a·1234 5", "浙A12345"),
        ("粤B-D12345", "粤BD12345"),
        ("京A1234学", "京A1234学"),
    ],
)
def test_number_plates_of_seven_and_eight_characters(text: str, found: str) -> None:
    assert plate(text) == found


@pytest.mark.parametrize("text", ["", "A12345", "浙A1234", "浙A1234567", "浙I12345", "浙A1O345", "浙A1234?"])
def test_what_is_no_number_plate(text: str) -> None:
    with pytest.raises(BadPlate):
        plate(text)


@pytest.mark.parametrize(
    ("text", "calendar", "kept"),
    [
        ("19900830", Calendar.SUN, "1990-08-30"),
        ("2000-02-29", Calendar.SUN, "2000-02-29"),
        ("20261124", Calendar.SUN, "2026-11-24"),
        ("19900230", Calendar.MOON, "moon:1990-02-30"),
        ("19000801", Calendar.LEAP, "leap:1900-08-01"),
        ("20250601", Calendar.LEAP, "leap:2025-06-01"),
    ],
)
def test_birthdays_by_sun_and_by_moon(text: str, calendar: Calendar, kept: str) -> None:
    assert birthday(text, calendar, TODAY) == kept


@pytest.mark.parametrize(
    ("text", "calendar"),
    [
        ("19900230", Calendar.SUN),
        ("18991231", Calendar.SUN),
        ("20261125", Calendar.SUN),
        ("19901301", Calendar.MOON),
        ("19900001", Calendar.MOON),
        ("19900131", Calendar.MOON),
        ("19900100", Calendar.MOON),
        ("19900601", Calendar.LEAP),
        ("19910501", Calendar.LEAP),
        ("20260601", Calendar.LEAP),
        ("1990-1-1", Calendar.SUN),
        ("", Calendar.SUN),
    ],
)
def test_days_that_nobody_was_born_on(text: str, calendar: Calendar) -> None:
    with pytest.raises(BadDay):
        birthday(text, calendar, TODAY)


@pytest.mark.parametrize(
    ("text", "kind", "kept"),
    [
        (CITIZEN, Document.CITIZEN, f"citizen:{CITIZEN}"),
        (" 11010519491231002x ", Document.CITIZEN, f"citizen:{CITIZEN}"),
        ("e12345678", Document.PASSPORT, "passport:E12345678"),
        ("H 1234567890", Document.PERMIT, "permit:H1234567890"),
    ],
)
def test_documents(text: str, kind: Document, kept: str) -> None:
    assert document(text, kind, TODAY) == kept


@pytest.mark.parametrize("at", range(18))
def test_one_wrong_digit_of_an_identity_card_is_noticed(at: int) -> None:
    other = "1" if CITIZEN[at] != "1" else "2"
    with pytest.raises(BadDocument) as refused:
        document(CITIZEN[:at] + other + CITIZEN[at + 1 :], Document.CITIZEN, TODAY)
    assert CITIZEN[6:14] not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", Document.CITIZEN),
        (CITIZEN[:17], Document.CITIZEN),
        (CITIZEN + "0", Document.CITIZEN),
        ("110105194913310021", Document.CITIZEN),  # A thirteenth month; the check digit fits.
        ("E123", Document.PASSPORT),
        ("E1234-5678", Document.PASSPORT),
        ("E" * 21, Document.PERMIT),
    ],
)
def test_what_is_no_document(text: str, kind: Document) -> None:
    with pytest.raises(BadDocument):
        document(text, kind, TODAY)


@pytest.mark.parametrize("text", ["20271231", "2027-12-31", " 2027-12-31 "])
def test_a_day_of_any_year_is_kept_as_iso(text: str) -> None:
    assert day(text) == "2027-12-31"


@pytest.mark.parametrize("text", ["", "2027-02-29", "20271301", "00000101", "2027123", "tomorrow"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(BadDay):
        day(text)


def test_of_age_on_the_eighteenth_birthday() -> None:
    check_adult("2008-11-24", TODAY)
    for born in ("2008-11-25", "2026-01-01"):
        with pytest.raises(UnderAge):
            check_adult(born, TODAY)


def test_an_identity_card_says_who_is_under_age() -> None:
    numbers = [f"11010520090101001{check}" for check in "0123456789X"]
    fits = [number for number in numbers if _fits(number)]
    assert len(fits) == 1
    document(fits[0], Document.CITIZEN, TODAY)
    with pytest.raises(UnderAge):
        document(fits[0], Document.CITIZEN, TODAY, adults=True)
    document(CITIZEN, Document.CITIZEN, TODAY, adults=True)


def _fits(number: str) -> bool:
    try:
        document(number, Document.CITIZEN, TODAY)
    except BadDocument:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("常客", "常客"),
        (" 常客,怕吵，VIP ；a-b;常客、x y ", "常客、怕吵、VIP、a-b、x y"),
        ("\uff36\uff29\uff30\u3000\uff11", "VIP 1"),
        ("一二三四五六七八九十一二", "一二三四五六七八九十一二"),
        ("1,2,3,4,5,6,7,8", "1、2、3、4、5、6、7、8"),
        ("1,2,3,4,5,6,7,8,8,", "1、2、3、4、5、6、7、8"),
        ("三楼301", "三楼301"),
    ],
)
def test_tags_are_kept_each_once_and_as_few_words(text: str, kept: str) -> None:
    assert tags(text) == kept
    assert tags_of({"tags": kept}) == tuple(kept.split("、"))


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ",;、", "一二三四五六七八九十一二三", "1,2,3,4,5,6,7,8,9", "<b>", "=1+1", "a\nb\x07",
        "\u202eabc", "19000000001", "尾号1234", "1 2 34", "1-234", "-", " - ", "😀", "{name}", "a/b",
        "e\u0301\u0302",
    ],
)  # fmt: skip
def test_what_is_no_tag(text: str) -> None:
    with pytest.raises(BadTags) as refused:
        tags(text)
    assert not text.strip() or text not in str(refused.value)
    assert tags_of({"tags": text}) == ()


def test_of_whom_no_tag_is_kept_there_is_none() -> None:
    assert tags_of({"hair": "细软"}) == ()


@pytest.mark.parametrize("text", ["E01", "a.b_c-9", "e" * 32])
def test_who_serves_them_is_kept_by_the_number_of_that_person(text: str) -> None:
    assert stylist(f" {text} ") == text


@pytest.mark.parametrize("text", ["", "莉莉", "e" * 33, "a b", "E01\n2"])
def test_who_cannot_be_anybody_here(text: str) -> None:
    with pytest.raises(BadStylist):
        stylist(text)


def test_each_answer_has_the_check_of_its_own() -> None:
    assert dict(CHECKS) == {
        Particular.NAME: named,
        Particular.PLATE: plate,
        Particular.TAGS: tags,
        Particular.STYLIST: stylist,
    }
