"""An opened case goes on record, and so to headquarters: whoever opens a box seldom says so."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from terminal.core.commands import CASE_OPENED, BookNote
from terminal.core.ports import Committer, Ids
from terminal.core.values import EntryId
from terminal.desk.session import Session

AGAIN_MS: Final = 60_000
"""A switch that rattles, or a wire that hangs loose, fills no ledger."""


class Lid:
    """Of the whole terminal. Call `run` under supervision: what could not be booked is tried again."""

    def __init__(self, committer: Committer, ids: Ids, session: Session) -> None:
        self._committer = committer
        self._ids = ids
        self._session = session
        self._waiting: deque[BookNote] = deque()
        self._said_ms: dict[str, int] = {}
        self._stir = asyncio.Event()

    def opened(self, device: str) -> None:
        """Each time; within a minute of the one before it is the same opening."""
        now_ms = self._session.mono_ms()
        before_ms = self._said_ms.get(device)
        if before_ms is not None and now_ms - before_ms < AGAIN_MS:
            return
        self._said_ms[device] = now_ms
        entry = EntryId(self._ids.new())
        note = BookNote(id=entry, at=self._session.occasion(), what=CASE_OPENED, detail=device)
        self._waiting.append(note)
        self._stir.set()

    async def run(self) -> None:
        """Raises what `Committer.submit` raises."""
        while True:
            while self._waiting:
                await self._committer.submit(self._waiting[0])
                self._waiting.popleft()
            self._stir.clear()
            await self._stir.wait()
