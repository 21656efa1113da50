"""`python -m lab.mutants run ...` is `python -m terminal run ...` with one fault put in: LAB_MUTANT names it.

So that a lab which finds nothing is known to be able to find something. No product code knows of it.
"""

from __future__ import annotations

import asyncio
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
from terminal.uplink.forwarder import Forwarder

ENVIRONMENT = "LAB_MUTANT"
_SLOW_DISK_S = 0.3
"""So long the COMMIT then takes: time in which a premature answer gets to people."""
_PAPER_S = 5.0
"""The most that a premature receipt takes to be printed."""
_SENT_BEFORE = 8
"""PUSHes that go well: the shop has opened and sold by then."""


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


def stops_sending() -> None:
    """It says HELLO, hears, sells; and from some PUSH on what it sells stays here."""
    pushed, left = Forwarder._pushed, [_SENT_BEFORE]  # noqa: SLF001

    async def silent(forwarder: Forwarder, *batch: Any) -> Any:  # noqa: ANN401
        if not left[0]:
            await asyncio.Event().wait()
        left[0] -= 1
        return await pushed(forwarder, *batch)

    mock.patch.object(Forwarder, "_pushed", silent).start()


MUTANTS = {
    "answer-before-commit": answer_before_commit,
    "original-again": original_again,
    "print-before-commit": print_before_commit,
}

SILENT = {"stops-sending": stops_sending}
"""No fault of the books: only that nothing comes any more shows them."""

if __name__ == "__main__":
    (MUTANTS | SILENT)[os.environ[ENVIRONMENT]]()
    sys.exit(terminal.__main__.main())
