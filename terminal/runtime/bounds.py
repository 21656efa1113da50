"""What a command may take of the machine that sells beside it."""

from __future__ import annotations

import resource

_MEMORY_BYTES_MAX = 256 << 20


def bound_memory() -> None:
    """What a file makes of itself ends this command, and not the terminal that sells beside it."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES_MAX, most))
