"""Whether what an installation or an update writes is there after a restart: else nothing is begun.

A part of it on a partition of its own is no help: what lies in /etc would lead to what is not there any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from terminal.install.box import Box
from terminal.install.data import DATA
from terminal.install.slots import HOME
from terminal.install.system import COMMAND, CONFIG, UNITS
from terminal.runtime.durable import laid_over, lost_at_restart

LAID = (HOME, str(Path(CONFIG).parent), "/etc", UNITS, str(Path(COMMAND).parent))
"""Where a version lays something."""
INSTALLED = (*LAID, "/usr", "/var", "/var/lib/dpkg")
"""Where Debian's packages lay something, too."""


def lost(box: Box, folders: Iterable[str]) -> str:
    """Why what is written there is gone after a restart, and what to do; empty: it stays. Raises OSError."""
    mounts = box.at("/proc/self/mounts")
    said = [why for folder in folders if (why := lost_at_restart(Path(folder), mounts))]
    return said[0] if said else laid_over(Path(DATA), mounts)
