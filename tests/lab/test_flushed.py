"""A disk that forgets what was not flushed; what is proven on it is worth nothing when it does not."""

from __future__ import annotations

import random
import socket
import struct
import subprocess
from pathlib import Path

import pytest

from lab.vm import flushed
from lab.vm.flushed import BLOCK, Flushed, Left

OLD, ONE, TWO = (mark * BLOCK for mark in (b"\0", b"1", b"2"))


def disk(tmp_path: Path, blocks: int = 3) -> Flushed:
    return Flushed(tmp_path / "nbd", OLD * blocks)


def would_hold(cut: Flushed, left: Left, seed: int = 1) -> bytes:
    return cut.changed(cut.would_leave(left, random.Random(seed)))


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


def test_to_ask_what_would_be_left_loses_nothing(tmp_path: Path) -> None:
    cut = disk(tmp_path)
    cut.write(0, ONE)
    assert would_hold(cut, Left.NOTHING) == OLD * 3
    assert would_hold(cut, Left.EVERYTHING) == ONE + OLD * 2
    for seed in range(9):
        would = would_hold(cut, Left.SOME, seed)
        again = disk(tmp_path)
        again.write(0, ONE)
        assert (again.cut(Left.SOME, random.Random(seed)), again.content) == (1, would)
    cut.write(BLOCK, OLD)
    assert cut.would_leave(Left.EVERYTHING, random.Random(1)) == {(0, ONE)}
    assert cut.cut(Left.EVERYTHING, random.Random(1)) == 2
    assert cut.content == ONE + OLD * 2


def test_each_write_is_remembered_with_what_had_been_heard(tmp_path: Path) -> None:
    cut = disk(tmp_path)
    cut.write(2 * BLOCK, TWO)
    cut.flush()
    heard = iter(range(10, 90, 10))
    cut.remembers(lambda: next(heard))
    cut.write(0, ONE)
    cut.flush()
    cut.write(0, TWO)
    cut.write(BLOCK, ONE, through=True)
    seen = [
        (until, then.content, would_hold(then, Left.EVERYTHING))
        for until, then in cut.moments(9, random.Random(1))
    ]
    assert seen == [
        (10, OLD + OLD + TWO, ONE + OLD + TWO),
        (30, ONE + OLD + TWO, TWO + OLD + TWO),
        (40, ONE + ONE + TWO, TWO + ONE + TWO),
    ]
    assert cut.content == ONE + ONE + TWO
    assert len(list(cut.moments(2, random.Random(1)))) == 2
    assert list(cut.moments(0, random.Random(1))) == []


def test_nothing_is_remembered_before_it_is_asked_for_or_from_before_that(tmp_path: Path) -> None:
    cut = disk(tmp_path)
    cut.write(0, ONE)
    assert list(cut.moments(9, random.Random(1))) == []
    cut.cut(Left.EVERYTHING, random.Random(1))
    cut.remembers(lambda: 7)
    cut.write(BLOCK, ONE)
    cut.remembers(lambda: 8)
    cut.write(0, TWO)
    assert [heard for heard, _ in cut.moments(9, random.Random(1))] == [8]


def connected(served: Flushed) -> socket.socket:
    """A client that asks for the whole disk, and nothing of how."""
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(20)
    line.connect(str(served.path))
    line.sendall(struct.pack(">IQII", 3, 0x49484156454F5054, 1, 0))
    assert len(line.recv(18, socket.MSG_WAITALL) + line.recv(10, socket.MSG_WAITALL)) == 28
    return line


def asked(line: socket.socket, what: int, at: int, data: bytes = b"") -> None:
    line.sendall(struct.pack(">IHHQQI", 0x25609513, 0, what, 1, at, len(data)) + data)


def test_from_the_chosen_write_on_nothing_is_done_or_answered(tmp_path: Path) -> None:
    with disk(tmp_path) as served:
        stopped = served.stops_after(2)
        with connected(served) as line:
            asked(line, 1, 0, ONE)
            assert len(line.recv(16, socket.MSG_WAITALL)) == 16
            assert not stopped.is_set()
            asked(line, 1, BLOCK, ONE)
            assert stopped.wait(20)
            asked(line, 1, 2 * BLOCK, ONE)
            asked(line, 3, 0)
            line.settimeout(0.2)
            with pytest.raises(TimeoutError):
                line.recv(16)
        assert would_hold(served, Left.EVERYTHING) == ONE + ONE + OLD
        assert (served.flushes, served.cut(Left.NOTHING, random.Random(1))) == (0, 2)
        with connected(served) as line:  # With the power everything comes back.
            assert not stopped.is_set()
            for block in range(3):
                asked(line, 1, block * BLOCK, ONE)
                assert len(line.recv(16, socket.MSG_WAITALL)) == 16


def test_a_cut_waits_for_what_a_client_said_before_it_was_killed(tmp_path: Path) -> None:
    with disk(tmp_path) as served:
        with connected(served) as line:
            asked(line, 1, 0, ONE)
            assert len(line.recv(16, socket.MSG_WAITALL)) == 16
            for _ in range(50):
                asked(line, 1, BLOCK, TWO)
        assert served.cut(Left.EVERYTHING, random.Random(1)) >= 1
        assert served.cut(Left.EVERYTHING, random.Random(1)) == 0


def test_the_power_of_a_machine_that_runs_does_not_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flushed, "_HANGS_UP_S", 0.05)
    with disk(tmp_path) as served, connected(served):
        with pytest.raises(TimeoutError):
            served.cut(Left.NOTHING, random.Random(1))
        with pytest.raises(TimeoutError):
            served.would_leave(Left.NOTHING, random.Random(1))


@pytest.mark.vm
def test_an_emulator_writes_flushes_and_reads_there(tmp_path: Path) -> None:
    address = f"nbd+unix:///?socket={tmp_path / 'nbd'}"
    with Flushed(tmp_path / "nbd", OLD * 4) as served:
        command = ["qemu-io", "-f", "raw", "-c", "write -f -P 49 0 4k", "-c", "read -P 49 0 4k", address]
        subprocess.run(command, capture_output=True, check=True, timeout=60)
        assert served.content == ONE + OLD * 3
        assert served.flushes > 0
