"""The campaign around the machine, with one that only pretends: what it counts, and where it ends."""

from __future__ import annotations

import random
from pathlib import Path
from typing import cast

import pytest

from lab.vm import cuts
from lab.vm.cuts import campaign
from lab.vm.flushed import BLOCK, Flushed
from lab.vm.guest.writer import SUBMISSIONS, told
from lab.vm.promises import promises
from lab.vm.writing import Line, Waiting

FREE = 1000
"""A block of the file system in which nothing lies."""


class Pretending:
    """Writes where nothing lies, and says what it is told to."""

    def __init__(self, *said: Line, writes: int = 0) -> None:
        self._said, self._writes = said, writes
        self.orders: list[str] = []
        self.times: list[int] = []

    def lives(self, disk: Flushed, order: str, dice: random.Random, times: int = 1) -> list[Line]:
        assert dice
        self.orders.append(order)
        self.times.append(times)
        disk.remembers(lambda: 7)
        for write in range(self._writes):
            disk.write(FREE * BLOCK, bytes([write + 1]) * BLOCK)
        return list(self._said)


def of(machine: Pretending) -> Waiting:
    return cast("Waiting", machine)


def test_each_day_begins_with_a_blank_disk_and_its_own_seed() -> None:
    machine = Pretending()
    found = campaign(of(machine), cuts.CUTS_A_DAY + 1, "1")
    assert machine.orders == ["1/0 0 -"] * cuts.CUTS_A_DAY + ["1/1 0 -"]
    assert set(machine.times) == {1}
    assert (found.cuts, found.disks, found.violation) == (11, 11, "")
    assert (found.moments, found.blocks, found.with_blocks, found.booked) == (0, 0, 0, 0)
    assert sum(found.left.values()) == 11


def test_every_way_in_which_the_disk_could_be_left_is_looked_at_and_so_are_the_moments() -> None:
    machine = Pretending(writes=3)
    found = campaign(of(machine), 1, "1", moments=20)
    assert machine.times == [3]
    assert (found.cuts, found.moments, found.blocks, found.with_blocks) == (1, 3, 1, 1)
    assert 2 + 2 + 2 + 2 <= found.disks <= 2 + 3 + 4 + 4


def test_of_a_day_that_was_answered_whole_nothing_is_open() -> None:
    day = promises("1/0")
    said = [
        f"ANSWERED {told(day.answers[entry])}" if entry in day.answers else f"REFUSED {entry}"
        for entry in day.day.sent
    ]
    heard = promises("1/0")
    for line in said:
        heard.hears(line)
    assert heard.unanswered() == len(said) == SUBMISSIONS


@pytest.mark.parametrize("at", [7, 8])
def test_it_ends_with_what_was_answered_and_is_gone_and_keeps_the_disk(
    at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cuts, "_BROKEN", tmp_path / "kept.raw")
    first = next(iter(promises("1/0").answers.values()))
    machine = Pretending((at, f"ANSWERED {told(first)}"), writes=1)
    found = campaign(of(machine), 3, "1", "synchronous-normal", moments=1)
    assert found.violation.startswith("seed 1/0, cut 0: none left of what was on its way: I1: entry 1 ")
    assert machine.orders == ["1/0 0 synchronous-normal"]
    assert (found.cuts, found.moments) == (1, int(at > 7))
    assert (tmp_path / "kept.raw").stat().st_size == 32 << 20
