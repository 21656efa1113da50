"""What a watching page is told, as server-sent events (HTML Standard, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from terminal.core.facing import Rows, facing
from terminal.core.screens import State, View
from terminal.core.values import Value
from terminal.kiosk.latest import Latest
from terminal.kiosk.settings import Settings

BEAT: Final = b"event: beat\ndata: \n\n"
"""Nothing is new, and somebody is here. A comment would do for proxies, but pages do not see those."""


def hello(run: str, version: str) -> bytes:
    """The first event: the token of this run of the terminal and the version of the page's files."""
    return b"event: hello\ndata: %b\n\n" % msgspec.json.encode({"run": run, "version": version})


def framed(view: View) -> bytes:
    """JSON escapes every line end, so a view is one `data:` line."""
    return b"event: view\ndata: %b\n\n" % msgspec.json.encode(view)


class Faced(Value, frozen=True, kw_only=True):
    """What the second screen shows of a view: nothing of the attendant's, no name, no number of a card."""

    shop: str
    rows: Rows
    state: State
    training: bool = False
    open: bool = True
    join: bool = False
    """Whether there is a code that leads to where people join."""


def faced(view: View, settings: Settings) -> bytes:
    screen, status = view.screen, view.status
    shown = Faced(
        shop=status.shop,
        rows=facing(screen, balance=settings.display_balance),
        state=screen.state,
        training=status.training,
        open=status.halted is None and screen.state is not State.CLOSED,
        join=bool(settings.display_join),
    )
    return b"event: view\ndata: %b\n\n" % msgspec.json.encode(shown)


async def told(
    write: Callable[[bytes], Awaitable[None]], latest: Latest, first: bytes, settings: Settings
) -> None:
    """Tells one page what is new, or that nothing is, until the server closes.

    Raises:
        ConnectionError: the page went away.
        TimeoutError: it takes nothing any more.
    """
    seen, frame = 0, first
    while True:
        async with asyncio.timeout(settings.send_s):
            await write(frame)
        try:
            async with asyncio.timeout(settings.heartbeat_s):
                newer = await latest.after(seen)
        except TimeoutError:
            frame = BEAT
            continue
        if newer is None:
            return
        seen, frame = newer
