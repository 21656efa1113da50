"""Keys of cards lie sealed beside the ledger, and a counter that was seen is never believed again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal import cards
from terminal.checkup import card_key_facts
from terminal.core.chips import KeyUse
from terminal.maintenance.facts import CardKeyFacts
from terminal.store.chips import ChipFiles, ChipKey, Unusable
from tests.test_config import RIGHT, written

UID = "04A1B2C3D4E5F6"
OWN = ChipKey(use=KeyUse.DESFIRE, card=UID, key=bytes(range(16)))
COMMON = ChipKey(use=KeyUse.SECTOR, card="", key=b"\xa0\xa1\xa2\xa3\xa4\xa5")


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def test_keys_that_were_put_are_there_after_a_restart_and_for_their_use_alone(ledger: Path) -> None:
    assert ChipFiles(ledger).put([OWN, COMMON]) == 2
    files = ChipFiles(ledger)
    assert files.key(KeyUse.DESFIRE, UID) == OWN.key
    assert files.key(KeyUse.SECTOR, "") == COMMON.key
    assert files.key(KeyUse.SUN, UID) is None
    assert files.key(KeyUse.DESFIRE, "") is None


def test_keys_that_come_while_the_terminal_runs_are_used_at_the_next_card(ledger: Path) -> None:
    running = ChipFiles(ledger)
    assert running.key(KeyUse.DESFIRE, UID) is None
    ChipFiles(ledger).put([OWN])
    assert running.key(KeyUse.DESFIRE, UID) == OWN.key


def test_a_newer_key_takes_the_place_of_the_older(ledger: Path) -> None:
    files = ChipFiles(ledger)
    files.put([OWN])
    assert files.put([ChipKey(use=OWN.use, card=OWN.card, key=bytes(16))]) == 1
    assert files.key(KeyUse.DESFIRE, UID) == bytes(16)


def test_no_key_and_no_uid_can_be_read_in_the_files_or_in_a_log(ledger: Path) -> None:
    files = ChipFiles(ledger)
    files.put([OWN])
    files.rises(UID, 7)
    for path in ledger.parent.iterdir():
        assert OWN.key not in path.read_bytes()
        assert UID.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    assert repr(OWN) == str(OWN) == "ChipKey(desfire)"


def test_on_another_machine_the_file_is_worth_nothing(ledger: Path) -> None:
    ChipFiles(ledger).put([OWN])
    ledger.with_suffix(".chips-key").write_bytes(os.urandom(32))
    stolen = ChipFiles(ledger)
    assert stolen.key(KeyUse.DESFIRE, UID) is None
    with pytest.raises(Unusable):
        stolen.put([COMMON])


@pytest.mark.parametrize("damage", [b"", b"x" * 200])
def test_a_file_that_is_damaged_makes_every_card_open_and_is_left_as_it_is(
    ledger: Path, damage: bytes
) -> None:
    ChipFiles(ledger).put([OWN])
    ledger.with_suffix(".chips").write_bytes(damage)
    assert ChipFiles(ledger).key(KeyUse.DESFIRE, UID) is None
    with pytest.raises(Unusable):
        ChipFiles(ledger).put([COMMON])
    assert ledger.with_suffix(".chips").read_bytes() == damage


@pytest.mark.parametrize(
    ("use", "card", "size"),
    [
        (KeyUse.DESFIRE, "", 16),
        (KeyUse.SUN, "", 16),
        (KeyUse.CPU, "", 16),
        (KeyUse.SECTOR, UID, 16),
        (KeyUse.SUN, UID, 6),
    ],
)
def test_a_key_that_would_be_a_master_or_is_no_key_is_refused(use: KeyUse, card: str, size: int) -> None:
    with pytest.raises(ValueError, match="a key for"):
        ChipKey(use=use, card=card, key=bytes(size))


def test_what_a_technician_puts_there_as_root_belongs_to_the_terminal(ledger: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may give files away")
    os.chown(ledger.parent, 12_345, 12_345)
    ChipFiles(ledger).put([OWN])
    owners = {path.stat().st_uid for path in ledger.parent.glob("ledger.chips*")}
    assert owners == {12_345}


def test_the_doctor_says_how_many_there_are_or_why_they_cannot_be_used(ledger: Path) -> None:
    assert card_key_facts(ChipFiles(ledger)) is None
    ChipFiles(ledger).put([OWN, COMMON])
    assert card_key_facts(ChipFiles(ledger)) == CardKeyFacts(keys=2)
    ledger.with_suffix(".chips").write_bytes(b"x" * 200)
    damaged = card_key_facts(ChipFiles(ledger))
    assert damaged is not None
    assert (damaged.keys, "ledger.chips" in damaged.fault) == (0, True)


# Counters


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from([UID, "04FF"]), st.integers(0, 40)), max_size=12), st.data())
def test_a_counter_is_believed_once_whatever_restarts_come_between(
    tmp_path_factory: pytest.TempPathFactory, taps: list[tuple[str, int]], data: st.DataObject
) -> None:
    ledger = tmp_path_factory.mktemp("seen") / "ledger.db"
    files, highest = ChipFiles(ledger), dict[str, int]()
    for card, counter in taps:
        assert files.rises(card, counter) is (counter > highest.get(card, -1))
        highest[card] = max(counter, highest.get(card, -1))
        if data.draw(st.booleans()):
            files = ChipFiles(ledger)


def test_a_line_that_a_power_cut_broke_off_spoils_no_other(ledger: Path) -> None:
    ChipFiles(ledger).rises(UID, 7)
    seen = ledger.with_suffix(".seen")
    whole = seen.read_bytes()
    for size in range(len(whole)):
        seen.write_bytes(whole + whole[:size])
        files = ChipFiles(ledger)
        assert files.rises(UID, 7) is False
        assert files.rises(UID, 8) is True
        assert ChipFiles(ledger).rises(UID, 8) is False


def test_the_file_of_counters_does_not_grow_for_ever(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.store.chips._STALE_LINES", 10)
    files = ChipFiles(ledger)
    for counter in range(50):
        assert files.rises(UID, counter)
    assert len(ledger.with_suffix(".seen").read_bytes().split()) < 2 * 15
    assert ChipFiles(ledger).rises(UID, 49) is False


def test_where_a_counter_cannot_be_written_nobody_says_that_it_rose(ledger: Path) -> None:
    files = ChipFiles(ledger)
    files.rises(UID, 1)
    ledger.with_suffix(".seen").unlink()
    ledger.with_suffix(".seen").mkdir()
    assert files.rises(UID, 2) is None


# The technician's list


def listed(tmp_path: Path, text: str) -> tuple[int, ChipFiles]:
    config = written(tmp_path, f"{RIGHT}\n[ledger]\npath = 'ledger.db'\n")
    file = tmp_path / "cards.csv"
    file.write_text(text, encoding="utf-8")
    from terminal.config import load

    return cards.take(config, file), ChipFiles(load(config).file.ledger.path)


def test_a_list_of_keys_is_taken_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, files = listed(tmp_path, f"use,card,key\ndesfire,{UID},{bytes(16).hex()}\nsector,,a0a1a2a3a4a5\n")
    assert code == 0
    assert files.key(KeyUse.DESFIRE, UID) == bytes(16)
    assert "2 keys" in capsys.readouterr().out


@pytest.mark.parametrize(
    "line", ["desfire,,00112233445566778899aabbccddeeff", "magic,1,00", "sector,,zz", "sector"]
)
def test_a_list_with_a_mistake_is_not_taken_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    code, files = listed(tmp_path, f"use,card,key\nsector,,a0a1a2a3a4a5\n{line}\n")
    assert code == 1
    assert files.key(KeyUse.SECTOR, "") is None
    assert capsys.readouterr().err == "line 3 is no key of a card\n"
