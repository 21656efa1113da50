"""Chips that only keep bytes are known by the number that the shop wrote, or by their UID, and are `open`."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.chips import KeyUse, NobodyProves
from terminal.core.errors import CardNotGenuine, CardSwapped, UnknownCard
from terminal.core.trust import Credential, Medium, Trust
from terminal.drivers.codecs import cards, classic, memory_card, ndef
from terminal.drivers.codecs.apdu import Conversation, Spelling
from terminal.drivers.codecs.ndef import records
from terminal.drivers.virtual import storage_cards as virtual
from terminal.drivers.virtual.vpcd_card import Card
from tests.drivers.chips import Keys, Seen, answered, played, torn_anywhere

UID = bytes.fromhex("04A1B2C3D4E5F6")
NAMED = UID.hex().upper()
KEY = bytes.fromhex("A0A1A2A3A4A5")
COMMON = Keys({(KeyUse.SECTOR, ""): KEY})
KINDS = cards.Kinds(
    classic=classic.Settings(block=4, length=12),
    ndef=ndef.Settings(uri="https://shop.example/c/"),
    memory=memory_card.Settings(address=32, length=10),
)
BY_UID = Credential(medium=Medium.UID, number=NAMED)


def talk(card: Card, kinds: cards.Kinds = KINDS, keys: Keys = COMMON) -> Conversation[Credential]:
    known = cards.Known(keys=keys, seen=Seen(), prover=NobodyProves(), fresh=bytes(16))
    return cards.presented(card.atr, kinds, known)


def sector(block: bytes = b"VIP-00042\0\0\0\0\0\0\0", key: bytes = KEY) -> virtual.VirtualClassic:
    return virtual.VirtualClassic(UID, key=key, blocks={4: block})


def tag(content: bytes) -> virtual.VirtualNtag:
    return virtual.VirtualNtag(UID, content=content)


def linked(uri: str) -> virtual.VirtualNtag:
    return tag(virtual.ndef(virtual.uri_record(uri)))


def memory(*, large: bool = False) -> virtual.VirtualMemoryCard:
    return virtual.VirtualMemoryCard(bytes(28) + b"M000123   ", large=large)


CARDS = {
    "classic": (sector, Medium.SECTOR, "VIP-00042"),
    "ndef": (lambda: linked("https://shop.example/c/N7"), Medium.NDEF, "N7"),
    "sle4442": (memory, Medium.MEMORY, "M000123"),
    "sle4428": (lambda: memory(large=True), Medium.MEMORY, "M000123"),
}


@pytest.mark.parametrize("kind", CARDS)
def test_a_card_is_known_by_the_number_that_was_written_and_is_open(kind: str) -> None:
    make, medium, number = CARDS[kind]
    assert played(talk(make()), make()) == Credential(medium=medium, number=number, trust=Trust.OPEN)


@pytest.mark.parametrize("kind", CARDS)
def test_torn_at_any_command_it_may_be_tried_again(kind: str) -> None:
    make = CARDS[kind][0]
    assert torn_anywhere(lambda: talk(make()), make) >= 2


@pytest.mark.parametrize("kind", CARDS)
@given(answers=st.lists(st.binary(max_size=40), max_size=12))
def test_garbage_gives_faults_with_words(kind: str, answers: list[bytes]) -> None:
    answered(talk(CARDS[kind][0]()), answers)


@given(answers=st.lists(st.binary(max_size=18).map(lambda data: data + b"\x90\x00"), max_size=40))
@pytest.mark.parametrize("kind", CARDS)
def test_garbage_that_says_all_is_well_gives_faults_with_words(kind: str, answers: list[bytes]) -> None:
    named = [UID + b"\x90\x00", *answers] if "sle" not in kind else answers
    found = answered(talk(CARDS[kind][0]()), named)
    assert found is None or found.trust is Trust.OPEN


@pytest.mark.parametrize("kind", ["classic", "ndef"])
def test_a_reader_that_was_told_nothing_of_it_knows_a_card_by_its_uid(kind: str) -> None:
    card = CARDS[kind][0]()
    assert played(talk(card, cards.Kinds()), card) == BY_UID


def test_a_memory_card_that_no_reader_was_told_of_is_refused_with_the_reason() -> None:
    with pytest.raises(UnknownCard, match="not told where its number"):
        played(talk(memory(), cards.Kinds()), memory())


# MIFARE Classic


def test_without_a_key_a_sector_card_is_known_by_its_uid() -> None:
    assert played(talk(sector(), keys=Keys({})), sector()) == BY_UID


def test_a_sector_that_the_common_key_does_not_open_is_another_issuers_card() -> None:
    assert played(talk(sector(key=bytes(6))), sector(key=bytes(6))) == BY_UID


def test_a_card_that_its_own_key_does_not_open_is_no_card_of_this_shop() -> None:
    own = Keys({(KeyUse.SECTOR, NAMED): KEY})
    assert played(talk(sector(), keys=own), sector()).number == "VIP-00042"
    with pytest.raises(CardNotGenuine):
        played(talk(sector(), keys=own), sector(key=bytes(6)))


@pytest.mark.parametrize(
    ("block", "why"),
    [(bytes(16), "no number"), (b"\xff" * 16, "no number"), (b"a b" + bytes(13), "is no number"),
     ("王".encode() + bytes(13), "is no number"), (b"\x1b[2J" + bytes(12), "is no number")],
)  # fmt: skip
def test_a_block_without_a_number_is_refused(block: bytes, why: str) -> None:
    with pytest.raises(UnknownCard, match=why):
        played(talk(sector()), sector(block))


def test_a_number_of_digits_in_half_bytes_is_read_so() -> None:
    kinds = cards.Kinds(classic=classic.Settings(block=4, length=8, spelling=Spelling.HEX))
    card = sector(bytes.fromhex("8866001234567890 FFFF FFFF FFFF FFFF"))
    assert played(talk(card, kinds), card).number == "8866001234567890"


def test_the_block_of_the_keys_and_what_lies_outside_of_one_cannot_be_set() -> None:
    for wrong in ({"block": 7}, {"block": 143}, {"block": 4, "start": 8, "length": 9}, {"block": 0}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, classic.Settings)


def test_a_second_card_that_answers_in_between_is_seen() -> None:
    other = virtual.ChipCard(b"\xde\xad\xbe\xef")

    class Pair(virtual.VirtualClassic):
        def answer(self, apdu: bytes) -> bytes:
            said = super().answer(apdu)
            if apdu[:2] == b"\xff\xb0":
                self.uid = other.uid
            return said

    pair = Pair(UID, key=KEY, blocks={4: b"VIP-00042".ljust(16, b"\0")})
    with pytest.raises(CardSwapped):
        played(talk(pair), pair)


# NDEF


def test_a_tag_of_somebody_else_is_known_by_its_uid() -> None:
    for card in (linked("https://other.example/c/N7"), tag(b"\xfe"), tag(virtual.ndef(b""))):
        assert played(talk(card), card) == BY_UID


def test_the_first_text_is_the_number_where_no_uri_is_set() -> None:
    kinds = cards.Kinds(ndef=ndef.Settings())
    card = tag(b"\x00\x01\x03\xa0\x0c\x34" + virtual.ndef(virtual.text_record("MC-000123")))
    assert played(talk(card, kinds), card) == Credential(medium=Medium.NDEF, number="MC-000123")


@pytest.mark.parametrize(
    "uri", ["https://shop.example/c/", "https://shop.example/c/N 7", f"https://shop.example/c/{'9' * 65}"]
)
def test_our_link_with_no_number_behind_it_is_refused(uri: str) -> None:
    with pytest.raises(UnknownCard, match="number"):
        played(talk(linked(uri)), linked(uri))


@pytest.mark.parametrize(
    "content", ["03 04 D1 01 40 54", "03 FF FF FF", "03 03 D1 01 05", "01 FF 00 00", "0306D101025480D8"]
)
def test_a_message_that_breaks_off_is_refused(content: str) -> None:
    card = tag(bytes.fromhex(content))
    with pytest.raises(UnknownCard, match="broken"):
        played(talk(card, cards.Kinds(ndef=ndef.Settings())), card)


@given(st.binary(max_size=200))
def test_any_message_gives_records_or_a_refusal(message: bytes) -> None:
    with suppress(UnknownCard):
        assert len(records(message)) <= ndef.RECORDS_MAX


@given(st.text(max_size=60), st.booleans())
def test_what_was_written_is_read_again(text: str, uri: bool) -> None:  # noqa: FBT001
    record = virtual.uri_record(text) if uri else virtual.text_record(text)
    [found] = records(record)
    assert found.text.endswith(text.removeprefix("https://") if uri else text)
    assert found.is_uri is uri
