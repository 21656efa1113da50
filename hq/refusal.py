"""Why a request is not answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from terminal.core.wire.problem import ProblemCode

REQUEST_S = 30.0
"""For a whole request to arrive."""


class RequestRefused(Exception):
    """The request cannot be answered; nothing was taken."""

    def __init__(self, code: ProblemCode, why: str) -> None:
        super().__init__(why)
        self.code = code


class Unread(Exception):
    """The request stopped arriving."""


@asynccontextmanager
async def in_time() -> AsyncGenerator[None, None]:
    """Around the reading of a body. Raises Unread."""
    try:
        async with asyncio.timeout(REQUEST_S):
            yield
    except TimeoutError as fault:
        raise Unread from fault
