"""A DESFire proves that it has its key, and says who it is under that proof."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.aes import diversified
from terminal.core.chips import KeyUse, NobodyProves
from terminal.core.errors import CardNotGenuine, UnknownCard
from terminal.core.trust import Credential, Medium, Trust
from terminal.drivers.codecs import cards, desfire
from terminal.drivers.codecs.apdu import Conversation
from terminal.drivers.codecs.ev2 import Session, authenticated, maced, sealed
from terminal.drivers.virtual.proving_cards import VirtualDesfire
from terminal.drivers.virtual.storage_cards import ChipCard, VirtualClassic
from tests.drivers.chips import Keys, Seen, answered, played, torn_anywhere

T = TypeVar("T")

UID = bytes.fromhex("04A1B2C3D4E5F6")
NAMED = UID.hex().upper()
APPLICATION = "F48E10"
MASTER = bytes(range(16))
OWN = diversified(MASTER, UID + bytes.fromhex(APPLICATION) + b"demo")
KEYS = Keys({(KeyUse.DESFIRE, NAMED): OWN})
RND_A = bytes(range(100, 116))
BY_UID = cards.Kinds(desfire=desfire.Settings(application=APPLICATION))
SECURE = Credential(medium=Medium.UID, number=NAMED, trust=Trust.SECURE)


def by_number(mode: str) -> cards.Kinds:
    file = desfire.NumberFile(file=1, length=12, mode=mode)  # type: ignore[arg-type]
    return cards.Kinds(desfire=desfire.Settings(application=APPLICATION, number=file))


def talk(
    kinds: cards.Kinds = BY_UID, keys: Keys = KEYS, atr: bytes = VirtualDesfire.atr
) -> Conversation[Credential]:
    return cards.presented(
        atr, kinds, cards.Known(keys=keys, seen=Seen(), prover=NobodyProves(), fresh=RND_A)
    )


def card(*, key: bytes = OWN, application: str = APPLICATION, full: bool = True) -> VirtualDesfire:
    return VirtualDesfire(UID, key=key, application=application, number="VIP-00042", full=full)


def scripted(talk: Generator[bytes, bytes, T], *script: tuple[str, str]) -> T:
    """What we say and what is answered, word for word."""
    command = next(talk)
    for said, answer in script[:-1]:
        assert command == bytes.fromhex(said)
        command = talk.send(bytes.fromhex(answer))
    assert command == bytes.fromhex(script[-1][0])
    with pytest.raises(StopIteration) as done:
        talk.send(bytes.fromhex(script[-1][1]))
    found: T = done.value.value
    return found


# NXP AN12196 rev. 1.8. DESFire EV2 and NTAG 424 DNA share this messaging.


def test_an12196_section_6_6_mutual_authentication() -> None:
    session = scripted(
        authenticated(bytes(16), 0, bytes.fromhex("13C5DB8A5930439FC3DEF9A4C675360F")),
        ("9071000002000000", "A04C124213C186F22399D33AC2A30215 91AF"),
        (
            "90AF000020 35C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D 00",
            "3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F08120663 9100",
        ),
    )
    assert session.ti == bytes.fromhex("9D00C4DF")
    assert session.enc == bytes.fromhex("1309C877509E5A215007FF0ED19CA564")
    assert session.mac == bytes.fromhex("4C6626F5E72EA694202139295C7A7FC7")


def test_an12196_section_6_10_mutual_authentication_with_key_3() -> None:
    session = scripted(
        authenticated(bytes(16), 3, bytes.fromhex("B98F4C50CF1C2E084FD150E33992B048")),
        ("9071000002030000", "B875CEB0E66A6C5CD00898DC371F92D1 91AF"),
        (
            "90AF000020 FF0306E47DFBC50087C4D8A78E88E62DE1E8BE457AA477C707E2F0874916A8B1 00",
            "0CC9A8094A8EEA683ECAAC5C7BF20584206D0608D477110FC6B3D5D3F65C3A6A 9100",
        ),
    )
    assert session.ti == bytes.fromhex("7614281A")
    assert session.enc == bytes.fromhex("7A93D6571E4B180FCA6AC90C9A7488D4")
    assert session.mac == bytes.fromhex("FC4AF159B62E549B5812394CAB1918CC")


def test_an12196_section_5_3_a_command_and_its_answer_in_commmode_mac() -> None:
    mac = bytes.fromhex("8248134A386E86EB7FAF54A52E536CB6")
    session = Session(ti=bytes.fromhex("7A21085E"), enc=bytes(16), mac=mac)
    data = "0040EEEE000100D1FE001F00004400004400002000006A0000"
    answer = scripted(
        maced(session, 0xF5, b"\x02"), ("90F5000009026597A457C8CD442C00", f"{data} 2A474282E7A47986 9100")
    )
    assert answer == bytes.fromhex(data)


def test_an12196_section_7_3_the_uid_in_commmode_full() -> None:
    session = Session(
        ti=bytes.fromhex("DF055522"),
        enc=bytes.fromhex("2B4D963C014DC36F24F69A50A394F875"),
        mac=bytes.fromhex("379D32130CE61705DD5FD8C36B95D764"),
    )
    answer = scripted(
        sealed(session, 0x51),
        ("90510000088E2C155ADDA99BE300", "70756055688505B52A5E26E59E329CD6 595F672298EA41B7 9100"),
    )
    assert answer == bytes.fromhex("04958CAA5C5E80")


# The conversation


def test_a_card_with_its_key_here_is_secure_by_its_uid() -> None:
    assert played(talk(), card()) == SECURE


@pytest.mark.parametrize("mode", ["mac", "full"])
def test_it_is_known_by_its_number_where_the_shop_wants_that(mode: str) -> None:
    found = played(talk(by_number(mode)), card(full=mode == "full"))
    assert found == Credential(medium=Medium.DESFIRE, number="VIP-00042", trust=Trust.SECURE)


@pytest.mark.parametrize("kinds", [BY_UID, by_number("full")])
def test_a_card_whose_key_is_not_here_is_open_by_its_uid(kinds: cards.Kinds) -> None:
    assert played(talk(kinds, Keys({})), card()) == Credential(medium=Medium.UID, number=NAMED)


def test_torn_at_any_command_it_may_be_tried_again() -> None:
    assert torn_anywhere(lambda: talk(by_number("full")), card) == 6


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (card(key=bytes(16)), "does not take the key"),
        (card(application="000001"), "has not the application"),
        (VirtualClassic(UID, key=bytes(6), blocks={}), "has not the application"),
        (ChipCard(UID), "has not the application"),
    ],
)
def test_a_chip_that_only_has_the_uid_of_one_is_not_genuine(other: ChipCard, why: str) -> None:
    with pytest.raises(CardNotGenuine, match=why):
        played(talk(atr=other.atr), other)


def test_a_card_that_takes_any_key_does_not_pass() -> None:
    class Yes(VirtualDesfire):
        def _proven(self, data: bytes) -> bytes:
            return data + b"\x91\x00"

    with pytest.raises(CardNotGenuine, match="did not prove"):
        played(talk(), Yes(UID, key=bytes(16), application=APPLICATION))


def test_what_a_card_says_beside_its_session_is_not_believed() -> None:
    class Changed(VirtualDesfire):
        def _told(self, session: Session, instruction: int, data: bytes) -> bytes:
            said = bytearray(super()._told(session, instruction, data))
            said[0] ^= 1
            return bytes(said)

    with pytest.raises(CardNotGenuine, match="MAC of its answer"):
        played(talk(), Changed(UID, key=OWN, application=APPLICATION))


def test_another_uid_inside_than_outside_is_not_genuine() -> None:
    class Masked(VirtualDesfire):
        def answer(self, apdu: bytes) -> bytes:
            return UID + b"\x90\x00" if apdu[:2] == b"\xff\xca" else super().answer(apdu)

    with pytest.raises(CardNotGenuine, match="another UID"):
        played(talk(), Masked(bytes(7), key=OWN, application=APPLICATION))


@pytest.mark.parametrize(("status", "why"), [("91AD", "wait"), ("9140", "9140"), ("6E00", "6e00")])
def test_a_card_that_does_not_begin_is_refused_with_the_reason(status: str, why: str) -> None:
    conversation = authenticated(OWN, 0, RND_A)
    next(conversation)
    with pytest.raises(UnknownCard, match=why):
        conversation.send(bytes.fromhex(status))


@given(
    st.lists(
        st.binary(max_size=48).map(lambda data: data + b"\x91\x00")
        | st.binary(min_size=16, max_size=16).map(lambda data: data + b"\x91\xaf")
        | st.binary(max_size=48),
        max_size=8,
    )
)
def test_a_card_that_says_anything_is_never_secure(answers: list[bytes]) -> None:
    found = answered(talk(by_number("full")), [UID + b"\x90\x00", b"\x91\x00", *answers])
    assert found is None
