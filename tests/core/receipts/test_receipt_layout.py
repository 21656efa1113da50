"""Whatever a name holds, a line never runs over the edge of the paper and nothing hides in it."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from lab.receipts.specimens import SPECIMENS
from terminal.core.commands import BookSale, Discount, Tender, TenderKind
from terminal.core.receipts import Page, PageLine, ShopHead, as_html, as_text, drawn, text_of
from terminal.core.receipts.legible import TEXT_CHARS_MAX, legible, width, wrapped
from terminal.core.receipts.rows import Centred, Columns, Document, QrCode, Row, Text

HOSTILE = st.one_of(
    st.text(),
    st.text(alphabet=st.sampled_from("\x00\x04\x07\x10\x14\x1b\x1c\x1d@p&.!V\u202e\u2066\u200d\ufeff\xad")),
    st.text(alphabet=st.sampled_from("果 店a1,，¥€é\u0301𠮷㐀😀\u3000"), max_size=60),
)
COLUMNS = st.integers(min_value=16, max_value=64)

ROWS: st.SearchStrategy[Row] = st.one_of(
    st.builds(Centred, text=HOSTILE, big=st.booleans(), bold=st.booleans()),
    st.builds(Text, text=HOSTILE, indent=st.integers(0, 4)),
    st.builds(Columns, left=HOSTILE, right=HOSTILE, indent=st.integers(0, 4), big=st.booleans()),
    st.builds(QrCode, text=HOSTILE),
)


def _widest(page: Page) -> int:
    return max(
        (
            width(text_of(line, page.columns)) * (2 if line.big else 1)
            for line in page.lines
            if isinstance(line, PageLine)
        ),
        default=0,
    )


@given(rows=st.lists(ROWS, max_size=5), columns=COLUMNS)
@example(rows=[Columns(left="果" * 40, right="1" * 90, indent=4, big=True)], columns=17)
def test_no_line_is_wider_than_the_paper(rows: list[Row], columns: int) -> None:
    page = drawn(Document(language="en", rows=tuple(rows)), columns)
    assert _widest(page) <= columns
    assert all(width(line) <= columns for line in as_text(page).splitlines())


@given(name=HOSTILE, promotion=HOSTILE, shop=HOSTILE, staff=HOSTILE, columns=st.sampled_from((32, 48)))
def test_no_text_in_any_field_of_a_sale_leaves_its_line(
    name: str, promotion: str, shop: str, staff: str, columns: int
) -> None:
    specimen = SPECIMENS["sale"]
    sale = specimen.booked.command
    assert isinstance(sale, BookSale)
    line = replace(sale.lines[0], name=name, discounts=(Discount(name=promotion, amount=200),))
    hostile = replace(sale, lines=(line,), at=replace(sale.at, operator=staff, terminal=staff))
    booked = replace(specimen.booked, command=hostile, card_shown=name, receipt_no=promotion)
    head = ShopHead(name=shop, address=name, phone=staff)
    page = drawn(replace(specimen, booked=booked, shop=head).document("zh-Hans"), columns)
    assert _widest(page) <= columns
    shown = as_text(page)
    assert all(_may_be_seen(char) for char in shown.replace("\n", ""))


def _may_be_seen(char: str) -> bool:
    return char == " " or (char.isprintable() and unicodedata.category(char) not in {"Mn", "Me", "Mc"})


@given(st.text(max_size=3 * TEXT_CHARS_MAX))
def test_legible_text_holds_nothing_that_hides_moves_or_commands(text: str) -> None:
    clean = legible(text)
    assert len(clean) <= TEXT_CHARS_MAX
    assert all(_may_be_seen(char) for char in clean)


def test_the_yen_sign_is_the_one_that_chinese_printers_have() -> None:
    assert legible("¥5") == "￥5"


def test_a_name_without_end_is_cut_and_shows_it() -> None:
    assert legible("x" * 10_000) == "x" * (TEXT_CHARS_MAX - 3) + "..."


def test_letters_with_accents_are_composed_before_they_are_counted() -> None:
    assert legible("e\u0301") == "é"


@given(text=HOSTILE.map(legible), columns=st.integers(2, 60))
def test_wrapping_loses_nothing_but_spaces(text: str, columns: int) -> None:
    lines = wrapped(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line) <= columns for line in lines)


def test_words_stay_whole_where_they_fit() -> None:
    assert wrapped("gift box with ribbon", 10) == ["gift box", "with", "ribbon"]


def test_chinese_breaks_between_any_two_characters() -> None:
    assert wrapped("红富士苹果", 6) == ["红富士", "苹果"]


def test_a_value_that_does_not_fit_beside_its_label_stands_below_it_whole() -> None:
    page = drawn(Document(language="en", rows=(Columns(left="Card product", right="1234567"),)), 16)
    assert as_text(page) == "Card product\n         1234567\n"


def test_a_label_that_wraps_keeps_its_value_on_its_last_line() -> None:
    page = drawn(Document(language="zh-Hans", rows=(Columns(left="周三会员水果日特惠", right="-1.00"),)), 16)
    assert as_text(page) == "周三会员水果日特\n惠         -1.00\n"


def test_paper_too_narrow_for_any_receipt_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        drawn(Document(language="en"), 15)


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags |= {tag, *(name for name, _ in attrs if name.startswith("on") or name == "style")}

    def handle_data(self, data: str) -> None:
        self.text += data


@given(text=st.one_of(HOSTILE, st.just("<script>alert(1)</script>\"'&")))
def test_no_text_becomes_markup_on_the_page(text: str) -> None:
    rows = (Centred(text=text), Columns(left=text, right=text), QrCode(text=text or "x"))
    seen = _Seen()
    seen.feed(as_html(drawn(Document(language=text, rows=rows), 32)))
    assert seen.tags <= {"div", "bdi", "svg", "path"}
    assert seen.text.replace(" ", "") == legible(text).replace(" ", "") * 3


@pytest.mark.parametrize("kind", TenderKind)
def test_however_it_was_paid_the_receipt_says_so_in_its_language(kind: TenderKind) -> None:
    tender = Tender(kind=kind, amount=12_34)
    (said,) = (line for line in _paid("en", tender).splitlines() if "12.34" in line)
    assert said[0].isalpha()
    (said,) = (line for line in _paid("zh-Hans", tender).splitlines() if "12.34" in line)
    assert not said[0].isascii()


def test_what_is_no_money_is_counted_as_it_was_taken() -> None:
    uses = Tender(kind=TenderKind.USES, amount=1_00, of="count:haircut", units=3)
    assert "\n  x3" in _paid("en", uses)
    litres = Tender(kind=TenderKind.USES, amount=1_00, of="litres:92", units=35_20)
    assert "\n  35.20 L" in _paid("en", litres)
    assert "\n  35.20 升" in _paid("zh-Hans", litres)


def _paid(language: str, *tenders: Tender) -> str:
    specimen = SPECIMENS["sale"]
    sale = specimen.booked.command
    assert isinstance(sale, BookSale)
    booked = replace(specimen.booked, command=replace(sale, tenders=tenders))
    return as_text(drawn(replace(specimen, booked=booked).document(language), 32))
