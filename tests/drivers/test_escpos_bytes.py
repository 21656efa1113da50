"""The bytes of a receipt, read back by a decoder that knows only the manual, and allows only what we mean."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from lab.receipts.picture import picture_of
from lab.receipts.specimens import LANGUAGES, SPECIMENS, WIDTHS
from terminal.core.receipts import Page, PageCode, PageLine, drawn, text_of
from terminal.core.receipts.rows import Centred, Columns, Document, QrCode
from terminal.drivers.codecs.escpos import Bitmap, Charset, Profile, encoded, raster

PYTHON_CODEC = {Charset.GBK: "gbk", Charset.GB18030: "gb18030", Charset.BIG5: "cp950", Charset.UTF8: "utf-8"}

ALLOWED = {
    "init": b"\x1b@",
    "usa": b"\x1bR\x00",
    "utf-8": b"\x1c(C\x02\x00\x30\x02",
    "kanji on": b"\x1c&",
    "kanji off": b"\x1c.",
    "kanji big": b"\x1c!\x0c",
    "kanji plain": b"\x1c!\x00",
    "bold": b"\x1bE\x01",
    "not bold": b"\x1bE\x00",
    "big": b"\x1d!\x11",
    "not big": b"\x1d!\x00",
    "middle": b"\x1ba\x01",
    "left": b"\x1ba\x00",
    "kick": b"\x1bp\x00\x19\xfa",
    "cut": b"\x1dVB\x00",
    "qr model": b"\x1d(k\x04\x001A2\x00",
    "qr size": b"\x1d(k\x03\x001C\x06",
    "qr error": b"\x1d(k\x03\x001E1",
    "qr print": b"\x1d(k\x03\x001Q0",
}


def read_back(data: bytes, charset: Charset) -> tuple[list[str], list[str], list[str]]:
    """(commands, lines, codes). Fails on any control byte that does not begin a command in `ALLOWED`."""
    commands: list[str] = []
    lines: list[str] = []
    codes: list[str] = []
    line = ""
    wide = False
    at = 0
    while at < len(data):
        byte = data[at]
        if byte == 0x0A:
            lines.append(line)
            line, at = "", at + 1
        elif byte >= 0x20:
            end = at
            while end < len(data) and data[end] >= 0x20:
                end += 1
            assert 0x7F not in data[at:end]
            if wide or charset is Charset.UTF8:
                line += data[at:end].decode(PYTHON_CODEC[charset])
            else:
                line += data[at:end].decode("ascii")
            at = end
        elif data.startswith(b"\x1d(k", at) and data[at + 5 : at + 8] == b"1P0":
            size = data[at + 3] + 256 * data[at + 4]
            stored = data[at + 8 : at + 5 + size]
            assert all(0x20 <= one <= 0x7E for one in stored)
            codes.append(stored.decode("ascii"))
            at += 5 + size
        else:
            name = next((name for name, spelled in ALLOWED.items() if data.startswith(spelled, at)), None)
            assert name is not None, f"a command that nobody meant at {at}: {data[at : at + 8].hex(' ')}"
            commands.append(name)
            wide = {"kanji on": True, "kanji off": False}.get(name, wide)
            at += len(ALLOWED[name])
    assert not wide
    assert not line
    return commands, lines, codes


def _lines(page: Page) -> list[str]:
    """What the paper should say; a line without text for each code."""
    return [text_of(line, page.columns) if isinstance(line, PageLine) else "" for line in page.lines]


@pytest.mark.parametrize("charset", [Charset.GBK, Charset.GB18030, Charset.UTF8])
@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(SPECIMENS))
def test_every_receipt_reads_back_as_its_page(
    name: str, language: str, columns: int, charset: Charset
) -> None:
    page = drawn(SPECIMENS[name].document(language), columns)
    commands, lines, codes = read_back(encoded(page, Profile(columns=columns, charset=charset)), charset)
    assert lines == _lines(page)
    assert codes == [line.text for line in page.lines if isinstance(line, PageCode)]
    assert commands[0] == "init"
    assert commands[-1] == "cut"
    assert "kick" not in commands


ANY_TEXT = st.one_of(
    st.text(st.characters(codec=None, exclude_categories=())),
    st.binary().map(lambda data: data.decode("latin-1")),
    st.text(st.sampled_from("\x00\x04\x05\x10\x14\x1b\x1c\x1d\x7f\x80\x9b\u202e果@p&.!VkA\x01")),
)


@given(text=ANY_TEXT, charset=st.sampled_from(Charset), big=st.booleans(), columns=st.sampled_from((32, 48)))
@example(text="\x1bp\x00\x19\xfa", charset=Charset.GBK, big=False, columns=32)
@example(text="\x10\x14\x01\x00\x01", charset=Charset.UTF8, big=False, columns=32)
@example(text="\x1c.\x1b@果\x1dV\x00", charset=Charset.BIG5, big=True, columns=48)
def test_no_text_whatever_it_holds_becomes_a_command(
    *, text: str, charset: Charset, big: bool, columns: int
) -> None:
    rows = (Centred(text=text, big=big), Columns(left=text, right=text), QrCode(text=text))
    page = drawn(Document(language="en", rows=rows), columns)
    commands, lines, _ = read_back(encoded(page, Profile(columns=columns, charset=charset)), charset)
    assert [len(line) for line in lines] == [len(line) for line in _lines(page)]
    assert "kick" not in commands
    assert commands.count("cut") == 1


@given(text=ANY_TEXT, charset=st.sampled_from(Charset), big=st.booleans())
def test_not_even_a_page_that_never_passed_the_layout_becomes_a_command(
    *, text: str, charset: Charset, big: bool
) -> None:
    lines = (PageLine(left=text, big=big), PageLine(right=text, bold=True), PageCode(text=text))
    page = Page(language="en", columns=1000, lines=lines)
    read_back(encoded(page, Profile(columns=1000, charset=charset)), charset)


def _line_of(text: str, charset: Charset) -> str:
    page = drawn(Document(language="zh-Hans", rows=(Centred(text=text),)), 32)
    return read_back(encoded(page, Profile(charset=charset)), charset)[1][0].strip()


@pytest.mark.parametrize("charset", list(Charset))
def test_the_yen_sign_arrives_in_every_character_set(charset: Charset) -> None:
    assert _line_of("¥105.00", charset) == "￥105.00"


@pytest.mark.parametrize(
    ("charset", "shown"),
    [
        (Charset.GBK, "王？喆 ？ ？"),
        (Charset.GB18030, "王𠮷喆 㐀 😀"),
        (Charset.BIG5, "王？？ ？ ？"),
        (Charset.UTF8, "王𠮷喆 㐀 😀"),
    ],
)
def test_what_the_character_set_lacks_is_replaced_in_full_view(charset: Charset, shown: str) -> None:
    assert _line_of("王𠮷喆 㐀 😀", charset) == shown


def test_simplified_characters_on_a_big5_printer_are_replaced_one_by_one() -> None:
    assert _line_of("会员充值", Charset.BIG5) == "？？充值"


PAGE = drawn(Document(language="en", rows=(Centred(text="x"),)), 32)


def test_no_receipt_opens_the_drawer_by_itself() -> None:
    assert "kick" not in read_back(encoded(PAGE, Profile(drawer=True)), Charset.GBK)[0]


def test_a_printer_without_a_cutter_gets_no_cut_but_paper_up_to_the_tear_bar() -> None:
    commands, lines, _ = read_back(encoded(PAGE, Profile(cutter=False)), Charset.GBK)
    assert "cut" not in commands
    assert lines[1:] == [""] * 5


def test_a_page_wider_than_the_paper_is_refused() -> None:
    with pytest.raises(ValueError, match="48 columns on 32"):
        encoded(replace(PAGE, columns=48), Profile(columns=32))


def test_a_picture_needs_somebody_who_draws_it() -> None:
    with pytest.raises(ValueError, match="nothing draws"):
        encoded(PAGE, Profile(raster=True))


def _picture_rows(data: bytes) -> tuple[int, bytes]:
    """(bytes across, rows) of the GS v 0 bands that follow one another from the first on."""
    rows = b""
    wide = 0
    at = data.index(b"\x1dv0\x00")
    while data.startswith(b"\x1dv0\x00", at):
        wide = data[at + 4] + 256 * data[at + 5]
        size = wide * (data[at + 6] + 256 * data[at + 7])
        rows += data[at + 8 : at + 8 + size]
        at += 8 + size
    return wide, rows


def test_a_receipt_as_picture_holds_the_dots_that_were_drawn() -> None:
    page = drawn(SPECIMENS["join"].document("zh-Hans"), 32)
    bitmap = picture_of(page, 384)
    wide, rows = _picture_rows(encoded(page, Profile(raster=True), draw=picture_of))
    assert (wide, len(rows)) == (48, len(bitmap.rows))
    differing = sum((a ^ b).bit_count() for a, b in zip(rows, bitmap.rows, strict=True))
    assert differing <= len(rows) // 100


@given(rows=st.lists(st.sampled_from((0x10, 0x04, 0x05, 0x14, 0x01, 0xFF)), min_size=1, max_size=64))
def test_no_picture_holds_a_command_that_printers_obey_inside_pictures(rows: list[int]) -> None:
    sent = raster(Bitmap(bytes_wide=1, rows=bytes(rows)))
    assert not any(command in sent for command in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))
    assert len(sent) == len(rows) + 8
