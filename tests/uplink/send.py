"""`python -m tests.uplink.send GUEST ENTRIES BATCH`: forwards a journal that is always the same.

A process of its own, so that a test can let the power fail in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from pathlib import Path

from terminal.uplink.courier import HttpsCourier
from terminal.uplink.settings import Settings
from tests.hq.guest import Guest, guest_in
from tests.uplink.journal import Journal
from tests.uplink.making import made_forwarder


def courier_of(guest: Guest, port: int = 0, deadline_s: float = 20.0) -> HttpsCourier:
    """To headquarters itself, or to a port that leads there."""
    url = f"https://127.0.0.1:{port}" if port else guest.enrolment.url
    with tempfile.TemporaryDirectory() as folder:
        credentials = guest.credentials(Path(folder) / "credentials")
    return HttpsCourier(lambda: url, credentials, deadline_s=deadline_s)


async def main(guest: Guest, entries: int, batch: int) -> None:
    site = guest.enrolment.site
    journal = Journal(site, booked=entries)
    forwarder = made_forwarder(
        journal,
        journal,
        courier_of(guest),
        merchant=guest.enrolment.merchant,
        site=site,
        settings=Settings(batch=batch),
    )
    running = asyncio.create_task(forwarder.run())
    await journal.drained()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


if __name__ == "__main__":
    asyncio.run(main(guest_in(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])))
