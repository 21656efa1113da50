"""Signed member codes at the counter: whose they are, and that a dynamic one counts a single time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from terminal.core.commands import ClockTrust
from terminal.core.errors import BadScan, CodeUsed
from terminal.core.member_codes import Once, SignedCode, credential_of
from terminal.core.ports import Clock
from terminal.core.trust import Credential, Trust

_MS = 1000

CodeKeys = Callable[[], frozenset[bytes]]
"""Ed25519 keys (32 bytes) whose signature makes a member's code, as of now."""


class Used(Protocol):
    """Which dynamic codes were used here. Durable when it answers."""

    async def first(self, once: Once, *, now_s: int, clock_believed: bool) -> bool | None: ...


class CodeClock(Clock, Protocol):
    def unsure_ms(self) -> int:
        """How far it may be off while it is believed."""
        ...


class MemberCodes:
    """Knows the merchant's keys once somebody has said them."""

    def __init__(self, merchant: str, clock: CodeClock, used: Used) -> None:
        self._merchant = merchant
        self._clock = clock
        self._used = used
        self._keys: CodeKeys | None = None

    def believe(self, keys: CodeKeys) -> None:
        self._keys = keys

    def judged(self, code: SignedCode) -> Credential:
        """Raises BadScan: too early to say; CodeNotGenuine, CodeExpired."""
        if self._keys is None:
            raise BadScan("the keys for signed codes are not read yet")
        return credential_of(
            code,
            self._merchant,
            self._keys(),
            now_ms=self._clock.wall_ms(),
            unsure_ms=self._clock.unsure_ms() if self._clock_believed else None,
        )

    async def taken(self, credential: Credential, once: Once) -> Credential:
        """It is used now. Where that cannot be remembered it may be used again, and is `open`.

        Raises CodeUsed.
        """
        now_s = self._clock.wall_ms() // _MS
        first = await self._used.first(once, now_s=now_s, clock_believed=self._clock_believed)
        if first is False:
            raise CodeUsed("its nonce was used here")
        return credential if first else replace(credential, trust=Trust.OPEN)

    @property
    def _clock_believed(self) -> bool:
        return self._clock.trust is not ClockTrust.UNKNOWN
