"""A terminal that runs and does not answer is told from one that does not run."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from terminal import checkup, door, recordings
from terminal.__main__ import main
from tests.counter_config import COUNTER
from tests.test_app import Line, Start, folder, lines, start

__all__ = ["folder", "lines", "start"]
READER = """
[device.front]
driver = "serial_reader"
path = "/dev/null"

[headquarters]
url = "https://hq.example"
"""
RUNS, RESTART = "runs and does not answer", "sudo systemctl restart terminal"


@contextmanager
def listening(path: Path) -> Generator[None, None, None]:
    """Whoever comes is taken in, and hears nothing."""
    with socket.socket(socket.AF_UNIX) as hangs:
        hangs.bind(str(path))
        hangs.listen()
        yield


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for module, name in ((checkup, "DOCTOR_S"), (door, "ENROL_S"), (recordings, "_ANSWER_S")):
        monkeypatch.setattr(module, name, 0.1)
    path = tmp_path / "terminal.toml"
    path.write_text(COUNTER + READER, encoding="utf-8")
    return path


def test_the_doctor_says_so_and_what_to_do(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with listening(config.with_name("t.sock")):
        assert main(["doctor", "--config", str(config)]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert f"S1/T1 {RUNS}" in said
    assert RESTART in said
    assert "the terminal does not answer; 0 waiting" in said
    assert "does not run" not in said
    assert "start terminal;" not in said


def test_of_one_that_does_not_run_it_says_that(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config", str(config)]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "S1/T1 does not run" in said
    assert "sudo systemctl start terminal" in said
    assert "the terminal does not run; 0 waiting" in said
    assert RUNS not in said


@pytest.mark.parametrize("words", [("enrol", "ABCDEFGH"), ("trace", "front", "x.trace", "--seconds", "1")])
def test_nothing_is_tried_without_it(
    config: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    with listening(config.with_name("t.sock")):
        assert main([*words, "--config", str(config)]) == 1
    assert RUNS in capsys.readouterr().err
    assert sorted(one.name for one in config.parent.iterdir()) == ["t.sock", "terminal.toml"]


@pytest.mark.device
def test_one_that_hangs(
    folder: Path,
    start: Start,
    lines: dict[str, Line],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert lines
    monkeypatch.setattr(checkup, "DOCTOR_S", 0.5)
    monkeypatch.chdir(folder)
    daemon = start()
    daemon.ready()
    os.kill(daemon.process.pid, signal.SIGSTOP)
    try:
        assert main(["doctor", "--config", str(folder / "terminal.toml")]) == 1
    finally:
        os.kill(daemon.process.pid, signal.SIGCONT)
    said = " ".join(capsys.readouterr().out.split())
    assert f"S1/T1 {RUNS}" in said
    assert f"held by process {daemon.process.pid}" in said
    assert main(["doctor", "--config", str(folder / "terminal.toml")]) in {0, 1}
    assert f"S1/T1 runs, process {daemon.process.pid}" in capsys.readouterr().out
