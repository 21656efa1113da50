"""Tags of 125 kHz readers, in every spelling, out of whatever the line carries."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.core.events import CardFound, CardPresented, CardRemoved, DeviceEvent, Unreadable
from terminal.drivers.codecs.em4100 import (
    TELLS,
    BadFrame,
    HexDecoder,
    LineDecoder,
    RawDecoder,
    Spelling,
    Tag,
    TagDecoder,
    checked,
    decoder_of,
    frame,
    tag_of,
)
from terminal.drivers.serial_reader import Field

NUMBERS = st.binary(min_size=5, max_size=5).map(lambda five: five.hex().upper())
# From the data sheet of the RDM6300: 0x62 ^ 0xE3 ^ 0x08 ^ 0x6C ^ 0xED = 0x08.
KNOWN = b"\x0262E3086CED08\x03"


TOLD = "62E3086CED"
"""One tag as every reader spells it: 0x62E3086CED = 424715775213, 0xE3086CED = 3808980205."""
SPELT = {
    Spelling.HEX: KNOWN,
    Spelling.HEX_10: b"62E3086CED\r\n",
    Spelling.HEX_8: b"e3086ced\r",
    Spelling.HEX_6: b"086CED\n",
    Spelling.DECIMAL_13: b"0424715775213\r\n",
    Spelling.DECIMAL_10: b"\x023808980205\r\n\x03",
    Spelling.DECIMAL_8: b"00552173\r\n",
    Spelling.HALVES: b"58120,27885\r\n",
    Spelling.WIEGAND: b"008,27885\r\n",
    Spelling.PRINTED: b"3808980205 008,27885\r\n",
    Spelling.RAW: bytes.fromhex("62E3086CED"),
}


def _mask(spelling: Spelling) -> int:
    return (1 << 8 * (TELLS[spelling] or 5)) - 1


def _spelt(tag: int, spelling: Spelling) -> bytes:
    low = tag & 0xFFFFFF
    four = tag & 0xFFFFFFFF
    text = {
        Spelling.HEX: frame(f"{tag:010X}").decode(),
        Spelling.AUTO: frame(f"{tag:010X}").decode(),
        Spelling.HEX_10: f"{tag:010X}\r",
        Spelling.HEX_8: f"{four:08X}\r",
        Spelling.HEX_6: f"{low:06X}\r",
        Spelling.DECIMAL_13: f"{tag:013d}\r",
        Spelling.DECIMAL_10: f"{four:010d}\r",
        Spelling.DECIMAL_8: f"{low:08d}\r",
        Spelling.HALVES: f"{four >> 16:05d},{four & 0xFFFF:05d}\r",
        Spelling.WIEGAND: f"{low >> 16:03d},{low & 0xFFFF:05d}\r",
        Spelling.PRINTED: f"{four:010d} {low >> 16:03d},{low & 0xFFFF:05d}\r",
        Spelling.RAW: "",
    }[spelling]
    return text.encode() or tag.to_bytes(5, "big")


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
    assert decoder.feed(_spelt(0x0201020304, spelling)) + decoder.silence() == [
        Tag(number=f"{0x0201020304 & _mask(spelling):010X}")
    ]


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


@pytest.mark.parametrize(("spelling", "sent"), SPELT.items())
def test_one_tag_is_one_number_however_it_is_spelt(spelling: Spelling, sent: bytes) -> None:
    """With what the least of the shop's readers tells, all of them say the same."""
    for kept, number in ((None, f"{int(TOLD, 16) & _mask(spelling):010X}"), (3, "0000086CED")):
        decoder = decoder_of(spelling, kept)
        assert decoder.feed(sent) + decoder.silence() == [Tag(number=number)]


@given(st.integers(1, 0xFFFFFFFFFF), st.sampled_from(sorted(SPELT)), st.integers(3, 5), st.integers(1, 9))
def test_every_tag_in_every_spelling_and_chunking(tag: int, spelling: Spelling, kept: int, size: int) -> None:
    tells = TELLS[spelling]
    assert tells
    decoder = decoder_of(spelling, kept)
    found = _all(decoder, _spelt(tag, spelling), size) + decoder.silence()
    if len(set(tag.to_bytes(5, "big"))) == 1:
        return  # Of raw bytes that is the noise of a line.
    if kept > tells:
        assert found == [BadFrame(why=f"it tells {tells} bytes of the tag, and {kept} make the number")]
    else:
        assert found == [Tag(number=f"{tag & ((1 << 8 * kept) - 1):010X}")]


@given(st.integers(0, 0xFFFFFFFFFF), st.sampled_from(sorted(set(SPELT) - {Spelling.RAW})))
def test_what_is_recognised_is_what_was_meant_or_nothing(tag: int, spelling: Spelling) -> None:
    (found,) = _all(decoder_of(Spelling.AUTO), _spelt(tag, spelling), 3)
    assert isinstance(found, BadFrame) or found == Tag(number=f"{tag & _mask(spelling):010X}")


@pytest.mark.parametrize("text", ["1234567890", "12345678", "E3086CED", "086CED", "123456"])
def test_what_can_mean_two_tags_is_not_guessed(text: str) -> None:
    found = tag_of(text, Spelling.AUTO)
    assert isinstance(found, BadFrame)
    assert "two things" in found.why


def test_what_can_mean_one_tag_is_recognised() -> None:
    certain = (Spelling.HEX_10, Spelling.DECIMAL_13, Spelling.HALVES, Spelling.WIEGAND, Spelling.PRINTED)
    for spelling in certain:
        (found,) = decoder_of(Spelling.AUTO).feed(SPELT[spelling])
        assert found == Tag(number=f"{int(TOLD, 16) & _mask(spelling):010X}"), spelling


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        (Spelling.HEX_10, "62E3086CE"), (Spelling.HEX_10, "62E3086CEDE"), (Spelling.HEX_8, "E3086CEG"),
        (Spelling.DECIMAL_10, "808980205"), (Spelling.DECIMAL_10, "4294967296"),
        (Spelling.DECIMAL_13, "9999999999999"),
        (Spelling.DECIMAL_8, "99999999"), (Spelling.HALVES, "58120,99999"), (Spelling.HALVES, "99999,00001"),
        (Spelling.PRINTED, "3808980205 008,27886"), (Spelling.PRINTED, "3808980205"),
        (Spelling.WIEGAND, "25600001"), (Spelling.AUTO, "hello"), (Spelling.DECIMAL_10, "３808980205"),
    ],
)  # fmt: skip
def test_what_is_cut_too_large_or_contradicts_itself_is_no_tag(spelling: Spelling, text: str) -> None:
    found = tag_of(text, spelling)
    assert isinstance(found, BadFrame)
    assert text not in found.why


@pytest.mark.parametrize("sent", [b"\0" * 5, b"\xff" * 5, b"1234", b"1234567", bytes.fromhex("62E3086CED09")])
def test_bytes_that_are_noise_or_do_not_fit_their_check_are_no_tag(sent: bytes) -> None:
    decoder = RawDecoder()
    assert decoder.feed(sent) == []
    assert [type(one) for one in decoder.silence()] == [BadFrame]


def test_five_bytes_with_their_check_are_the_same_tag() -> None:
    decoder = RawDecoder()
    decoder.feed(bytes.fromhex("62E3086CED08"))
    assert decoder.silence() == [Tag(number=TOLD)]


def test_a_reader_cannot_be_set_to_tell_more_than_it_does() -> None:
    with pytest.raises(ValueError, match="tells only 3 bytes"):
        checked(Spelling.WIEGAND, 5)
    checked(Spelling.AUTO, 5)
    checked(Spelling.HEX, 3)


def test_facility_and_number_are_the_lower_24_bits() -> None:
    assert LineDecoder(Spelling.WIEGAND).feed(b"108,27885\r\n") == [Tag(number="00006C6CED")]
    assert LineDecoder(Spelling.WIEGAND).feed(b"255,65535\n") == [Tag(number="0000FFFFFF")]
    assert LineDecoder(Spelling.WIEGAND).feed(b"10827885\n") == [Tag(number="00006C6CED")]


@pytest.mark.parametrize("line", [b"256,1", b"1,65536", b"1;2", b",", b"1,2,3", b"-1,2", b"1" * 60])
def test_other_lines_are_no_tag(line: bytes) -> None:
    found = LineDecoder(Spelling.WIEGAND).feed(line + b"\r\n")
    assert [type(one) for one in found] == [BadFrame]


def test_a_tag_does_not_show_its_number() -> None:
    assert "62E3" not in repr(Tag(number="62E3086CED"))


class Reader:
    """A field with a clock of its own."""

    def __init__(self, decoder: TagDecoder | None = None) -> None:
        self.field = Field("fuel", decoder or HexDecoder(), silent_ms=500)
        self.now = 1_000

    def hears(self, data: bytes, after_ms: int = 0) -> list[str]:
        self.now += after_ms
        return [_said(event) for event in self.field.heard(data, self.now)]


def _said(event: DeviceEvent) -> str:
    match event:
        case CardPresented(credential=credential):
            return f"presented {credential.number}"
        case CardFound():
            return "found"
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


def test_a_tag_that_lies_there_when_its_port_opens_is_presented_once_it_left_and_came() -> None:
    reader = Reader()
    reader.field.opened(reader.now)
    assert reader.hears(KNOWN, 499) == ["found"]
    assert reader.hears(KNOWN, 200) == []
    assert reader.hears(b"", 500) == ["removed"]
    assert reader.hears(KNOWN) == ["presented 62E3086CED"]


def test_a_tag_that_comes_after_the_silence_behind_the_opening_is_presented() -> None:
    reader = Reader()
    reader.field.opened(reader.now)
    assert reader.hears(KNOWN, 500) == ["presented 62E3086CED"]


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


def test_bytes_without_a_frame_are_parted_by_pauses() -> None:
    reader = Reader(RawDecoder())
    five, other = bytes.fromhex(TOLD), bytes.fromhex("0102030405")
    assert reader.hears(five[:2]) == []
    assert reader.field.wait_ms(reader.now) == 30
    assert reader.hears(five[2:], 10) == []
    assert reader.hears(b"", 30) == [f"presented {TOLD}"]
    assert reader.hears(five, 100) == []
    assert reader.hears(five, 100) == []
    assert reader.hears(other, 100) == []
    assert reader.hears(b"", 30) == ["removed", "presented 0102030405"]
    assert reader.hears(b"", 500) == ["removed"]
    assert reader.field.wait_ms(reader.now) is None
    assert reader.hears(five[:3]) == []
    assert reader.hears(b"", 30) == []
    assert reader.hears(b"", 500) == ["unreadable D101"]
