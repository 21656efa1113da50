"""What systemd hears, read from a real datagram socket."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.runtime.notify import Notifier, keep_alive


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@card-terminal-{os.urandom(6).hex()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind("\0" + address[1:] if address.startswith("@") else address)
        heard.settimeout(5)
        yield heard, address


def test_states_arrive_as_systemd_spells_them(systemd: tuple[socket.socket, str]) -> None:
    heard, address = systemd
    notifier = Notifier(address)
    notifier.ready()
    notifier.status("selling\nwaiting 3")
    notifier.alive()
    notifier.stopping()
    assert [heard.recv(4096) for _ in range(4)] == [
        b"READY=1",
        b"STATUS=selling waiting 3",
        b"WATCHDOG=1",
        b"STOPPING=1",
    ]


def test_the_watchdog_waits_while_the_ledger_is_verified_and_not_a_moment_longer(
    systemd: tuple[socket.socket, str],
) -> None:
    heard, address = systemd
    notifier = Notifier(address, watchdog_s=15)
    notifier.extend(3600)
    notifier.alive()
    notifier.alive()
    assert [heard.recv(4096) for _ in range(5)] == [
        b"EXTEND_TIMEOUT_USEC=3600000000",
        b"WATCHDOG_USEC=3600000000",
        b"WATCHDOG_USEC=15000000",
        b"WATCHDOG=1",
        b"WATCHDOG=1",
    ]


def test_without_a_watchdog_only_the_start_is_given_time(systemd: tuple[socket.socket, str]) -> None:
    heard, address = systemd
    notifier = Notifier(address)
    notifier.extend(2)
    notifier.alive()
    assert [heard.recv(4096) for _ in range(2)] == [b"EXTEND_TIMEOUT_USEC=2000000", b"WATCHDOG=1"]


def test_nobody_listening_is_no_fault(tmp_path: Path) -> None:
    Notifier(str(tmp_path / "nobody")).ready()
    Notifier("").ready()


def test_a_listener_that_does_not_read_does_not_stop_us(systemd: tuple[socket.socket, str]) -> None:
    _, address = systemd
    notifier = Notifier(address)
    for _ in range(10_000):
        notifier.alive()


def test_a_watchdog_for_another_process_is_not_fed() -> None:
    environ = {"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"}
    assert Notifier.of(environ, 7).watchdog_s == 3
    assert Notifier.of(environ, 8).watchdog_s == 0
    assert Notifier.of({**environ, "WATCHDOG_USEC": "soon"}, 7).watchdog_s == 0


async def test_the_watchdog_is_fed_while_the_loop_turns(systemd: tuple[socket.socket, str]) -> None:
    heard, address = systemd
    task = asyncio.create_task(keep_alive(Notifier(address, watchdog_s=0.03)))
    loop = asyncio.get_running_loop()
    for _ in range(3):
        assert await loop.run_in_executor(None, heard.recv, 4096) == b"WATCHDOG=1"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_loop_that_does_not_turn_feeds_nobody(systemd: tuple[socket.socket, str]) -> None:
    heard, address = systemd
    task = asyncio.create_task(keep_alive(Notifier(address, watchdog_s=0.01)))
    await asyncio.sleep(0)
    assert heard.recv(4096) == b"WATCHDOG=1"
    heard.settimeout(0.1)  # Ten times what it is fed in; the loop stands still, because we hold it here.
    with pytest.raises(TimeoutError):
        heard.recv(4096)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class Thread:
    """Turns when it is told to."""

    def __init__(self, *turns: bool, may_take_s: float = 0.002) -> None:
        self._turns = list(turns)
        self.asked = 0
        self.may_take_s = may_take_s
        self.enough = asyncio.Event()
        self.asks = 0

    def turned(self) -> bool:
        self.asked += 1
        if self.asked > self.asks:
            self.enough.set()
        return self._turns.pop(0) if self._turns else False


async def fed(thread: Thread, monkeypatch: pytest.MonkeyPatch, *, asks: int) -> list[int]:
    """At which of so many looks, a millisecond apart, the watchdog was fed."""
    notifier, at, thread.asks = Notifier(watchdog_s=0.0001), [], asks
    monkeypatch.setattr(notifier, "alive", lambda: at.append(thread.asked - 1))
    task = asyncio.create_task(keep_alive(notifier, thread, lambda: thread.asked))
    await thread.enough.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return [one for one in at if one < asks]


async def test_the_watchdog_is_fed_while_the_thread_turns_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await fed(Thread(True, True, True, True), monkeypatch, asks=4) == [0, 1, 2, 3]


async def test_a_thread_may_take_its_time_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It turned at the first look; two milliseconds later that is too long ago, until it turns again."""
    thread = Thread(True, False, False, False, True, False)
    assert await fed(thread, monkeypatch, asks=6) == [0, 1, 4, 5]


async def test_a_thread_that_never_turned_is_counted_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await fed(Thread(may_take_s=0.003), monkeypatch, asks=6) == [0, 1]


async def test_what_may_take_longer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await fed(Thread(True, may_take_s=3600), monkeypatch, asks=5) == [0, 1, 2, 3, 4]
