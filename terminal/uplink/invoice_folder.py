"""Requests for invoices as files in a folder, for a program beside the terminal. See docs/invoices.md.

`ID.json` is a request, there whole or not at all; `ID.answer.json` is what somebody puts beside it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import Final

from terminal.core.invoicing import Asker, Outcome, Request, Said, Standing
from terminal.core.values import EntryId
from terminal.core.wire.invoicing import ANSWER_BYTES_MAX, body_of, said_of
from terminal.runtime.durable import put

log = logging.getLogger(__name__)

_TAKEN: Final = Said(outcome=Outcome.TAKEN)


class FolderWriter:
    """`core.invoicing.Writer`."""

    def __init__(self, folder: Path, asker: Asker) -> None:
        """`folder` is never made: a stick that is not there must not become a folder of the same name."""
        self._folder = folder
        self._asker = asker

    async def ask(self, request: Request) -> Said:
        try:
            return await asyncio.to_thread(self._ask, request)
        except OSError as fault:
            return Said(outcome=Outcome.UNKNOWN, why=f"{self._folder}: {fault.strerror or 'cannot be used'}")

    async def over(self, request: EntryId) -> None:
        with suppress(OSError):  # What is left there names an id that nobody waits for.
            await asyncio.to_thread(self._forget, request)

    async def close(self) -> None:
        """Nothing is open."""

    def _ask(self, request: Request) -> Said:
        """Written once: whoever takes it away has it."""
        taken = request.standing is Standing.TAKEN
        said = self._answered(request.id)
        if said is not None and (taken or said.outcome is not Outcome.REFUSED):
            return said
        if taken:
            there = self._folder.is_dir()
            return _TAKEN if there else Said(outcome=Outcome.UNKNOWN, why=f"{self._folder}: is not there")
        self._answer(request.id).unlink(missing_ok=True)  # It was about whom it was for before.
        put(self._folder / f"{request.id}.json", body_of(request, self._asker))
        return _TAKEN

    def _answered(self, request: EntryId) -> Said | None:
        """None: there is none yet."""
        try:
            with self._answer(request).open("rb") as file:
                return said_of(file.read(ANSWER_BYTES_MAX + 1), request)
        except FileNotFoundError:
            return None

    def _forget(self, request: EntryId) -> None:
        (self._folder / f"{request}.json").unlink(missing_ok=True)
        self._answer(request).unlink(missing_ok=True)

    def _answer(self, request: EntryId) -> Path:
        return self._folder / f"{request}.answer.json"
