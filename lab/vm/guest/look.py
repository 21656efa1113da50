"""`python -m lab.vm.guest.look LEDGER`: what a ledger holds after a power cut, as JSON.

`receipts`: the numbers of all that was booked, as they are on paper; `drawer`: fen that its postings put into
the drawer; `open`: intents that nobody ended.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing

_ENTRIES = "SELECT hash, body FROM entries ORDER BY seq"


def looked(path: str) -> dict[str, object]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as ledger:
        run = ledger.execute
        rows = [(json.loads(body)["receipt"], found) for found, body in run(_ENTRIES)]
        names = [f"{receipt}-{found[:4].hex().upper()}" for receipt, found in rows if receipt]
        # A drawer owes what is in it: balances are credits.
        drawer = run("SELECT -balance FROM accounts WHERE unit LIKE 'drawer:%'").fetchall()
        return {
            "receipts": names,
            "drawer": sum(row[0] for row in drawer),
            "open": run("SELECT count(*) FROM intents WHERE ended = ''").fetchone()[0],
        }


if __name__ == "__main__":
    print(json.dumps(looked(sys.argv[1])))
