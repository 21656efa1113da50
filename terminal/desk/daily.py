"""A round of work once a business day, by a clock that somebody vouches for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from terminal.core.commands import Occasion
from terminal.core.errors import TerminalFault
from terminal.core.times import is_certain
from terminal.core.values import StaffId

log = logging.getLogger(__name__)

LOOK_S = 600.0
"""Whether another day has begun."""


async def once_a_day(
    work: Callable[[str], Awaitable[object]],
    occasion: Callable[[StaffId | None], Occasion],
    sleep: Callable[[float], Awaitable[None]],
) -> NoReturn:
    """`work` gets the business day; one that cannot be done now is tried again at the next look."""
    done = ""
    while True:
        now = occasion(None)
        today = now.business_day
        if today > done and is_certain(now):
            try:
                await work(today)
            except TerminalFault as fault:
                log.warning("the round of %s waits: %s", today, fault)
            else:
                done = today
        await sleep(LOOK_S)
