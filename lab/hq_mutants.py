"""`python -m lab.hq_mutants run ...` is `python -m hq run ...` with one fault put in: LAB_MUTANT names it.

So that a lab which finds nothing is known to be able to find something. No product code knows of it.
"""

from __future__ import annotations

import asyncio
import os
from contextvars import ContextVar
from typing import Any
from unittest import mock

import hq.__main__
from hq.exchange import Exchange
from hq.work import Work
from lab.mutants import ENVIRONMENT
from terminal.core.wire.journal import Answer, Push

_SLOW_DISK_S = 0.2
"""So long the COMMIT then takes: time in which a premature answer gets to the shop."""
_early: ContextVar[asyncio.Future[Answer]] = ContextVar("_early")


def ack_before_commit() -> None:
    """The shop is told that its entries are durable before they are."""
    pushed, judged = Exchange.push, Exchange._judged  # noqa: SLF001  a mutant is made inside
    under_way: set[asyncio.Task[Answer]] = set()

    async def eager(exchange: Exchange, work: Work, push: Push, *rest: Any) -> Any:  # noqa: ANN401
        found = await judged(exchange, work, push, *rest)
        if not _early.get().done():
            _early.get().set_result(found[0])
        await asyncio.sleep(_SLOW_DISK_S)
        return found

    async def told_early(exchange: Exchange, push: Push) -> Answer:
        told: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        _early.set(told)
        task = asyncio.create_task(pushed(exchange, push))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        await asyncio.wait({task, told}, return_when=asyncio.FIRST_COMPLETED)
        return told.result() if told.done() else await task

    mock.patch.object(Exchange, "_judged", eager).start()
    mock.patch.object(Exchange, "push", told_early).start()


MUTANTS = {"ack-before-commit": ack_before_commit}

if __name__ == "__main__":
    MUTANTS[os.environ[ENVIRONMENT]]()
    hq.__main__.main()
