"""`terminal doctor --print`: the same facts on paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.__main__ import main
from terminal.core.receipts import as_text
from terminal.drivers.virtual.escpos_reader import Paper, Tokens
from terminal.maintenance.finding import Finding
from terminal.status_ticket import ticket
from tests.counter_config import COUNTER

AT_MS = 1_795_788_300_000
FOUND = (
    Finding(subject="terminal", well=True, reason="S1/T1 runs, process 812"),
    Finding(
        subject="receipts", well=False, reason="printer down: no answer", next_step="Check power and cable."
    ),
)
PRINTER = """
[device.front]
driver = "file_printer"
path = "front.bin"
"""


def test_what_is_red_comes_first_with_what_to_do() -> None:
    shown = as_text(ticket("S1/T1", FOUND, at_ms=AT_MS, columns=32))
    assert shown.splitlines() == [
        "             STATUS",
        "S1/T1",
        "2026-11-27 14:05 UTC",
        "-" * 32,
        "RED receipts: printer down: no",
        "  answer",
        "  -> Check power and cable.",
        "ok terminal: S1/T1 runs, process",
        "  812",
    ]


def test_what_will_not_be_well_for_long_comes_next() -> None:
    amber = Finding(subject="backups", well=True, amber=True, reason="none was made", next_step="Back up.")
    shown = as_text(ticket("S1/T1", (FOUND[0], amber, FOUND[1]), at_ms=AT_MS, columns=32))
    assert shown.splitlines()[4:] == [
        "RED receipts: printer down: no",
        "  answer",
        "  -> Check power and cable.",
        "AMBER backups: none was made",
        "  -> Back up.",
        "ok terminal: S1/T1 runs, process",
        "  812",
    ]


@pytest.mark.parametrize("columns", [16, 32, 48])
def test_nothing_runs_over_the_edge(columns: int) -> None:
    long = Finding(subject="x" * 90, well=False, reason="y" * 90, next_step="z" * 90)
    shown = as_text(ticket("S1/T1", (long,), at_ms=AT_MS, columns=columns))
    assert max(map(len, shown.splitlines())) == columns


def test_it_is_printed_whether_the_terminal_runs_or_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER + PRINTER, encoding="utf-8")
    assert main(["doctor", "--print", "--config", str(config)]) == 0
    assert capsys.readouterr().out.startswith("front: printed; ")
    paper = Paper("gbk")
    data = (tmp_path / "front.bin").read_bytes()
    text = "".join(one.text for token in Tokens().feed(data) if (one := paper.take(token)))
    assert "STATUS" in text
    assert "RED terminal: S1/T1 does not\n" in text


def test_without_a_printer_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "terminal.toml").write_text(COUNTER, encoding="utf-8")
    assert main(["doctor", "--print", "--config", str(tmp_path / "terminal.toml")]) == 1
    assert "no printer is configured" in capsys.readouterr().err
