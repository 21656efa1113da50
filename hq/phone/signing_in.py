"""Who may look at a member's page: whoever reads what is sent to the member's phone.

A code is six digits for five minutes and a single use, five tries at most. What is kept of it is an HMAC
under a key beside the database. Whether a phone is a member's is told to nobody who has not read its code:
one is kept for every phone that is keyed, and sent where somebody is known by it.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from hq.codes import same
from hq.door import about_token_key
from hq.keys import Keys
from hq.phone.store import Kept, Member, Paced, PhoneStore
from terminal.core.codes import phone
from terminal.core.errors import BadPhone
from terminal.core.hexes import hex_bytes
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.core.wire.people import token_of

CODE_LIFE = timedelta(minutes=5)
SESSION_LIFE = timedelta(days=30)
CODE_DIGITS = 6
_TOKEN_BYTES = 32
_DRAWN_BYTES = 8
"""So many that no code is likelier than another by more than one in 10^12."""
_MS = timedelta(milliseconds=1)


class PhoneSession(Value, frozen=True, kw_only=True):
    """A member who is signed in."""

    merchant: str
    member: Member
    token: bytes

    def cookie(self) -> str:
        return f"{self.merchant.encode().hex()}.{self.token.hex()}"

    def form_key(self) -> str:
        """What every form of this session carries."""
        return hmac.digest(self.token, b"card-terminal phone form 1", sha256).hex()


class Newcomer(Value, frozen=True, kw_only=True):
    """Who has read the code of a phone by which nobody is known."""

    phone: str

    def __repr__(self) -> str:
        """Without it: it must reach no log."""
        return "Newcomer(...)"

    __str__ = __repr__


class Sent(Value, frozen=True, kw_only=True):
    """What is to be sent to a phone."""

    phone: str
    code: str

    def __repr__(self) -> str:
        """Without either: it must reach no log."""
        return "Sent(...)"

    __str__ = __repr__


class SigningIn:
    def __init__(self, store: PhoneStore, keys: Keys, clock: Clock, random: Callable[[int], bytes]) -> None:
        """`random(n)` gives n random bytes."""
        self._store = store
        self._keys = keys
        self._clock = clock
        self._random = random

    async def asked(self, merchant: str, typed: str, *, join: bool = False) -> tuple[Sent | None, Paced]:
        """The code to send, where that phone may be sent one now and is a member's. Raises BadPhone.

        `join`: to phones of nobody too. The pace is the same for every phone, and tells nothing of members.
        """
        number = phone(typed).number
        token = await self._token(merchant, number)
        now_ms = self._clock.wall_ms()
        code = f"{int.from_bytes(self._random(_DRAWN_BYTES)) % 10**CODE_DIGITS:0{CODE_DIGITS}}"
        until_ms = now_ms + CODE_LIFE // _MS
        kept = Kept(mac=self._mac(merchant, token, until_ms, code), until_ms=until_ms)
        paced = await self._store.keep_code(merchant, token, kept, now_ms)
        known = await self._store.member(merchant, token)
        goes = paced is Paced.SENT and (join or known is not None)
        return Sent(phone=number, code=code) if goes else None, paced

    async def signed_in(self, merchant: str, typed: str, code: str) -> PhoneSession | Newcomer | None:
        """None: the code is wrong, used or too old."""
        try:
            number = phone(typed).number
        except BadPhone:
            return None
        token, now_ms = await self._token(merchant, number), self._clock.wall_ms()
        kept = await self._store.tried(merchant, token, now_ms)
        there = kept or Kept(mac=bytes(_TOKEN_BYTES), until_ms=0)  # It takes as long as a wrong one.
        right = same(self._mac(merchant, token, there.until_ms, _digits(code)), there.mac)
        if kept is None or not right or not await self._store.used(merchant, token, kept):
            return None
        member = await self._store.member(merchant, token)
        if member is None:
            return Newcomer(phone=number)
        session = PhoneSession(merchant=merchant, member=member, token=self._random(_TOKEN_BYTES))
        until_ms = now_ms + SESSION_LIFE // _MS
        await self._store.add_session(merchant, _kept(session.token), token, member.wallet, until_ms)
        return session

    async def session(self, merchant: str, cookie: str) -> PhoneSession | None:
        """Whose cookie that is, where it is anybody's of this merchant now."""
        merchant_hex, _, token_hex = cookie.partition(".")
        try:
            token = hex_bytes(token_hex)
        except ValueError:
            return None
        if merchant_hex != merchant.encode().hex() or len(token) != _TOKEN_BYTES:
            return None
        member = await self._store.member_of(merchant, _kept(token), self._clock.wall_ms())
        return None if member is None else PhoneSession(merchant=merchant, member=member, token=token)

    async def signed_out(self, session: PhoneSession) -> None:
        await self._store.end_session(session.merchant, _kept(session.token))

    async def _token(self, merchant: str, number: str) -> bytes:
        """By which sites told of that phone; where no site was let in yet, of nobody."""
        box = await self._store.token_key(merchant)
        key = self._keys.mac(b"phone") if box is None else self._keys.opened(box, about_token_key(merchant))
        return token_of(key, phone(number))

    def _mac(self, merchant: str, token: bytes, until_ms: int, code: str) -> bytes:
        about = ("card-terminal phone code 1", merchant, token.hex(), str(until_ms), code)
        return self._keys.mac("\n".join(about).encode())


def _digits(code: str) -> str:
    """As Chinese keyboards write them too; else nothing that could be right."""
    found = unicodedata.normalize("NFKC", code).strip()
    return found if found.isascii() else ""


def _kept(token: bytes) -> bytes:
    return sha256(token).digest()
