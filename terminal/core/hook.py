"""The ledger as webhook mode sees it: how far it was sent, and what the other side does not take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from terminal.core.values import Value


class Held(Value, frozen=True, kw_only=True):
    """An entry in quarantine."""

    seq: int
    why: str
    since_ms: int


class HookLedger(Protocol):
    async def hooked(self) -> int:
        """All up to this seq was taken, or is held."""
        ...

    async def hook(self, seq: int) -> None: ...

    async def hold(self, held: Held) -> None:
        """Into quarantine; durable when it returns."""
        ...

    async def held(self) -> Sequence[Held]:
        """Oldest first; some at most."""
        ...

    async def let_go(self, seq: int) -> None: ...
