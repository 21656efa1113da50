"""One entry on which headquarters fails holds up none that follow.

What is known to be no entry is sifted out when it is read. This is for what nobody thought of: a batch that
fails is taken in halves, each in a transaction of its own, and an entry that fails alone is kept and shown,
until it is read again (`hq.rereading`).
So is one that brings a balance beyond what is counted, which only the balance tells.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import asyncpg
import msgspec
from msgspec.structs import replace

from hq.ports import BeyondCounting
from hq.taken import COUNTED_MAX
from terminal.core.wire.journal import Ack, Answer, Push

log = logging.getLogger(__name__)

OF_WHAT_IT_SAYS = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    msgspec.MsgspecError,
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.CardinalityViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""It would fail the next time too. All else may pass: a database that is away, a row that is waited for."""


async def in_parts(
    attempt: Callable[[Push, list[bytes], str], Awaitable[Answer]], push: Push, hashes: list[bytes]
) -> Answer:
    """`attempt(push, hashes, spoilt)` takes all of it or nothing; `hashes`: after each of its bodies.

    With words in `spoilt` it understands nothing, and keeps the bodies in quarantine for that reason.
    """
    try:
        return await attempt(push, hashes, "")
    except BeyondCounting:
        if len(push.bodies) == 1:
            return await attempt(push, hashes, f"brings an account or a lot beyond {COUNTED_MAX}")
    except OF_WHAT_IT_SAYS as fault:
        if not push.bodies:
            raise
        log.exception("a defect, in %d entries", len(push.bodies))
        if len(push.bodies) == 1:
            return await attempt(push, hashes, f"headquarters failed on it: {type(fault).__name__}")
    middle = len(push.bodies) // 2
    half = hashes[middle - 1].hex()
    first = await in_parts(attempt, replace(push, bodies=push.bodies[:middle], after=half), hashes[:middle])
    if not isinstance(first, Ack):
        return first
    rest = replace(
        push, start=push.start + middle, before=half, bodies=push.bodies[middle:], nonce=first.nonce
    )
    return await in_parts(attempt, rest, hashes[middle:])
