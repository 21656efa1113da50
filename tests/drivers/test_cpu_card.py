"""A card with a processor proves the number that it shows, over T=0 as over T=1."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.chips import KeyUse, NobodyProves
from terminal.core.errors import CardNotGenuine, UnknownCard
from terminal.core.trust import Credential, Medium, Trust
from terminal.drivers.codecs import cards, cpu_card
from terminal.drivers.codecs.apdu import Conversation, by_t0, over_t0
from terminal.drivers.virtual.proving_cards import VirtualCpuCard
from terminal.drivers.virtual.storage_cards import ChipCard
from tests.drivers.chips import Keys, Seen, answered, played, torn_anywhere

APPLICATION = "315041592E5359532E4444463031"
OWN, READ = bytes(range(16)), bytes(range(16, 32))
NUMBER = "6200000000012345"
PLAIN = cpu_card.Settings(application=APPLICATION, file=21, length=20)
GUARDED = cpu_card.Settings(application=APPLICATION, file=21, length=20, external_key=1)
KEYS = {(KeyUse.CPU, NUMBER): OWN, (KeyUse.CPU_READ, ""): READ}
SECURE = Credential(medium=Medium.CPU, number=NUMBER, trust=Trust.SECURE)


def talk(
    settings: cpu_card.Settings = PLAIN, table: dict[tuple[KeyUse, str], bytes] = KEYS
) -> Conversation[Credential]:
    known = cards.Known(keys=Keys(table), seen=Seen(), prover=NobodyProves(), fresh=bytes(range(50, 66)))
    return by_t0(cards.presented(VirtualCpuCard.atr, cards.Kinds(cpu=settings), known))


def card(*, key: bytes = OWN, number: str = NUMBER, read_key: bytes = b"") -> VirtualCpuCard:
    return VirtualCpuCard(number=number, key=key, application=APPLICATION, read_key=read_key)


def test_a_card_with_its_key_here_is_secure() -> None:
    assert played(talk(), card()) == SECURE


def test_a_number_that_may_not_be_read_is_read_after_we_proved_ourselves() -> None:
    assert played(talk(GUARDED), card(read_key=READ)) == SECURE


def test_a_card_whose_key_is_not_here_is_open_by_its_plain_number() -> None:
    assert played(talk(table={}), card()) == Credential(medium=Medium.CPU, number=NUMBER)


def test_the_number_of_another_card_does_not_prove_itself() -> None:
    """Its own key is genuine, and diversified by another number."""
    with pytest.raises(CardNotGenuine, match="did not prove"):
        played(talk(), card(key=READ))


def test_a_card_is_shown_a_wrong_key_once_and_no_more() -> None:
    """It counts them, and locks itself."""
    guarded = card(read_key=bytes(16))
    with pytest.raises(UnknownCard, match="shown the shop's key: it answered 63c2"):
        played(talk(GUARDED), guarded)
    assert guarded.wrong_keys == 1


def test_without_the_key_a_guarded_number_is_not_asked_for() -> None:
    guarded = card(read_key=READ)
    with pytest.raises(UnknownCard, match="has not the key"):
        played(talk(GUARDED, {}), guarded)
    assert guarded.wrong_keys == 0


@pytest.mark.parametrize("settings", [PLAIN, GUARDED])
def test_torn_at_any_command_it_may_be_tried_again(settings: cpu_card.Settings) -> None:
    def make() -> VirtualCpuCard:
        return card(read_key=READ if settings is GUARDED else b"")

    assert torn_anywhere(lambda: talk(settings), make) >= 4


def test_a_card_with_contacts_that_is_no_such_card_is_refused() -> None:
    with pytest.raises(UnknownCard, match="asked for its UID"):
        played(talk(), ChipCard())


@pytest.mark.parametrize("atr", [VirtualCpuCard.atr, bytes.fromhex("3B8180018080")])
@given(
    answers=st.lists(
        st.binary(max_size=24).map(lambda data: data + b"\x90\x00") | st.binary(max_size=24), max_size=10
    )
)
def test_a_card_that_says_anything_is_never_secure(atr: bytes, answers: list[bytes]) -> None:
    known = cards.Known(keys=Keys(KEYS), seen=Seen(), prover=NobodyProves(), fresh=bytes(16))
    found = answered(
        cards.presented(atr, cards.Kinds(cpu=GUARDED), known), [bytes(7) + b"\x90\x00", b"\x90\x00", *answers]
    )
    assert found is None or found.trust is Trust.OPEN


# The protocol T=0, which some cards with contacts speak.


def t0(command: str, *answers: str) -> tuple[list[str], str]:
    """What went over the line, and what came of it."""
    said: list[str] = []
    conversation = over_t0(bytes.fromhex(command))
    try:
        sent = next(conversation)
        for answer in answers:
            said.append(sent.hex().upper())
            sent = conversation.send(bytes.fromhex(answer))
    except StopIteration as done:
        return said, done.value.hex().upper()
    raise AssertionError("it waits for more")


def test_a_command_that_carries_bytes_and_wants_some_is_sent_in_two() -> None:
    said, answer = t0("0088000008112233445566778808", "6108", "A1A2A3A4A5A6A7A89000")
    assert said == ["00880000081122334455667788", "00C0000008"]
    assert answer == "A1A2A3A4A5A6A7A89000"


def test_a_command_that_wants_too_many_is_asked_again_with_what_there_is() -> None:
    assert t0("00B0950020", "6C10", "AA9000") == (["00B0950020", "00B0950010"], "AA9000")


def test_an_answer_in_parts_is_put_together() -> None:
    said, answer = t0("00A4040002AABB", "016102", "02036101", "049000")
    assert said[1:] == ["00C0000002", "00C0000001"]
    assert answer == "010203049000"


def test_a_card_that_always_has_more_comes_to_an_end() -> None:
    _, answer = t0("00A4040002AABB", *["6101"] * 9)
    assert answer == "6101"


@given(st.binary(min_size=4, max_size=30), st.lists(st.binary(max_size=20), max_size=12))
def test_any_answers_over_t0_come_to_an_end(command: bytes, answers: list[bytes]) -> None:
    conversation, said = over_t0(command), iter(answers)
    sent = 0
    with suppress(StopIteration):
        next(conversation)
        while sent < 12:
            sent += 1
            conversation.send(next(said, b"\x90\x00"))
    assert sent < 12
