"""The floor under `bench verify`: SQLite's own integrity check of the same file.

Nothing of the terminal is used here; nothing is hashed, decoded or compared with anything else.

    python -m bench.floor_verify PATH

Prints one line of JSON: `cpu_ms` of processor time.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time


def main(path: str) -> None:
    connection = sqlite3.connect(path)
    begun = time.process_time()
    found = connection.execute("PRAGMA integrity_check").fetchall()
    worked = time.process_time() - begun
    connection.close()
    if found != [("ok",)]:
        raise SystemExit(f"bench verify: {path}: {found[0][0]}")
    print(json.dumps({"cpu_ms": worked * 1000}))


if __name__ == "__main__":
    main(sys.argv[1])
