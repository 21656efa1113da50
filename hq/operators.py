"""Who may look at headquarters' pages and decide there: one operator of one merchant, by a one-time code.

The browser holds a random token; here lies its SHA-256. What a form must send back follows from the token, so
that nobody who cannot read the browser's cookie can write a form that counts.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Protocol

from hq.codes import CodeRow, Codes, CodeStore, same
from hq.keys import Keys
from terminal.core.hexes import hex_bytes
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.core.wire.enrol import OneTimeCode, read_code

LOGIN_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)
_TOKEN_BYTES = 32


class Session(Value, frozen=True, kw_only=True):
    merchant: str
    operator: str
    token: bytes

    def cookie(self) -> str:
        return f"{self.merchant.encode().hex()}.{self.token.hex()}"

    def form_key(self) -> str:
        """What every form of this session carries."""
        return hmac.digest(self.token, b"card-terminal form 1", sha256).hex()


class OperatorStore(CodeStore, Protocol):
    """Every method is one transaction."""

    async def use_operator_code(self, row: CodeRow, now_ms: int) -> bool:
        """False: somebody has used it."""
        ...

    async def add_session(self, merchant: str, session: bytes, operator: str, until_ms: int) -> None: ...

    async def operator(self, merchant: str, session: bytes, now_ms: int) -> str | None: ...

    async def end_sessions(self, merchant: str, session: bytes, now_ms: int) -> None:
        """This one, and all that are over."""
        ...


class Operators:
    def __init__(
        self, store: OperatorStore, keys: Keys, clock: Clock, random: Callable[[int], bytes]
    ) -> None:
        self._store = store
        self._clock = clock
        self._random = random
        self._codes = Codes(store, keys, clock, random)

    async def code_for(self, merchant: str, operator: str) -> str:
        return await self._codes.made(merchant, operator=operator, life=LOGIN_LIFE)

    async def by_code(self, merchant: str, typed: str) -> str | None:
        """Whose code that was: it is used up by asking. None: wrong, old or used."""
        try:
            code = read_code(typed)
        except ValueError:
            return None

        def fits(row: CodeRow, known: OneTimeCode) -> bool:
            return same(known.secret, code.secret) and bool(row.operator)

        found = await self._codes.presented(merchant, code.id, fits)
        if found is None or not await self._store.use_operator_code(found[0], self._clock.wall_ms()):
            return None
        return found[0].operator

    async def login(self, merchant: str, typed: str) -> Session | None:
        operator = await self.by_code(merchant, typed)
        if operator is None:
            return None
        session = Session(merchant=merchant, operator=operator, token=self._random(_TOKEN_BYTES))
        until_ms = self._clock.wall_ms() + SESSION_LIFE // timedelta(milliseconds=1)
        await self._store.add_session(merchant, _kept(session.token), operator, until_ms)
        return session

    async def session(self, cookie: str) -> Session | None:
        """Whose cookie that is, where it is anybody's now."""
        merchant_hex, _, token_hex = cookie.partition(".")
        try:
            merchant, token = hex_bytes(merchant_hex).decode(), hex_bytes(token_hex)
        except ValueError:
            return None
        if "\0" in merchant or len(token) != _TOKEN_BYTES:
            return None
        operator = await self._store.operator(merchant, _kept(token), self._clock.wall_ms())
        return None if operator is None else Session(merchant=merchant, operator=operator, token=token)

    async def logout(self, session: Session) -> None:
        await self._store.end_sessions(session.merchant, _kept(session.token), self._clock.wall_ms())


def _kept(token: bytes) -> bytes:
    return sha256(token).digest()
