"""A child of its own for each change, with so much processor time and memory and no more."""

from __future__ import annotations

import os
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from lab.mutation.changes import Change

_MEMORY_MAX = 2 << 30
_WALL_MAX_S = 900


class Fate(StrEnum):
    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    NOT_REACHED = "not reached"
    """No test comes to the line."""
    UNTRIED = "untried"
    BROKEN = "broken"
    """This lab could not make the change."""


_CODES = {Fate.SURVIVED: 0, Fate.KILLED: 1, Fate.NOT_REACHED: 71}
_BROKEN = 70
_FATES = {code: fate for fate, code in _CODES.items()} | {
    -end: Fate.TIMED_OUT for end in (signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM)
}


def forked(
    changes: Sequence[Change],
    work: Callable[[Change], Fate],
    limit_s: Callable[[Change], int],
    jobs: int,
    until: float,
) -> Iterator[tuple[Change, Fate]]:
    """So many at a time; none is begun after `until`."""
    waiting, running = list(reversed(changes)), dict[int, Change]()
    while waiting or running:
        while waiting and len(running) < jobs and time.monotonic() < until:
            change = waiting.pop()
            running[_child(work, change, limit_s(change))] = change
        if not running:
            break
        child, status = os.wait()
        yield running.pop(child), _FATES.get(os.waitstatus_to_exitcode(status), Fate.BROKEN)
    yield from ((change, Fate.UNTRIED) for change in reversed(waiting))


def _child(work: Callable[[Change], Fate], change: Change, limit_s: int) -> int:
    child = os.fork()
    if child:
        return child
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_MAX, _MEMORY_MAX))
    signal.alarm(_WALL_MAX_S)  # What waits for ever uses no processor.
    code = _BROKEN
    try:
        code = _CODES[work(change)]
    except Exception:  # noqa: BLE001  nothing may leave the child
        traceback.print_exc()
    finally:
        os._exit(code)


def hush(*standard: int) -> None:
    """What tests print goes nowhere; for a process that ends soon."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for one in standard:
        os.dup2(nowhere, one)
