"""Whoever stands between a card and its reader and changes what it says wins nothing by it."""

from __future__ import annotations

import tomllib
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.shop.chips import CHIPS, KINDS, hand_over_keys, made
from terminal.core.chips import NobodyProves
from terminal.core.trust import Trust
from terminal.drivers.codecs import cards
from terminal.drivers.codecs.apdu import Conversation, by_t0
from terminal.drivers.virtual.vpcd_card import Card
from terminal.store.chips import ChipFiles
from tests.drivers.chips import FAULTS, Seen, played

EXPECTED = msgspec.convert(tomllib.loads(KINDS)["device"]["chip"], cards.Kinds)
GIVEN = {card.id: card.credential for card in CHIPS}
TRUST = {"black": Trust.SIGNED, "silver": Trust.SECURE, "red": Trust.SECURE}
RANDOM = count(1)


class Changed:
    """A card whose n-th answer is changed on its way."""

    tear_at, mute = None, False

    def __init__(self, card: Card, at: int, change: Any) -> None:
        self._card, self._at, self._change = card, at, change
        self.atr, self._count, self.changed = card.atr, 0, False

    def powered(self) -> None:
        self._card.powered()

    def answer(self, apdu: bytes) -> bytes:
        said = self._card.answer(apdu)
        self._count += 1
        if self._count != self._at:
            return said
        heard: bytes = self._change(said)
        self.changed = heard != said
        return heard


def flipped(at: int, by: int) -> Any:
    return lambda said: bytes(
        byte ^ by if place == at % max(len(said), 1) else byte for place, byte in enumerate(said)
    )


CHANGES = st.one_of(
    st.builds(flipped, st.integers(0, 300), st.integers(1, 255)),
    st.integers(0, 300).map(lambda size: lambda said: said[:size]),
    st.binary(max_size=40).map(lambda more: lambda said: said + more),
    st.binary(max_size=40).map(lambda other: lambda _: other + b"\x90\x00"),
    st.binary(max_size=40).map(lambda other: lambda _: other + b"\x91\x00"),
    st.sampled_from([b"\x6a\x82", b"\x6d\x00", b"\x63\x00", b"\x91\xae", b"\x61\x10", b"\x6c\x08"]).map(
        lambda status: lambda _: status
    ),
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> ChipFiles:
    ledger: Path = tmp_path_factory.mktemp("keys") / "ledger.db"
    hand_over_keys(ledger)
    return ChipFiles(ledger)


def talk(card: Card, keys: ChipFiles, name: str) -> Conversation[Any]:
    fresh = next(RANDOM).to_bytes(16, "big")
    known = cards.Known(keys=keys, seen=Seen(), prover=NobodyProves(), fresh=fresh)
    conversation = cards.presented(card.atr, EXPECTED, known)
    return by_t0(conversation) if name == "red" else conversation


@pytest.mark.parametrize("name", sorted(GIVEN))
@given(at=st.integers(1, 12), change=CHANGES)
def test_a_changed_answer_makes_nobody_else_and_no_more_of_a_card(
    keys: ChipFiles, name: str, at: int, change: Any
) -> None:
    """Open ones say what they like; what is signed or secure is the card's own, or is not believed."""
    card = Changed(made()[name], at, change)
    try:
        found = played(talk(card, keys, name), card)
    except FAULTS:
        return
    if found.trust is Trust.OPEN:
        return
    assert found.trust is TRUST[name]
    assert (found.medium, found.number) == (GIVEN[name].medium, GIVEN[name].number)
