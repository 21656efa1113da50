"""The virtual printer's own interpreter: any chunking, garbage, and what a person sees on the paper."""

from __future__ import annotations

import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.receipts.picture import picture_of
from lab.receipts.specimens import LANGUAGES, SPECIMENS
from terminal.core.receipts import PageCode, PageLine, drawn, text_of
from terminal.drivers.codecs.escpos import Charset, Profile, encoded
from terminal.drivers.virtual.escpos_reader import (
    Paper,
    PaperCode,
    PaperPicture,
    PaperReceipt,
    PaperText,
    Tokens,
)
from terminal.drivers.virtual.paper_page import as_html


def _on_paper(*chunks: bytes, charset: str = "gbk") -> tuple[list[PaperReceipt], Paper]:
    tokens, paper = Tokens(), Paper(charset)
    found = [paper.take(token) for chunk in chunks for token in tokens.feed(chunk)]
    return [receipt for receipt in found if receipt is not None], paper


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("charset", [Charset.GBK, Charset.UTF8])
@pytest.mark.parametrize("name", sorted(SPECIMENS))
def test_every_receipt_is_read_whole(name: str, charset: Charset, language: str) -> None:
    page = drawn(SPECIMENS[name].document(language), 32)
    (receipt,), _ = _on_paper(encoded(page, Profile(charset=charset)))
    assert (receipt.cut, receipt.unknown) == (True, ())
    written = [item for item in receipt.items if isinstance(item, PaperText) and item.text]
    expected = [line for line in page.lines if isinstance(line, PageLine) and text_of(line, 32)]
    assert [item.text for item in written] == [text_of(line, 32) for line in expected]
    assert [(item.big, item.bold) for item in written] == [(line.big, line.bold) for line in expected]
    codes = [item.text for item in receipt.items if isinstance(item, PaperCode)]
    assert codes == [code.text for code in page.lines if isinstance(code, PageCode)]
    number = SPECIMENS[name].booked.receipt_no
    assert codes[-1:] == ([number] if number else [])


def test_a_picture_arrives_dot_for_dot() -> None:
    page = drawn(SPECIMENS["sale"].document("zh-Hans"), 32)
    (receipt,), _ = _on_paper(encoded(page, Profile(raster=True), draw=picture_of))
    pictures = [item for item in receipt.items if isinstance(item, PaperPicture)]
    assert sum(picture.height for picture in pictures) == len(picture_of(page, 384).rows) // 48
    for picture in pictures:
        assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
        start = picture.png.index(b"IDAT") + 4
        size = int.from_bytes(picture.png[start - 8 : start - 4])
        assert len(zlib.decompress(picture.png[start : start + size])) == picture.height * (1 + 48)


@given(st.lists(st.integers(0, 2000), max_size=20))
def test_it_does_not_matter_how_the_bytes_arrive(cuts: list[int]) -> None:
    data = encoded(drawn(SPECIMENS["sale"].document("en"), 32), Profile())
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    parts = [data[a:b] for a, b in pairwise(places)]
    assert _on_paper(*parts)[0] == _on_paper(data)[0]


@given(
    st.lists(
        st.one_of(st.binary(), st.sampled_from((b"\x1b@", b"\x1d(k", b"\x1dv0", b"\x1dVB\x00", b"\n"))),
        max_size=20,
    )
)
def test_garbage_is_survived_and_reported(chunks: list[bytes]) -> None:
    receipts, paper = _on_paper(*chunks)
    assert all(receipt.cut for receipt in receipts)
    assert paper.kicks >= 0


def test_what_no_manual_explains_is_reported() -> None:
    (receipt,), _ = _on_paper(b"ab\x07\x1bZcd\n\x1dV\x00")
    assert receipt.unknown == ("07", "1b5a")
    assert receipt.text == "abcd\n"


def test_the_drawer_is_seen_to_open() -> None:
    _, paper = _on_paper(b"\x1bp\x00\x19\xfa", b"\x10\x14\x01\x00\x01")
    assert paper.kicks == 2


def test_the_paper_is_shown_with_its_code_its_picture_and_nothing_that_acts() -> None:
    page = drawn(SPECIMENS["sale"].document("zh-Hans"), 32)
    (text,), _ = _on_paper(encoded(page, Profile()))
    (picture,), _ = _on_paper(encoded(page, Profile(raster=True), draw=picture_of))
    assert '<svg class="code"' in as_html(text)
    assert '<pre class="line big">合计     ￥20.00</pre>' in as_html(text)
    assert 'src="data:image/png;base64,' in as_html(picture)
    (hostile,), _ = _on_paper(b"<script>alert(1)</script>\x07\n\x1dV\x00")
    assert "<script" not in as_html(hostile)
    assert '<p class="unknown">07</p>' in as_html(hostile)


@given(st.binary(max_size=3_000))
def test_a_code_of_any_content_is_shown_or_named_as_too_long(data: bytes) -> None:
    length = (len(data) + 3).to_bytes(2, "little")
    (receipt,), _ = _on_paper(b"\x1d(k" + length + b"1P0" + data + b"\x1d(k\x03\x001Q0\x1dV\x00")
    assert as_html(receipt).startswith('<div class="paper">')
