"""Every receipt, word for word, as a person would read it: the golden transcripts."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lab.receipts.specimens import LANGUAGES, NOTHING_PRINTED, SPECIMENS, WIDTHS
from lab.receipts.transcripts import GOLDEN, transcripts
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookCashMove,
    BookDeposit,
    Booked,
    BookFleetFunds,
    BookGrant,
    BookImport,
    BookIntent,
    BookIntentEnd,
    BookIssue,
    BookJoin,
    BookMerge,
    BookNote,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookSale,
    BookShiftClose,
    BookTransfer,
    BookVoid,
    CardState,
)
from terminal.core.figures import ShiftFigures, Tallied, Won
from terminal.core.receipts import LAYOUTS, Copy, ShopHead, as_html, as_text, document_of, drawn, has_paper
from terminal.core.receipts.words import ZH_HANS, Words
from terminal.core.texts.hant import traditional_of
from terminal.core.values import EntryId, ShiftId, StaffId
from terminal.drivers.codecs.escpos import Profile, encoded

DRAWN = dict(transcripts())


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_a_receipt_reads_as_it_did(name: str) -> None:
    assert DRAWN[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_no_transcript_is_left_of_a_receipt_that_is_gone() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(DRAWN)


def test_every_kind_of_command_has_a_layout_and_a_specimen() -> None:
    printed = {type(specimen.booked.command) for specimen in SPECIMENS.values()}
    assert set(LAYOUTS) == {
        BookSale, BookRedeem, BookRecharge, BookDeposit, BookImport, BookJoin, BookIssue, BookShiftClose,
        BookCashMove, BookFleetFunds, BookIntent, BookNote,
        BookRefund, BookVoid, BookRechargeRefund, BookCard, BookCardState, BookTransfer, BookMerge,
        BookIntentEnd, BookGrant,
    }  # fmt: skip
    assert printed | {type(NOTHING_PRINTED.booked.command)} == set(LAYOUTS)


CARDS = [name for name, one in SPECIMENS.items() if isinstance(one.booked.command, BookSale | BookRecharge)]
NUMBERED = sorted(name for name, one in SPECIMENS.items() if one.booked.receipt_no)


@pytest.mark.parametrize("name", CARDS)
def test_a_specimen_shows_a_card_where_the_ledger_would(name: str) -> None:
    """Whoever joins by phone has no card, and their receipt names none."""
    booked = SPECIMENS[name].booked
    assert isinstance(booked.command, BookSale | BookRecharge)
    assert bool(booked.card_shown) is (booked.command.card is not None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_that_is_given_out_prints_nothing(language: str) -> None:
    page = drawn(NOTHING_PRINTED.document(language), 32)
    assert (page.lines, as_text(page), encoded(page, Profile())) == ((), "", b"")


def _text(name: str, language: str = "en", **changes: object) -> str:
    return as_text(drawn(replace(SPECIMENS[name], **changes).document(language), 32))


@pytest.mark.parametrize(
    ("was", "title"),
    [
        (None, "Card in use again"),
        (CardState.NEW, "Card given out"),
        (CardState.EXPIRED, "Card renewed"),
        (CardState.LOST, "Card in use again"),
        (CardState.FROZEN, "Card in use again"),
    ],
)
def test_a_slip_says_what_became_of_a_card_that_pays_from_now_on(was: CardState | None, title: str) -> None:
    booked = SPECIMENS["card-used-again"].booked
    assert isinstance(booked.command, BookCardState)
    again = replace(booked.command, was=was)
    assert title in print_of(again, booked)
    assert "Card cancelled" in print_of(replace(again, state=CardState.CANCELLED), booked)


def print_of(command: BookCardState, booked: Booked) -> str:
    document = document_of(
        replace(booked, command=command), ShopHead(name="x"), language="en", copy=Copy.ORIGINAL
    )
    return as_text(drawn(document, 48))


def test_an_original_is_not_marked() -> None:
    for language in LANGUAGES:
        text = _text("sale", language)
        assert not any(mark in text for mark in ("DUPLICATE", "重打印", "TRAINING", "培训", "訓練"))


@pytest.mark.parametrize(
    ("language", "mark"), [("en", "DUPLICATE"), ("zh-Hans", "重打印"), ("zh-Hant", "重打印")]
)
@pytest.mark.parametrize("name", sorted(SPECIMENS))
def test_every_duplicate_says_so_above_and_below(name: str, language: str, mark: str) -> None:
    assert _text(name, language, copy=Copy.DUPLICATE).count(f"*** {mark} ***") == 2


@pytest.mark.parametrize(
    ("language", "mark"), [("en", "TRAINING"), ("zh-Hans", "培训模式"), ("zh-Hant", "訓練模式")]
)
@pytest.mark.parametrize("name", sorted(SPECIMENS))
def test_every_print_in_training_says_so_above_and_below(name: str, language: str, mark: str) -> None:
    assert _text(name, language, training=True).count(f"*** {mark}") == 2


def test_an_answer_given_again_never_becomes_a_second_original() -> None:
    again = replace(SPECIMENS["sale"].booked, again=True)
    document = document_of(again, SPECIMENS["sale"].shop, language="en", copy=Copy.ORIGINAL)
    assert "*** DUPLICATE ***" in as_text(drawn(document, 32))


@pytest.mark.parametrize("name", NUMBERED)
@pytest.mark.parametrize("columns", WIDTHS)
def test_the_number_with_the_hash_of_the_entry_is_on_every_receipt_and_in_its_code(
    name: str, columns: int
) -> None:
    number = SPECIMENS[name].booked.receipt_no
    text = as_text(drawn(SPECIMENS[name].document("zh-Hans"), columns))
    assert text.count(number) == 2
    assert f"[QR {number}]" in text


def test_all_but_an_x_report_and_slips_that_are_signed_have_a_number() -> None:
    assert set(SPECIMENS) - set(NUMBERED) == {
        "x-report", "x-report-vouchers", "joined", "paper", "by-hand", "claimed",
        "joined-by-a-friend", "card-frozen", "card-used-again", "card-cancelled",
        "new-card", "card-lost", "card-given-out", "card-renewed", "passed-on", "merged",
        "many-cards-of-before", "invoice-asked", "invoice-asked-by-a-person",
        "own-data", "own-data-on-screen", "own-data-again", "own-data-from-the-file", "own-consents",
        "own-corrected", "own-copied", "own-asked", "own-forgotten",
    }  # fmt: skip
    assert "Number" not in _text("x-report")


def test_a_drawer_that_was_opened_prints_nothing() -> None:
    note = BookNote(id=EntryId("x"), at=SPECIMENS["sale"].booked.command.at, what="drawer", detail="change")
    booked = Booked(command=note, seq=1, receipt_no="")
    assert not has_paper(note)
    assert _text("sale", booked=booked) == ""
    assert all(has_paper(SPECIMENS[name].booked.command) for name in SPECIMENS)


def test_what_nobody_claimed_prints_nothing() -> None:
    claimed = SPECIMENS["claimed"].booked
    assert isinstance(claimed.command, BookGrant)
    given = replace(claimed, command=replace(claimed.command, claim=None))
    assert not has_paper(given.command)
    assert _text("claimed", booked=given) == ""


def test_an_x_report_without_figures_prints_nothing_rather_than_noughts() -> None:
    assert _text("x-report", booked=replace(SPECIMENS["x-report"].booked, figures=None)) == ""


def test_a_report_of_a_shift_in_which_nothing_happened_is_short() -> None:
    nothing = Tallied()
    empty = ShiftFigures(
        shift=ShiftId("T1-1"), from_ms=0, days=(), attendants=(), sales=nothing, discounts=0, overrides=(),
            rounding=0,
        tenders=(), recharges=nothing, bonus=0, others=nothing, voids=nothing, refunds=nothing, outside=(),
        in_doubt=nothing, filling=nothing, joined=0, opening=0, handed=None, cash_sales=0, cash_recharges=0,
        cash_others=0, cash_back=0, moves=(), opened=(), x_reports=0, expected=0, counted=0,
    )  # fmt: skip
    text = _text("z-report", booked=replace(SPECIMENS["z-report"].booked, figures=empty))
    rules = text.split("-" * 32)
    assert [line.split() for line in rules[2].splitlines() if line] == [["Sales", "x0", "0.00"]]
    assert "Over" in text
    assert "differ" not in text


def test_of_one_business_day_it_is_said_by_whom_members_were_won_and_not_when() -> None:
    booked = SPECIMENS["x-report"].booked
    assert booked.figures is not None
    won = tuple(Won(by=StaffId(by), day="2026-11-24", count=count) for by, count in (("E02", 3), ("E07", 1)))
    lines = _text("x-report", booked=replace(booked, figures=replace(booked.figures, won=won))).splitlines()
    place = lines.index(next(line for line in lines if line.startswith("New members")))
    assert [line.split() for line in lines[place + 1 : place + 3]] == [["E02", "3"], ["E07", "1"]]


def test_where_receipts_and_ledger_differ_it_says_so_above_the_sums() -> None:
    text = _text("z-differs")
    assert text.index("Receipts and ledger differ") < text.index("Sales")


def test_the_time_is_the_shops_own() -> None:
    assert "2026-11-24 10:05:07" in _text("sale")


def test_a_clock_gone_mad_still_leaves_a_receipt() -> None:
    booked = SPECIMENS["sale"].booked
    mad = replace(booked, command=replace(booked.command, at=replace(booked.command.at, wall_ms=10**18)))
    assert "1000000000000000000 ms" in _text("sale", booked=mad)


def test_a_points_family_of_a_later_version_is_printed_as_it_is_called() -> None:
    booked = SPECIMENS["sale"].booked
    assert booked.after is not None
    later = replace(booked, after=replace(booked.after, points={"lpg": 7}))
    assert any(line.split() == ["lpg", "7"] for line in _text("sale", booked=later).splitlines())


def test_all_languages_have_the_same_words_and_places() -> None:
    for table in (ZH_HANS, traditional_of(ZH_HANS)):
        for key, sentence in table.items():
            places = {part.split("}")[0] for part in key.split("{")[1:]}
            assert {part.split("}")[0] for part in sentence.split("{")[1:]} <= places, key


def test_traditional_is_not_simplified() -> None:
    told = "".join(traditional_of(ZH_HANS).values())
    assert not set(told) & set("单号时电话员额优开钱现张无读签账转货")


def test_a_traditional_chinese_of_a_place_reads_traditional() -> None:
    assert {Words(language)("Recharge") for language in ("zh-Hant", "zh-TW", "zh-Hant-HK", "zh-HK")} == {
        "儲值"
    }


def test_a_chinese_without_a_table_of_its_own_reads_simplified_and_others_english() -> None:
    assert [Words(language)("Sale") for language in ("zh-Hans", "zh-CN", "zh", "en", "fr", "")] == [
        "消费", "消费", "消费", "Sale", "Sale", "Sale",
    ]  # fmt: skip


def test_the_preview_says_what_the_paper_says() -> None:
    page = drawn(SPECIMENS["join"].document("zh-Hans"), 32)
    html = as_html(page)
    assert html.startswith('<div class="receipt receipt-32" lang="zh-Hans">')
    assert html.count('<div class="line') + html.count('<div class="code">') == len(page.lines)
    assert "￥273.32" in html
    assert " style=" not in html
    assert 'aria-label="T1-1-21-DEADBEEF"' in html
