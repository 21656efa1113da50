"""`python -m tests.uplink.send URL SITE ENTRIES BATCH`: forwards a journal that is always the same.

A process of its own, so that a test can let the power fail in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from terminal.core.wire.link import LinkState
from terminal.runtime.clock import SystemClock
from terminal.uplink.forwarder import Forwarder
from terminal.uplink.settings import Settings
from tests.uplink.journal import Journal


def ignored(_: LinkState) -> None:
    pass


async def main(url: str, site: str, entries: int, batch: int) -> None:
    journal = Journal(site, booked=entries)
    forwarder = Forwarder(
        journal,
        Settings(url=url, batch=batch),
        merchant="m",
        site=journal.site,
        instance="i1",
        random=os.urandom,
        clock=SystemClock(),
        on_state=ignored,
    )
    running = asyncio.create_task(forwarder.run())
    await journal.drained()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
