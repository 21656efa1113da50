"""Cards that prove themselves to a SAM: both behind a real pcscd, each in its own slot."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from terminal.core.aes import diversified, diversified_3des
from terminal.core.chips import InTurn, KeyUse, NobodyProves
from terminal.core.errors import DeviceMissing
from terminal.core.events import (
    CardPresented,
    CardRemoved,
    DeviceChanged,
    DeviceEvent,
    DeviceHealth,
    Unreadable,
)
from terminal.core.trust import Credential, Medium, Trust
from terminal.drivers import pcsc, pcsc_sam
from terminal.drivers.codecs import cpu_card, desfire, sam, sun
from terminal.drivers.virtual.pcscd import VirtualPcscd, why_not
from terminal.drivers.virtual.proving_cards import VirtualCpuCard, VirtualDesfire, VirtualNtag424
from terminal.drivers.virtual.sam import VirtualSam
from terminal.drivers.virtual.vpcd_card import Card, VirtualSlot
from terminal.runtime.clock import SystemClock
from tests.counter_config import COUNTER
from tests.device.pcscd_says import seen
from tests.drivers.chips import Keys, Seen

pytestmark = pytest.mark.device

WITHIN_S = 60
UID, APPLICATION, FOLDER = bytes.fromhex("04A1B2C3D4E5F6"), "F48E10", "4D454D424552"
MASTER, META, DES, SAFE = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)), "A000000001"
NUMBER = "6200000000012345"
SETTINGS = pcsc_sam.Settings(
    reader="Safe",
    application=SAFE,
    key=(
        sam.Key(use=KeyUse.DESFIRE, reference=1, application=APPLICATION, system="orchard"),
        sam.Key(use=KeyUse.SUN, reference=1, system="orchard"),
        sam.Key(use=KeyUse.SUN_META, reference=2),
        sam.Key(use=KeyUse.CPU, reference=1, application=FOLDER),
    ),
)
CARDS = pcsc.Settings(
    reader="Cards",
    read_ms=10_000,
    sun=sun.Settings(),
    desfire=desfire.Settings(application=APPLICATION),
    cpu=cpu_card.Settings(application=FOLDER, file=21, length=20),
)


def module() -> VirtualSam:
    return VirtualSam({1: MASTER, 2: META}, {(0x27, 1): DES}, application=SAFE)


def own_desfire() -> VirtualDesfire:
    key = diversified(MASTER, UID + bytes.fromhex(APPLICATION) + b"orchard")
    return VirtualDesfire(UID, key=key, application=APPLICATION)


def own_ntag() -> VirtualNtag424:
    key = diversified(MASTER, UID + b"orchard")
    return VirtualNtag424(UID, meta_key=META, mac_key=key, url="https://t.example/t")


def own_cpu() -> VirtualCpuCard:
    key = diversified_3des(DES, NUMBER)
    assert key is not None
    return VirtualCpuCard(number=NUMBER, key=key, application=FOLDER)


@pytest.fixture(scope="module")
def pcscd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualPcscd]:
    ours = VirtualPcscd(tmp_path_factory.mktemp("pcscd"), ["Cards", "Safe"], wait_s=240)
    if (reason := why_not()) and "another pcscd" not in reason:
        pytest.skip(reason)
    with ours:
        yield ours


@pytest.fixture
def hand(pcscd: VirtualPcscd) -> Iterator[VirtualSlot]:
    slot = VirtualSlot(pcscd.ports["Cards"])
    yield slot
    slot.remove()
    seen("Cards 00 00", occupied=False)


@pytest.fixture
def safe(pcscd: VirtualPcscd) -> Iterator[VirtualSlot]:
    slot = VirtualSlot(pcscd.ports["Safe"])
    yield slot
    slot.remove()
    seen("Safe 00 00", occupied=False)


async def came(events: AsyncGenerator[DeviceEvent, None]) -> DeviceEvent:
    return await asyncio.wait_for(anext(events), WITHIN_S)


async def ready(device: pcsc_sam.PcscSam) -> AsyncGenerator[DeviceEvent, None]:
    """As the supervisor does it: again until pcscd, which looks a few times a second, has seen it."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            events = device.events()
            try:
                told = await anext(events)
            except DeviceMissing as missing:
                if "no SAM in" not in str(missing):
                    raise
                await asyncio.sleep(0.05)
                continue
            assert told == DeviceChanged(device="safe", health=DeviceHealth.READY, why="Safe 00 00")
            return events


@pytest.fixture
def device(request: pytest.FixtureRequest) -> pcsc_sam.PcscSam:
    """It has all the time that a busy machine needs, where a test does not say how long."""
    within_ms = getattr(request, "param", 5_000)
    settings = msgspec.structs.replace(SETTINGS, answer_ms=within_ms)
    return pcsc_sam.build("safe", settings, SystemClock())


@pytest.fixture
async def cards(device: pcsc_sam.PcscSam) -> AsyncGenerator[AsyncGenerator[DeviceEvent, None], None]:
    reader = pcsc.build("front", CARDS, SystemClock())
    reader.give(Keys({}), Seen(), InTurn((device, NobodyProves())))
    async with aclosing(reader.events()) as opened:
        assert await came(opened) == DeviceChanged(device="front", health=DeviceHealth.READY)
        yield opened


async def laid_down(hand: VirtualSlot, card: Card, cards: AsyncGenerator[DeviceEvent, None]) -> DeviceEvent:
    """What is told of it; then it is taken away."""
    await asyncio.to_thread(hand.insert, card)
    told = await came(cards)
    await asyncio.to_thread(hand.remove)
    if isinstance(told, CardPresented):
        assert await came(cards) == CardRemoved(reader="front")
    return told


def believed(told: DeviceEvent) -> Credential:
    assert isinstance(told, CardPresented), told
    return told.credential


Bench = tuple[VirtualSlot, VirtualSlot, pcsc_sam.PcscSam, AsyncGenerator[DeviceEvent, None]]


@pytest.fixture
def bench(
    hand: VirtualSlot, safe: VirtualSlot, device: pcsc_sam.PcscSam, cards: AsyncGenerator[DeviceEvent, None]
) -> Bench:
    return hand, safe, device, cards


@pytest.mark.parametrize(
    ("make", "known"),
    [
        (own_desfire, Credential(medium=Medium.UID, number=UID.hex().upper(), trust=Trust.SECURE)),
        (own_ntag, Credential(medium=Medium.UID, number=UID.hex().upper(), trust=Trust.SIGNED)),
        (own_cpu, Credential(medium=Medium.CPU, number=NUMBER, trust=Trust.SECURE)),
    ],
    ids=["DESFire EV2", "NTAG 424 DNA", "CPU card over T=0"],
)
async def test_a_card_whose_key_is_nowhere_here_proves_itself_to_the_sam(
    bench: Bench, make: Callable[[], Card], known: Credential
) -> None:
    hand, safe, device, cards = bench
    await asyncio.to_thread(safe.insert, module())
    async with aclosing(await ready(device)):
        assert believed(await laid_down(hand, make(), cards)) == known


async def test_a_copy_is_refused_by_the_sam(bench: Bench) -> None:
    hand, safe, device, cards = bench
    await asyncio.to_thread(safe.insert, module())
    async with aclosing(await ready(device)):
        copy = VirtualDesfire(UID, key=bytes(16), application=APPLICATION)
        refused = await laid_down(hand, copy, cards)
        assert isinstance(refused, Unreadable), refused
        assert refused.code == "D106"


async def test_a_sam_that_is_pulled_is_noticed_and_cards_are_open_until_it_is_back(bench: Bench) -> None:
    hand, safe, device, cards = bench
    await asyncio.to_thread(safe.insert, module())
    async with aclosing(await ready(device)) as events:
        await asyncio.to_thread(safe.remove)
        with pytest.raises(DeviceMissing, match="the SAM is gone"):
            await came(events)
    assert believed(await laid_down(hand, own_desfire(), cards)).trust is Trust.OPEN

    await asyncio.to_thread(safe.insert, module())
    async with aclosing(await ready(device)):
        assert believed(await laid_down(hand, own_desfire(), cards)).trust is Trust.SECURE


@pytest.mark.parametrize("device", [300], indirect=True)
async def test_a_sam_that_answers_no_more_holds_up_no_card_and_is_left_behind(bench: Bench) -> None:
    hand, safe, device, cards = bench
    chip = module()
    await asyncio.to_thread(safe.insert, chip)
    async with aclosing(await ready(device)) as events:
        chip.mute = True
        assert believed(await laid_down(hand, own_desfire(), cards)).trust is Trust.OPEN
        with pytest.raises(DeviceMissing, match="the SAM does not answer"):
            await came(events)
    await asyncio.to_thread(safe.remove)

    await asyncio.to_thread(safe.insert, module())
    async with aclosing(await ready(device)):
        assert believed(await laid_down(hand, own_desfire(), cards)).trust is Trust.SECURE


async def test_a_chip_without_the_folder_of_the_keys_is_no_sam(
    safe: VirtualSlot, device: pcsc_sam.PcscSam
) -> None:
    await asyncio.to_thread(safe.insert, VirtualSam({1: MASTER}, application="A000000002"))
    with pytest.raises(DeviceMissing, match="the application of its keys: it answered 6a82"):
        await ready(device)


async def test_an_empty_slot_and_one_that_is_not_there_are_told_apart(
    pcscd: VirtualPcscd, device: pcsc_sam.PcscSam
) -> None:
    assert pcscd.pid
    with pytest.raises(DeviceMissing, match="no SAM in Safe"):
        await came(device.events())
    other = pcsc_sam.build("safe", pcsc_sam.Settings(reader="Vault"), SystemClock())
    with pytest.raises(DeviceMissing, match="no slot is called 'Vault'"):
        await came(other.events())


CONFIG = f"""{COUNTER}
[device.front]
driver = "pcsc"
reader = "Cards"
read_ms = 10000

[device.front.desfire]
application = "{APPLICATION}"

[device.safe]
driver = "pcsc_sam"
reader = "Safe"
application = "{SAFE}"
answer_ms = 5000

[[device.safe.key]]
use = "desfire"
reference = 1
application = "{APPLICATION}"
system = "orchard"
"""


def test_a_terminal_that_is_told_of_a_sam_asks_it(
    tmp_path: Path, hand: VirtualSlot, safe: VirtualSlot
) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(CONFIG)
    safe.insert(module())
    log = tmp_path / "log"
    command = [sys.executable, "-m", "terminal", "run", "--config", str(config)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        wait_for(log, '"event":"ready"', "SAM found: device=safe slot=Safe 00 00")
        hand.insert(own_desfire())
        wait_for(log, "card read: device=front as=uid trust=secure")
    finally:
        process.terminate()
        process.wait(WITHIN_S)


def wait_for(log: Path, *words: str) -> None:
    until = time.monotonic() + WITHIN_S
    while not all(word in log.read_text() for word in words):
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.02)
