"""`python -m tests.uplink.sell GUEST FOLDER ENTRIES`: a terminal's own ledger, booking while it forwards.

Every id follows from its number, so that the same process started again books what is missing and nothing
twice. It ends when headquarters has acknowledged everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from terminal.core.commands import BookIssue, BookRecharge, Command, Opens, Private
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, StaffId, WalletId
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import News, open_ledger
from terminal.store.settings import Settings as StoreSettings
from terminal.uplink.settings import Settings
from tests.hq.guest import Guest, guest_in
from tests.uplink.journal import SITE, recharge
from tests.uplink.making import made_forwarder
from tests.uplink.send import courier_of


def command(number: int) -> tuple[Command, Private | None]:
    """The first gives out a card; the others recharge it."""
    model = recharge(number, SITE).payload
    assert isinstance(model, BookRecharge)
    wallet, card = WalletId("w1"), CardId("c1")
    if number > 1:
        booking = BookRecharge(
            id=model.id, at=model.at, wallet=wallet, card=card, principal=100, bonus=0, received=100
        )
        return booking, None
    opens = Opens(
        wallet=wallet,
        member=None,
        card=card,
        commitment="",
        terms="1",
        channel="counter",
        recruiter=StaffId("s7"),
    )
    private = Private(credentials=(Credential(medium=Medium.UID, number="04A1B2C3D4E580"),))
    return BookIssue(id=model.id, at=model.at, opens=opens), private


async def main(guest: Guest, folder: Path, entries: int) -> None:
    changed = asyncio.Event()
    clock = SystemClock()
    ledger = await open_ledger(
        StoreSettings(path=folder / "ledger.db"),
        site=SITE,
        clock=clock,
        ids=Uuid7(clock, os.urandom),
        news=News(changed=changed.set),
    )
    forwarder = made_forwarder(
        ledger.outbox,
        ledger.link,
        courier_of(guest),
        merchant=guest.enrolment.merchant,
        settings=Settings(batch=3),
    )
    running = asyncio.create_task(forwarder.run())
    for number in range(1, entries + 1):
        await ledger.committer.submit(*command(number))
    while ledger.outbox.waiting():
        changed.clear()
        await changed.wait()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await ledger.close()


if __name__ == "__main__":
    asyncio.run(main(guest_in(Path(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3])))
