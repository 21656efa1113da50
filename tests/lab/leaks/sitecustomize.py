"""Python imports this by itself where its folder is on the path: a defect in our processes, by every way out.

Each says who a member is, as a defect would that nobody thought of.
"""

import asyncio
import gc
import logging
import sys
import threading
import warnings
from asyncio.base_events import BaseEventLoop
from typing import Any

WHO = "王漏漏 19000000599 pin 806135"
_SECONDS = 2.0


def _fails(*_with: object) -> None:
    raise ValueError(f"no such member: {WHO}")


class _Unraisable:
    def __del__(self) -> None:
        _fails()


async def _fetched_by_nobody() -> None:
    _fails()


def _all(loop: BaseEventLoop) -> None:
    loop.call_soon(_fails, WHO)
    future: asyncio.Future[None] = loop.create_future()
    future.set_exception(ValueError(WHO))
    task = loop.create_task(_fetched_by_nobody())
    loop.call_later(0.1, gc.collect)
    del future, task
    threading.Thread(target=_fails, args=(WHO,)).start()
    _Unraisable()
    warnings.warn(WHO, RuntimeWarning, stacklevel=1)
    library = logging.getLogger("aiohttp.client")
    library.warning("no such member: %s", WHO)
    library.warning(f"no such member: {WHO}")
    library.error("two %s %s", WHO)
    try:
        _fails()
    except ValueError as fault:
        library.exception("failed")
        sys.excepthook(ValueError, fault, fault.__traceback__)


_run_forever: Any = BaseEventLoop.run_forever


def _leaking(loop: BaseEventLoop) -> None:
    loop.call_later(_SECONDS, _all, loop)
    _run_forever(loop)


if {"terminal", "hq"} & {*sys.orig_argv[:3]}:  # What the lab plays has a log of its own.
    BaseEventLoop.run_forever = _leaking  # type: ignore[method-assign]
