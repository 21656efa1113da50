"""A scan is a line, however the bytes come; what is none is dropped with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.drivers.codecs.scan_line import LINE_BYTES_MAX, BadLine, ScanLineDecoder

PRINTABLE = st.text(min_size=1, max_size=60).filter(str.isprintable)


def _all(decoder: ScanLineDecoder, data: bytes, size: int) -> list[str | BadLine]:
    return [
        one for at in range(0, len(data), size) for one in decoder.feed(data[at : at + size])
    ] + decoder.silence()


@given(st.lists(PRINTABLE, max_size=6), st.sampled_from([b"\r", b"\n", b"\r\n"]), st.integers(1, 40))
def test_every_scan_comes_out_whole_in_any_chunking(texts: list[str], end: bytes, size: int) -> None:
    data = b"".join(text.encode() + end for text in texts)
    assert _all(ScanLineDecoder(), data, size) == texts


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_garbage_never_raises_and_the_next_scan_is_read(noise: bytes, size: int) -> None:
    decoder = ScanLineDecoder()
    for found in _all(decoder, noise, size):
        assert isinstance(found, BadLine) or found.replace("\x1d", "").isprintable()
        assert found
    assert decoder.feed(b"6901234567892\r\n") == ["6901234567892"]


def test_the_separator_of_a_label_is_part_of_its_scan() -> None:
    assert ScanLineDecoder().feed(b"]C110AB\x1d2142\r") == ["]C110AB\x1d2142"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"69012\x1b[2J", "control characters"),
        (b"A\x00B", "control characters"),
        (b"\xff\xfe12", "not UTF-8"),
        (b"9" * (LINE_BYTES_MAX + 1), "longer than"),
        ("1\u202e2".encode(), "control characters"),
    ],
)
def test_what_is_no_code_is_dropped_with_a_reason_that_does_not_repeat_it(line: bytes, why: str) -> None:
    (bad,) = ScanLineDecoder().feed(line + b"\r")
    assert isinstance(bad, BadLine)
    assert why in bad.why
    assert line.decode(errors="replace") not in bad.why


def test_the_longest_allowed_line_is_still_a_scan() -> None:
    assert ScanLineDecoder().feed(b"9" * LINE_BYTES_MAX + b"\n") == ["9" * LINE_BYTES_MAX]


def test_prefix_and_suffix_are_taken_off_and_a_line_without_them_is_noise() -> None:
    decoder = ScanLineDecoder(prefix="~", suffix="#")
    assert decoder.feed(b"~123#\r\n") == ["123"]
    assert [type(one) for one in decoder.feed(b"123\r\n~#\r~12\r")] == [BadLine] * 3


def test_a_cut_scan_does_not_begin_the_next_one() -> None:
    decoder = ScanLineDecoder()
    assert decoder.feed(b"69012") == []
    assert decoder.waiting
    assert decoder.silence() == [BadLine(why="the line was cut off after 5 bytes")]
    assert decoder.silence() == []
    assert decoder.feed(b"6901234567892\r") == ["6901234567892"]
