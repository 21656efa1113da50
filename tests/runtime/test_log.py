"""The log says what happened and never to whom."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from terminal.core.errors import PaperOut
from terminal.runtime.log import OneLine, begin, legible, told

CANARY = "13800138000"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
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


def test_journald_gets_the_priority_in_front() -> None:
    record = logging.LogRecord("terminal.x", logging.WARNING, "f.py", 1, "paper low", (), None)
    assert OneLine(journal=True).format(record) == "<4>terminal.x paper low"


def test_a_line_has_an_end() -> None:
    record = logging.LogRecord("terminal.x", logging.INFO, "f.py", 1, "a" * 100_000, (), None)
    assert len(OneLine(journal=True).format(record)) < 4_100


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
