"""What nobody caught is a line of the log as every other: with its type and its places, without its text.

Python writes such an exception out with all that it says, and asyncio with all that it holds; both may be a
member's, and a daemon's standard error is the journal.
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from types import TracebackType

log = logging.getLogger(__name__)

_LOOPS = (
    "Task exception was never retrieved",
    "Future exception was never retrieved",
    "Task was destroyed but it is pending!",
    "Exception in callback",
    "Exception on transport creation",
    "Fatal error on",
    "SSL handshake failed",
    "SSL error in data received",
    "Unclosed client session",
    "Unclosed connection",
    "Unhandled exception in client_connected_cb",
    "unhandled exception during asyncio.run() shutdown",
)
"""How what a loop says begins, of asyncio and aiohttp; what follows may be anything."""


def logged() -> None:
    """From now on, in this process. A loop is told by `of_loop`."""
    sys.excepthook = _ended
    sys.unraisablehook = _unraisable
    threading.excepthook = _of_thread
    warnings.showwarning = _warned


def _ended(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    log.critical("ended by what nobody caught", exc_info=(kind, fault, trace))


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    fault = what.exc_value
    log.error("not to be raised where it happened: type=%s", what.exc_type.__name__, exc_info=fault)


def _of_thread(what: threading.ExceptHookArgs) -> None:
    if what.exc_type is not SystemExit:  # As Python's own does.
        log.error("a thread ended by what nobody caught", exc_info=what.exc_value)


def _warned(  # noqa: PLR0913, PLR0917  Python's own signature
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    del message, file, line
    at = f"{'/'.join(filename.split('/')[-2:])}:{lineno}"
    log.warning("warned: category=%s at=%s", category.__name__, at)


def of_loop(_loop: AbstractEventLoop, context: dict[str, Any]) -> None:
    """A loop's exception handler (`set_exception_handler`)."""
    message = context["message"]
    said = next((one for one in _LOOPS if message.startswith(one)), "left to the loop")
    task = context.get("task", context.get("future"))
    coroutine = getattr(task, "get_coro", lambda: None)()  # Of a task; a future has none.
    of = getattr(coroutine, "__qualname__", type(task).__name__)
    log.error("%s: of=%s", said, of, exc_info=context.get("exception"))
