"""A headquarters in this process, over real HTTPS, whose database is in memory."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from hq.admission import Admission
from hq.app import Front, application, runner_of
from hq.calls import calls
from hq.door import CERTIFICATE_LIFE, Door
from hq.door_memory import MemoryDoor
from hq.exchange import Exchange
from hq.keys import keys_in
from hq.memory import MemoryStore
from hq.room import Room
from hq.unreadable import Unreadable
from terminal.runtime.clock import SystemClock
from terminal.runtime.connections import Connections
from terminal.runtime.ids import Uuid7
from terminal.runtime.knocks import Knocks
from terminal.runtime.tls import Server


class Shifted(SystemClock):
    """This machine's clock, as it will show later."""

    later_ms = 0

    def wall_ms(self) -> int:
        return super().wall_ms() + self.later_ms


class Stood:
    """What a test may look at and turn."""

    def __init__(
        self,
        folder: Path,
        *,
        life: timedelta,
        knocks: int,
        room: Room | None = None,
        connections: Connections | None = None,
        nonsense: int = 1_000,
    ) -> None:
        self.clock = clock = Shifted()
        self.url = ""
        self.books = MemoryStore()
        self.door_store = MemoryDoor()
        self.keys = keys_in(folder, serial=1, now_ms=clock.wall_ms())
        self.door = Door(self.door_store, self.keys, clock, os.urandom, life=life)
        self.exchange = Exchange(
            self.books,
            clock,
            hq_epoch=1,
            new_nonce=lambda: secrets.token_hex(16),
            ids=Uuid7(clock, os.urandom),
        )
        self._knocks = Knocks(clock, at_once=knocks, every_ms=3_600_000)
        self._room = room
        self.nonsense = Knocks(clock, at_once=nonsense, every_ms=3_600_000)
        self._connections = connections or Connections()
        self._tls = Server(self.keys.authority, ["127.0.0.1"], clock, lambda: 3).context

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[Stood, None]:
        admission = Admission(self.door_store, self.clock)
        front = Front(self.keys, admission, self._knocks, self._room)
        app = application(
            front,
            calls(self.exchange, self.door),
            admission,
            connections=self._connections,
            unreadable=Unreadable(self.nonsense),
        )
        runner = runner_of(app, stop_s=0.1)
        await runner.setup()
        try:
            listening = await self._connections.listen(runner, "127.0.0.1", 0, self._tls)
            self.url = f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
            yield self
            listening.close()
        finally:
            await runner.cleanup()


@asynccontextmanager
async def standing(
    folder: Path,
    *,
    life: timedelta = CERTIFICATE_LIFE,
    knocks: int = 1000,
    room: Room | None = None,
    connections: Connections | None = None,
    nonsense: int = 1_000,
) -> AsyncGenerator[Stood, None]:
    async with Stood(
        folder, life=life, knocks=knocks, room=room, connections=connections, nonsense=nonsense
    ).serving() as stood:
        yield stood
