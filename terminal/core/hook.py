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
        """All up to this seq was taken, is held, or was given up."""
        ...

    async def hook(self, seq: int) -> None: ...

    async def hold(self, held: Held) -> None:
        """Into quarantine; durable when it returns."""
        ...

    async def held(self) -> Sequence[Held]:
        """Oldest first; some at most. Not what was given up."""
        ...

    async def let_go(self, seq: int) -> None:
        """It was taken after all."""
        ...

    async def give_up(self, seq: int, *, by: str, at_ms: int) -> bool:
        """A person decides that it is not sent again. It stays written down. False: it is not held."""
        ...

    async def taken_before(self, seq: int) -> int:
        """The last entry before `seq` that was taken; 0: there is none."""
        ...
