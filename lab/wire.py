"""What the simulated services outside have in common: HTTP on this machine alone, and lies about the wire."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
from aiohttp import web

HOST = "127.0.0.1"


class Lost(Exception):
    """The answer, or the question, never arrives."""


class _Served(Protocol):
    def application(self) -> web.Application: ...


def answered(
    request: web.Request, secret: str, ask: Callable[[], dict[str, object]], keep: Callable[[], None]
) -> web.Response:
    """What `ask` says, written down by `keep` first; the line ends without a word where it is lost."""
    if request.headers.get("Authorization") != f"Bearer {secret}":
        raise web.HTTPUnauthorized
    try:
        return web.json_response(ask())
    except Lost:
        if request.transport is not None:
            request.transport.abort()
        raise web.HTTPServiceUnavailable from None
    finally:
        keep()


async def serve(server: _Served, port: int) -> None:
    """Serves until it is ended; the first line of its output is its address, as JSON."""
    runner = web.AppRunner(server.application())
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    where = runner.addresses[0]
    sys.stdout.write(msgspec.json.encode({"url": f"http://{where[0]}:{where[1]}"}).decode() + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def parsed(program: str, arguments: Sequence[str]) -> argparse.Namespace:
    """`port`, `seed`, `share` and `books`, as they were typed."""
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.0, help="of the questions that go wrong")
    parser.add_argument("--books", type=Path, default=None, metavar="FILE", help="where it keeps them")
    return parser.parse_args(arguments)
