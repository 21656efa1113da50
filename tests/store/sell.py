"""`python -m tests.store.sell PATH FIRST LAST`: a counter that sells, and says what it was told.

Prints `SEQ RECEIPT` for each sale of 10 yuan from the card, in order of its id, after it was answered.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.store.conftest import opened_at
from tests.store.facts import issue, recharge, sale


async def main(path: Path, first: int, last: int) -> None:
    ledger = await opened_at(path)
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2, principal=1_000_000))
    for number in range(first, last + 1):
        booked = await ledger.committer.submit(sale(number, 1000, number=1, stored=1000))
        print(booked.seq, booked.receipt_no, flush=True)  # noqa: T201  what it is for
    await ledger.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
