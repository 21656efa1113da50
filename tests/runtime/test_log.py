"""The log says what happened and never to whom."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any

import pytest

from terminal.core.errors import PaperOut
from terminal.core.values import Value
from terminal.runtime import uncaught
from terminal.runtime.log import JsonLine, OneLine, allowed, begin, legible, told

CANARY = "13800138000"
UP = """
import logging
from terminal.runtime.log import begin
begin("info", journal=True)
logging.getLogger("terminal.x").info("up: port=%d", 8321)
"""


class PinFacts(Value, frozen=True, kw_only=True):
    member: str


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    monkeypatch.setattr(uncaught, "logged", lambda: None)
    root = logging.getLogger()
    ours = logging.getLogger("terminal")
    before, level, ours_level = root.handlers[:], root.level, ours.level
    out = io.StringIO()
    begin("debug", stream=out)
    yield out
    root.handlers[:], root.level = before, level
    ours.setLevel(ours_level)


def fail_with_data() -> None:
    raise ValueError(f"cannot use {CANARY}")


def test_an_unknown_exception_leaves_its_type_and_places_but_not_its_text(written: io.StringIO) -> None:
    try:
        fail_with_data()
    except ValueError:
        logging.getLogger("terminal.x").exception("it failed: device=%s", "front")
    line = written.getvalue()
    assert CANARY not in line
    assert "terminal.x it failed: device=front fault=ValueError at runtime/test_log.py:" in line
    assert "fail_with_data" in line
    assert line.count("\n") == 1


def test_the_chain_of_causes_does_not_leak_either(written: io.StringIO) -> None:
    try:
        try:
            fail_with_data()
        except ValueError as cause:
            raise PaperOut("DLE EOT 4 answered 0x7e") from cause
    except PaperOut:
        logging.getLogger("terminal.x").exception("no print")
    assert CANARY not in written.getvalue()
    assert "P101 PaperOut: DLE EOT 4 answered 0x7e" in written.getvalue()


def test_a_scan_cannot_write_lines_of_the_log(written: io.StringIO) -> None:
    logging.getLogger("terminal.x").warning("dropped: %s", "a\n<0>fake\x1b[2J")
    assert written.getvalue().count("\n") == 1
    assert "a\\n<0>fake\\x1b[2J" in written.getvalue()


def line_of(level: int, message: str, *args: object) -> str:
    return JsonLine().format(logging.LogRecord("terminal.x", level, "f.py", 1, message, args, None))


def fields_of(message: str, *args: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line_of(logging.INFO, message, *args).partition(">")[2])
    assert found.pop("logger") == "terminal.x"
    return found


def test_journald_gets_the_priority_in_front_and_one_object_a_line() -> None:
    line = line_of(logging.WARNING, "paper low: printer=%s left_mm=%d", "front", 40)
    assert line == '<4>{"event":"paper low","printer":"front","left_mm":40,"logger":"terminal.x"}'
    assert line_of(logging.DEBUG, "ours") == '<7>{"event":"ours","logger":"terminal.x"}'
    assert line_of(35, "of another level")[:3] == "<6>"


@pytest.mark.parametrize(
    ("message", "args", "said"),
    [
        ("head %d, again", (7,), {"event": "head 7, again"}),
        ("%s not given: device=%s why=%s", ("a key", "cards", "no"),
         {"event": "a key not given", "device": "cards", "why": "no"}),
        ("command=%04X after %.1f s", (0x80, 2.25), {"event": "after 2.2 s", "command": 128}),
        ("full: %d%%", (90,), {"event": "full: 90%"}),
        ("left to reprint: receipt=%s why=queue full", ("T1-1-7",),
         {"event": "left to reprint: why=queue full", "receipt": "T1-1-7"}),
        ("nothing", (), {"event": "nothing"}),
        ("too few %s %s", ("a",), {"event": "too few a"}),
        ("no number %d", ("a",), {"event": "no number %d"}),
        ("a mapping: a=%(a)s", ({"a": 1},), {"event": "a mapping: a=%(a)s"}),
    ],
)  # fmt: skip
def test_fields_are_what_the_sentence_names(
    message: str, args: tuple[object, ...], said: dict[str, Any]
) -> None:
    assert fields_of(message, *args) == said


class Kind(StrEnum):
    OPEN = "open"


class Colour(Enum):
    RED = CANARY


class OurWords(Exception):
    """Made of our own words."""


OurWords.__module__ = "terminal.x"


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (None, None), (True, True), (13_800_138_000, 13_800_138_000), (1.5, 1.5),
        ("front", "front"), (Path("/mnt/a"), "/mnt/a"), (Kind.OPEN, "open"), (Colour.RED, "RED"),
        ("a\n<0>b", "a\\n<0>b"),
        (OurWords("no room\n"), "no room\\n"), (OurWords(f"of {CANARY}"), "of ..."),
        (PaperOut("cover"), "P101 PaperOut: cover"),
        (sqlite3.OperationalError("disk I/O error"), "disk I/O error"),
        (ValueError(CANARY), "ValueError"),
        (OSError(28, "No space left", CANARY), "OSError: No space left"),
        (CANARY.encode(), "<bytes>"), ([CANARY], "<list>"), ({"phone": CANARY}, "<dict>"),
        (PinFacts(member=CANARY), "<PinFacts>"),
    ],
)  # fmt: skip
def test_what_may_be_in_the_log_is_decided_by_type(value: object, left: object) -> None:
    assert allowed(value) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (CANARY, "..."), (f"+86{CANARY}", "+..."), (f"电话{CANARY}。", "电话...。"),
        ("6222021234567890123", "..."), ("1234567890", "..."), ("1234567", "1234567"),
        ("62220212345678901234", "..."), ("card=0012345678", "card=..."), ("phone_13812345678", "phone_..."),
        ("138.1234.5678", "..."), ("192.168.100.200", "192.168.100.200"),
        ("04A1B2C3", "..."), ("04A1B2C3D4E580", "..."), ("04a1b2c3d4e580", "..."), ("DEADBEEF", "DEADBEEF"),
        ("04A1B2C3D4E5800A1B2C", "..."), ("20b603ce", "20b603ce"), ("04A1B2C3-if00", "04A1B2C3-if00"),
        ("T1-1-13800138000", "T1-1-13800138000"), ("a13800138000", "a13800138000"),
        ("13800138000b", "13800138000b"), ("138-0013-8000", "..."), ("+86 138 0013 8000", "+..."),
        ("6222 0212 3456 7890", "..."), ("2026-11-24 10:05", "2026-11-24 10:05"),
        ("01a1ee56-5e32-7000-b6e6-772983daf498", "01a1ee56-5e32-7000-b6e6-772983daf498"),
        ("00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000001"),
    ],
)  # fmt: skip
def test_long_numbers_are_taken_out_of_words(text: str, left: str) -> None:
    assert allowed(text) == left


def test_a_number_is_not_taken_out_of_a_sentence_by_chance_but_by_its_type() -> None:
    assert fields_of("paid: by=%s at_ms=%d", CANARY, 1_764_230_400_000) == {
        "event": "paid", "by": "...", "at_ms": 1_764_230_400_000,
    }  # fmt: skip


def test_a_fault_stands_in_fields_of_its_own() -> None:
    try:
        fail_with_data()
    except ValueError:
        fault = sys.exc_info()
    record = logging.LogRecord("terminal.x", logging.ERROR, "f.py", 1, "failed", (), fault)
    said = json.loads(JsonLine().format(record)[3:])
    assert said["fault"].startswith("ValueError at runtime/test_log.py:")
    assert " < " in said["trace"]
    assert CANARY not in str(said)


def test_a_line_has_an_end() -> None:
    record = logging.LogRecord("terminal.x", logging.INFO, "f.py", 1, "a" * 100_000, (), None)
    assert len(OneLine().format(record)) < 4_100
    assert len(JsonLine().format(record)) < 1_100
    assert len(line_of(logging.INFO, "why=%s", "b" * 100_000)) < 1_100


def test_for_journald_a_process_writes_objects() -> None:
    said = subprocess.run(
        [
            sys.executable, "-c",
            UP,
        ],
        capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    assert said == '<6>{"event":"up","port":8321,"logger":"terminal.x"}\n'


def test_what_libraries_debug_is_not_logged(written: io.StringIO) -> None:
    logging.getLogger("aiosqlite").debug("executing %s", CANARY)
    logging.getLogger().info("sent %s", CANARY)
    logging.getLogger("terminal.desk").debug("ours")
    assert CANARY not in written.getvalue()
    assert "ours" in written.getvalue()


def test_groups_are_told_one_by_one() -> None:
    group = ExceptionGroup("two", [OSError(5, "Input/output error"), PaperOut("roll")])
    assert told(group) == "OSError: Input/output error; P101 PaperOut: roll"


def test_chinese_stays_legible() -> None:
    assert legible("缺纸") == "缺纸"
