"""What is said to a SAM, and that a card proves itself to it as to whoever has its key."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import pytest

from terminal.core.aes import (
    decrypted,
    diversified,
    diversified_3des,
    encrypted,
    encrypted_3des,
    session_keys,
)
from terminal.core.chips import Begun, InTurn, Judged, KeyUse, NobodyProves, SunJudged
from terminal.core.errors import CardNotGenuine, CardReplayed, CardTorn, UnknownCard
from terminal.core.sun import Proof
from terminal.core.trust import Credential, Medium, Trust
from terminal.drivers import pcsc_sam
from terminal.drivers.codecs import cards, cpu_card, desfire, sam, sun
from terminal.drivers.codecs.apdu import Conversation, by_t0
from terminal.drivers.virtual.proving_cards import VirtualCpuCard, VirtualDesfire, VirtualNtag424
from terminal.drivers.virtual.sam import VirtualSam
from terminal.drivers.virtual.vpcd_card import Card
from terminal.runtime.clock import SystemClock
from tests.drivers.chips import Keys, Seen, played

T = TypeVar("T")

UID, APPLICATION, FOLDER = bytes.fromhex("04A1B2C3D4E5F6"), "F48E10", "4D454D424552"
MASTER, META, DES = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))
NUMBER = "6200000000012345"
OWN = diversified(MASTER, UID + bytes.fromhex(APPLICATION) + b"orchard")
OWN_SUN = diversified(MASTER, UID + b"orchard")
KEYS = (
    sam.Key(use=KeyUse.DESFIRE, reference=1, application=APPLICATION, system="orchard"),
    sam.Key(use=KeyUse.SUN, reference=1, system="orchard"),
    sam.Key(use=KeyUse.SUN_META, reference=2),
    sam.Key(use=KeyUse.CPU, reference=1, usage=0x27, application=FOLDER),
)
BY_USE = {key.use: key for key in KEYS}
KINDS = cards.Kinds(
    desfire=desfire.Settings(application=APPLICATION),
    cpu=cpu_card.Settings(application=FOLDER, file=21, length=20),
    sun=sun.Settings(),
)
SECURE = Credential(medium=Medium.UID, number=UID.hex().upper(), trust=Trust.SECURE)
SIGNED = Credential(medium=Medium.UID, number=UID.hex().upper(), trust=Trust.SIGNED)
OPEN = Credential(medium=Medium.UID, number=UID.hex().upper())


def module() -> VirtualSam:
    return VirtualSam({1: MASTER, 2: META}, {(0x27, 1): DES})


class Slot:
    """In the place of the thread with its real slot."""

    def __init__(self, chip: VirtualSam) -> None:
        self.chip = chip

    def ask(self, talk: Conversation[T], within_ms: int) -> T | None:
        assert within_ms == 500
        try:
            return played(by_t0(talk), self.chip)
        except UnknownCard:
            return None


def prover(chip: VirtualSam, keys: tuple[sam.Key, ...] = KEYS) -> pcsc_sam.PcscSam:
    made = pcsc_sam.build("safe", pcsc_sam.Settings(reader="SAM", key=keys), SystemClock())
    made._slot = Slot(chip)  # type: ignore[assignment]
    return made


def presented(card: Card, by: object, seen: Seen | None = None, fresh: bytes = bytes(16)) -> Credential:
    known = cards.Known(keys=Keys({}), seen=seen or Seen(), prover=by, fresh=fresh)  # type: ignore[arg-type]
    talk = cards.presented(card.atr, KINDS, known)
    return played(by_t0(talk) if isinstance(card, VirtualCpuCard) else talk, card)


def ntag(mac_key: bytes = OWN_SUN, meta_key: bytes = META) -> VirtualNtag424:
    return VirtualNtag424(UID, meta_key=meta_key, mac_key=mac_key, url="https://t.example/t")


def test_the_session_is_the_one_that_the_cards_own_key_makes() -> None:
    rnd_a, rnd_b, ti = bytes(range(50, 66)), bytes(range(70, 86)), b"\x01\x02\x03\x04"
    chip, key = module(), BY_USE[KeyUse.DESFIRE]
    proven = played(by_t0(sam.proves(key, UID, encrypted(OWN, rnd_b), rnd_a)), chip)
    assert decrypted(OWN, proven.say) == rnd_a + rnd_b[1:] + rnd_b[:1]
    assert proven.rnd_b == rnd_b

    said = encrypted(OWN, ti + rnd_a[1:] + rnd_a[:1] + bytes(12))
    judged = played(by_t0(sam.judges(key, UID, said, rnd_a, rnd_b)), chip)
    enc, mac = session_keys(OWN, rnd_a, rnd_b)
    assert judged == Judged(genuine=True, ti=ti, enc=enc, mac=mac)


def test_the_commands_are_those_that_are_published() -> None:
    class Heard(VirtualSam):
        def answer(self, apdu: bytes) -> bytes:
            heard.append(apdu.hex())
            return super().answer(apdu)

    heard: list[str] = []
    chip = Heard({1: MASTER}, {(0x27, 1): DES}, application="A0000001")
    played(by_t0(sam.begins("A0000001")), chip)
    assert heard == ["00a4040004a0000001"]

    heard.clear()
    chip = Heard({1: MASTER}, {(0x27, 1): DES})
    played(by_t0(sam.judges_cpu(BY_USE[KeyUse.CPU], NUMBER, bytes(8), bytes(8))), chip)
    assert heard == [f"801a270108{NUMBER}", "80fa000008" + "00" * 8, "00c0000008"]

    heard.clear()
    played(by_t0(sam.proves(BY_USE[KeyUse.DESFIRE], UID, bytes(16), bytes(16))), chip)
    by = UID.hex() + APPLICATION.lower() + b"orchard".hex()
    told = f"83010194{len(by) // 2:02x}{by}"
    assert heard[0] == f"0022c1b8{len(told) // 2:02x}{told}"
    assert heard[1:3] == ["002a80861102" + "00" * 16, "00c0000010"]
    assert heard[3].startswith("002a868020")


def test_every_kind_of_card_proves_itself_and_no_key_comes_out() -> None:
    chip = module()
    by = prover(chip)
    assert presented(VirtualDesfire(UID, key=OWN, application=APPLICATION), by) == SECURE
    assert presented(ntag(), by) == SIGNED
    own = diversified_3des(DES, NUMBER)
    assert own is not None
    cpu = VirtualCpuCard(number=NUMBER, key=own, application=FOLDER)
    assert presented(cpu, by) == Credential(medium=Medium.CPU, number=NUMBER, trust=Trust.SECURE)
    for key in (MASTER, META, DES, OWN, OWN_SUN, own[:8], own[8:]):
        assert not any(key in answer for answer in chip.said)


@pytest.mark.parametrize(
    "card",
    [
        VirtualDesfire(UID, key=bytes(16), application=APPLICATION),
        ntag(mac_key=bytes(16)),
        VirtualCpuCard(number=NUMBER, key=bytes(16), application=FOLDER),
    ],
    ids=["DESFire", "NTAG 424", "CPU card"],
)
def test_a_card_with_another_key_is_refused(card: Card) -> None:
    with pytest.raises(CardNotGenuine):
        presented(card, prover(module()))


def test_a_desfire_that_only_says_it_took_our_proof_is_refused() -> None:
    class Liar(VirtualDesfire):
        def answer(self, apdu: bytes) -> bytes:
            return bytes(32) + b"\x91\x00" if apdu[1] == 0xAF else super().answer(apdu)

    with pytest.raises(CardNotGenuine, match="did not prove"):
        presented(Liar(UID, key=OWN, application=APPLICATION), prover(module()))


def test_a_url_counts_once_whoever_judged_it() -> None:
    by, seen, copied = prover(module()), Seen(), ntag()
    assert presented(copied, by, seen) == SIGNED
    copied.counter = 0
    with pytest.raises(CardReplayed):
        presented(copied, by, seen)


def test_a_url_whose_counter_cannot_be_remembered_is_open() -> None:
    class Full(Seen):
        def rises(self, card: str, counter: int) -> None:  # type: ignore[override]
            _ = card, counter

    assert presented(ntag(), prover(module()), Full()) == OPEN


@pytest.mark.parametrize(
    "card",
    [
        VirtualDesfire(UID, key=OWN, application="000001"),
        ntag(meta_key=bytes(16)),
    ],
    ids=["of another application", "whose UID another key opens"],
)
def test_a_card_of_another_issuer_is_left_to_headquarters(card: Card) -> None:
    assert presented(card, prover(module())) == OPEN


def test_a_cpu_card_whose_number_a_psam_cannot_diversify_by_is_open() -> None:
    card = VirtualCpuCard(number="620000000001234", key=bytes(16), application=FOLDER)
    assert presented(card, prover(module())).trust is Trust.OPEN


@pytest.mark.parametrize("chip", [VirtualSam({}), VirtualSam({1: MASTER, 2: META}, application="A0000001")])
def test_a_sam_without_the_keys_leaves_cards_as_they_are(chip: VirtualSam) -> None:
    assert presented(VirtualDesfire(UID, key=OWN, application=APPLICATION), prover(chip)) == OPEN
    assert presented(ntag(), prover(chip)) == OPEN


def test_what_the_sam_cuts_short_is_no_answer() -> None:
    for at in range(1, 8):
        talk = sam.proves(BY_USE[KeyUse.DESFIRE], UID, bytes(16), bytes(16))
        try:
            played(by_t0(talk), module(), tear_at=at)
        except CardTorn:
            continue
        assert at > 5
        return
    raise AssertionError("it never ends")


@pytest.mark.parametrize("answer", [b"\x90\x00", b"\x02\x90\x00", b"\x03" + bytes(16) + b"\x90\x00"])
def test_an_answer_of_another_length_or_padding_is_refused(answer: bytes) -> None:
    talk = sam.judges_sun(
        BY_USE[KeyUse.SUN_META], BY_USE[KeyUse.SUN], Proof(picc=bytes(16), mac=b"", over=b"")
    )
    next(talk)
    talk.send(b"\x90\x00")
    with pytest.raises(UnknownCard):
        talk.send(answer)


class Seer(NobodyProves):
    """Headquarters, which saw that URL at another site."""

    def sun(self, uid: bytes, proof: Proof) -> SunJudged | None:
        _ = uid, proof
        return SunJudged(genuine=False, replayed=True)


def test_headquarters_is_asked_behind_the_sam_whether_another_site_saw_the_url() -> None:
    with pytest.raises(CardReplayed):
        presented(ntag(), InTurn((prover(module()), Seer())))


def test_the_sam_is_asked_first_and_headquarters_where_it_does_not_know() -> None:
    class Hq(NobodyProves):
        def begin_cpu(self, application: str, number: str) -> Begun | None:
            _ = application, number
            return Begun(say=b"\x01" * 8, state=b"hq")

        def finish(self, state: bytes, said: bytes) -> Judged | None:
            return Judged(genuine=state == b"hq" and said == encrypted_3des(bytes(16), b"\x01" * 8))

    both = InTurn((prover(module(), KEYS[:3]), Hq()))
    assert presented(VirtualDesfire(UID, key=OWN, application=APPLICATION), both) == SECURE
    cpu = VirtualCpuCard(number=NUMBER, key=bytes(16), application=FOLDER)
    assert presented(cpu, both).trust is Trust.SECURE


@pytest.mark.parametrize(
    "told",
    [
        {"use": "sector", "reference": 1},
        {"use": "desfire", "reference": 1, "application": "f48e10", "system": "x"},
        {"use": "desfire", "reference": 1, "application": "F48E10"},
        {"use": "sun_meta", "reference": 1, "system": "x"},
        {"use": "cpu", "reference": 1},
        {"use": "sun", "reference": 256, "system": "x"},
    ],
)
def test_a_key_that_cannot_be_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(told, sam.Key)


def test_two_keys_for_the_same_are_refused() -> None:
    told = {"use": "sun", "reference": 1, "system": "x"}
    with pytest.raises(msgspec.ValidationError, match="two keys"):
        msgspec.convert({"reader": "SAM", "key": [told, {**told, "reference": 2}]}, pcsc_sam.Settings)
