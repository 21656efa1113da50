"""The PC/SC driver against a real pcscd with virtual readers and cards."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec.structs import replace

from terminal.core.errors import DeviceMissing
from terminal.core.events import (
    CardFound,
    CardPresented,
    CardRemoved,
    DeviceChanged,
    DeviceEvent,
    DeviceHealth,
    Unreadable,
)
from terminal.core.trust import Credential, Medium
from terminal.drivers import pcsc
from terminal.drivers.virtual.pcscd import AnotherRuns, VirtualPcscd, available, why_not
from terminal.drivers.virtual.vpcd_card import VirtualCard, VirtualSlot
from terminal.runtime.clock import SystemClock, mono_ns
from tests.device.pcscd_says import seen

pytestmark = pytest.mark.device

READY = DeviceChanged(device="front", health=DeviceHealth.READY)
FOUND = CardFound(reader="front")
CARD = VirtualCard(uid=bytes.fromhex("04A1B2C3D4E5F6"))
OTHER = VirtualCard(uid=bytes.fromhex("DEADBEEF"))
WITHIN_S = 25
"""Less than the longest that a mute card is waited for: nothing here may end by that."""

T = TypeVar("T")


@pytest.fixture(scope="module")
def pcscd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualPcscd]:
    ours = VirtualPcscd(tmp_path_factory.mktemp("pcscd"), ["Front", "Fuel"], wait_s=240)
    if (reason := why_not()) and "another pcscd" not in reason:
        pytest.skip(reason)
    with ours:
        yield ours


@pytest.fixture
def slot(pcscd: VirtualPcscd) -> Iterator[VirtualSlot]:
    hand = VirtualSlot(pcscd.ports["Front"])
    yield hand
    hand.remove()
    if pcscd.pid is not None:
        seen("Front 00 00", occupied=False)  # Else the next test's card follows this one without a gap.


def _reader(**settings: object) -> pcsc.PcscReader:
    usual = pcsc.Settings(reader="front", read_ms=2_000)
    return pcsc.build("front", replace(usual, **settings), SystemClock())


async def _next(events: AsyncGenerator[DeviceEvent, None]) -> DeviceEvent:
    return await asyncio.wait_for(anext(events), WITHIN_S)


def _is(event: DeviceEvent, card: VirtualCard) -> bool:
    assert isinstance(event, CardPresented), event
    return event.credential == Credential(medium=Medium.UID, number=card.uid.hex().upper())


async def test_a_card_is_presented_once_with_its_whole_uid_until_it_is_taken_away(slot: VirtualSlot) -> None:
    async with aclosing(_reader().events()) as events:
        assert await _next(events) == READY
        for card in (CARD, OTHER, CARD):
            before = mono_ns()
            await asyncio.to_thread(slot.insert, card)
            came = await _next(events)
            assert _is(came, card)
            assert isinstance(came, CardPresented)
            assert before < came.seen_ns < mono_ns()
            await asyncio.to_thread(slot.remove)
            assert await _next(events) == CardRemoved(reader="front")


async def test_a_card_that_lay_there_when_the_reader_opens_is_presented_once_it_left_and_came(
    slot: VirtualSlot,
) -> None:
    await asyncio.to_thread(slot.insert, CARD)
    await asyncio.to_thread(lambda: seen("Front 00 00", occupied=True))
    for _ in range(2):
        async with aclosing(_reader().events()) as events:
            assert await _next(events) == READY
            assert await _next(events) == FOUND
    async with aclosing(_reader().events()) as events:
        assert await _next(events) == READY
        assert await _next(events) == FOUND
        await asyncio.to_thread(slot.remove)
        assert await _next(events) == CardRemoved(reader="front")
        await asyncio.to_thread(slot.insert, CARD)
        assert _is(await _next(events), CARD)


async def test_a_card_torn_away_while_it_is_read_is_unreadable_and_the_next_one_is_read(
    slot: VirtualSlot,
) -> None:
    async with aclosing(_reader().events()) as events:
        assert await _next(events) == READY
        await asyncio.to_thread(slot.insert, VirtualCard(uid=CARD.uid, tear_at=1))
        torn = await _next(events)
        assert isinstance(torn, Unreadable)
        assert (torn.device, torn.code) == ("front", "D101")
        await asyncio.to_thread(slot.remove)
        await asyncio.to_thread(slot.insert, OTHER)
        assert _is(await _next(events), OTHER)


async def test_a_mute_card_is_given_up_and_the_next_one_is_read(slot: VirtualSlot) -> None:
    async with aclosing(_reader().events()) as events:
        assert await _next(events) == READY
        for _ in range(2):
            await asyncio.to_thread(slot.insert, VirtualCard(uid=CARD.uid, mute=True))
            mute = await _next(events)
            assert isinstance(mute, Unreadable)
            assert mute.code == "D101"
            assert "2000 ms" in mute.why
            assert await _next(events) == READY  # Another thread has taken over.
            assert await _next(events) == FOUND
            await asyncio.to_thread(slot.remove)
            assert await _next(events) == CardRemoved(reader="front")
            # The torn exchange tells vpcd at once, and pcscd only at its next look.
            await asyncio.to_thread(partial(seen, "Front 00 00", occupied=False))
            await asyncio.to_thread(slot.insert, OTHER)
            assert _is(await _next(events), OTHER)
            await asyncio.to_thread(slot.remove)
            assert await _next(events) == CardRemoved(reader="front")


async def test_closing_does_not_wait_for_a_mute_card(slot: VirtualSlot) -> None:
    async with aclosing(_reader(read_ms=30_000).events()) as events:
        assert await _next(events) == READY
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.to_thread(slot.insert, VirtualCard(uid=CARD.uid, mute=True))
        assert await asyncio.to_thread(slot.asked.wait, WITHIN_S)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, WITHIN_S)
    assert slot.occupied


@pytest.mark.parametrize(
    ("uid", "why"), [("08112233", "random UID"), ("88040102", "cut short"), ("0102030405", "5 bytes")]
)
async def test_a_uid_that_names_nobody_is_refused(slot: VirtualSlot, uid: str, why: str) -> None:
    async with aclosing(_reader().events()) as events:
        assert await _next(events) == READY
        await asyncio.to_thread(slot.insert, VirtualCard(uid=bytes.fromhex(uid)))
        refused = await _next(events)
        assert isinstance(refused, Unreadable)
        assert refused.code == "14"
        assert why in refused.why
        assert uid not in refused.why


async def test_two_quick_taps_are_two_cards(slot: VirtualSlot) -> None:
    async with aclosing(_reader().events()) as events:
        assert await _next(events) == READY
        for _ in range(2):
            await asyncio.to_thread(slot.insert, CARD)
            assert await asyncio.to_thread(slot.answered.wait, WITHIN_S)
            await asyncio.to_thread(slot.remove)
        for _ in range(2):
            assert _is(await _next(events), CARD)
            assert await _next(events) == CardRemoved(reader="front")


async def test_each_reader_reads_its_own_card_even_while_another_hangs(
    pcscd: VirtualPcscd, slot: VirtualSlot
) -> None:
    fuel_slot = VirtualSlot(pcscd.ports["Fuel"])
    fuel_reader = pcsc.build("fuel", pcsc.Settings(reader="Fuel"), SystemClock())
    try:
        async with (
            aclosing(_reader(read_ms=30_000).events()) as front,
            aclosing(fuel_reader.events()) as fuel,
        ):
            assert await _next(front) == READY
            await _next(fuel)
            waiting = asyncio.ensure_future(anext(front))
            await asyncio.to_thread(slot.insert, VirtualCard(uid=CARD.uid, mute=True))
            assert await asyncio.to_thread(slot.asked.wait, WITHIN_S)
            await asyncio.to_thread(fuel_slot.insert, OTHER)
            assert _is(await _next(fuel), OTHER)
            await asyncio.to_thread(slot.remove)
            torn = await asyncio.wait_for(waiting, WITHIN_S)
            assert isinstance(torn, Unreadable)
    finally:
        fuel_slot.remove()


async def test_a_reader_that_is_not_there_is_named_with_those_that_are(pcscd: VirtualPcscd) -> None:
    async with aclosing(_reader(reader="ACR122U").events()) as events:
        with pytest.raises(DeviceMissing, match=r"ACR122U.*Front 00 00"):
            await _next(events)
    assert pcscd.pid


async def test_pcscd_killed_ends_the_driver_and_a_new_run_reads_when_it_is_back(
    pcscd: VirtualPcscd, slot: VirtualSlot
) -> None:
    reader = _reader()
    async with aclosing(reader.events()) as events:
        assert await _next(events) == READY
        await asyncio.to_thread(slot.insert, CARD)
        assert _is(await _next(events), CARD)
        await asyncio.to_thread(pcscd.kill)
        assert await _next(events) == CardRemoved(reader="front")
        with pytest.raises(DeviceMissing):
            await _next(events)
    async with aclosing(reader.events()) as events:
        with pytest.raises(DeviceMissing, match="no pcscd"):
            await _next(events)
    await asyncio.to_thread(slot.remove)
    pcscd.start()
    async with aclosing(reader.events()) as events:
        assert await _next(events) == READY
        await asyncio.to_thread(slot.insert, OTHER)
        assert _is(await _next(events), OTHER)


async def test_a_pcscd_that_hangs_is_noticed_and_read_again_when_it_goes_on(
    pcscd: VirtualPcscd, slot: VirtualSlot
) -> None:
    reader = _reader()
    assert pcscd.pid is not None
    try:
        async with aclosing(reader.events()) as events:
            assert await _next(events) == READY
            await asyncio.to_thread(slot.insert, CARD)
            assert _is(await _next(events), CARD)
            os.kill(pcscd.pid, signal.SIGSTOP)
            assert await _next(events) == CardRemoved(reader="front")
            with pytest.raises(DeviceMissing, match="does not answer"):
                await _next(events)
        async with aclosing(_reader(open_ms=100).events()) as events:
            with pytest.raises(DeviceMissing, match="does not answer"):
                await _next(events)
    finally:
        os.kill(pcscd.pid, signal.SIGCONT)
    async with aclosing(reader.events()) as events:
        assert await _next(events) == READY
        assert await _next(events) == FOUND
        await asyncio.to_thread(slot.remove)
        assert await _next(events) == CardRemoved(reader="front")
        await asyncio.to_thread(slot.insert, CARD)
        assert _is(await _next(events), CARD)


async def test_a_card_may_come_to_any_of_the_readers_that_are_called_so_but_one_at_a_time(
    pcscd: VirtualPcscd, slot: VirtualSlot
) -> None:
    other_slot = VirtualSlot(pcscd.ports["Fuel"])
    try:
        async with aclosing(_reader(reader="F").events()) as events:
            assert await _next(events) == READY
            await asyncio.to_thread(slot.insert, CARD)
            assert _is(await _next(events), CARD)
            await asyncio.to_thread(other_slot.insert, OTHER)
            second = await _next(events)
            assert isinstance(second, Unreadable)
            assert (second.code, second.why) == ("D103", "a card lies on Front 00 00 already")
            await asyncio.to_thread(other_slot.remove)
            await asyncio.to_thread(slot.remove)
            assert await _next(events) == CardRemoved(reader="front")
            await asyncio.to_thread(other_slot.insert, OTHER)
            assert _is(await _next(events), OTHER)
    finally:
        other_slot.remove()


async def test_a_card_that_lies_there_while_another_reader_hangs_has_to_come_again(
    pcscd: VirtualPcscd, slot: VirtualSlot
) -> None:
    other_slot = VirtualSlot(pcscd.ports["Fuel"])
    try:
        async with aclosing(_reader(reader="F").events()) as events:
            assert await _next(events) == READY
            await asyncio.to_thread(slot.insert, CARD)
            assert _is(await _next(events), CARD)
            await asyncio.to_thread(other_slot.insert, VirtualCard(uid=OTHER.uid, mute=True))
            assert await _next(events) == CardRemoved(reader="front")
            assert isinstance(await _next(events), Unreadable)
            assert await _next(events) == READY
            assert [await _next(events) for _ in range(2)] == [FOUND, FOUND]
            await asyncio.to_thread(slot.remove)
            assert await _next(events) == CardRemoved(reader="front")
            await asyncio.to_thread(slot.insert, CARD)
            assert _is(await _next(events), CARD)
    finally:
        other_slot.remove()


def test_a_second_pcscd_is_refused_with_the_reason(pcscd: VirtualPcscd, tmp_path: Path) -> None:
    with pytest.raises(AnotherRuns, match="another"):
        VirtualPcscd(tmp_path, ["Third"]).start()
    assert not available()
    assert pcscd.pid is not None
    os.kill(pcscd.pid, 0)
