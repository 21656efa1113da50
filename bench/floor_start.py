"""The floor under `bench start`: an interpreter that does nothing, and one that only imports.

What the terminal is compared with, on the same machine in the same minute. Nothing of the terminal is
used here.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("msgspec", "aiohttp.web", "aiosqlite", "serial")
"""Third-party packages of a running terminal with a ledger, a serial reader, a page and a headquarters.

The bench looks at what the running terminal has really loaded and fails when it is not these.
"""

_STAY = "import sys; sys.stdout.write('ready\\n'); sys.stdout.flush(); sys.stdin.read()"


@dataclass(frozen=True, slots=True)
class Spent:
    processor_ms: float
    """User and system time of the whole process, with its start and all of its threads."""
    resident_kib: int = 0


def nothing() -> Spent:
    """`python -c pass`, to its end."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    return Spent(ended(process))


def imports() -> Spent:
    """Imports `PACKAGES` and stays; measured when it says that it is ready."""
    code = f"import {', '.join(PACKAGES)}; {_STAY}"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as one:
        if one.stdout is None or one.stdout.readline() != b"ready\n":
            raise RuntimeError("the packages of the floor cannot be imported")
        return killed(one)


def killed(process: subprocess.Popen[bytes]) -> Spent:
    """What a process had spent that is ready and idle now."""
    resident_kib = resident(process.pid)
    process.send_signal(signal.SIGKILL)
    return Spent(ended(process), resident_kib)


def ended(process: subprocess.Popen[bytes]) -> float:
    """Waits for it; milliseconds of processor time."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return (usage.ru_utime + usage.ru_stime) * 1000


def resident(pid: int) -> int:
    """KiB in memory now. Not ru_maxrss: that begins with what the parent had when it forked."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")
