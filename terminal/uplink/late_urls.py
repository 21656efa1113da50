"""URLs of cards that were taken while headquarters did not answer: it is told of them when the way is back.

Each is sealed to headquarters before it is kept: whoever copies the file cannot present what is in it. The
card was `open`, or `signed` by this site's own key; headquarters' counter rises, so that the same URL counts
nowhere else, and it opens an exception where it was presented at another site already.
"""

from __future__ import annotations

import asyncio
import logging
import os
from base64 import b64decode, b64encode
from binascii import Error
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NoReturn

from terminal.runtime.durable import put
from terminal.uplink.backoff import Backoff

log = logging.getLogger(__name__)

KEPT_MAX: Final = 5_000
"""The oldest go: a higher counter of the same card tells as much."""

Tell = Callable[[bytes], Awaitable[bool]]
"""Sends one box; whether headquarters has heard it."""


class LateUrls:
    """`add` from the event loop; `run` until cancelled.

    Args:
        path: of the file, appended to and synced; None: they are lost with the process.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._new: deque[bytes] = deque(maxlen=KEPT_MAX)
        self._kept: deque[bytes] = deque(maxlen=KEPT_MAX)
        self._came = asyncio.Event()
        self._waits = asyncio.Event()
        self._disk = asyncio.Lock()

    @property
    def waiting(self) -> int:
        return len(self._new) + len(self._kept)

    def add(self, box: bytes) -> None:
        self._new.append(box)
        self._came.set()

    async def run(
        self,
        tell: Tell,
        *,
        reachable: asyncio.Event,
        backoff: Backoff,
        sleep: Callable[[float], Awaitable[None]],
    ) -> NoReturn:
        await self._load()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep())
            await self._tell(tell, reachable, backoff, sleep)

    async def _keep(self) -> NoReturn:
        """Whatever the way to headquarters does meanwhile."""
        while True:
            await self._came.wait()
            self._came.clear()
            async with self._disk:
                fresh, self._new = self._new, deque(maxlen=KEPT_MAX)
                full = len(self._kept) + len(fresh) > KEPT_MAX
                self._kept.extend(fresh)
                self._waits.set()
                await (self._write() if full else self._append(tuple(fresh)))

    async def _tell(
        self,
        tell: Tell,
        reachable: asyncio.Event,
        backoff: Backoff,
        sleep: Callable[[float], Awaitable[None]],
    ) -> NoReturn:
        while True:
            await self._waits.wait()
            await reachable.wait()
            if await self._told(tell):
                backoff.reset()
            else:
                await sleep(backoff.next_s())

    async def _told(self, tell: Tell) -> bool:
        """All of them, until one is not heard."""
        count = 0
        while self._kept:
            box = self._kept[0]
            if not await tell(box):
                break
            if self._kept and self._kept[0] is box:  # It may have been the oldest of too many meanwhile.
                self._kept.popleft()
            count += 1
        if count:
            log.info("headquarters was told of URLs that were taken without it: count=%d", count)
            async with self._disk:
                await self._write()
        if not self._kept:
            self._waits.clear()
        return not self._kept

    async def _on_disk(self, work: Callable[[], None]) -> None:
        """What cannot be kept is still told, as long as this process lives."""
        try:
            await asyncio.to_thread(work)
        except OSError as fault:
            log.warning("URLs that were taken without headquarters are not kept: %s", fault.strerror)

    async def _load(self) -> None:
        path = self._path
        if path is None:
            return
        found: list[bytes] = []
        await self._on_disk(lambda: found.extend(_boxes(path)))
        self._kept.extend(found)
        if found:
            self._waits.set()

    async def _append(self, fresh: tuple[bytes, ...]) -> None:
        path = self._path
        if path is not None and fresh:
            await self._on_disk(lambda: _append(path, fresh))

    async def _write(self) -> None:
        path, lines = self._path, b"".join(b64encode(box) + b"\n" for box in self._kept)
        if path is not None:
            await self._on_disk(lambda: put(path, lines))


def _boxes(path: Path) -> list[bytes]:
    """What is no line of ours was broken off by a power cut."""
    found: list[bytes] = []
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        try:
            box = b64decode(line, validate=True)
        except (Error, ValueError):
            continue
        if box:
            found.append(box)
    return found


def _append(path: Path, fresh: tuple[bytes, ...]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, b"".join(b"\n" + b64encode(box) + b"\n" for box in fresh))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
