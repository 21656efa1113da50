"""A bank's terminal on a cable: its packets, and conversations over a real pseudo-terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.acquirer import Order, Outcome
from terminal.core.card_terminal import Printed
from terminal.core.errors import DeviceMissing
from terminal.core.events import DeviceHealth
from terminal.core.values import EntryId
from terminal.drivers import bank_terminal
from terminal.drivers.bank_terminal import BankTerminal
from terminal.drivers.codecs import zvt
from terminal.drivers.codecs.zvt import (
    ACK,
    DLE,
    ETX,
    NAK,
    STX,
    Control,
    Packet,
    Sign,
    Spoilt,
    Status,
    ZvtDecoder,
)
from terminal.drivers.virtual.bank_terminal import VirtualBankTerminal, Whim
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.runtime.clock import SystemClock

WITHIN_S = 60
BEFORE = Printed(number=40, amount=0, done=True)
ORDER = Order(id=EntryId("o1"), amount=7_00)
PACKETS = st.builds(
    Packet, control=st.integers(0, 0xFFFF), data=st.one_of(st.binary(max_size=300), st.just(b"\x10" * 20))
)


def fed(data: bytes, size: int) -> list[zvt.Heard]:
    decoder = ZvtDecoder()
    found = [one for at in range(0, len(data), size) for one in decoder.feed(data[at : at + size])]
    return found + decoder.silence()


# The codec.


def test_packets_are_as_the_transport_has_them() -> None:
    assert zvt.framed(zvt.DONE) == bytes.fromhex("1002 800000 1003 F51F")
    assert zvt.framed(Packet(control=0x849C)) == bytes.fromhex("1002 849C00 1003 C341")
    assert zvt.framed(Packet(control=0x0601, data=b"\x10"))[:8] == bytes.fromhex("1002 060101 1010 10")


def test_what_is_asked_is_as_the_interface_has_it() -> None:
    assert zvt.registration(123456, 156) == Packet(control=0x0600, data=bytes.fromhex("123456 00 0156"))
    assert zvt.authorisation(12_345, 156) == Packet(
        control=0x0601, data=bytes.fromhex("04 000000012345 49 0156")
    )
    assert zvt.reversal(42, 7) == Packet(control=0x0630, data=bytes.fromhex("000042 87 0007"))
    assert zvt.repeat(42) == Packet(control=0x0620, data=bytes.fromhex("000042"))
    assert zvt.authorisation(zvt.AMOUNT_MAX, 156).data[1:7] == bytes.fromhex("999999999999")
    for amount in (-1, zvt.AMOUNT_MAX + 1):
        with pytest.raises(ValueError, match="in 6 bytes"):
            zvt.authorisation(amount, 156)


@given(st.lists(PACKETS, max_size=4), st.integers(1, 40))
def test_in_any_chunks_the_same_packets_come(packets: list[Packet], size: int) -> None:
    line = b"".join(bytes([ACK]) + zvt.framed(one) for one in packets) + bytes([NAK])
    expected = [heard for one in packets for heard in (Sign.ACK, one)]
    assert fed(line, size) == [*expected, Sign.NAK]


@given(PACKETS, st.binary(max_size=30).filter(lambda one: not {DLE, ACK, NAK} & set(one)), st.integers(1, 9))
def test_garbage_before_a_packet_is_passed_over(packet: Packet, garbage: bytes, size: int) -> None:
    assert fed(garbage + zvt.framed(packet), size) == [packet]


@given(PACKETS, st.data())
def test_a_packet_with_a_wrong_bit_is_never_taken_for_another(packet: Packet, data: st.DataObject) -> None:
    line = bytearray(zvt.framed(packet))
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= 1 << data.draw(st.integers(0, 7))
    assert all(not isinstance(one, Packet) for one in fed(bytes(line), 7))


@given(st.binary(max_size=200), st.integers(1, 50))
def test_of_any_bytes_it_says_something_or_nothing(data: bytes, size: int) -> None:
    fed(data, size)
    zvt.status_of(data)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (bytes([DLE, STX, 1, DLE, STX]), "another began in it"),
        (bytes([DLE, STX, 1, DLE, 7]), "an escape that is none"),
        (bytes([DLE, STX]) + b"\x01" * (zvt.PACKET_BYTES_MAX + 1), "too long"),
        (bytes([DLE, STX, 1, 2, 0, DLE, ETX, 0, 0]), "its check does not fit"),
        (bytes([DLE, STX, 1]), "it broke off"),
    ],
)
def test_what_is_spoilt_says_why(line: bytes, why: str) -> None:
    assert fed(line, 3)[0] == Spoilt(why=why)


def test_a_length_that_lies_is_spoilt() -> None:
    for body in (b"\x06", b"\x06\x0f\x01", b"\x06\x0f\xff\x05\x00x"):
        crc = zvt.checksum(body + bytes([ETX])).to_bytes(2, "little")
        assert fed(bytes([DLE, STX]) + body + bytes([DLE, ETX]) + crc, 9) == [
            Spoilt(why="its length does not fit")
        ]


def test_long_packets_say_their_length_in_two_bytes_and_too_long_ones_are_not_made() -> None:
    assert zvt.framed(Packet(control=0x0601, data=b"a" * 254))[4] == 254
    assert zvt.framed(Packet(control=0x0601, data=b"a" * 255))[4:7] == b"\xff\xff\x00"
    zvt.framed(Packet(control=0x0601, data=b"a" * (zvt.PACKET_BYTES_MAX - 5)))
    with pytest.raises(ValueError, match="bytes of data"):
        zvt.framed(Packet(control=0x0601, data=b"a" * (zvt.PACKET_BYTES_MAX - 4)))


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("2700 04000000000700 870042", Status(result=0, amount=7_00, receipt=42)),
        ("2764", Status(result=0x64)),
        ("22F1F06226091234567890123E 2700 0B000001", Status(result=0)),
        ("8BF0F3414243 870001", Status(receipt=1)),
        ("870042 DD 2700", Status(receipt=42)),
        ("8700", Status()),
        ("87004A", Status()),
        ("22F1", Status()),
        ("22F1A9 870042", Status()),
        ("220109 870042", Status()),
        ("", Status()),
    ],
)
def test_of_a_status_what_has_no_part_of_a_card_is_read(said: str, status: Status) -> None:
    assert zvt.status_of(bytes.fromhex(said)) == status


@pytest.mark.parametrize(
    ("status", "done"),
    [
        (Status(result=0, amount=1, receipt=1), True),
        (Status(result=1, amount=1, receipt=1), False),
        (Status(amount=1, receipt=1), False),
        (Status(result=0, receipt=1), False),
        (Status(result=0, amount=1), False),
    ],
)
def test_a_payment_is_done_where_all_of_it_is_said(status: Status, *, done: bool) -> None:
    assert status.done is done


def test_a_refusal_says_its_code() -> None:
    assert (Packet(control=0x849C).refused, Packet(control=0x849C).code) == (True, 0x9C)
    assert (Packet(control=0x8000).refused, Packet(control=Control.ABORTED, data=b"\x64").code) == (
        False,
        0x64,
    )
    assert Packet(control=Control.ABORTED).code == 0


# The conversation.


@asynccontextmanager
async def beside_the_till(
    folder: Path, *whims: Whim | None, said: str = "123456\n"
) -> AsyncIterator[tuple[BankTerminal, VirtualBankTerminal]]:
    secret = folder / "password"
    secret.write_text(said)
    with SerialLine(folder / "line") as line, VirtualBankTerminal(line, whims=whims) as there:
        settings = bank_terminal.Settings(path=line.path, password_file=secret, answer_ms=400, customer_s=10)
        device = bank_terminal.build("bank", settings, SystemClock())
        async with _listening(device):
            yield device, there


@asynccontextmanager
async def _listening(device: BankTerminal) -> AsyncIterator[None]:
    ready = asyncio.Event()

    async def listen() -> None:
        with suppress(DeviceMissing):
            async with aclosing(device.events()) as events:
                async for event in events:
                    assert event.health is DeviceHealth.READY  # type: ignore[union-attr]  # only that is said
                    ready.set()

    task = asyncio.create_task(listen())
    async with asyncio.timeout(WITHIN_S):
        await ready.wait()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_takes_the_amount_and_says_the_receipt(tmp_path: Path) -> None:
    async with beside_the_till(tmp_path) as (device, there), asyncio.timeout(WITHIN_S):
        assert device.present
        assert await device.last() == BEFORE
        said = await device.pay(ORDER)
        assert (said.outcome, said.evidence, said.receipt) == (Outcome.PAID, "receipt 0041", 41)
        assert await device.last() == Printed(number=41, amount=7_00, done=True)
        assert there.kept == 7_00
        said = await device.reverse(Printed(number=41, amount=7_00, done=True))
        assert (said.outcome, said.evidence) == (Outcome.UNDONE, "reversed 0041")
        assert there.kept == 0


@pytest.mark.parametrize("whim", [Whim.NO, Whim.BUSY])
async def test_what_it_refuses_is_not_paid(tmp_path: Path, whim: Whim) -> None:
    async with beside_the_till(tmp_path, whim) as (device, there), asyncio.timeout(WITHIN_S):
        said = await device.pay(ORDER)
        assert (said.outcome, there.kept) == (Outcome.REFUSED, 0)
        assert said.evidence == {Whim.NO: "code 64", Whim.BUSY: "code 9C"}[whim]
        assert await device.last() == BEFORE


async def test_a_customer_who_is_slow_is_waited_for_and_may_be_given_up(tmp_path: Path) -> None:
    async with beside_the_till(tmp_path, Whim.SLOW, Whim.SLOW) as (device, there), asyncio.timeout(WITHIN_S):
        paying = asyncio.create_task(device.pay(ORDER))
        await _asked_of(there)
        there.present()
        assert (await paying).outcome is Outcome.PAID
        given_up = asyncio.create_task(device.pay(ORDER))
        await _asked_of(there)
        await device.stop(Order(id=EntryId("o2"), amount=7_00))
        assert not given_up.done(), "another's is not stopped"
        await device.stop(ORDER)
        assert (await given_up).outcome is Outcome.REFUSED
        assert (there.kept, Control.ABORT in there.commands) == (7_00, True)


async def _asked_of(there: VirtualBankTerminal) -> None:
    there.waits.clear()
    await there.waits.wait()


async def test_whoever_gives_up_asking_does_not_stop_it(tmp_path: Path) -> None:
    async with beside_the_till(tmp_path, Whim.SLOW) as (device, there), asyncio.timeout(WITHIN_S):
        paying = asyncio.create_task(device.pay(ORDER))
        await _asked_of(there)
        paying.cancel()
        await asyncio.gather(paying, return_exceptions=True)
        assert await device.last() is None, "it is busy"
        there.present()
        assert (await device.pay(ORDER)).outcome is Outcome.PAID
        assert (await device.last(), there.kept) == (Printed(number=42, amount=7_00, done=True), 14_00)


async def test_an_answer_that_is_lost_with_the_cable_is_read_from_the_last_receipt(tmp_path: Path) -> None:
    async with beside_the_till(tmp_path, Whim.MUTE) as (device, there), asyncio.timeout(WITHIN_S):
        paying = asyncio.create_task(device.pay(ORDER))
        await there.booked.wait()
        there.unplug()
        assert (await paying).outcome is Outcome.UNKNOWN
        assert (device.present, await device.last()) == (False, None)
        there.replug()
        async with _listening(device):
            assert await device.last() == Printed(number=41, amount=7_00, done=True)


async def test_a_command_that_nobody_acknowledged_is_not_sent_again(tmp_path: Path) -> None:
    async with beside_the_till(tmp_path, Whim.DEAF) as (device, there), asyncio.timeout(WITHIN_S):
        assert (await device.pay(ORDER)).outcome is Outcome.UNKNOWN
        assert (there.commands.count(Control.AUTHORISATION), there.kept) == (1, 0)
        assert await device.last() == BEFORE


async def test_of_a_terminal_that_has_printed_nothing_nobody_knows_the_last_receipt(tmp_path: Path) -> None:
    async with beside_the_till(tmp_path) as (device, there), asyncio.timeout(WITHIN_S):
        there.receipts.clear()
        assert await device.last() is None


async def test_while_it_is_busy_nobody_knows_its_last_receipt(tmp_path: Path) -> None:
    async with beside_the_till(tmp_path) as (device, there), asyncio.timeout(WITHIN_S):
        there.busy = True
        assert await device.last() is None
        assert (await device.reverse(Printed(number=41, amount=7_00, done=True))).outcome is Outcome.UNKNOWN


async def test_packets_that_are_spoilt_on_the_way_are_asked_for_again(tmp_path: Path) -> None:
    async with beside_the_till(tmp_path) as (device, there), asyncio.timeout(WITHIN_S):
        there.spoils = 2  # Each of the next two comes once more.
        assert (await device.pay(ORDER)).outcome is Outcome.PAID
        assert there.kept == 7_00


async def test_a_reversal_that_is_refused_is_and_one_of_before_is_known_to_nobody(
    tmp_path: Path,
) -> None:
    whims = (None, Whim.NO, Whim.MUTE)
    async with beside_the_till(tmp_path, *whims) as (device, there), asyncio.timeout(WITHIN_S):
        await device.pay(ORDER)
        receipt = Printed(number=41, amount=7_00, done=True)
        refused = await device.reverse(receipt)
        assert (refused.outcome, refused.evidence) == (Outcome.REFUSED, "code B4")
        lost = asyncio.create_task(device.reverse(receipt))
        there.booked.clear()
        await there.booked.wait()
        there.unplug()
        assert (await lost).outcome is Outcome.UNKNOWN
        there.replug()
        async with _listening(device):
            assert (await device.reverse(receipt)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("said", ["12345", "1234567", "12345a", ""])
async def test_without_its_password_it_is_missing(tmp_path: Path, said: str) -> None:
    secret = tmp_path / "password"
    if said:
        secret.write_text(said)
    settings = bank_terminal.Settings(path=tmp_path / "line", password_file=secret)
    device = bank_terminal.build("bank", settings, SystemClock())
    with pytest.raises(DeviceMissing, match="six digits"):
        await anext(device.events())


async def test_a_terminal_that_does_not_register_is_missing(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("654321")
    with SerialLine(tmp_path / "line") as line, VirtualBankTerminal(line):
        settings = bank_terminal.Settings(path=line.path, password_file=tmp_path / "password", answer_ms=400)
        device = bank_terminal.build("bank", settings, SystemClock())
        with pytest.raises(DeviceMissing, match="does not register"):
            await anext(device.events())
        assert not device.present
