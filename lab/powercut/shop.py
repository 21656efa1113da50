"""The shop whose power fails. Needs no recording disk: it may lie on any other."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import terminal.store.checkpoints
import terminal.store.committer
from lab.powercut.turns import AtOnce
from terminal.core.commands import ClockTrust
from terminal.core.values import SiteId
from terminal.runtime.ids import Uuid7
from terminal.runtime.threads import Threads
from terminal.store import segments
from terminal.store.ledger import Ledger, News, open_ledger
from terminal.store.settings import Settings

SITE = SiteId("S1")
STICK = "stick"
"""Where the second copy lies, if there is one."""
_SMALL = {
    (terminal.store.committer, "_LOG_IDLE_KIB"): 50,
    (terminal.store.committer, "_LOG_DUE_KIB"): 50,
    (terminal.store.checkpoints, "SIGNED_EVERY"): 7,
    (segments, "SEGMENT_BYTES"): 12_000,
}
"""So that a short day has all of it: the log's length in KiB, entries of a signature, a file of the copy."""


class StillClock:
    """Time that never passes: nothing that is recorded depends on the moment."""

    trust = ClockTrust.NETWORK

    def wall_ms(self) -> int:
        return 1_795_000_000_000

    def mono_ms(self) -> int:
        return 0


@contextmanager
def small() -> Iterator[None]:
    with ExitStack() as patched:
        for (module, name), few in _SMALL.items():
            patched.enter_context(mock.patch.object(module, name, few))
        yield


async def opened(path: Path, news: News | None = None, threads: Threads | None = None) -> Ledger:
    """By the product's own start. Without `threads` of a kind, none: the loop does their work."""
    clock, dice = StillClock(), random.Random(1)
    stick = path.parent / STICK
    return await open_ledger(
        Settings(path=path, second=stick if stick.exists() else None),
        site=SITE,
        clock=clock,
        ids=Uuid7(clock, dice.randbytes),
        news=news or News(),
        threads=threads or AtOnce(),
    )
