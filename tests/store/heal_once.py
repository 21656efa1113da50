"""`python -m tests.store.heal_once PATH`: a ledger that forked is healed, in a process that may be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.store.conftest import opened_at
from tests.store.test_heal import COMMON, OURS, THEIRS, book, chain_of, healed


async def main(path: Path) -> None:
    ledger = await opened_at(path)
    await book(ledger, COMMON + OURS)
    await healed(ledger, await chain_of(COMMON + THEIRS))
    await ledger.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
