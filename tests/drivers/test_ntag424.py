"""The URL of an NTAG 424 DNA is believed once, and only with the keys of its card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.aes import cmac
from terminal.core.chips import KeyUse, NobodyProves
from terminal.core.errors import CardNotGenuine, CardReplayed, UnknownCard
from terminal.core.sun import check, opened
from terminal.core.trust import Credential, Medium, Trust
from terminal.drivers.codecs import cards, sun
from terminal.drivers.codecs.apdu import Conversation
from terminal.drivers.virtual.proving_cards import VirtualNtag424
from terminal.drivers.virtual.storage_cards import VirtualClassic, uri_record
from terminal.drivers.virtual.vpcd_card import Card
from tests.drivers.chips import Keys, Seen, answered, played, torn_anywhere

ZERO = bytes(16)
UID = bytes.fromhex("04A1B2C3D4E5F6")
NAMED = UID.hex().upper()
META, OWN = bytes(range(16)), bytes(range(16, 32))
KEYS = Keys({(KeyUse.SUN_META, ""): META, (KeyUse.SUN, NAMED): OWN})
KINDS = cards.Kinds(sun=sun.Settings())
SIGNED = Credential(medium=Medium.UID, number=NAMED, trust=Trust.SIGNED)
OPEN = Credential(medium=Medium.UID, number=NAMED)
OK = b"\x90\x00"


def talk(
    keys: Keys = KEYS, seen: Seen | None = None, atr: bytes = VirtualNtag424.atr
) -> Conversation[Credential]:
    return cards.presented(
        atr, KINDS, cards.Known(keys=keys, seen=seen or Seen(), prover=NobodyProves(), fresh=ZERO)
    )


def tag(
    *, uid: bytes = UID, meta: bytes = META, own: bytes = OWN, url: str = "https://t.example/t"
) -> VirtualNtag424:
    return VirtualNtag424(uid, meta_key=meta, mac_key=own, url=url)


# NXP AN12196 rev. 1.8, section 3.4: all keys are zero.


def test_an12196_table_4_encrypted_uid_and_counter_with_a_mac_over_both() -> None:
    url = "https://ntag.nxp.com/424?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086"
    proof = sun.proof_in(url, sun.Settings(picc="e", mac="c"))
    uid, counter = opened(proof, ZERO)
    assert (uid.hex().upper(), counter) == ("04DE5F1EACC040", 61)
    check(proof, ZERO, uid, counter)
    session = cmac(ZERO, bytes.fromhex("3CC300010080 04DE5F1EACC040 3D0000"))
    assert session == bytes.fromhex("3FB5F6E3A807A03D5E3570ACE393776F")


def test_an12196_table_5_a_mac_over_encrypted_file_data_too() -> None:
    url = (
        "https://www.my424dna.com/?picc_data=FD91EC264309878BE6345CBE53BADF40"
        "&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6"
    )
    proof = sun.proof_in(url, sun.Settings(mac_from="enc"))
    assert proof.over == b"CEE9A53E3E463EF1F459635736738962&cmac="
    uid, counter = opened(proof, ZERO)
    assert (uid.hex().upper(), counter) == ("04958CAA5C5E80", 8)
    check(proof, ZERO, uid, counter)
    with pytest.raises(CardNotGenuine, match="MAC"):
        check(proof, ZERO, uid, counter + 1)


# The conversation


def test_a_tag_with_its_keys_here_is_signed_each_time() -> None:
    card, seen = tag(), Seen()
    for _ in range(3):
        assert played(talk(seen=seen), card) == SIGNED
    assert seen.last == {NAMED: 3}


def test_torn_at_any_command_it_may_be_tried_again() -> None:
    assert torn_anywhere(talk, tag) >= 5


def test_a_url_that_was_seen_is_a_copy() -> None:
    card, seen = tag(), Seen()
    assert played(talk(seen=seen), card) == SIGNED
    card.counter = 0
    with pytest.raises(CardReplayed, match="counter 1 is not higher"):
        played(talk(seen=seen), card)


@pytest.mark.parametrize("table", [{}, {(KeyUse.SUN_META, ""): META}, {(KeyUse.SUN, NAMED): OWN}])
def test_without_both_keys_a_tag_is_open(table: dict[tuple[KeyUse, str], bytes]) -> None:
    assert played(talk(Keys(table)), tag()) == OPEN


def test_where_counters_cannot_be_kept_a_tag_is_open() -> None:
    class Full(Seen):
        def rises(self, card: str, counter: int) -> None:  # type: ignore[override]
            _ = card, counter

    assert played(talk(seen=Full()), tag()) == OPEN


@pytest.mark.parametrize(
    ("card", "why"),
    [
        (tag(own=ZERO), "the MAC of its URL is wrong"),
        (tag(meta=ZERO), "does not open its UID"),
        (VirtualClassic(UID, key=bytes(6), blocks={}), "has not the message"),
    ],
)
def test_a_chip_that_only_has_the_uid_of_one_is_not_genuine(card: Card, why: str) -> None:
    with pytest.raises(CardNotGenuine, match=why):
        played(talk(atr=card.atr), card)


@pytest.mark.parametrize("foreign", [tag(url="https://t.example/t?x=1#"), tag(meta=ZERO)])
def test_a_tag_of_somebody_else_is_known_by_its_uid(foreign: VirtualNtag424) -> None:
    """Its URL has other parameters, or another key: only a tag whose own key is here must prove itself."""
    assert played(talk(Keys({(KeyUse.SUN_META, ""): META})), foreign) == OPEN


def test_the_url_of_another_genuine_tag_is_seen() -> None:
    class Copy(VirtualNtag424):
        def answer(self, apdu: bytes) -> bytes:
            return bytes.fromhex("04FFFFFFFFFFFF") + OK if apdu[:2] == b"\xff\xca" else super().answer(apdu)

    copy = Copy(UID, meta_key=META, mac_key=OWN, url="https://t.example/t")
    with pytest.raises(CardNotGenuine, match="another card's"):
        played(talk(), copy)


def test_a_tag_that_hides_its_uid_is_known_by_the_one_that_it_encrypts() -> None:
    class Hidden(VirtualNtag424):
        def answer(self, apdu: bytes) -> bytes:
            return bytes.fromhex("08112233") + OK if apdu[:2] == b"\xff\xca" else super().answer(apdu)

    def hidden() -> VirtualNtag424:
        return Hidden(UID, meta_key=META, mac_key=OWN, url="https://t.example/t")

    assert played(talk(), hidden()) == SIGNED
    with pytest.raises(UnknownCard, match="random UID"):
        played(talk(Keys({})), hidden())


@pytest.mark.parametrize(
    "url",
    ["", "https://t.example/t", "https://t.example/t?picc_data=00&cmac=00",
     "https://t.example/t?cmac=94EED9EE65337086&picc_data=EF963FF7828658A599F3041510671E8",
     "https://t.example/t#?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086"],
)  # fmt: skip
def test_a_url_without_the_parameters_is_refused(url: str) -> None:
    with pytest.raises(UnknownCard, match="parameters"):
        sun.proof_in(url, sun.Settings())


@pytest.mark.parametrize("picc", ["0" * 30 + "  ", " " * 32, "00 " * 10 + "00"])
def test_blanks_are_no_digits(picc: str) -> None:
    with pytest.raises(UnknownCard, match="parameters"):
        sun.proof_in(f"https://t.example/t?picc_data={picc}&cmac=94EED9EE65337086", sun.Settings())
    with pytest.raises(UnknownCard, match="parameters"):
        sun.proof_in(f"https://t.example/t?picc_data={'0' * 32}&cmac=94EED9EE653370  ", sun.Settings())


def test_a_card_whose_url_has_blanks_for_digits_is_known_by_its_uid() -> None:
    class Foreign(VirtualNtag424):
        def _made(self) -> bytes:
            record = uri_record(f"https://t.example/t?picc_data={'0' * 30}  &cmac={'0' * 16}")
            return len(record).to_bytes(2, "big") + record

    foreign = Foreign(UID, meta_key=META, mac_key=OWN, url="")
    assert played(talk(Keys({(KeyUse.SUN_META, ""): META})), foreign) == OPEN


@given(st.text(max_size=120))
def test_any_url_is_refused_or_taken_apart(url: str) -> None:
    with pytest.raises(UnknownCard, match="parameters"):
        sun.proof_in(f"https://t.example/?{url}", sun.Settings(mac_from="enc"))


@given(st.lists(st.binary(max_size=60).map(lambda data: data + OK) | st.binary(max_size=60), max_size=12))
def test_a_card_that_says_anything_is_never_signed(answers: list[bytes]) -> None:
    found = answered(talk(), [UID + OK, *answers])
    assert found is None or found.trust is Trust.OPEN


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_bit_that_was_changed_anywhere_in_the_file_is_never_signed(at: int, flip: int) -> None:
    class Changed(VirtualNtag424):
        def _made(self) -> bytes:
            made = bytearray(super()._made())
            made[at % len(made)] ^= flip
            return bytes(made)

    seen = Seen()
    try:
        found = played(talk(seen=seen), Changed(UID, meta_key=META, mac_key=OWN, url="https://t.example/t"))
    except (UnknownCard, CardNotGenuine):
        return
    # What is outside of the parameters proves nothing and changes nothing.
    assert found == SIGNED
