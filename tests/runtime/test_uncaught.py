"""What nobody caught, and what libraries say, names nobody either."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from terminal.runtime import log, uncaught
from terminal.runtime.log import begin

SECRET = "王小明 13812345678 pin 200731"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    for module, hook in (
        (sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook"), (warnings, "showwarning"),
    ):  # fmt: skip
        monkeypatch.setattr(module, hook, getattr(module, hook))
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("terminal", "hq")}
    gc.collect()  # What other tests left open says so now.
    out = io.StringIO()
    begin("info", stream=out, journal=True)
    yield out
    root.handlers[:], root.level = before, level
    for name, at in levels.items():
        logging.getLogger(name).setLevel(at)


def one_of(out: io.StringIO) -> dict[str, Any]:
    """The only line."""
    line = out.getvalue()
    assert line.count("\n") == 1, line
    assert not any(part in line for part in SECRET.split() if part != "pin")
    found: dict[str, Any] = json.loads(line.partition(">")[2])
    return found


def fail() -> None:
    raise ValueError(SECRET)


def test_an_exception_that_leaves_a_thread(written: io.StringIO) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    said = one_of(written)
    assert said["event"] == "a thread ended by what nobody caught"
    assert said["fault"].startswith("ValueError at runtime/test_uncaught.py:")
    assert ":fail < " in said["trace"]
    assert "/threading.py:" in said["trace"]


def test_a_thread_may_end_itself(written: io.StringIO) -> None:
    thread = threading.Thread(target=sys.exit)
    thread.start()
    thread.join()
    assert not written.getvalue()


class Leaving:
    def __del__(self) -> None:
        fail()


def test_an_exception_that_cannot_be_raised(written: io.StringIO) -> None:
    Leaving()
    said = one_of(written)
    assert said["event"] == "not to be raised where it happened"
    assert said["type"] == "ValueError"
    assert "__del__" in said["trace"]


def test_an_exception_that_ends_the_process(written: io.StringIO) -> None:
    try:
        fail()
    except ValueError as fault:
        sys.excepthook(ValueError, fault, fault.__traceback__)
    assert written.getvalue().startswith("<2>")
    said = one_of(written)
    assert said["event"] == "ended by what nobody caught"
    assert ":fail" in said["trace"]


def test_a_warning(written: io.StringIO) -> None:
    warnings.showwarning(SECRET, RuntimeWarning, "/opt/terminal/x/y.py", 7)
    assert one_of(written) == {
        "event": "warned", "category": "RuntimeWarning", "at": "x/y.py:7",
        "logger": "terminal.runtime.uncaught",
    }  # fmt: skip


async def failing() -> None:
    fail()


async def test_a_task_that_nobody_fetched(written: io.StringIO) -> None:
    asyncio.get_running_loop().set_exception_handler(uncaught.of_loop)
    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
    said = one_of(written)
    assert (said["event"], said["of"]) == ("Task exception was never retrieved", "failing")
    assert ":failing" in said["trace"]


async def test_a_task_that_nobody_waits_for(written: io.StringIO) -> None:
    """Asyncio names it `task` then."""
    coroutine = failing()
    task = asyncio.get_running_loop().create_task(coroutine)
    uncaught.of_loop(task.get_loop(), {"message": "Task was destroyed but it is pending!", "task": task})
    with suppress(ValueError):
        await task
    assert one_of(written) == {
        "event": "Task was destroyed but it is pending!", "of": "failing",
        "logger": "terminal.runtime.uncaught",
    }  # fmt: skip


async def test_a_future_that_nobody_fetched(written: io.StringIO) -> None:
    asyncio.get_running_loop().set_exception_handler(uncaught.of_loop)
    future = asyncio.get_running_loop().create_future()
    future.set_exception(ValueError(SECRET))
    del future
    gc.collect()
    said = one_of(written)
    assert (said["event"], said["of"]) == ("Future exception was never retrieved", "Future")
    assert said["fault"] == "ValueError"


async def test_a_callback_that_failed_is_not_told_with_what_it_was_called_with(written: io.StringIO) -> None:
    def called(_with: str) -> None:
        fail()

    asyncio.get_running_loop().set_exception_handler(uncaught.of_loop)
    asyncio.get_running_loop().call_soon(called, SECRET)
    await asyncio.sleep(0)
    assert one_of(written)["event"] == "Exception in callback"


def test_words_of_a_loop_that_nobody_knows_are_not_told(written: io.StringIO) -> None:
    with closing(asyncio.new_event_loop()) as loop:
        uncaught.of_loop(loop, {"message": f"no such member: {SECRET}"})
    assert one_of(written)["event"] == "left to the loop"


async def test_a_loop_without_a_handler_of_ours(written: io.StringIO) -> None:
    """Of a command, say: asyncio then puts all into the sentence."""
    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
    said = one_of(written)
    assert said["event"].startswith("said at asyncio/base_events.py:")
    assert said["fault"].startswith("ValueError at ")


@pytest.mark.parametrize(
    ("message", "args", "event"),
    [
        ("member %s", (SECRET,), "member <str>"),
        ("phone=%d of %s", (13_812_345_678, None), "phone=<int> of <NoneType>"),
        ("%d%% full", (90,), "<int>% full"),
        ("two %s %s", (SECRET,), "two <str>"),
        ("a table: %s of %s", ({"who": SECRET},), "a table: <dict> of"),
        ("by name: %(who)s", ({"who": SECRET},), "by name: %(who)s"),
        ("13812345678\n %s", (1,), "... <int>"),
    ],
)
def test_of_a_library_the_words_stay_without_the_values(
    message: str, args: tuple[object, ...], event: str
) -> None:
    record = logging.LogRecord("terminals.x", logging.WARNING, "f.py", 1, message, args, None)
    assert log.parts_of(record) == (event, {})


def test_a_finished_sentence_of_a_library_is_only_its_place(written: io.StringIO) -> None:
    logging.getLogger("asyncpg").warning(f"no such member: {SECRET}")  # noqa: G004  as libraries do
    assert one_of(written)["event"].startswith("said at runtime/test_uncaught.py:")


@pytest.mark.parametrize("ours", ["terminal", "terminal.x", "hq", "hq.phone.pages"])
def test_our_own_words_stay(written: io.StringIO, ours: str) -> None:
    logging.getLogger(ours).info("up: port=%d", 7)
    assert one_of(written) == {"event": "up", "port": 7, "logger": ours}


def test_a_line_that_cannot_be_made_is_not_printed_with_its_values(
    written: io.StringIO, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unmade(_record: logging.LogRecord) -> None:
        fail()

    monkeypatch.setattr(log, "parts_of", unmade)
    logging.getLogger("terminal.x").warning("member %s", SECRET)
    assert re.fullmatch(r"a line could not be written: terminal\.x:\d+\n", written.getvalue())
    assert not any(part in written.getvalue() + capsys.readouterr().err for part in SECRET.split())


def test_a_stream_that_is_gone_ends_nothing(written: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    written.close()
    logging.getLogger("terminal.x").warning("member %s", SECRET)
    assert SECRET not in capsys.readouterr().err


@pytest.mark.parametrize("journal", [True, False])
def test_a_command_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch, *, journal: bool) -> None:
    """`terminal` as a process of its own: the backup at night writes into the journal, too."""
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    if journal:
        monkeypatch.setenv("JOURNAL_STREAM", "8:9")
    failing_command = f"""
import sys
from terminal import __main__
def _done(typed):
    raise ValueError("{SECRET}")
__main__._done = _done
sys.argv = ["terminal", "doctor"]
__main__.main()
"""
    ran = subprocess.run(
        [sys.executable, "-c", failing_command], capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert "ended by what nobody caught" in ran.stderr
    assert ran.stderr.startswith("<2>{") is journal
    assert "王" not in ran.stderr


def test_whoever_calls_a_command_from_inside_keeps_their_log(capsys: pytest.CaptureFixture[str]) -> None:
    from terminal.__main__ import main

    before = sys.excepthook, logging.getLogger().handlers[:]
    assert main(["page", "--config", "/nowhere/terminal.toml"]) == 2
    assert (sys.excepthook, logging.getLogger().handlers[:]) == before
    assert "nowhere" in capsys.readouterr().err
