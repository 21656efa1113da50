"""Members who are here already are found by readings of their names that became known since.

A few at a time, with pauses: a million take a night, and whoever pays at the counter does not wait for them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn, Protocol

from terminal.core.errors import TerminalFault
from terminal.runtime.log import told

log = logging.getLogger(__name__)

FIRST_S = 60.0
"""The start of the terminal does not wait for it either."""
PAUSE_S = 0.5
AGAIN_S = 3_600.0
"""Another file may lie in the ledger's place by then."""


class Keyed(Protocol):
    async def key_anew(self) -> bool:
        """The next few; whether there are more. Raises TerminalFault: they cannot be read or written now."""
        ...


class Keying:
    """Give it to a supervisor: `run` never returns."""

    def __init__(self, people: Keyed, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._people = people
        self._sleep = sleep

    async def run(self) -> NoReturn:
        await self._sleep(FIRST_S)
        while True:
            try:
                await self._round()
            except TerminalFault as fault:
                log.warning("not all members are found by every way to read their names: %s", told(fault))
            await self._sleep(AGAIN_S)

    async def _round(self) -> None:
        steps = 1
        while await self._people.key_anew():
            steps += 1
            await self._sleep(PAUSE_S)
        if steps > 1:
            log.info("all members are found by every way to read their names, after %d steps", steps)
