"""Rows of a table of members become what is booked of them, or say what is wrong without quoting it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.cells import BadCell, BadHead
from terminal.core.commands import Consent, Private
from terminal.core.particulars import Particular
from terminal.core.register import Entered, Reading, cells_of, entered, head_of, heads, other_purposes
from terminal.core.trust import Credential, Medium
from terminal.drivers.codecs.listed import Form

READING = Reading(today="2026-11-26", consent_version="7", cards=Form(medium=Medium.STRIPE).read)
PHONE = "19000000301"
FULL_WIDTH = "".join(chr(ord("\uff10") + int(digit)) for digit in PHONE)


def read(**said: str) -> Entered:
    row = {"phone": PHONE} | {column.replace("_", " "): text for column, text in said.items()}
    return entered(head_of(list(row), READING), 5, list(row.values()), READING)


def refused(**said: str) -> BadCell:
    with pytest.raises(BadCell) as bad:
        read(**said)
    return bad.value


@pytest.mark.parametrize(
    "head",
    [
        ["手机号", "姓名"], ["手機號", "姓名"], [" Mobile ", "FULL  name"], ["电话", "会员姓名"],
        ["name", "", "phone"], ["手机号码", "姓名"], ["联系电话", "姓名"], ["Phone number", "name"],
    ],
)  # fmt: skip
def test_a_head_may_be_in_any_of_our_languages(head: list[str]) -> None:
    assert len(head_of(head, READING).columns) == 2


@pytest.mark.parametrize(
    "written",
    [
        "+86 190-0000-0301", "+8619000000301", "0086 19000000301", "(+86)19000000301", "86-19000000301",
        "+ 86 190 0000 0301", "\u00a019000000301", FULL_WIDTH, f"+86 {FULL_WIDTH}",
    ],
)  # fmt: skip
def test_a_number_is_read_as_another_program_writes_it(written: str) -> None:
    assert read(phone=written).phone == PHONE


@pytest.mark.parametrize(
    "written", ["+8519000000301", "8619000000", "+86 86 19000000301", "١٩٠٠٠٠٠٠٣٠١", "+86", "1-9"]
)
def test_what_is_no_number_of_this_country_is_refused(written: str) -> None:
    assert refused(phone=written).column == "phone"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ([], "no column says 手机号"), (["name"], "no column says 手机号"),
        (["phone", "手机"], "two columns say 手机"), (["phone", "", "x"], None),
    ],
)  # fmt: skip
def test_a_head_that_cannot_be_used_takes_no_row(head: list[str], said: str | None) -> None:
    if said is None:
        assert head_of(head, READING).passed_over == ("x",)
        return
    with pytest.raises(BadHead, match=said):
        head_of(head, READING)


def test_a_column_of_cards_is_taken_only_where_it_is_said_how_they_are_read() -> None:
    with pytest.raises(BadHead, match="--cards"):
        head_of(["phone", "card"], Reading(today="2026-11-26", consent_version="1"))


def test_all_that_can_be_said_of_a_member() -> None:
    found = read(
        name=" 王  小明 ", birthday="1990/8/3", card="pt 0001", tier="gold", plate="京a·12345", skin="干",
        marketing="是", partners="NO", health="同意", document="11010519491231002X",
    )  # fmt: skip
    assert found == Entered(
        row=5,
        phone=PHONE,
        answers={
            Particular.NAME: "王 小明",
            Particular.BIRTHDAY: "1990-08-03",
            Particular.PLATE: "京A12345",
            Particular.DOCUMENT: "citizen:11010519491231002X",
            Particular.SKIN: "干",
        },
        card=Credential(medium=Medium.STRIPE, number="PT0001"),
        tier="gold",
        consents=(
            Consent(purpose="marketing", version="7", given=True),
            Consent(purpose="partners", version="7", given=False),
            Consent(purpose="health", version="7", given=True),
        ),
    )
    assert PHONE not in str(found)
    assert "王" not in repr(found)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("19900803", "1990-08-03"), ("1990.8.3", "1990-08-03"), ("1990年8月3日", "1990-08-03"),
        ("1990-08-03 00:00:00", "1990-08-03"), ("moon:1990-08-30", "moon:1990-08-30"),
        ("农历1990-8-30", "moon:1990-08-30"), ("農曆：1990-08-30", "moon:1990-08-30"),
        ("Leap:1990-05-01", "leap:1990-05-01"), ("农历闰1990-5-3", "leap:1990-05-03"),
        ("閏1990-05-03", "leap:1990-05-03"), ("闰：1990-05-03", "leap:1990-05-03"),
    ],
)  # fmt: skip
def test_a_birthday_is_read_as_people_and_spreadsheets_write_it(said: str, kept: str) -> None:
    assert read(birthday=said).answers == {Particular.BIRTHDAY: kept}


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("phone", ""), ("phone", "1900000030"), ("phone", "=1+1"), ("phone", "1.9E+10"),
        ("phone", "1900000030१"),
        ("name", "x" * 200), ("name", "123"), ("name", "=cmd|' /C calc'!A0"), ("name", "王\u202e明"),
        ("name", "王" * 2000), ("birthday", "1990-02-30"), ("birthday", "leap:1990-06-01"),
        ("birthday", "2999-01-01"),
        ("birthday", "sun:1990-01-01"),
        ("birthday", "90-1"), ("birthday", "30.8.1990"), ("birthday", "35000"), ("plate", "ABC"),
        ("document", "110105194912310021"), ("document", "driver:123456"), ("hair", "x" * 61),
        ("marketing", "perhaps"), ("card", "12"), ("card", "卡0001"), ("card", "6.2E+15"),
        ("card", "4111111111111111"), ("card", "4111 1111-1111 1111"), ("card", "6222021234567890128"),
        ("tier", "金 卡"),
        ("skin", "dry"), ("allergy", "青霉素"), ("name", "#N/A"), ("name", "TRUE"), ("hair", "FALSE"),
        ("stylist", "TRUE"), ("marketing", "#REF!"), ("tags", "TRUE"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_column_and_without_its_words(column: str, text: str) -> None:
    bad = refused(**{column: text})
    assert bad.column == column
    assert bad.do
    said = f"{bad.why} {bad.do}"
    assert not text or "E+" in text or text not in said


def test_true_and_false_of_a_spreadsheet_answer_what_is_asked_and_are_nothing_else() -> None:
    for column in ("marketing", "partners", "health"):
        for said, yes in (("TRUE", True), ("FALSE", False)):
            assert [one.given for one in read(**{column: said}).consents] == [yes]
    reading = Reading(today="2026-11-26", consent_version="7", purposes=("family-day",))
    head = head_of(["phone", "family-day"], reading)
    assert [one.given for one in entered(head, 2, [PHONE, "TRUE"], reading).consents] == [True]
    assert (
        refused(name="TRUE").why == refused(name="FALSE").why == "true or false, where neither says anything"
    )


def test_a_tier_that_nobody_knows_is_refused_and_those_that_exist_are_named() -> None:
    bad = refused(tier="glod")
    assert (bad.column, bad.why) == ("tier", "no tier of this shop")
    assert bad.do == "write one of regular, silver, gold, VIP"
    for name in ("regular", "silver", "gold", "VIP", ""):
        assert read(tier=name).tier == name
    metal = Reading(today="2026-11-26", consent_version="7", tiers=("铜", "银"))
    head = head_of(["phone", "tier"], metal)
    assert entered(head, 2, [PHONE, "银"], metal).tier == "银"
    with pytest.raises(BadCell, match="no tier"):
        entered(head, 2, [PHONE, "gold"], metal)


def test_health_is_kept_only_of_who_agreed_to_that() -> None:
    assert refused(allergy="青霉素", health="否").column == "allergy"
    assert read(allergy="青霉素", health="是").answers == {Particular.ALLERGY: "青霉素"}


@given(st.text(max_size=80))
def test_no_text_at_all_brings_about_anything_but_a_refusal(text: str) -> None:
    for column in ("phone", "name", "birthday", "card", "tier", "plate", "document", "skin", "health"):
        with contextlib.suppress(BadCell):
            read(**{column: text})


@pytest.mark.parametrize("chinese", [True, False])
def test_what_is_exported_is_read_as_the_same_member(*, chinese: bool) -> None:
    private = Private(
        name="王小明",
        phone=PHONE,
        plate="京A12345",
        told=(("birthday", "moon:1990-08-30"), ("allergy", "青霉素"), ("document", "passport:E1234567")),
    )
    purposes = ("family-day", "推广", "phone")
    head = heads(purposes, chinese=chinese)
    agreed = {"marketing": False, "health": True, "family-day": True, "phone": False}
    cells = cells_of(private, "gold", agreed | {"of before": True}, purposes, chinese=chinese)
    assert len(head) == len(cells)
    reading = Reading(today="2026-11-26", consent_version="7", purposes=purposes)
    again = entered(head_of(head, reading), 2, cells, reading)
    assert (again.phone, again.tier) == (PHONE, "gold")
    assert again.answers == {
        Particular.NAME: "王小明",
        Particular.PLATE: "京A12345",
        **{Particular(what): said for what, said in private.told},
    }
    assert {one.purpose: one.given for one in again.consents} == agreed


def consents(heads: list[str], cells: list[str], *purposes: str) -> list[tuple[str, bool]]:
    reading = Reading(today="2026-11-26", consent_version="7", purposes=purposes)
    found = entered(head_of(["phone", *heads], reading), 2, [PHONE, *cells], reading)
    return [(one.purpose, one.given) for one in found.consents if one.version == "7"]


@pytest.mark.parametrize(
    "head",
    [
        "Family  Day",
        "family day",
        "agreed: family day",
        "Agreed:FAMILY DAY",
        "同意：Family Day",
        "同意: family day",
    ],
)
def test_a_purpose_of_the_shops_own_is_read_by_its_name(head: str) -> None:
    assert consents([head], ["是"], "other", "Family Day") == [("Family Day", True)]
    assert consents([head], ["no"], "Family Day") == [("Family Day", False)]
    assert consents([head], [""], "Family Day") == []
    assert consents([head], [], "Family Day") == []
    assert consents([head], ["是"], "another") == []
    for text in ("perhaps", "=1"):
        with pytest.raises(BadCell) as bad:
            consents([head], [text], "Family Day")
        assert bad.value.column == "Family Day"
    with pytest.raises(BadHead, match="two columns say"):
        consents([head, "family day"], ["是", "是"], "Family Day")


def test_a_purpose_that_is_called_like_a_column_needs_the_words_before_it() -> None:
    assert consents(["name", "agreed: name"], ["王小明", "是"], "name") == [("name", True)]
    assert consents(["marketing", "agreed to x", "x"], ["是", "否", "是"], "x") == [
        ("marketing", True),
        ("x", True),
    ]


def test_what_has_a_column_of_its_own_needs_no_other() -> None:
    assert other_purposes(("marketing", "partners", "health", "family-day", "name")) == ("family-day", "name")
    assert heads((), chinese=False)[-3:] == ["marketing", "partners", "health"]
    assert heads(("a", "b"), chinese=False)[-2:] == ["agreed: a", "agreed: b"]
    assert heads(("a", "b"), chinese=True)[-3:] == ["同意健康信息", "同意：a", "同意：b"]


def test_a_name_that_a_spreadsheet_would_work_out_leaves_as_text() -> None:
    private = Private(name="=HYPERLINK(1)", phone=PHONE)
    assert "'=HYPERLINK(1)" in cells_of(private, "regular", {}, (), chinese=False)
