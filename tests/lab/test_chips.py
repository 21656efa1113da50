"""Every chip card that lies on the device bench is what its label says."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from lab.shop.chips import CHIPS, KINDS, hand_over_keys, made
from terminal.core.chips import NobodyProves
from terminal.core.errors import CardNotGenuine
from terminal.core.trust import Trust
from terminal.drivers.codecs import cards
from terminal.drivers.codecs.apdu import by_t0
from terminal.store.chips import ChipFiles
from tests.drivers.chips import played

TRUST = {"black": Trust.SIGNED, "silver": Trust.SECURE, "red": Trust.SECURE}
GIVEN = {card.id: card for card in CHIPS}


def known(ledger: Path) -> cards.Known:
    files = ChipFiles(ledger)
    return cards.Known(keys=files, seen=files, prover=NobodyProves(), fresh=bytes(range(16)))


def kinds() -> cards.Kinds:
    return msgspec.convert(tomllib.loads(KINDS)["device"]["chip"], cards.Kinds)


@pytest.mark.parametrize("name", sorted(GIVEN.keys() - {"copy"}))
def test_a_card_on_the_bench_is_known_as_its_label_says(name: str, tmp_path: Path) -> None:
    hand_over_keys(tmp_path / "ledger.db")
    card = made()[name]
    talk = cards.presented(card.atr, kinds(), known(tmp_path / "ledger.db"))
    found = played(by_t0(talk) if name.startswith("red") else talk, card)
    assert (found.medium, found.number) == (GIVEN[name].credential.medium, GIVEN[name].credential.number)
    assert found.trust is TRUST.get(name, Trust.OPEN)


def test_the_copy_is_refused(tmp_path: Path) -> None:
    hand_over_keys(tmp_path / "ledger.db")
    card = made()["copy"]
    with pytest.raises(CardNotGenuine):
        played(cards.presented(card.atr, kinds(), known(tmp_path / "ledger.db")), card)


def test_cards_that_count_are_believed_again_when_the_shop_opens_anew(tmp_path: Path) -> None:
    for _ in range(2):
        hand_over_keys(tmp_path / "ledger.db")
        card = made()["black"]
        found = played(cards.presented(card.atr, kinds(), known(tmp_path / "ledger.db")), card)
        assert found.trust is Trust.SIGNED
