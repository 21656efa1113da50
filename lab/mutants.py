"""`python -m lab.mutants run ...` is `python -m terminal run ...` with one fault put in: LAB_MUTANT names it.

So that a lab which finds nothing is known to be able to find something. No product code knows of it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

from msgspec.structs import replace

import terminal.__main__
from terminal.core.commands import Booked
from terminal.core.receipts import Copy, Document
from terminal.desk.printing import Printing
from terminal.store.committer import Writer

ENVIRONMENT = "LAB_MUTANT"
_SLOW_DISK_S = 0.3
"""So long the COMMIT then takes: time in which a premature answer gets to people."""
_PAPER_S = 5.0
"""The most that a premature receipt takes to be printed."""


def _early(tell: Callable[[Writer, Any, Booked], None]) -> None:
    """Something learns of what is booked before it is durable."""
    together_with = Writer._together_with  # noqa: SLF001  a mutant is made inside

    def eager(writer: Writer, job: Any) -> tuple[Any, Exception | None]:  # noqa: ANN401
        result, fault = together_with(writer, job)
        if isinstance(result, Booked):
            tell(writer, job, result)
            time.sleep(_SLOW_DISK_S)
        return result, fault

    mock.patch.object(Writer, "_together_with", eager).start()


def answer_before_commit() -> None:
    _early(lambda writer, job, result: writer._tell([(job, result, None)], None))  # noqa: SLF001


def print_before_commit() -> None:
    original, made = Printing.original, Printing.__init__
    prints: list[Printing] = []
    early: set[str] = set()

    def noted(printing: Printing, *arguments: Any, **named: Any) -> None:  # noqa: ANN401
        made(printing, *arguments, **named)
        prints.append(printing)

    def once(printing: Printing, booked: Booked) -> None:
        if booked.command.id not in early:
            early.add(booked.command.id)
            original(printing, booked)

    def tell(writer: Writer, _job: object, booked: Booked) -> None:
        writer._loop.call_soon_threadsafe(once, prints[0], booked)  # noqa: SLF001
        until = time.monotonic() + _PAPER_S
        time.sleep(_SLOW_DISK_S)
        while prints[0]._queue and time.monotonic() < until:  # noqa: SLF001
            time.sleep(0.01)

    mock.patch.object(Printing, "__init__", noted).start()
    mock.patch.object(Printing, "original", once).start()
    _early(tell)


def original_again() -> None:
    """After a restart the waiting receipt says what the first one said."""
    document = Printing._document  # noqa: SLF001

    def unmarked(
        printing: Printing, booked: Booked, _copy: Copy, claim: str, *, on_screen: bool = False
    ) -> Document:
        return document(printing, replace(booked, again=False), Copy.ORIGINAL, claim, on_screen=on_screen)

    mock.patch.object(Printing, "_document", unmarked).start()


MUTANTS = {
    "answer-before-commit": answer_before_commit,
    "original-again": original_again,
    "print-before-commit": print_before_commit,
}

if __name__ == "__main__":
    MUTANTS[os.environ[ENVIRONMENT]]()
    sys.exit(terminal.__main__.main())
