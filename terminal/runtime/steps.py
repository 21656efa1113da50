"""Named places where a power cut is interesting.

Product code says `reached("commit.done")`; in a shop that costs one comparison. A reliability campaign
sets the environment variable `TERMINAL_DIE_AT=LABEL` or `LABEL:N` (the N-th time), and the process is
killed there as the power would kill it: no handlers, no flushing, no farewell.
"""

from __future__ import annotations

import os
import signal

_LABEL, _, _COUNT = os.environ.get("TERMINAL_DIE_AT", "").partition(":")
_left = int(_COUNT or "1") if _LABEL else 0


def reached(label: str) -> None:
    """The process is at this place now."""
    global _left  # noqa: PLW0603  the one switch of a campaign, read from its environment
    if label != _LABEL or not _left:
        return
    _left -= 1
    if not _left:
        os.kill(os.getpid(), signal.SIGKILL)
