"""A disk that forgets what was not flushed; what is proven on it is worth nothing when it does not."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from lab.vm.flushed import BLOCK, Flushed, Left

OLD, ONE, TWO = (mark * BLOCK for mark in (b"\0", b"1", b"2"))


def disk(tmp_path: Path, blocks: int = 3) -> Flushed:
    return Flushed(tmp_path / "nbd", OLD * blocks)


@pytest.mark.parametrize(("left", "kept"), [(Left.NOTHING, OLD), (Left.EVERYTHING, TWO)])
def test_what_was_not_flushed_is_lost_or_there(left: Left, kept: bytes, tmp_path: Path) -> None:
    cut = disk(tmp_path)
    cut.write(0, ONE)
    cut.flush()
    cut.write(BLOCK, ONE)
    cut.write(BLOCK, TWO)
    assert cut.content == ONE + OLD + OLD
    assert cut.cut(left, random.Random(1)) == 1
    assert cut.content == ONE + kept + OLD
    assert (cut.flushes, cut.cut(Left.EVERYTHING, random.Random(1))) == (1, 0)


def test_by_chance_each_block_is_any_that_it_was(tmp_path: Path) -> None:
    seen = set()
    for seed in range(60):
        cut = disk(tmp_path, blocks=2)
        for block in (0, 1):
            cut.write(block * BLOCK, ONE)
            cut.write(block * BLOCK, TWO)
        cut.cut(Left.SOME, random.Random(seed))
        seen.add(cut.content)
    assert seen == {one + other for one in (OLD, ONE, TWO) for other in (OLD, ONE, TWO)}


def test_what_is_written_through_is_durable_and_nothing_older_comes_over_it(tmp_path: Path) -> None:
    cut = disk(tmp_path)
    cut.write(0, ONE + ONE)
    cut.write(0, TWO, through=True)
    assert cut.content == TWO + OLD + OLD
    cut.flush()
    assert cut.content == TWO + ONE + OLD


def test_a_part_of_a_block_goes_with_the_rest_of_it(tmp_path: Path) -> None:
    cut = disk(tmp_path)
    cut.write(BLOCK - 1, b"xy")
    cut.cut(Left.EVERYTHING, random.Random(1))
    assert cut.content[BLOCK - 2 : BLOCK + 2] == b"\0xy\0"
    cut.write(0, b"")
    assert cut.cut(Left.NOTHING, random.Random(1)) == 0


@pytest.mark.vm
def test_an_emulator_writes_flushes_and_reads_there(tmp_path: Path) -> None:
    address = f"nbd+unix:///?socket={tmp_path / 'nbd'}"
    with Flushed(tmp_path / "nbd", OLD * 4) as served:
        command = ["qemu-io", "-f", "raw", "-c", "write -f -P 49 0 4k", "-c", "read -P 49 0 4k", address]
        subprocess.run(command, capture_output=True, check=True, timeout=60)
        assert served.content == ONE + OLD * 3
        assert served.flushes > 0
