"""Every kind of chip card that the PC/SC driver reads, through a real pcscd."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing

import pytest

from terminal.core.chips import KeyUse, NobodyProves
from terminal.core.events import (
    CardPresented,
    CardRemoved,
    DeviceChanged,
    DeviceEvent,
    DeviceHealth,
    Unreadable,
)
from terminal.core.trust import Credential, Medium, Trust
from terminal.desk.heard import Badge
from terminal.desk.inbox import Inbox
from terminal.drivers import pcsc
from terminal.drivers.codecs import classic, cpu_card, desfire, memory_card, ndef, sun
from terminal.drivers.virtual import storage_cards as virtual
from terminal.drivers.virtual.pcscd import VirtualPcscd, why_not
from terminal.drivers.virtual.proving_cards import VirtualCpuCard, VirtualDesfire, VirtualNtag424
from terminal.drivers.virtual.vpcd_card import Card, VirtualSlot
from terminal.runtime.clock import SystemClock
from tests.device.pcscd_says import seen
from tests.drivers.chips import Keys, Seen

pytestmark = pytest.mark.device

WITHIN_S = 60
UID, PLAIN = bytes.fromhex("04A1B2C3D4E5F6"), bytes.fromhex("04010203040506")
KEY = bytes.fromhex("A0A1A2A3A4A5")
META, OWN, READ = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))
NAMED, SIGNER, CPU = UID.hex().upper(), bytes.fromhex("04424242424242"), "6200000000012345"
APPLICATION, FOLDER = "F48E10", "315041592E5359532E4444463031"
KEYS = Keys(
    {
        (KeyUse.SECTOR, ""): KEY,
        (KeyUse.DESFIRE, NAMED): OWN,
        (KeyUse.SUN_META, ""): META,
        (KeyUse.SUN, SIGNER.hex().upper()): OWN,
        (KeyUse.CPU, CPU): OWN,
        (KeyUse.CPU_READ, ""): READ,
    }
)
SETTINGS = pcsc.Settings(
    reader="Cards",
    classic=classic.Settings(block=4),
    ndef=ndef.Settings(),
    memory=memory_card.Settings(address=32, length=10),
    sun=sun.Settings(),
    desfire=desfire.Settings(application=APPLICATION),
    cpu=cpu_card.Settings(application=FOLDER, file=21, length=20, external_key=1),
)
Make = Callable[[], virtual.ChipCard]


def memory(*, large: bool) -> virtual.ChipCard:
    return virtual.VirtualMemoryCard(bytes(28) + b"M000123   ", large=large)


CARDS: dict[str, tuple[Make, Credential]] = {
    "MIFARE Classic": (
        lambda: virtual.VirtualClassic(PLAIN, key=KEY, blocks={4: b"VIP-00042".ljust(16, b"\0")}),
        Credential(medium=Medium.SECTOR, number="VIP-00042"),
    ),
    "NTAG 213": (
        lambda: virtual.VirtualNtag(PLAIN, content=virtual.ndef(virtual.text_record("MC-000123"))),
        Credential(medium=Medium.NDEF, number="MC-000123"),
    ),
    "NTAG 424 DNA": (
        lambda: VirtualNtag424(SIGNER, meta_key=META, mac_key=OWN, url="https://t.example/t"),
        Credential(medium=Medium.UID, number=SIGNER.hex().upper(), trust=Trust.SIGNED),
    ),
    "DESFire EV2": (
        lambda: VirtualDesfire(UID, key=OWN, application=APPLICATION),
        Credential(medium=Medium.UID, number=NAMED, trust=Trust.SECURE),
    ),
    "CPU card over T=0": (
        lambda: VirtualCpuCard(number=CPU, key=OWN, application=FOLDER, read_key=READ),
        Credential(medium=Medium.CPU, number=CPU, trust=Trust.SECURE),
    ),
    "a processor that nobody expects": (
        lambda: VirtualDesfire(PLAIN, key=META, application="000001"),
        Credential(medium=Medium.UID, number=PLAIN.hex().upper()),
    ),
    "SLE4442": (lambda: memory(large=False), Credential(medium=Medium.MEMORY, number="M000123")),
    "SLE4428": (lambda: memory(large=True), Credential(medium=Medium.MEMORY, number="M000123")),
}


@pytest.fixture(scope="module")
def pcscd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualPcscd]:
    ours = VirtualPcscd(tmp_path_factory.mktemp("pcscd"), ["Cards"], wait_s=240)
    if (reason := why_not()) and "another pcscd" not in reason:
        pytest.skip(reason)
    with ours:
        yield ours


@pytest.fixture
def slot(pcscd: VirtualPcscd) -> Iterator[VirtualSlot]:
    hand = VirtualSlot(pcscd.ports["Cards"])
    yield hand
    hand.remove()
    seen("Cards 00 00", occupied=False)  # Else the next test's reader finds this card lying there.


@pytest.fixture
async def events() -> AsyncGenerator[AsyncGenerator[DeviceEvent, None], None]:
    reader = pcsc.build("front", SETTINGS, SystemClock())
    reader.give(KEYS, Seen(), NobodyProves())
    async with aclosing(reader.events()) as opened:
        assert await came(opened) == DeviceChanged(device="front", health=DeviceHealth.READY)
        yield opened


async def came(events: AsyncGenerator[DeviceEvent, None]) -> DeviceEvent:
    return await asyncio.wait_for(anext(events), WITHIN_S)


@pytest.mark.parametrize("kind", CARDS)
async def test_a_card_is_read_once_and_one_torn_away_in_between_is_said_to_be(
    kind: str, slot: VirtualSlot, events: AsyncGenerator[DeviceEvent, None]
) -> None:
    make, known = CARDS[kind]
    await asyncio.to_thread(slot.insert, make())
    read = await came(events)
    assert isinstance(read, CardPresented), read
    assert read.credential == known
    await asyncio.to_thread(slot.remove)
    assert await came(events) == CardRemoved(reader="front")

    torn = make()
    torn.tear_at = 2
    await asyncio.to_thread(slot.insert, torn)
    unread = await came(events)
    assert isinstance(unread, Unreadable), unread
    assert unread.code == "D101"


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (VirtualDesfire(UID, key=bytes(16), application=APPLICATION), "D106"),
        (virtual.VirtualClassic(UID, key=KEY, blocks={}), "D106"),
        (VirtualCpuCard(number=CPU, key=bytes(16), application=FOLDER, read_key=READ), "D106"),
    ],
    ids=["a DESFire with another key", "a copy of its UID on another chip", "a copy of its number"],
)
async def test_a_copy_of_a_card_is_refused_where_its_key_is_here(
    slot: VirtualSlot, events: AsyncGenerator[DeviceEvent, None], card: Card, code: str
) -> None:
    await asyncio.to_thread(slot.insert, card)
    refused = await came(events)
    assert isinstance(refused, Unreadable), refused
    assert refused.code == code
    assert NAMED not in refused.why
    assert CPU not in refused.why


async def test_a_card_that_was_there_before_anybody_asked_is_told_from_the_one_that_came_for_it(
    slot: VirtualSlot, events: AsyncGenerator[DeviceEvent, None]
) -> None:
    class Slow(VirtualDesfire):
        go_on = threading.Event()

        def answer(self, apdu: bytes) -> bytes:
            self.go_on.wait(WITHIN_S)
            return super().answer(apdu)

    clock = SystemClock()
    inbox = Inbox(clock.mono_ms)
    slow = Slow(UID, key=OWN, application=APPLICATION)
    await asyncio.to_thread(slot.insert, slow)
    assert await asyncio.to_thread(slot.asked.wait, WITHIN_S)
    being_read_ms = clock.mono_ms()
    while clock.mono_ms() == being_read_ms:  # The next customer's question comes in another millisecond.
        continue
    inbox.want(Badge)
    slow.go_on.set()
    late = await came(events)
    assert isinstance(late, CardPresented), late
    assert not inbox.asked_before(late.seen_ns)

    await asyncio.to_thread(slot.remove)
    assert await came(events) == CardRemoved(reader="front")
    await asyncio.to_thread(slot.insert, CARDS["DESFire EV2"][0]())
    asked = await came(events)
    assert isinstance(asked, CardPresented), asked
    assert inbox.asked_before(asked.seen_ns)
