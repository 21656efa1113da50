"""`python -m lab.vm.guest TRIAL`: one trial, in the guest. Ends with 1 and the reason when it went wrong."""

from __future__ import annotations

import asyncio
import sys
import traceback

from lab.vm.guest.trials import TRIALS


def main(name: str) -> int:
    try:
        asyncio.run(TRIALS[name]())
    except Exception:  # noqa: BLE001  whatever it is, the host is told
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
