"""Reading beside the writer: committed state only, on connections that cannot write."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from terminal.core.canonical import decoded
from terminal.core.commands import Booked, BookIntent, card_of
from terminal.core.entry import GENESIS, Link
from terminal.core.errors import LedgerClosed, LedgerDamaged, refusal_of
from terminal.core.rights import Want
from terminal.core.site import AS_A_VISITOR, Touched
from terminal.core.trust import Credential, Holder, Medium, masked_name, masked_phone
from terminal.core.values import CardId, EntryId, MemberId, Value, WalletId
from terminal.core.wire.people import MemberRow
from terminal.runtime.threads import Threads
from terminal.store.answers import answer, balances, entry_id, first_posting, id_bytes, wallet_in
from terminal.store.guests import Guests
from terminal.store.queries import queries
from terminal.store.sealed import Secret, asked_traces

if TYPE_CHECKING:
    import aiosqlite

_WAITING_MAX = 1000


_TRACED_MAX = 5000
_FOUND_MAX = 20


class Person(Value, frozen=True, kw_only=True):
    """Somebody a search found, masked."""

    wallet: WalletId
    member: MemberId
    name_shown: str
    phone_shown: str


class Readers:
    """The `Books` port, and what the outbox needs to read."""

    def __init__(self, path: Path, secret: Secret, threads: Threads) -> None:
        self._threads = threads
        self._path = path
        self._secret = secret
        self._sql = queries()
        self._open: aiosqlite.Connection | None = None
        self.guests: Guests
        """Set once the writer is there, which knows the active sets."""
        self._closed = False
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._door = asyncio.Event()
        self._door.set()
        self.on_former: Callable[[bytes, bytes], Awaitable[None]] | None = None
        """Told when somebody was found by a token under a key of before: of it, and of today's."""

    async def close(self) -> None:
        self._closed = True
        if self._open is not None:
            await self._open.close()
            self._open = None

    async def holder(self, credential: Credential) -> Holder | None:
        """Whose it is, with what stands on the wallet now."""
        tokens = list(self._secret.tokens(credential))
        # One statement: one state of the ledger, and one way to the reading thread and back.
        async with self._reading() as run:
            for token in tokens:
                if rows := list(await run.execute_fetchall(self._sql["holder"], (token,))):
                    break
            else:
                rows = []
        if not rows:
            return await self._guest(tokens[0], credential)
        if token != tokens[0] and self.on_former is not None:
            await self.on_former(token, tokens[0])
        wallet, card, state, member, tier, profile, phone, listed = rows[0][:8]
        if card is not None:
            await self.guests.check(card, listed)
            if state != "active":
                raise refusal_of(state)
        after = balances((row[8], row[9]) for row in rows)
        return Holder(
            wallet=WalletId(wallet),
            member=MemberId(member) if member else None,
            card=CardId(card) if card else None,
            name_shown=profile or "",
            number_shown=_number_shown(credential, phone or ""),
            tier=tier or "regular",
            principal=after.principal,
            bonus=after.bonus,
            points=after.points.get("goods", 0),
            coupons=after.coupons,
        )

    async def knows_anybody(self) -> bool:
        """Whether there is a card, code or phone that leads to a wallet."""
        async with self._reading() as run:
            return await _first(run, self._sql["any_token"]) is not None

    async def _guest(self, token: bytes, credential: Credential) -> Holder | None:
        """Known by headquarters' word; what lies on the wallet here, if anything does."""
        try:
            row = await self.guests.known(token)
        except LedgerClosed:  # The file of data sets cannot be read now: then nobody is known by it.
            return None
        if row is None:
            return None
        card = next((key.card for key in row.keys if key.token == token.hex()), None)
        async with self._reading() as run:
            wallet = row.wallet
            known = await _first(run, self._sql["wallet"], wallet)
            while known is not None and known[2] is not None:
                wallet, known = known[2], await _first(run, self._sql["wallet"], known[2])
            held = await run.execute_fetchall(self._sql["holdings"], (f"wallet:{wallet}",))
            kept = await _first(run, self._sql["card"], card) if card else None
            listed = await _first(run, self._sql["hot"], card) if card else None
        if card is not None:
            await self.guests.check(card, listed[0] if listed else None)
            if kept is not None and kept[1] != "active":
                raise refusal_of(kept[1])
        after = balances((unit, balance) for unit, balance in held)
        phone = masked_phone(row.known.phone)
        return Holder(
            wallet=wallet,
            member=row.member,
            card=card,
            name_shown=masked_name(row.known.name) or phone,
            number_shown=_number_shown(credential, phone),
            tier=known[1] if known else row.tier,
            principal=after.principal,
            bonus=after.bonus,
            points=after.points.get("goods", 0),
            coupons=after.coupons,
            guest=known is None or (card is not None and kept is None),
        )

    def token(self, credential: Credential) -> str:
        return self._secret.token(credential).hex()

    async def keep_asked(self, row: MemberRow) -> None:
        await self.guests.keep(row)

    async def booked(self, entry: EntryId) -> Booked | None:
        async with self._reading() as run:
            row = await _first(run, self._sql["entry_by_id"], id_bytes(entry))
            if row is None:
                return None
            found = decoded(row[2])
            wallet, card = wallet_in(found), card_of(found.payload)
            as_of = (f"wallet:{wallet}", row[0])
            held = await run.execute_fetchall(self._sql["balances_as_of"], as_of) if wallet else None
            kept = await _first(run, self._sql["card"], card) if card else None
        after = balances((row[0], row[1]) for row in held) if held is not None else None
        return answer(found, row[1], after, kept[2] if kept else "", again=True)

    async def open_intents(self) -> Sequence[BookIntent]:
        """What was begun outside and has no end yet, oldest first (I11)."""
        async with self._reading() as run:
            rows = await run.execute_fetchall(self._sql["open_intents"], (_WAITING_MAX,))
        found = [decoded(row[0]).payload for row in rows]
        return [intent for intent in found if isinstance(intent, BookIntent)]

    async def found(self, text: str) -> Sequence[Person]:
        """Members by their last four digits, initials, or characters of their name; a few at most."""
        asked = [self._secret.traces(trace) for trace in asked_traces(text)]
        if not asked:
            return []
        async with self._reading() as run:
            sets = [
                {
                    row[0]
                    for trace in traces
                    for row in await run.execute_fetchall(self._sql["traced"], (trace, _TRACED_MAX))
                }
                for traces in asked
            ]
            wallets = sorted(set.intersection(*sets))[:_FOUND_MAX]
            rows = [await _first(run, self._sql["person"], wallet) for wallet in wallets]
        return [
            Person(wallet=WalletId(row[0]), member=MemberId(row[1]), name_shown=row[2], phone_shown=row[3])
            for row in rows
            if row is not None
        ]

    async def touched(self, after: int, upto: int) -> Sequence[Touched]:
        """See `core.site.SiteLedger`."""
        found: list[Touched] = []
        async with self._reading() as run:
            span = (first_posting(after + 1), first_posting(upto + 1))
            for owner, unit, balance in await run.execute_fetchall(self._sql["touched"], span):
                wallet = owner.partition(":")[2]
                lots = await run.execute_fetchall(self._sql["lots_laid"], (wallet,))
                ids = [id_bytes(lot) for (lot,) in lots]
                begun = await _first(run, self._sql["begun_by"], wallet)
                home = [await _first(run, self._sql["entry_hash_by_id"], one) for one in ids]
                held = Want(account=f"{owner}:{unit}", amount=balance)
                began_here = begun is not None and begun[0] not in AS_A_VISITOR
                found.append(Touched(held=held, home=any(home), began_here=began_here))
        return found

    async def waiting_prints(self) -> Sequence[EntryId]:
        async with self._reading() as run:
            rows = await run.execute_fetchall(self._sql["print_jobs_waiting"], (_WAITING_MAX,))
        return [entry_id(row[0]) for row in rows]

    async def after(self, seq: int, limit: int) -> Sequence[Link]:
        async with self._reading() as run:
            rows = await run.execute_fetchall(self._sql["entries_after"], (seq, limit))
        return [Link(seq=row[0], body=row[1], hash=row[2]) for row in rows]

    async def hash_at(self, seq: int) -> bytes:
        if seq == 0:
            return GENESIS
        async with self._reading() as run:
            row = await _first(run, self._sql["entry_hash"], seq)
        if row is None:
            raise LookupError(f"no entry {seq}")
        return bytes(row[0])

    @asynccontextmanager
    async def away(self) -> AsyncGenerator[None, None]:
        """Nobody reads, and the file is not open, while another is put in its place. Who comes waits."""
        self._door.clear()
        try:
            await self._empty.wait()
            if self._open is not None:
                await self._open.close()
                self._open = None
            yield
        finally:
            self._door.set()

    @asynccontextmanager
    async def _reading(self) -> AsyncGenerator[aiosqlite.Connection, None]:
        await self._door.wait()
        self._inside += 1
        self._empty.clear()
        try:
            yield await self._opened()
        except sqlite3.OperationalError as fault:
            raise LedgerClosed(f"cannot be read: {fault}") from fault
        except sqlite3.DatabaseError as fault:
            raise LedgerDamaged(f"the file itself: {fault}") from fault
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    async def _opened(self) -> aiosqlite.Connection:
        if self._closed:
            raise LedgerClosed("the ledger is closed")
        if self._open is None:
            opened = await self._threads.reading(f"file:{quote(str(self._path))}?mode=rw")
            try:
                await opened.execute("PRAGMA query_only = ON")
                await opened.execute("PRAGMA wal_autocheckpoint = 0")
            except BaseException:
                await opened.close()  # Its thread would keep the process alive.
                raise
            if self._open is not None or self._closed:  # Somebody was faster.
                await opened.close()
            else:
                self._open = opened
        if self._open is None:
            raise LedgerClosed("the ledger is closed")
        return self._open


async def _first(run: aiosqlite.Connection, statement: str, *values: object) -> tuple[Any, ...] | None:
    rows = list(await run.execute_fetchall(statement, values))
    return tuple(rows[0]) if rows else None


def _number_shown(credential: Credential, phone_shown: str) -> str:
    if credential.medium is Medium.PHONE:
        return phone_shown
    tail = credential.number[-4:] if len(credential.number) > len("1234") else ""
    return f"****{tail}"
