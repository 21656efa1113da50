"""Tags of 125 kHz readers, in both spellings, out of whatever the line carries."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.core.events import CardPresented, CardRemoved, DeviceEvent, Unreadable
from terminal.drivers.codecs.em4100 import (
    BadFrame,
    HexDecoder,
    Spelling,
    Tag,
    TagDecoder,
    WiegandDecoder,
    decoder_of,
    frame,
)
from terminal.drivers.serial_reader import Field

NUMBERS = st.binary(min_size=5, max_size=5).map(lambda five: five.hex().upper())
# From the data sheet of the RDM6300: 0x62 ^ 0xE3 ^ 0x08 ^ 0x6C ^ 0xED = 0x08.
KNOWN = b"\x0262E3086CED08\x03"


def _all(decoder: TagDecoder, data: bytes, size: int) -> list[Tag | BadFrame]:
    return [one for at in range(0, len(data), size) for one in decoder.feed(data[at : at + size])]


def test_the_frame_of_the_data_sheet_is_read() -> None:
    assert HexDecoder().feed(KNOWN) == [Tag(number="62E3086CED")]
    assert frame("62E3086CED") == KNOWN


@given(
    st.lists(st.tuples(st.binary(max_size=20).map(lambda b: b.replace(b"\x02", b"")), NUMBERS)),
    st.integers(1, 50),
)
def test_every_tag_comes_out_in_any_chunking_with_noise_between(
    parts: list[tuple[bytes, str]], size: int
) -> None:
    data = b"".join(noise + frame(number) for noise, number in parts)
    assert _all(HexDecoder(), data, size) == [Tag(number=number) for _, number in parts]


@given(st.binary(max_size=500), st.integers(1, 100), st.sampled_from(Spelling))
@example(b"\x02" * 40, 1, Spelling.HEX)
def test_garbage_never_raises_and_the_next_tag_is_read(noise: bytes, size: int, spelling: Spelling) -> None:
    decoder = decoder_of(spelling)
    _all(decoder, noise, size)
    decoder.silence()
    assert not decoder.waiting
    good = frame("0000000102") if spelling is Spelling.HEX else b"0,258\r\n"
    assert decoder.feed(good) == [Tag(number="0000000102")]


@given(NUMBERS, st.integers(1, 12), st.integers(0, 7))
def test_no_single_wrong_bit_is_taken_for_a_tag(number: str, at: int, bit: int) -> None:
    broken = bytearray(frame(number))
    broken[at] ^= 1 << bit
    found = [one for one in HexDecoder().feed(bytes(broken)) if isinstance(one, Tag)]
    # Only the case of a letter may differ: both spell the same digit.
    assert found in ([], [Tag(number=number)])
    if found:
        assert bytes(broken).upper() == frame(number)


def test_a_new_frame_beats_one_that_has_begun() -> None:
    cut, good = HexDecoder().feed(b"\x0262E308" + KNOWN)
    assert cut == BadFrame(why="cut off after 6 bytes")
    assert good == Tag(number="62E3086CED")


def test_cr_and_lf_before_the_end_are_allowed_and_lower_case_too() -> None:
    assert HexDecoder().feed(b"\x0262e3086ced08\r\n\x03") == [Tag(number="62E3086CED")]


@pytest.mark.parametrize("body", [b"", b"62E3086CED0", b"62E3086CEDXX", b"62E3086CED09", b"9" * 40])
def test_a_broken_frame_says_why_and_not_what(body: bytes) -> None:
    (bad,) = HexDecoder().feed(b"\x02" + body + b"\x03")
    assert isinstance(bad, BadFrame)
    assert not body or body.decode() not in bad.why


def test_facility_and_number_are_the_lower_24_bits() -> None:
    assert WiegandDecoder().feed(b"108,27885\r\n") == [Tag(number="00006C6CED")]
    assert WiegandDecoder().feed(b"255,65535\n") == [Tag(number="0000FFFFFF")]


@pytest.mark.parametrize("line", [b"256,1", b"1,65536", b"1;2", b",", b"1,2,3", b"-1,2", b"1" * 60])
def test_other_lines_are_no_tag(line: bytes) -> None:
    assert [type(one) for one in WiegandDecoder().feed(line + b"\r\n")] == [BadFrame]


def test_a_tag_does_not_show_its_number() -> None:
    assert "62E3" not in repr(Tag(number="62E3086CED"))


class Reader:
    """A field with a clock of its own."""

    def __init__(self) -> None:
        self.field = Field("fuel", HexDecoder(), silent_ms=500)
        self.now = 1_000

    def hears(self, data: bytes, after_ms: int = 0) -> list[str]:
        self.now += after_ms
        return [_said(event) for event in self.field.heard(data, self.now)]


def _said(event: DeviceEvent) -> str:
    match event:
        case CardPresented(credential=credential):
            return f"presented {credential.number}"
        case CardRemoved():
            return "removed"
        case Unreadable(code=code):
            return f"unreadable {code}"
        case _:
            return repr(event)


def test_a_tag_that_lies_there_is_presented_once_and_leaves_when_the_reader_falls_silent() -> None:
    reader = Reader()
    assert reader.hears(KNOWN) == ["presented 62E3086CED"]
    for _ in range(10):
        assert reader.hears(KNOWN, 200) == []
    assert reader.field.wait_ms(reader.now) == 500
    assert reader.hears(b"", 500) == ["removed"]
    assert reader.field.wait_ms(reader.now) is None
    assert reader.hears(KNOWN) == ["presented 62E3086CED"]


def test_a_tag_that_comes_back_late_was_away_even_if_nobody_looked_in_between() -> None:
    reader = Reader()
    reader.hears(KNOWN)
    assert reader.hears(KNOWN, 900) == ["removed", "presented 62E3086CED"]


def test_another_tag_takes_the_place_of_the_first() -> None:
    reader = Reader()
    reader.hears(KNOWN)
    assert reader.hears(frame("0102030405"), 100) == ["removed", "presented 0102030405"]


def test_a_broken_frame_before_a_good_one_is_not_worth_a_word() -> None:
    reader = Reader()
    assert reader.hears(KNOWN[3:]) == []
    assert reader.hears(KNOWN[:6]) == []
    assert reader.hears(KNOWN, 100) == ["presented 62E3086CED"]
    assert reader.hears(b"", 500) == ["removed"]


def test_a_tag_that_never_came_whole_is_torn() -> None:
    reader = Reader()
    assert reader.hears(KNOWN[:6]) == []
    assert reader.hears(b"", 500) == ["unreadable D101"]
    assert reader.hears(b"", 500) == []


def test_endless_noise_does_not_keep_a_tag_there() -> None:
    reader = Reader()
    reader.hears(KNOWN)
    assert [reader.hears(b"\xff\xff", 200) for _ in range(4)] == [[], [], ["removed"], []]


def test_a_reader_that_sends_only_noise_is_named_once_and_fills_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    reader = Reader()
    said = [event for _ in range(1_000) for event in reader.hears(b"\x02garbage", 10)]
    assert said == ["unreadable D105"]
    assert len(caplog.records) == 2
    assert reader.hears(KNOWN, 10) == ["presented 62E3086CED"]
    assert "count=1000" in caplog.text
