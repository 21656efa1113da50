"""What a device said is recorded, put under other numbers, and played again to the same end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from terminal.config import Device
from terminal.core.chips import NobodyProves, NoKeys, NoneSeen
from terminal.core.events import CardPresented, CardRemoved, CodeScanned, DeviceEvent, Unreadable
from terminal.drivers import (
    keyboard_reader,
    keyboard_scanner,
    keyboard_stripe,
    pcsc,
    serial_reader,
    serial_scanner,
    serial_stripe,
    tcp_printer,
)
from terminal.drivers.codecs.cards import Known, presented
from terminal.drivers.codecs.em4100 import Spelling, frame
from terminal.drivers.codecs.hid_keys import KeyDecoder, key_bytes, key_of, keys_of
from terminal.drivers.codecs.layouts import LayoutName
from terminal.drivers.codecs.ndef import Settings as Ndef
from terminal.drivers.codecs.recordings import BadRecording, Head, read, written
from terminal.drivers.codecs.stripe import Track, check_character
from terminal.drivers.codecs.stripe_bits import bits_of, framed
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.drivers.virtual.storage_cards import VirtualNtag, ndef, uri_record
from terminal.recordings import Traced, covered, device_of, events_of, told
from terminal.runtime.clock import SystemClock
from terminal.runtime.trace import Record, What, recorded

PATH = Path("/dev/x")
TAG = "62E3086CED"
BANK = "4111111111111111"
BREAD = "6901234567892"


def _bytes(*pieces: tuple[int, bytes]) -> list[Record]:
    return [Record(at_ms=at_ms, what=What.IN, data=data) for at_ms, data in pieces]


def _keys(text: str, layout: LayoutName = LayoutName.US, at_ms: int = 0) -> list[Record]:
    return [
        Record(at_ms=at_ms + number, what=What.KEY, data=key_bytes(code, value))
        for number, (code, value) in enumerate(keys_of(text, layout))
    ]


async def _covered(
    driver: Any, settings: Any, records: Sequence[Record], *, unmasked: bool = False
) -> tuple[Head, Sequence[Record], list[DeviceEvent], list[DeviceEvent]]:
    """The head, the records, what happened and what happens now."""
    name = driver.__name__.rpartition(".")[2]
    device = Device(name="front", driver=name, kind=driver.KIND, settings=settings)
    head, other = await covered(device, Traced(records=tuple(records)), frozenset({BREAD}), unmasked=unmasked)
    head, other = read(written(head, other))
    return head, other, await events_of(head, records), await events_of(head, other)


def _cards(events: Iterable[DeviceEvent]) -> list[str]:
    return [one.credential.number for one in events if isinstance(one, CardPresented)]


def _lrc(track: Track, start: str, data: str) -> str:
    return f"{start}{data}?{check_character(track, data)}"


SPELT = {
    Spelling.HEX: frame(TAG),
    Spelling.HEX_10: b"62E3086CED\r\n",
    Spelling.HEX_8: b"E3086CED\r",
    Spelling.HEX_6: b"086CED\r",
    Spelling.DECIMAL_13: b"0424714890477\r",
    Spelling.DECIMAL_10: b"3808980205\r",
    Spelling.DECIMAL_8: b"00552173\r",
    Spelling.HALVES: b"58120,27885\r",
    Spelling.WIEGAND: b"008,27885\r",
    Spelling.RAW: bytes.fromhex("62E3086CED08"),
    Spelling.AUTO: frame(TAG),
}


@pytest.mark.parametrize("spelling", SPELT)
async def test_a_tag_is_another_one_and_the_same_each_time_it_comes(spelling: Spelling) -> None:
    settings = serial_reader.Settings(path=PATH, spelling=spelling)
    said = SPELT[spelling]
    records = _bytes((0, said[:4]), (3, said[4:]), (2_000, said), (4_000, said[:5]), (9_000, said))
    head, _, before, after = await _covered(serial_reader, settings, records)
    assert head.otherwise == ""
    assert len(set(_cards(before))) == len(set(_cards(after))) == 1
    assert len(_cards(before)) == (4 if spelling is Spelling.RAW else 3)
    assert not set(_cards(before)) & set(_cards(after))
    assert [type(one) for one in before] == [type(one) for one in after]


async def test_a_recording_full_of_what_cannot_be_replaced_is_blank_in_a_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("terminal.drivers.codecs.veil.ALL_TRIES_MAX", 100)
    settings = serial_reader.Settings(path=PATH, spelling=Spelling.PRINTED)
    many = b"".join(f"{number:010d} 000,{number & 0xFFFF:05d}\r".encode() for number in range(1, 60_000, 300))
    head, records, before, _ = await _covered(serial_reader, settings, _bytes((0, many)))
    assert len(_cards(before)) == 200
    assert head.otherwise
    assert set(b"".join(one.data for one in records)) == set(b"0 ,\r")


async def test_two_numbers_of_one_tag_cannot_be_replaced_and_the_file_says_so() -> None:
    settings = serial_reader.Settings(path=PATH, spelling=Spelling.PRINTED)
    two = _bytes((0, b"3808980205 008,27885\r"), (2_000, b"3808980206 008,27886\r"))
    head, records, before, after = await _covered(serial_reader, settings, two)
    assert len(set(_cards(before))) == 2
    assert _cards(after) == ["0000000000"] * 2
    assert head.otherwise == "one number became several, or several one"
    assert b"380898020" not in b"".join(one.data for one in records)


STRIPES = (
    _lrc(Track.TWO, ";", "7012345=99"),
    _lrc(Track.ONE, "%", "MDOE/JANE^7012345") + _lrc(Track.TWO, ";", "7012345=0"),
    _lrc(Track.TWO, ";", f"{BANK}=29121010000012300"),
    _lrc(Track.ONE, "%", f"B{BANK}^DOE/JANE^2912101") + _lrc(Track.TWO, ";", f"{BANK}=2912101"),
    ";7012345=9",
    ";7012345=99?0",
)


@pytest.mark.parametrize("stripe", STRIPES)
async def test_a_stripe_keeps_its_form_its_check_character_and_whether_it_is_a_banks(stripe: str) -> None:
    settings = serial_stripe.Settings(path=PATH, lrc=True)
    head, records, before, after = await _covered(
        serial_stripe, settings, _bytes((0, stripe.encode() + b"\r\n"))
    )
    whole = b"".join(one.data for one in records)
    assert head.otherwise == ""
    assert len(whole) == len(stripe) + 2
    assert [type(one) for one in before] == [type(one) for one in after]
    for secret in (BANK.encode(), b"7012345", b"JANE"):
        assert secret not in whole


@pytest.mark.parametrize("unmasked", [False, True])
async def test_of_a_banks_card_nothing_is_in_the_file_whoever_asks(unmasked: bool) -> None:  # noqa: FBT001
    line = f"%B{BANK}^DOE/JANE^2912101?;{BANK}=2912101?\r\n;7012345=0?\r\n"
    bits = framed({Track.TWO: bits_of(Track.TWO, f"{BANK}=2912101")})
    raw = serial_stripe.Settings(path=PATH, spelling=serial_stripe.Spelling.RAW)
    cases = (
        (serial_stripe, serial_stripe.Settings(path=PATH), _bytes((0, line.encode()))),
        (serial_stripe, raw, _bytes((0, bits[:20]), (5, bits[20:]))),
        (keyboard_stripe, keyboard_stripe.Settings(path=PATH), _keys(f";{BANK}=2912101?")),
    )
    for driver, settings, records in cases:
        _, other, before, after = await _covered(driver, settings, records, unmasked=unmasked)
        refused = [one.code for one in after if isinstance(one, Unreadable)]
        assert refused == ["A117"] == [one.code for one in before if isinstance(one, Unreadable)]
        whole = b"".join(one.data for one in other)
        assert BANK.encode() not in whole
        assert b"JANE" not in whole
        assert whole != b"".join(one.data for one in records)
        if driver is serial_stripe and settings.spelling is serial_stripe.Spelling.LINE:
            assert (_cards(after) == ["7012345"]) is unmasked


UNIONPAY = "6222021234567890128"
SPOILT = {
    "its end was cut": f";{UNIONPAY}=30122011234",
    "its start was lost": f"{UNIONPAY}=30122011234?",
    "it was cut inside its number": f";{UNIONPAY[:15]}",
    "a bad character in track 2": f"%B{UNIONPAY}^LI/MING^30122011?;{UNIONPAY}=3012A?",
    "a name in lower case": f"%B{UNIONPAY}^Li/Ming^3012?",
    "no sentinels": UNIONPAY,
    "its track 3 was cut": f";{UNIONPAY}=3012?+99{UNIONPAY}=0",
    "its separator was lost": f";{UNIONPAY}30122011234?",
    "a digit was lost": f";{UNIONPAY[:9]}{UNIONPAY[10:]}=30122011234?",
    "behind the shop's own number": f";7012345={UNIONPAY}?",
    "a range that nobody has": ";7992739871391=1?",
}


@pytest.mark.parametrize("text", SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize("unmasked", [False, True])
async def test_of_a_spoilt_swipe_no_number_is_in_the_file_whoever_asks(text: str, unmasked: bool) -> None:  # noqa: FBT001
    cases = (
        (serial_stripe, serial_stripe.Settings(path=PATH), _bytes((0, text.encode() + b"\r"))),
        (keyboard_stripe, keyboard_stripe.Settings(path=PATH), _keys(text)),
    )
    for driver, settings, records in cases:
        _, other, before, after = await _covered(driver, settings, records, unmasked=unmasked)
        typed = _typed(other) if driver is keyboard_stripe else b"".join(one.data for one in other).decode()
        for number in re.findall(r"\d{12,}", text):
            assert number not in typed
            assert number[:15] not in typed
        assert [type(one) for one in before] == [type(one) for one in after]


def _typed(records: Sequence[Record]) -> str:
    decoder = KeyDecoder()
    found = [one for record in records for one in decoder.feed(*key_of(record.data))] + decoder.silence()
    return "".join(one if isinstance(one, str) else "" for one in found)


async def test_a_track_that_could_not_be_read_leaves_no_bits_in_the_file() -> None:
    bits = bits_of(Track.TWO, f"{UNIONPAY}=30122011234")
    bits[10 + 5 * 25] ^= 1
    settings = serial_stripe.Settings(path=PATH, spelling=serial_stripe.Spelling.RAW)
    records = _bytes((0, framed({Track.TWO: bits, Track.THREE: bits_of(Track.THREE, "017012345=0")})))
    _, other, before, after = await _covered(serial_stripe, settings, records, unmasked=True)
    assert [type(one) for one in before] == [type(one) for one in after]
    assert [one.data for one in other] == [framed({Track.THREE: bits_of(Track.THREE, "017012345=0")})]


async def test_bits_of_a_stripe_are_made_anew_with_another_number() -> None:
    settings = serial_stripe.Settings(path=PATH, spelling=serial_stripe.Spelling.RAW)
    bits = framed({Track.TWO: bits_of(Track.TWO, "7012345=0")})
    head, _, before, after = await _covered(serial_stripe, settings, _bytes((0, bits[:9]), (5, bits[9:])))
    assert head.otherwise == ""
    assert _cards(before) == ["7012345"]
    (other,) = _cards(after)
    assert (len(other), other != "7012345") == (7, True)


SCANS = (
    BREAD,
    "MC-ABC123",
    "JOIN:19000000301",
    "JOIN:19000000301:.6D59A12345:ST-0301",
    "2012345012349",
    "ST-0301",
    "690\x1b[2J",
    "4006381333932",
)


@pytest.mark.parametrize("scan", SCANS)
async def test_a_scan_means_the_same_and_only_the_shops_articles_stay(scan: str) -> None:
    settings = serial_scanner.Settings(path=PATH, prefix="]", suffix="#")
    records = _bytes(
        (0, f"]{scan}#\r".encode()), (900, f"]{scan[:5]}".encode()), (3_000, f"]{scan}#\r".encode())
    )
    head, other, before, after = await _covered(serial_scanner, settings, records)
    assert head.otherwise == ""
    assert [type(one) for one in before] == [type(one) for one in after]
    texts = {one.text for one in after if isinstance(one, CodeScanned)}
    assert len(texts) == any(isinstance(one, CodeScanned) for one in before)
    assert (scan.encode() in b"".join(one.data for one in other)) is (scan == BREAD)


async def test_a_label_with_elements_is_still_one() -> None:
    label = b"]C1010690123456789217271231310300125010AB\r"
    settings = serial_scanner.Settings(path=PATH)
    head, other, before, after = await _covered(serial_scanner, settings, _bytes((0, label)))
    assert [type(one) for one in before] == [type(one) for one in after]
    assert head.otherwise == ""
    assert b"690123456789" not in other[0].data


@pytest.mark.parametrize("layout", LayoutName)
async def test_keys_are_others_on_any_layout_and_the_scan_means_the_same(layout: LayoutName) -> None:
    settings = keyboard_scanner.Settings(path=PATH, layout=layout, prefix="a", suffix="z")
    records = [*_keys("aMC-ABC123z", layout), *_keys("aMC-ABC123z", layout, at_ms=2_000)]
    head, _, before, after = await _covered(keyboard_scanner, settings, records)
    first, second = (one.text for one in after if isinstance(one, CodeScanned))
    assert head.otherwise == ""
    assert [one.text for one in before if isinstance(one, CodeScanned)] == ["MC-ABC123"] * 2
    assert first == second != "MC-ABC123"
    assert first.startswith("MC-")


async def test_a_tag_that_is_typed_is_another_one() -> None:
    settings = keyboard_reader.Settings(path=PATH, spelling=Spelling.DECIMAL_10)
    head, _, before, after = await _covered(keyboard_reader, settings, _keys("3808980205"))
    assert head.otherwise == ""
    assert len(_cards(before)) == len(_cards(after)) == 1
    assert _cards(before) != _cards(after)


ATR = bytes.fromhex("3B8F8001804F0CA0000003060300030000000068")
PRESENT, EMPTY = 0x22, 0x12


def _slot(at_ms: int, count: int, state: int, atr: bytes = b"") -> Record:
    data = (count << 16 | state).to_bytes(4, "big") + atr
    return Record(at_ms=at_ms, what=What.SLOT, data=data, place="ACR122U 00 00")


def _exchange(at_ms: int, asked: str, answer: str) -> list[Record]:
    return [
        Record(at_ms=at_ms, what=What.ASKED, data=bytes.fromhex(asked)),
        Record(at_ms=at_ms, what=What.IN, data=bytes.fromhex(answer)),
    ]


def _opened(at_ms: int) -> Record:
    return Record(at_ms=at_ms, what=What.OPENED, data=b"\x02", place="ACR122U 00 00")


TAPPED = [
    _slot(0, 0, EMPTY),
    _slot(10, 1, PRESENT, ATR),
    _opened(11),
    *_exchange(12, "FFCA0000", "04A1B2C3D4E5F69000"),
    _slot(600, 2, EMPTY),
    _slot(900, 3, PRESENT, ATR),
    _opened(901),
    *_exchange(902, "FFCA0000", ""),
    _opened(1_100),
    *_exchange(1_101, "FFCA0000", "04A1B2C3D4E5F69000"),
    _slot(2_000, 4, EMPTY),
]


async def test_a_chip_card_is_played_to_the_readers_own_thread_and_has_another_uid() -> None:
    """The second time it was at the edge of the field, and answered only when it was asked again."""
    head, _, before, after = await _covered(pcsc, pcsc.Settings(), TAPPED)
    assert head.otherwise == ""
    assert _cards(before) == ["04A1B2C3D4E5F6"] * 2
    first, second = _cards(after)
    assert first == second != "04A1B2C3D4E5F6"
    assert first.startswith("04")
    assert [type(one) for one in after].count(CardRemoved) == 2


def _talked(card: VirtualNtag, settings: pcsc.Settings) -> list[Record]:
    """What is said to the card, and what it says."""
    known = Known(keys=NoKeys(), seen=NoneSeen(), prover=NobodyProves(), fresh=bytes(16))
    talk = presented(card.atr, settings, known)
    found: list[Record] = []
    with contextlib.suppress(StopIteration):
        command = next(talk)
        while True:
            answer = card.answer(command)
            found += _exchange(12, command[:4].hex(), answer.hex())
            command = talk.send(answer)
    return found


async def test_what_a_card_holds_is_replaced_and_what_frames_it_stays() -> None:
    """NDEF: the number lies behind the shop's address, and runs over two answers."""
    uri = "https://shop.example/c/"
    card = VirtualNtag(bytes.fromhex("04A1B2C3D4E5F6"), content=ndef(uri_record(f"{uri}MC-0001234567")))
    settings = pcsc.Settings(ndef=Ndef(uri=uri))
    records = [_slot(0, 0, EMPTY), _slot(10, 1, PRESENT, card.atr), _opened(11), *_talked(card, settings)]
    head, other, before, after = await _covered(pcsc, settings, [*records, _slot(900, 2, EMPTY)])
    assert head.otherwise == ""
    assert _cards(before) == ["MC-0001234567"]
    (number,) = _cards(after)
    assert (len(number), number != "MC-0001234567") == (13, True)
    assert b"12345" not in b"".join(one.data for one in other)


async def test_a_printers_answers_are_told_in_words() -> None:
    head = Head(device="p", driver="tcp_printer", settings={"host": "192.0.2.7"}, masked=True)
    records = [*_bytes((0, b"\x12\x12\x12\x12"), (9, b"\x12\x12\x12\x72\x12"))]
    assert await told(head, records, None) == [
        "ready",
        "paper out (DLE EOT 1-4: 12 12 12 72)",
        "cut off: 1 of 4 answers",
    ]
    assert device_of(head).settings == tcp_printer.Settings(host="192.0.2.7")


async def test_what_a_running_driver_reads_is_recorded_and_plays_the_same(tmp_path: Path) -> None:
    line = SerialLine(tmp_path / "scanner")
    settings = serial_scanner.Settings(path=line.path, beep=True)
    heard: list[DeviceEvent] = []
    with recorded("front", SystemClock()) as recording:
        async with aclosing(serial_scanner.build("front", settings, SystemClock()).events()) as events:
            heard.append(await asyncio.wait_for(anext(events), 60))
            for text in (b"MC-ABC123\r", b"\xff\xfe\r"):
                line.send(text)
                heard.append(await asyncio.wait_for(anext(events), 60))
            with pytest.raises(ValueError, match="already"), recorded("front", SystemClock()):
                pass
    line.send(b"UNHEARD-1\r")
    assert What.SENT in {one.what for one in recording.records}
    head = Head(device="front", driver="serial_scanner", settings={"path": "x", "beep": True}, masked=False)
    assert await events_of(head, recording.records) == heard
    line.unplug()


async def test_a_recording_ends_at_its_limit_and_says_so() -> None:
    with recorded("front", SystemClock()) as recording:
        while not recording.full:
            recording.note(What.IN, bytes(1_000), "")
        size = len(recording.records)
        recording.note(What.IN, b"x", "")
    assert len(recording.records) == size


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"\xff",
        b'{"settings":' + b"[" * 100_000,
        b'{"recording":9,"device":"x","driver":"y","settings":{},"masked":true}',
    ],
)
def test_a_file_that_is_no_recording_is_refused(data: bytes) -> None:
    with pytest.raises(BadRecording):
        read(data)


def test_a_line_that_is_broken_is_named() -> None:
    head = Head(device="x", driver="serial_scanner", settings={"path": "x"}, masked=True)
    data = written(head, _bytes((0, b"x"))) + b'{"at_ms":0,"what":"in","hex":"zz"}\n'
    with pytest.raises(BadRecording, match="line 3"):
        read(data)


@pytest.mark.parametrize("change", [{"driver": "no_such"}, {"driver": "../x"}, {"settings": {"paths": 1}}])
def test_a_driver_or_settings_that_do_not_exist_are_refused(change: dict[str, Any]) -> None:
    head = {"device": "x", "driver": "serial_scanner", "settings": {"path": "x"}, "masked": True, **change}
    with pytest.raises(BadRecording):
        device_of(read(json.dumps(head).encode() + b"\n")[0])


async def test_a_driver_that_waits_for_ever_ends_with_its_recording() -> None:
    head = Head(device="x", driver="card_rewriter", settings={"path": "x"}, masked=True)
    assert await events_of(head, _bytes((0, b"\x06"))) == []
