"""What the phone page keeps and reads in PostgreSQL: codes, sessions, and what lies on a member's wallet.

Every method is one transaction that sees one merchant's rows and no others.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from enum import Enum

import asyncpg

from hq.ladder import names_of
from hq.postgres import WAIT_S, PostgresStore
from hq.sets_ports import SHARED
from hq.sql import SQL
from terminal.core.ranks import BEGINS
from terminal.core.tier_names import TierShown
from terminal.core.values import Value

_DAY_MS = 86_400_000
_ENTRIES_A_STEP = 5_000
"""Looked through in one transaction."""


class Member(Value, frozen=True, kw_only=True):
    """Whom a phone leads to."""

    wallet: str
    """The one that is left of all that were merged."""
    wallets: tuple[str, ...]
    """All of them."""
    phone: bytes
    """Its token."""
    shown: str
    """The phone, masked."""
    since_ms: int
    """When the wallet was given to its holder; what came before is somebody else's. 0: it never was."""


class Kept(Value, frozen=True, kw_only=True):
    """A code that waits: its HMAC, and until when."""

    mac: bytes
    until_ms: int


class Stood(Value, frozen=True, kw_only=True):
    """An entry in a site's chain."""

    site: str
    seq: int
    hash: bytes
    body: bytes


class Pace(Value, frozen=True, kw_only=True):
    """How many codes one phone is sent, and how often one is tried."""

    every_ms: int = 60_000
    a_day: int = 10
    attempts: int = 5


class Paced(Enum):
    """Whether a phone may be sent a code now."""

    SENT = "sent"
    SOON = "soon"
    """The one before is too young."""
    ENOUGH = "enough"
    """There were as many as may be, that day."""


class PhoneStore:
    def __init__(self, store: PostgresStore, pace: Pace | None = None) -> None:
        self._store = store
        self._pace = pace or Pace()

    @asynccontextmanager
    async def _of(self, merchant: str) -> AsyncGenerator[asyncpg.Connection, None]:
        async with self._store.pool.acquire(timeout=WAIT_S) as connection, connection.transaction():
            await connection.fetchrow(SQL["for_merchant"], merchant)
            yield connection

    async def token_key(self, merchant: str) -> bytes | None:
        """In its box. None: no terminal of that merchant was let in yet, so nobody is known."""
        async with self._of(merchant) as connection:
            found: bytes | None = await connection.fetchval(SQL["token_key"], merchant)
        return found

    # Codes

    async def keep_code(self, merchant: str, phone: bytes, code: Kept, now_ms: int) -> Paced:
        """In the place of the one before, unless it comes too soon or there were enough of them that day."""
        pace = self._pace
        async with self._of(merchant) as connection:
            values = (phone, code.mac, code.until_ms, now_ms, pace.every_ms, pace.a_day, _DAY_MS)
            if await connection.fetchval(SQL["keep_phone_code"], merchant, *values):
                return Paced.SENT
            since = now_ms - _DAY_MS
            over = await connection.fetchval(SQL["phone_codes_over"], merchant, phone, since, pace.a_day)
        return Paced.ENOUGH if over else Paced.SOON

    async def tried(self, merchant: str, phone: bytes, now_ms: int) -> Kept | None:
        """The code that waits, with this attempt counted; None: none does, or it was tried too often."""
        async with self._of(merchant) as connection:
            row = await connection.fetchrow(
                SQL["try_phone_code"], merchant, phone, now_ms, self._pace.attempts
            )
        return None if row is None else Kept(mac=row["mac"], until_ms=row["until_ms"])

    async def used(self, merchant: str, phone: bytes, code: Kept) -> bool:
        """False: somebody has used it, or another took its place."""
        async with self._of(merchant) as connection:
            done = await connection.execute(SQL["use_phone_code"], merchant, phone, code.mac, code.until_ms)
        return str(done) == "UPDATE 1"

    # Sessions

    async def add_session(
        self, merchant: str, session: bytes, phone: bytes, wallet: str, until_ms: int
    ) -> None:
        async with self._of(merchant) as connection:
            await connection.execute(SQL["add_phone_session"], merchant, session, phone, wallet, until_ms)

    async def member_of(self, merchant: str, session: bytes, now_ms: int) -> Member | None:
        """Whose session that is, while their phone leads to the wallet to which it led when it began."""
        async with self._of(merchant) as connection:
            row = await connection.fetchrow(SQL["phone_session"], merchant, session, now_ms)
            member = None if row is None else await _member(connection, merchant, row["phone"])
        return member if member is not None and row["wallet"] in member.wallets else None

    async def end_session(self, merchant: str, session: bytes) -> None:
        async with self._of(merchant) as connection:
            await connection.execute(SQL["end_phone_session"], merchant, session)

    async def tidy(self, merchant: str, now_ms: int) -> None:
        """Nothing is kept of codes of yesterday and of sessions that are over."""
        async with self._of(merchant) as connection:
            await connection.execute(SQL["tidy_phones"], merchant, now_ms - _DAY_MS, now_ms)

    # Members

    async def member(self, merchant: str, phone: bytes) -> Member | None:
        async with self._of(merchant) as connection:
            return await _member(connection, merchant, phone)

    async def held(self, merchant: str, member: Member) -> dict[str, int]:
        """By unit: fen, points, uses, coupons. What is owed is below zero, under `debt:UNIT`."""
        sums: dict[str, int] = {}
        async with self._of(merchant) as connection:
            for wallet in member.wallets:
                for row in await connection.fetch(SQL["phone_held"], merchant, f"wallet:{wallet}:"):
                    sums[row["unit"]] = sums.get(row["unit"], 0) + row["amount"]
        return {unit: amount for unit, amount in sums.items() if amount}

    async def coupons(self, merchant: str, coupons: Collection[str]) -> Sequence[str]:
        """Terms (JSON) of those of them that were not withdrawn."""
        async with self._of(merchant) as connection:
            rows = await connection.fetch(SQL["phone_coupons"], merchant, [*coupons])
        return [row["terms"] for row in rows]

    async def vouchers(self, merchant: str, units: Collection[str]) -> dict[str, tuple[str, str]]:
        """By unit its first and last business day of use; empty: no bound."""
        async with self._of(merchant) as connection:
            rows = await connection.fetch(SQL["phone_vouchers"], merchant, [*units])
        return {row["unit"]: (row["since"], row["until"]) for row in rows}

    async def ends(
        self, merchant: str, member: Member, units: Collection[str]
    ) -> dict[str, list[tuple[str, int]]]:
        """By unit what of it ends: its last business day of use, and how much, what ends first in front."""
        accounts = [f"wallet:{wallet}:{unit}" for wallet in member.wallets for unit in units]
        found: dict[str, list[tuple[str, int]]] = {}
        async with self._of(merchant) as connection:
            for row in await connection.fetch(SQL["phone_ends"], merchant, accounts):
                found.setdefault(row["unit"], []).append((row["until"], row["rest"]))
        return found

    async def tier(self, merchant: str, member: Member, now_ms: int) -> tuple[str, TierShown | None]:
        """As it is booked, and what the chain calls it; None: nobody named it."""
        async with self._of(merchant) as connection:
            tier = str(await connection.fetchval(SQL["phone_tier"], merchant, member.wallet) or BEGINS)
        async with self._store.turn(merchant, SHARED) as turn:
            return tier, (await names_of(turn, now_ms)).get(tier)

    async def cards(self, merchant: str, member: Member) -> Sequence[tuple[str, str]]:
        """Masked number and kind of each card that serves them; empty: it was given none."""
        async with self._of(merchant) as connection:
            rows = await connection.fetch(SQL["phone_cards"], merchant, [*member.wallets])
        return [(row["shown"], row["kind"]) for row in rows]

    async def as_of_ms(self, merchant: str, member: Member) -> int:
        """When the site of this wallet that was silent longest was heard; 0: none was."""
        async with self._of(merchant) as connection:
            found: int = await connection.fetchval(SQL["phone_as_of"], merchant, [*member.wallets])
        return found

    async def entries(
        self, merchant: str, member: Member, kinds: Collection[str], limit: int, after: int = 0
    ) -> Sequence[Stood]:
        """What moved that wallet last, the newest first; `after`: so many are left out."""
        values = ([*member.wallets], [*kinds], limit, after)
        async with self._of(merchant) as connection:
            rows = await connection.fetch(SQL["phone_entries"], merchant, *values)
        return [Stood(**row) for row in rows]

    async def entry(self, merchant: str, entry: str, member: Member | None = None) -> Stood | None:
        """By its id; of a member only what moved their wallet."""
        async with self._of(merchant) as connection:
            if member is None:
                row = await connection.fetchrow(SQL["phone_entry"], merchant, entry)
            else:
                row = await connection.fetchrow(SQL["phone_entry_of"], merchant, entry, [*member.wallets])
        return None if row is None else Stood(**row)

    async def look_through(self, merchant: str) -> bool:
        """Notes of each site's next entries whose wallets they moved. True: there are more."""
        more = False
        async with self._of(merchant) as connection:
            for site, seq, acked in await connection.fetch(SQL["phone_unread"], merchant):
                upto = min(acked, seq + _ENTRIES_A_STEP)
                await connection.execute(SQL["phone_note"], merchant, site, seq, upto)
                await connection.execute(SQL["phone_noted"], merchant, site, upto)
                more = more or upto < acked
        return more


async def _member(connection: asyncpg.Connection, merchant: str, phone: bytes) -> Member | None:
    row = await connection.fetchrow(SQL["phone_member"], merchant, phone)
    if row is None:
        return None
    return Member(
        wallet=row["wallet"],
        wallets=tuple(row["wallets"]),
        phone=phone,
        shown=row["shown"],
        since_ms=row["since"],
    )
