"""Whether there is room to book: looked at before a sale finds out in the middle of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from terminal.maintenance.facts import DiskFacts

log = logging.getLogger(__name__)

SELL_BYTES_MIN = 16 << 20
"""Below this no sale is begun: what was begun must fit, with the log of the ledger and a print job."""
LOOK_S = 10.0


async def watch_room(
    look: Callable[[], DiskFacts],
    on_room: Callable[[bool], None],
    sleep: Callable[[float], Awaitable[object]],
) -> NoReturn:
    """Tells `on_room` whenever it changes; room is what there was before the first look."""
    before = True
    while True:
        disk = look()
        room = not disk.read_only and disk.free_bytes >= SELL_BYTES_MIN
        if room != before:
            log.warning("room to book: %s read_only=%s free_bytes=%d", room, disk.read_only, disk.free_bytes)
            on_room(room)
            before = room
        await sleep(LOOK_S)
