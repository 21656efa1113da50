"""The tests that concern a changed line, run in a process of its own with that change made.

One pytest session runs everything once, unchanged, and remembers which test reached which line. For a change
inside a function a child is forked off that session, gets the changed code, and runs the tests that reached
its line, quickest first, until one fails. A change of what a module does when it is imported needs a new
import: its child is forked before anything of the product was imported, and runs the files of tests that come
to most of the module, and those that hold bodies against what they always said, then all.
"""

from __future__ import annotations

import asyncio  # noqa: F401  imported once for all children
import gc
import json
import math
import os
import sqlite3  # noqa: F401
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

import hypothesis
import msgspec  # noqa: F401
import pytest
import pytest_asyncio  # noqa: F401
from _pytest.runner import runtestprotocol

from lab.environment import ROOT
from lab.mutation.changes import Change, path_of
from lab.mutation.children import Fate, forked, hush
from lab.mutation.made import Finder, Running

SPARE_S = 2
_NEAR = 4
_OF_BODIES = ("tests/core/test_bodies.py", "tests/core/test_canonical.py")
"""No test comes to a line that names a field; these notice what it is called."""
TIMES_SLOWER = 2
"""A child may use so many times the processor time that its tests took while watched, and `SPARE_S` more."""
_PROFILE = "mutation"
_PYTEST = [
    "-q",
    "-s",
    "-p",
    "no:cacheprovider",
    "-W",
    "ignore:Module already imported",
    f"--hypothesis-profile={_PROFILE}",
]


Told = Callable[[Change, Fate], None]


def tried(changes: Sequence[Change], tests: Sequence[str], jobs: int, until: float, told: Told) -> list[str]:
    """Tries each; tells its fate. Answers the tests that fail as it is: then nothing was tried."""
    hypothesis.settings.register_profile(
        _PROFILE,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile(_PROFILE)
    session = _Session(changes, jobs, until)
    known = {(one.module, one.number): one for one in changes}
    seconds, near = 0.0, dict[str, list[str]]()
    for said in _said_by(lambda say: session.run(tests, say)):
        if "failed" in said:
            return list(said["failed"])
        if "near" in said:
            seconds, near = said["seconds"], said["near"]
        else:
            told(known[said["module"], said["number"]], Fate(said["fate"]))
    if not near:
        return ["the session ended before its end"]

    def imported_anew(change: Change) -> Fate:
        return _imported_anew(change, (near[change.module], tests))

    outside = [one for one in changes if not one.function]
    for change, fate in forked(outside, imported_anew, lambda _: _limit(seconds), jobs, until):
        told(change, fate)
    return []


def _said_by(work: Callable[[Callable[[Any], None]], None]) -> Iterator[dict[str, Any]]:
    """What a child says, line by line, while it works."""
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.close(reads)
        hush(0, 1)
        with os.fdopen(writes, "w", buffering=1) as out:
            work(lambda said: print(json.dumps(said), file=out))
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as lines:
        yield from map(json.loads, lines)
    os.waitpid(child, 0)


Trace = Callable[[FrameType, str, object], Any]


class _Session:
    """A pytest plugin: instead of running the tests once, tries every change on them."""

    def __init__(self, changes: Sequence[Change], jobs: int, until: float) -> None:
        self._changes = changes
        self._jobs = jobs
        self._until = until
        self._files = {str(path_of(one.module)): one.module for one in changes}
        self._say: Callable[[Any], None] = print
        self._reached: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        self._seconds: list[float] = []
        self._items: list[pytest.Item] = []
        self._running = Running(())

    def run(self, tests: Sequence[str], say: Callable[[Any], None]) -> None:
        self._say = say
        pytest.main([*_PYTEST, *tests], plugins=[self])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._items = session.items
        failed = [item.nodeid for number, item in enumerate(self._items) if not self._watched(number, item)]
        if failed or not self._items:
            self._say({"failed": failed or ["no test was found"]})
            return True
        self._running = Running(self._files)
        gc.freeze()  # So that children share it.
        inside = [one for one in self._changes if one.function]
        for change, fate in forked(inside, self._tested, self._limit_of, self._jobs, self._until):
            self._say({"module": change.module, "number": change.number, "fate": fate})
        near = {module: self._near(path) for path, module in self._files.items()}
        self._say({"seconds": sum(self._seconds), "near": near})
        return True

    def _watched(self, number: int, item: pytest.Item) -> bool:
        """Runs one test as it is, and notes the lines it came to."""
        lines: set[tuple[str, int]] = set()
        files = self._files

        def in_file(frame: FrameType, _event: str, _argument: object) -> Trace:
            lines.add((frame.f_code.co_filename, frame.f_lineno))
            return in_file

        def in_any(frame: FrameType, _event: str, _argument: object) -> Trace | None:
            return in_file if frame.f_code.co_filename in files else None

        begun = time.process_time()
        sys.settrace(in_any)
        try:
            reports = runtestprotocol(item, log=False, nextitem=None)
        finally:
            sys.settrace(None)
        self._seconds.append(time.process_time() - begun)
        for line in lines:
            self._reached[line].append(number)
        return not any(report.failed for report in reports)

    def _near(self, path: str) -> list[str]:
        """The files of tests that come to most of a module's lines, and those of bodies."""
        lines = Counter[str]()
        for (file, _), numbers in self._reached.items():
            if file == path:
                lines.update({str(self._items[number].path) for number in numbers})
        found = [test for test, _ in lines.most_common(_NEAR)]
        here = {str(item.path) for item in self._items}
        of_bodies = [test for one in _OF_BODIES if (test := str(ROOT / one)) in here]
        return [*found, *(test for test in of_bodies if test not in found)]

    def _of(self, change: Change) -> list[int]:
        """The tests that come to its lines, quickest first."""
        file, (first, last) = str(path_of(change.module)), change.lines
        found = {number for line in range(first, last + 1) for number in self._reached[file, line]}
        return sorted(found, key=lambda number: (self._seconds[number], number))

    def _limit_of(self, change: Change) -> int:
        return _limit(sum(self._seconds[number] for number in self._of(change)))

    def _tested(self, change: Change) -> Fate:
        numbers = self._of(change)
        if not numbers:
            return Fate.NOT_REACHED
        self._running.put_in(change)
        for number in numbers:
            reports = runtestprotocol(self._items[number], log=False, nextitem=None)
            if any(report.failed for report in reports):
                return Fate.KILLED
        return Fate.SURVIVED


def _limit(seconds: float) -> int:
    return math.ceil(TIMES_SLOWER * seconds + SPARE_S)


def _imported_anew(change: Change, rounds: Sequence[Sequence[str]]) -> Fate:
    """What is nearest first, as most changes are noticed there; then all."""
    hush(0, 1, 2)
    sys.meta_path.insert(0, Finder(change))
    for tests in rounds:
        if tests and pytest.main([*_PYTEST, "-x", *tests]) != pytest.ExitCode.OK:
            return Fate.KILLED
    return Fate.SURVIVED
