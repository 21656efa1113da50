"""Logos: a picture in PBM's binary form becomes the dots that are printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.receipts import drawn
from terminal.core.receipts.rows import Centred, Document
from terminal.drivers.codecs.escpos import Bitmap, Profile, encoded
from terminal.drivers.codecs.pbm import BadPicture, bitmap_of

PAGE = drawn(Document(language="en", rows=(Centred(text="x"),)), 32)


def test_dots_are_as_in_the_file_and_what_pads_a_row_is_white() -> None:
    assert bitmap_of(b"P4\n# made by hand\n10 2\n\xff\xff\x80\x3f") == Bitmap(
        bytes_wide=2, rows=b"\xff\xc0\x80\x00"
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x89PNG\r\n", "no PBM"),
        (b"P1\n1 1\n1", "no PBM"),
        (b"P4\n0 5\n", "0 by 5"),
        (b"P4\n8 5000\n", "8 by 5000"),
        (b"P4\n16 2\nabc", "3 of 4 bytes"),
    ],
)
def test_what_is_no_such_picture_is_refused_with_a_reason(data: bytes, why: str) -> None:
    with pytest.raises(BadPicture, match=why):
        bitmap_of(data)


@given(st.binary(max_size=40))
def test_any_bytes_are_a_picture_or_a_refusal(data: bytes) -> None:
    for one in (data, b"P4 " + data, b"P4\n9 3\n" + data):
        try:
            found = bitmap_of(one)
        except BadPicture:
            continue
        assert len(found.rows) % found.bytes_wide == 0


def test_a_logo_stands_above_the_page_and_one_that_is_too_wide_is_refused() -> None:
    logo = Bitmap(bytes_wide=2, rows=b"\xaa\x55")
    data = encoded(PAGE, Profile(), logo=logo)
    assert data.index(b"\x1dv0\x00\x02\x00\x01\x00\xaa\x55") < data.index(b"x")
    with pytest.raises(ValueError, match="logo of 392 dots on 384"):
        encoded(PAGE, Profile(), logo=Bitmap(bytes_wide=49, rows=bytes(49)))
