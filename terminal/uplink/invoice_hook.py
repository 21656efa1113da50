"""Requests for invoices to the shop's own service over HTTPS, signed as entries are. See docs/invoices.md."""

from __future__ import annotations

from typing import Final

from terminal.core.invoicing import Asker, Outcome, Request, Said
from terminal.core.ports import Clock
from terminal.core.values import EntryId
from terminal.core.wire.invoicing import body_of, said_of
from terminal.uplink.courier import Unreachable
from terminal.uplink.posting import Post
from terminal.uplink.webhook import signature

_REFUSED: Final = frozenset({400, 409, 413, 422})
"""What it says of this request, and would say again."""


class HookWriter:
    """`core.invoicing.Writer`. The same request goes out until its number has come: that asks for it, too."""

    def __init__(self, post: Post, asker: Asker, *, secret: bytes, clock: Clock) -> None:
        self._post = post
        self._asker = asker
        self._secret = secret
        self._clock = clock

    async def ask(self, request: Request) -> Said:
        body = body_of(request, self._asker)
        timestamp = self._clock.wall_ms() // 1000
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": request.id,
            "CT-Timestamp": str(timestamp),
            "CT-Signature": signature(self._secret, timestamp, body),
        }
        try:
            answer = await self._post(body, headers)
        except Unreachable as fault:
            return Said(outcome=Outcome.UNKNOWN, why=str(fault))
        if answer.status in _REFUSED:
            return Said(outcome=Outcome.REFUSED, why=answer.told)
        if not answer.taken:
            return Said(outcome=Outcome.UNKNOWN, why=f"answered {answer.status}")
        return said_of(answer.said, request.id) if answer.said else Said(outcome=Outcome.TAKEN)

    async def over(self, request: EntryId) -> None:
        """Nothing was kept there for us."""

    async def close(self) -> None:
        await self._post.close()
