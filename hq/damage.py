"""Parts of data sets that are not what they were: known by their hash wherever they are read, and said.

Whoever would get them gets nothing. What can be made from the books is made anew; what a person published is
whole again when it is published again, and another version takes its place also where it is on its way.
"""

from __future__ import annotations

import logging
from hashlib import sha256

from hq.ports import ExceptionKind, Turn
from hq.pot import POOL

log = logging.getLogger(__name__)


class PartDamaged(Exception):
    """What is kept under that hash is something else, or is not there any more."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"part {digest} of a data set is damaged")
        self.digest = digest


def is_whole(digest: str, body: bytes) -> bool:
    return sha256(body).hexdigest() == digest


async def own_part(turn: Turn, digest: bytes) -> bytes:
    """For headquarters itself. Raises PartDamaged."""
    kept = await turn.own_blob(digest.hex())
    if kept is None or not is_whole(digest.hex(), kept):
        raise PartDamaged(digest.hex())
    return kept


async def say(turn: Turn, digest: str, now_ms: int) -> None:
    log.error("part %s of a data set is damaged", digest)
    why = "it is given to nobody; what was published is whole again once it is published again"
    await turn.open_exception(ExceptionKind.PART, digest, why, now_ms, at=POOL, since_ms=now_ms)
