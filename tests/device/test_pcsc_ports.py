"""Two readers that are alike keep their places.

pcscd is real; vpcd has no USB port to tell, so one attribute and sysfs are stand-ins.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from terminal.core.errors import DeviceMissing
from terminal.core.events import CardPresented, CardRemoved, DeviceChanged, DeviceEvent, DeviceHealth
from terminal.drivers import pcsc
from terminal.drivers.chips.places import CHANNEL_ID
from terminal.drivers.virtual.pcscd import VirtualPcscd, why_not
from terminal.drivers.virtual.vpcd_card import VirtualCard, VirtualSlot
from terminal.maintenance.probe import input_facts
from terminal.runtime.clock import SystemClock
from tests.device.pcscd_says import seen

pytestmark = pytest.mark.device

LEFT, RIGHT = "Twin A", "Twin B"
FRONT, BACK = "1-1.2", "1-1.3"
WITHIN_S = 60


@pytest.fixture(scope="module")
def pcscd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualPcscd]:
    ours = VirtualPcscd(tmp_path_factory.mktemp("pcscd"), [LEFT, RIGHT], wait_s=240)
    if (reason := why_not()) and "another pcscd" not in reason:
        pytest.skip(reason)
    with ours:
        yield ours


class Bus:
    """What is plugged in where: as sysfs shows it, and as libccid would tell of its readers."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self._addresses: dict[str, int] = {}
        self._next = 5
        self._real = _get_attrib()

    def plug(self, reader: str, port: str) -> None:
        self._next += 1
        self._addresses[reader] = self._next
        (self.tree / port).mkdir(exist_ok=True)
        (self.tree / port / "busnum").write_text("1\n")
        (self.tree / port / "devnum").write_text(f"{self._next}\n")

    def call_otherwise(self) -> None:
        """As a pcscd that was started again: nothing was pulled, and each has the other's name."""
        names = reversed(self._addresses)
        self._addresses = dict(zip(names, self._addresses.values(), strict=True))

    def attribute(self, handle: int, attribute: int) -> tuple[int, list[int]]:
        from smartcard import scard

        assert attribute == CHANNEL_ID
        self._real(handle, attribute)  # Which waits, as it does, for what is said to a card meanwhile.
        result, reader, _, _, _ = scard.SCardStatus(handle)
        if result:
            return result, []
        address = self._addresses[reader.removesuffix(" 00 00").removesuffix(" 00 01")]
        return 0, list((0x0020_0100 | address).to_bytes(4, sys.byteorder))


def _get_attrib() -> Callable[[int, int], object]:
    from smartcard import scard

    real: Callable[[int, int], object] = scard.SCardGetAttrib
    return real


@pytest.fixture
def bus(tmp_path: Path, pcscd: VirtualPcscd, monkeypatch: pytest.MonkeyPatch) -> Bus:
    from smartcard import scard

    assert pcscd.pid
    plan = Bus(tmp_path)
    monkeypatch.setattr(scard, "SCardGetAttrib", plan.attribute)
    return plan


def _reader(name: str, port: str, tree: Path) -> pcsc.PcscReader:
    return pcsc.PcscReader(name, pcsc.Settings(reader="Twin", port=port), tree)


def _at(reader: str, port: str) -> str:
    """Both its slots."""
    return f"{reader} 00 00 at port {port}, {reader} 00 01 at port {port}"


def _ready(name: str, reader: str, port: str) -> DeviceChanged:
    return DeviceChanged(device=name, health=DeviceHealth.READY, why=_at(reader, port))


async def _next(events: AsyncGenerator[DeviceEvent, None]) -> DeviceEvent:
    return await asyncio.wait_for(anext(events), WITHIN_S)


async def _reads(events: AsyncGenerator[DeviceEvent, None], hand: VirtualSlot, uid: str) -> None:
    await asyncio.to_thread(hand.insert, VirtualCard(uid=bytes.fromhex(uid)))
    came = await _next(events)
    assert isinstance(came, CardPresented), came
    assert came.credential.number == uid
    await asyncio.to_thread(hand.remove)
    assert isinstance(await _next(events), CardRemoved)


async def test_each_reads_at_its_port_alone_and_goes_on_there_when_pcscd_calls_them_the_other_way_round(
    pcscd: VirtualPcscd, bus: Bus
) -> None:
    left, right = (VirtualSlot(pcscd.ports[name]) for name in (LEFT, RIGHT))
    bus.plug(LEFT, FRONT)
    bus.plug(RIGHT, BACK)
    async with (
        aclosing(_reader("front", FRONT, bus.tree).events()) as front,
        aclosing(_reader("back", BACK, bus.tree).events()) as back,
    ):
        assert await _next(front) == _ready("front", LEFT, FRONT)
        assert await _next(back) == _ready("back", RIGHT, BACK)
        await _reads(front, left, "04A1B2C3D4E5F6")
        await _reads(back, right, "04A1B2C3D4E5F7")
        bus.plug(RIGHT, FRONT)
        bus.plug(LEFT, BACK)
        assert await _next(front) == _ready("front", RIGHT, FRONT)
        assert await _next(back) == _ready("back", LEFT, BACK)
        await _reads(front, right, "04A1B2C3D4E5F8")
        await _reads(back, left, "04A1B2C3D4E5F9")


async def test_a_pcscd_that_was_started_again_may_call_them_otherwise(pcscd: VirtualPcscd, bus: Bus) -> None:
    assert pcscd.pid
    bus.plug(LEFT, FRONT)
    bus.plug(RIGHT, BACK)
    reader = _reader("front", FRONT, bus.tree)
    async with aclosing(reader.events()) as events:
        assert await _next(events) == _ready("front", LEFT, FRONT)
    bus.call_otherwise()
    async with aclosing(reader.events()) as events:
        assert await _next(events) == _ready("front", RIGHT, FRONT)


async def test_the_doctor_shows_the_port_of_each_for_the_technician_to_copy(
    pcscd: VirtualPcscd, bus: Bus
) -> None:
    assert pcscd.pid
    bus.plug(LEFT, FRONT)
    bus.plug(RIGHT, BACK)
    facts = await input_facts("front", "reader", _reader("front", "", bus.tree))
    assert (facts.health, facts.why) == (
        DeviceHealth.READY,
        f"{_at(LEFT, FRONT)}, {_at(RIGHT, BACK)}",
    )


async def test_a_port_where_no_reader_is_says_which_there_are(pcscd: VirtualPcscd, bus: Bus) -> None:
    assert pcscd.pid
    bus.plug(LEFT, FRONT)
    bus.plug(RIGHT, BACK)
    async with aclosing(_reader("front", "3-1", bus.tree).events()) as events:
        with pytest.raises(
            DeviceMissing, match=r"at port 3-1; there are: Twin A 00 00 at port 1-1\.2, .* Twin B"
        ):
            await _next(events)


async def test_a_port_is_refused_with_words_where_the_driver_of_the_reader_tells_none(
    pcscd: VirtualPcscd,
) -> None:
    """What vpcd itself answers."""
    assert pcscd.pid
    settings = pcsc.Settings(reader="Twin", port=FRONT)
    async with aclosing(pcsc.build("front", settings, SystemClock()).events()) as events:
        with pytest.raises(
            DeviceMissing, match=r"`port` cannot say .* Twin A 00 00 \(its driver tells no port"
        ):
            await _next(events)


async def test_a_reader_starts_while_the_one_that_is_alike_holds_a_card_that_answers_nothing(
    pcscd: VirtualPcscd, bus: Bus
) -> None:
    left, right = (VirtualSlot(pcscd.ports[name]) for name in (LEFT, RIGHT))
    bus.plug(LEFT, FRONT)
    bus.plug(RIGHT, BACK)
    async with aclosing(_reader("back", BACK, bus.tree).events()) as back:
        assert await _next(back) == _ready("back", RIGHT, BACK)
        await asyncio.to_thread(right.insert, VirtualCard(uid=bytes.fromhex("04A1B2C3D4E5F7"), mute=True))
        assert await asyncio.to_thread(right.asked.wait, WITHIN_S)
        async with aclosing(_reader("front", FRONT, bus.tree).events()) as front:
            assert await _next(front) == _ready("front", LEFT, FRONT)
            await _reads(front, left, "04A1B2C3D4E5F8")
            await asyncio.to_thread(right.remove)
            seen(f"{RIGHT} 00 00", occupied=False)
