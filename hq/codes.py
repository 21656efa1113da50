"""One-time codes: one row, and a secret that is stored nowhere, made again from the row when it is needed."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from hq.keys import Keys
from terminal.core.ports import Clock
from terminal.core.values import SiteId, TerminalId, Value
from terminal.core.wire.enrol import ID_BYTES, CodeId, OneTimeCode, one_time_code, read_code

ATTEMPTS_MAX = 5
"""Of one code, right or wrong: the answer to a right one may get lost on the way."""
_NONE_SITE, _NONE_TERMINAL = SiteId(""), TerminalId("")


class CodeRow(Value, frozen=True, kw_only=True):
    """For a terminal, or for an operator who wants to see the page."""

    merchant: str
    id: CodeId
    site: SiteId = _NONE_SITE
    terminal: TerminalId = _NONE_TERMINAL
    operator: str = ""
    until_ms: int
    attempts: int = 0

    def about(self) -> tuple[str, ...]:
        """What its secret is made from."""
        return (self.merchant, self.id, self.site, self.terminal, self.operator, str(self.until_ms))


class CodeStore(Protocol):
    """Every method is one transaction."""

    async def add_code(self, row: CodeRow) -> None: ...

    async def tried(self, merchant: str, code: CodeId) -> CodeRow | None:
        """The code with this attempt counted, or None when there is none."""
        ...


class Codes:
    def __init__(self, store: CodeStore, keys: Keys, clock: Clock, random: Callable[[int], bytes]) -> None:
        """`random(n)` gives n random bytes."""
        self._store = store
        self._keys = keys
        self._clock = clock
        self._random = random

    async def made(
        self,
        merchant: str,
        *,
        life: timedelta,
        site: SiteId = _NONE_SITE,
        terminal: TerminalId = _NONE_TERMINAL,
        operator: str = "",
    ) -> str:
        """The text that is shown once."""
        number = self._random(ID_BYTES)
        row = CodeRow(
            merchant=merchant,
            id=read_code(one_time_code(number, bytes(15), self._keys.hq_key)).id,
            site=site,
            terminal=terminal,
            operator=operator,
            until_ms=self._clock.wall_ms() + life // timedelta(milliseconds=1),
        )
        await self._store.add_code(row)
        return one_time_code(number, self._secret(row), self._keys.hq_key)

    async def presented(
        self, merchant: str, code: CodeId, fits: Callable[[CodeRow, OneTimeCode], bool]
    ) -> tuple[CodeRow, OneTimeCode] | None:
        """The code, where it may be used now and `fits` says that whoever asks knows its secret.

        None tells nobody which of it was wrong; an attempt is counted before anything is compared.
        """
        row = await self._store.tried(merchant, code)
        there = row or CodeRow(merchant=merchant, id=code, until_ms=0)  # It takes as long as a wrong one.
        known = OneTimeCode(id=code, secret=self._secret(there), key_print=b"")
        right = fits(there, known)
        if row is None or not right or row.attempts > ATTEMPTS_MAX or row.until_ms < self._clock.wall_ms():
            return None
        return row, known

    def _secret(self, row: CodeRow) -> bytes:
        return self._keys.secret_of(*row.about())


def same(given: str | bytes, expected: str | bytes) -> bool:
    """Takes the same time wherever they differ."""
    return hmac.compare_digest(_bytes(given), _bytes(expected))


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
