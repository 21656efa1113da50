"""A card whose key is not at the site is played through the reader's thread and headquarters' own rules."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from os import urandom
from typing import Any

import msgspec
import pytest

from hq.boxes import Boxes
from hq.card_auth import CardAuth, Counters
from hq.masters import Master, Masters, MasterUse
from hq.memory import MemoryStore
from terminal.core.aes import diversified, diversified_3des
from terminal.core.chips import CardProver, KeyUse
from terminal.core.errors import CardNotGenuine, CardReplayed, CardTorn
from terminal.core.trust import Credential, Medium, Trust
from terminal.core.values import SiteId
from terminal.core.wire.auth import Auth
from terminal.drivers.codecs import cards, cpu_card, desfire, sun
from terminal.drivers.codecs.apdu import by_t0
from terminal.drivers.virtual.proving_cards import VirtualCpuCard, VirtualDesfire, VirtualNtag424
from terminal.drivers.virtual.vpcd_card import Card
from terminal.runtime.box import box_public
from terminal.uplink.courier import Unreachable
from terminal.uplink.far_prover import FarProver
from terminal.uplink.proving import Proving
from terminal.uplink.talk import Who
from tests.drivers.chips import Keys, Seen, played
from tests.hq.shop import Hand
from tests.uplink.scripted_hq import BOX_KEY, HQ_BOX_KEY
from tests.uplink.test_two_shops import OneKey

UID, APPLICATION = bytes.fromhex("04A1B2C3D4E5F6"), "F48E10"
MASTER = bytes(range(16))
OWN = diversified(MASTER, UID + bytes.fromhex(APPLICATION) + b"orchard")
NUMBER = desfire.NumberFile(file=1, length=12)
FOLDER, CPU_NUMBER = "4D454D424552", "6200000000012345"
META = bytes(range(16, 32))
KINDS = cards.Kinds(
    desfire=desfire.Settings(application=APPLICATION, number=NUMBER),
    cpu=cpu_card.Settings(application=FOLDER, file=21, length=20),
    sun=sun.Settings(),
)
OPEN = Credential(medium=Medium.UID, number=UID.hex().upper())
SIGNED = Credential(medium=Medium.UID, number=UID.hex().upper(), trust=Trust.SIGNED)


class Road:
    """`Talk` to a headquarters in this process, over JSON."""

    who = Who(merchant="orchard", site=SiteId("S1"), instance="machine-S1")

    def __init__(self) -> None:
        own = OneKey()
        masters = Masters(
            (
                Master(merchant="orchard", application=APPLICATION, system="orchard", key=MASTER),
                Master(merchant="orchard", use=MasterUse.CPU, application=FOLDER, key=MASTER),
                Master(merchant="orchard", use=MasterUse.SUN, system="orchard", key=MASTER),
                Master(merchant="orchard", use=MasterUse.SUN_META, key=META),
            )
        )
        self.store = MemoryStore()
        boxes, counters = Boxes(own, own, urandom), Counters(self.store)
        self._hq = CardAuth(masters, own, boxes, clock=Hand(), random=urandom, counters=counters)
        self.questions = 0
        self.lost_from = 99
        self.hangs = False

    @property
    def replayed(self) -> int:
        """Exceptions that people must look at."""
        return len(self.store.merchants["orchard"].exceptions)

    async def ask(self, path: str, question: Auth, answer: msgspec.json.Decoder[Any]) -> Any:
        assert path == "/v1/auth"
        self.questions += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.questions >= self.lost_from:
            raise Unreachable("lost")
        asked = msgspec.json.decode(msgspec.json.encode(question), type=Auth)
        return answer.decode(msgspec.json.encode(await self._hq.answer(asked)))


@pytest.fixture
def road() -> Road:
    return Road()


@pytest.fixture
async def prover(road: Road) -> FarProver:
    far = FarProver()
    proving = Proving(
        road,  # type: ignore[arg-type]
        reachable=lambda: True,
        box_key=lambda: BOX_KEY,
        hq_box_key=lambda: box_public(HQ_BOX_KEY),
        random=urandom,
    )
    far.connect(asyncio.get_running_loop(), proving)
    return far


async def read(prover: CardProver, card: Card, tear_at: int | None = None) -> Credential:
    """By a thread that waits, as the reader's does."""
    known = cards.Known(keys=Keys({}), seen=Seen(), prover=prover, fresh=bytes(16))
    talk = cards.presented(card.atr, KINDS, known)
    if isinstance(card, VirtualCpuCard):
        talk = by_t0(talk)
    return await asyncio.to_thread(played, talk, card, tear_at=tear_at)


def card(key: bytes = OWN) -> VirtualDesfire:
    return VirtualDesfire(UID, key=key, application=APPLICATION, number="VIP-00042")


async def test_a_card_that_headquarters_knows_is_secure_and_read_under_its_proof(prover: FarProver) -> None:
    found = await read(prover, card())
    assert found == Credential(medium=Medium.DESFIRE, number="VIP-00042", trust=Trust.SECURE)


async def test_a_copy_is_refused(prover: FarProver) -> None:
    with pytest.raises(CardNotGenuine, match="does not take the key"):
        await read(prover, card(bytes(16)))


async def test_a_copy_that_takes_any_key_is_refused(prover: FarProver) -> None:
    class Yes(VirtualDesfire):
        def _proven(self, data: bytes) -> bytes:
            return data + b"\x91\x00"

    with pytest.raises(CardNotGenuine, match="did not prove"):
        await read(prover, Yes(UID, key=bytes(16), application=APPLICATION))


@pytest.mark.parametrize("lost_from", [1, 2])
async def test_where_headquarters_does_not_answer_the_card_is_open(
    road: Road, prover: FarProver, lost_from: int
) -> None:
    road.lost_from = lost_from
    assert await read(prover, card()) == OPEN


async def test_a_headquarters_that_hangs_is_not_waited_for(
    road: Road, prover: FarProver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terminal.uplink.far_prover.WAIT_S", 0.01)
    road.hangs = True
    assert await read(prover, card()) == OPEN
    assert road.questions == 1


async def test_without_a_headquarters_the_card_is_open() -> None:
    assert await read(FarProver(), card()) == OPEN


async def test_a_card_of_another_application_is_not_asked_about(road: Road, prover: FarProver) -> None:
    other = VirtualDesfire(UID, key=OWN, application="000001")
    assert await read(prover, other) == OPEN
    assert road.questions == 0


async def test_torn_while_headquarters_thinks_it_may_be_tried_again(prover: FarProver) -> None:
    for at in range(1, 7):
        with pytest.raises(CardTorn):
            await read(prover, card(), tear_at=at)


def cpu(key: bytes | None = None, number: str = CPU_NUMBER) -> VirtualCpuCard:
    own = key or diversified_3des(MASTER, CPU_NUMBER)
    assert own is not None
    return VirtualCpuCard(number=number, key=own, application=FOLDER)


def ntag(key: bytes | None = None) -> VirtualNtag424:
    own = key or diversified(MASTER, UID + b"orchard")
    return VirtualNtag424(UID, meta_key=META, mac_key=own, url="https://shop.example/t")


async def test_a_cpu_card_proves_itself_to_headquarters_and_a_copy_does_not(prover: FarProver) -> None:
    number = Credential(medium=Medium.CPU, number=CPU_NUMBER, trust=Trust.SECURE)
    assert await read(prover, cpu()) == number
    with pytest.raises(CardNotGenuine, match="did not prove"):
        await read(prover, cpu(bytes(16)))


@pytest.mark.parametrize("lost_from", [1, 2])
async def test_a_cpu_card_is_open_where_headquarters_does_not_answer(
    road: Road, prover: FarProver, lost_from: int
) -> None:
    road.lost_from = lost_from
    assert await read(prover, cpu()) == Credential(medium=Medium.CPU, number=CPU_NUMBER)


async def test_a_cpu_card_with_a_number_that_no_key_is_made_by_is_open(prover: FarProver) -> None:
    assert (await read(prover, cpu(number="42"))).trust is Trust.OPEN


async def test_a_url_is_signed_by_headquarters_word_and_its_copy_is_refused(prover: FarProver) -> None:
    class Copy(VirtualNtag424):
        def _made(self) -> bytes:
            self.counter = 1
            return super()._made()

    tag = ntag()
    assert [await read(prover, tag) for _ in range(2)] == [SIGNED] * 2
    with pytest.raises(CardReplayed, match="headquarters has seen"):
        await read(prover, Copy(UID, meta_key=META, mac_key=tag._mac_key, url=tag._url))
    with pytest.raises(CardNotGenuine, match="does not take its URL"):
        await read(prover, ntag(bytes(16)))


async def test_a_url_is_open_where_headquarters_does_not_answer(road: Road, prover: FarProver) -> None:
    road.lost_from = 1
    assert await read(prover, ntag()) == OPEN


def site_with_keys(tag: VirtualNtag424) -> Callable[[CardProver], Awaitable[Credential]]:
    """It has that tag's keys, and its own memory of counters."""
    keys = Keys({(KeyUse.SUN_META, ""): META, (KeyUse.SUN, UID.hex().upper()): tag._mac_key})
    seen = Seen()

    async def read_there(prover: CardProver) -> Credential:
        known = cards.Known(keys=keys, seen=seen, prover=prover, fresh=bytes(16))
        return await asyncio.to_thread(played, cards.presented(tag.atr, KINDS, known), tag)

    return read_there


async def test_a_url_that_a_site_took_by_its_own_keys_counts_nowhere_else(prover: FarProver) -> None:
    tag = ntag()
    here, there = site_with_keys(tag), site_with_keys(tag)
    assert await here(prover) == SIGNED
    for elsewhere in (there, lambda prover: read(prover, tag)):
        tag.counter = 0  # The same URL again.
        with pytest.raises(CardReplayed, match="headquarters has seen"):
            await elsewhere(prover)
    assert [await there(prover), await here(prover), await read(prover, tag)] == [SIGNED] * 3


async def test_a_url_that_headquarters_took_counts_at_no_site_with_the_keys(prover: FarProver) -> None:
    tag = ntag()
    assert await read(prover, tag) == SIGNED
    tag.counter = 0
    with pytest.raises(CardReplayed, match="headquarters has seen"):
        await site_with_keys(tag)(prover)


async def test_a_site_with_the_keys_asks_once_and_does_without_an_answer(
    road: Road, prover: FarProver
) -> None:
    tag = ntag()
    here = site_with_keys(tag)
    assert await here(prover) == SIGNED
    assert road.questions == 1
    road.lost_from = 1
    assert await here(prover) == SIGNED
    road.lost_from, road.hangs = 99, True
    assert await here(prover) == SIGNED


async def test_a_site_goes_by_its_own_key_where_headquarters_has_another(prover: FarProver) -> None:
    tag = ntag(bytes(16))
    assert await site_with_keys(tag)(prover) == SIGNED


async def test_a_url_that_the_site_itself_saw_is_not_asked_about(road: Road, prover: FarProver) -> None:
    tag = ntag()
    here = site_with_keys(tag)
    assert await here(prover) == SIGNED
    tag.counter = 0
    with pytest.raises(CardReplayed, match="not higher"):
        await here(prover)
    assert road.questions == 1
