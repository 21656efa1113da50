"""Somebody outside of a machine hears what its counters are told; a disk is held to no more, and no less."""

from __future__ import annotations

import asyncio
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.powercut.shop import opened, small
from lab.vm.cuts import blank
from lab.vm.flushed import BLOCK
from lab.vm.guest import writer
from lab.vm.promises import Promises, Violation, promises
from terminal.runtime.threads import RealThreads
from terminal.store.ledger import Ledger

SEED = "1"
SOLD = 20


def hear(heard: Promises, said: list[str]) -> None:
    for line in said:
        heard.hears(line)


async def sold(path: Path, heard: Promises, count: int) -> None:
    """As the machine's own counters do."""
    ledger: Ledger = await opened(path, threads=RealThreads())
    counters = writer.Counters(ledger, path, random.Random(SEED))
    place = heard.unanswered()
    await counters.work(list(heard.day.sent.values())[place : place + count])
    await ledger.close()


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], bytes]:
    """What was said, and a disk on which all of it is."""
    folder, said = tmp_path_factory.mktemp("shop"), list[str]()
    with pytest.MonkeyPatch.context() as patched, small():
        patched.setattr(writer, "_say", said.append)
        asyncio.run(sold(folder / "ledger.db", promises(SEED), SOLD))
    return said, disk_of(folder)


def disk_of(folder: Path) -> bytes:
    raw = folder.with_suffix(".raw")
    raw.write_bytes(bytes(16 << 20))
    command = ["mke2fs", "-q", "-t", "ext4", "-b", "4096", "-d", str(folder), str(raw)]
    subprocess.run(command, check=True)
    return raw.read_bytes()


def test_what_was_told_is_on_the_disk(lines: tuple[list[str], bytes]) -> None:
    said, disk = lines
    heard = promises(SEED)
    assert heard.unanswered() == 0
    hear(heard, said)
    assert heard.unanswered() == SOLD
    assert heard.heard.answered + heard.heard.refused == SOLD
    assert (heard.heard.printed > 0, heard.heard.acked > 0) == (True, True)
    assert heard.looks(disk) == heard.heard.answered


def test_of_a_blank_disk_nothing_was_promised(tmp_path: Path) -> None:
    assert promises(SEED).looks(blank(tmp_path)) == 0


def test_what_was_answered_and_is_gone_is_found(lines: tuple[list[str], bytes], tmp_path: Path) -> None:
    heard = promises(SEED)
    hear(heard, lines[0])
    with pytest.raises(Violation, match="I1: entry 1 was answered and is gone"):
        heard.looks(blank(tmp_path))


def test_what_is_on_paper_and_in_no_entry_is_found(lines: tuple[list[str], bytes], tmp_path: Path) -> None:
    heard = promises(SEED)
    hear(heard, [one for one in lines[0] if one.startswith("PRINTED")])
    with pytest.raises(Violation, match="I8: T1-1-"):
        heard.looks(blank(tmp_path))


def test_what_headquarters_was_said_to_have_and_is_forgotten_is_found(tmp_path: Path) -> None:
    heard = promises(SEED)
    heard.hears("ACKED 3")
    with pytest.raises(Violation, match="I1: acknowledged up to 3"):
        heard.looks(blank(tmp_path))


def test_a_receipt_that_is_neither_on_paper_nor_waiting_is_found(lines: tuple[list[str], bytes]) -> None:
    heard = promises(SEED)
    hear(heard, [one for one in lines[0] if not one.startswith("PRINTED")])
    with pytest.raises(Violation, match="I8: the receipt of entry "):
        heard.looks(lines[1])


def test_a_journal_of_another_day_is_found(lines: tuple[list[str], bytes]) -> None:
    with pytest.raises(Violation, match="I2: the journal"):
        promises("2").looks(lines[1])


def test_a_file_system_that_its_journal_does_not_heal_is_found(lines: tuple[list[str], bytes]) -> None:
    torn = bytearray(lines[1])
    torn[BLOCK : 40 * BLOCK] = bytes(39 * BLOCK)
    with pytest.raises(Violation, match="the file system"):
        promises(SEED).looks(bytes(torn))


def otherwise(said: list[str]) -> str:
    return next(one for one in said if one.startswith("ANSWERED"))[:-1] + "-"


def of_nobody(_: list[str]) -> str:
    return "ANSWERED nobody 1 - -"


def refused(said: list[str]) -> str:
    return f"REFUSED {next(one for one in said if one.startswith('ANSWERED')).split()[1]}"


def further(_: list[str]) -> str:
    return "OPENED 1 00"


@pytest.mark.parametrize("wrong", [otherwise, of_nobody, refused, further])
def test_what_was_not_to_be_said_is_found(
    lines: tuple[list[str], bytes], wrong: Callable[[list[str]], str]
) -> None:
    with pytest.raises(Violation, match="I2: "):
        promises(SEED).hears(wrong(lines[0]))


def test_a_start_finds_what_was_seen_from_outside() -> None:
    heard = promises(SEED)
    heard.goes_on_with(SOLD - 2)
    link = heard.day.journal[SOLD - 3][1].hex()
    heard.hears(f"OPENED {SOLD - 2} {link}")
    for other in (f"OPENED {SOLD - 3} {link}", f"OPENED {SOLD - 2} {link[:-1]}-", "OPENED 0 -"):
        with pytest.raises(Violation, match="I2: the start found"):
            heard.hears(other)


def test_counters_that_begin_again_ask_what_nobody_was_answered(tmp_path: Path) -> None:
    """They were killed when the second half was booked, and before anybody heard of it."""
    heard, said = promises(SEED), list[str]()
    path = tmp_path / "shop" / "ledger.db"
    path.parent.mkdir()
    with pytest.MonkeyPatch.context() as patched, small():
        patched.setattr(writer, "_say", said.append)
        asyncio.run(sold(path, heard, SOLD))
        hear(heard, said)
        asyncio.run(sold(path, heard, SOLD))
        said.clear()
        asyncio.run(sold(path, heard, 2 * SOLD))
    stands = int(said[0].split()[1])
    heard.goes_on_with(stands)
    hear(heard, said)
    assert stands > SOLD
    booked = sum(one in heard.answers for one in list(heard.day.sent)[: 3 * SOLD])
    assert heard.looks(disk_of(path.parent)) == booked
