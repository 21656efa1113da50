"""What systemd is told: ready, still alive, how it stands. sd_notify(3) without its library."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Mapping
from typing import Protocol

_STATUS_MAX = 200


class Turning(Protocol):
    """A thread that must go on, beside the event loop."""

    def turned(self) -> bool:
        """Whether it took up what it was given when it was last asked; if so, it is given the next."""
        ...

    @property
    def may_take_s(self) -> float:
        """How long what it does now may take."""
        ...


class Notifier:
    """Datagrams to `NOTIFY_SOCKET`; says nothing where nobody listens.

    Args:
        address: a path, or `@name` for an abstract socket; empty when not started by systemd.
        watchdog_s: how long systemd waits for a sign of life; 0 when it does not.
    """

    def __init__(self, address: str = "", watchdog_s: float = 0) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_s = watchdog_s
        self._stretched = False

    @classmethod
    def of(cls, environ: Mapping[str, str], pid: int) -> Notifier:
        """As systemd set it; a watchdog meant for another process is not ours."""
        usec = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        return cls(environ.get("NOTIFY_SOCKET", ""), int(usec) / 1e6 if usec.isdecimal() and ours else 0)

    def ready(self) -> None:
        self._send("READY=1")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """One line that `systemctl status` shows."""
        self._send(f"STATUS={' '.join(text.split())[:_STATUS_MAX]}")

    def alive(self) -> None:
        """Ends what `extend` asked for: from now on the watchdog is as short as it was set."""
        if self._stretched:
            self._stretched = False
            self._send(f"WATCHDOG_USEC={int(self.watchdog_s * 1e6)}")
        self._send("WATCHDOG=1")

    def extend(self, seconds: float) -> None:
        """The ledger takes longer to open than usual; do not give up on us for so long.

        At a start there is no watchdog yet; a terminal that was ready and closed has one.
        """
        self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * 1e6)}")
        if self.watchdog_s:
            self._stretched = True
            self._send(f"WATCHDOG_USEC={int(seconds * 1e6)}")

    def _send(self, state: str) -> None:
        if not self._address:
            return
        # Not being heard is no reason to stop selling: systemd notices by itself.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.settimeout(0)
            out.sendto(state.encode(), self._address)


async def keep_alive(
    notifier: Notifier, thread: Turning | None = None, mono_ms: Callable[[], int] = lambda: 0
) -> None:
    """Feeds the watchdog from the event loop: when the loop is stuck, nobody else does it for us.

    Nor does the loop while `thread`, which must turn as well, takes longer than it may by `mono_ms`.
    """
    turned_ms = mono_ms()
    while notifier.watchdog_s:
        if thread is None or thread.turned():
            turned_ms = mono_ms()
        if thread is None or mono_ms() - turned_ms < thread.may_take_s * 1000:
            notifier.alive()
        await asyncio.sleep(notifier.watchdog_s / 3)
    await asyncio.Event().wait()


def notifier_of_this_process() -> Notifier:
    found = Notifier.of(os.environ, os.getpid())
    # What we start must not speak for us.
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        os.environ.pop(name, None)
    return found
