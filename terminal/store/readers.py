"""Reading beside the writer: committed state only, on connections that cannot write."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec.structs import replace

from terminal.core.batches import CardAccount, Chosen, CutShort, Numbers, keys
from terminal.core.canonical import NotCanonical, decoded
from terminal.core.cards import CardState
from terminal.core.cards_held import CardHeld, CardsHeld
from terminal.core.codes import ReceiptNumber, phone
from terminal.core.commands import (
    Booked,
    BookIntent,
    Command,
    Kept,
    Private,
    Undid,
    UsesKept,
    card_of,
    undone_by,
)
from terminal.core.entry import GENESIS, Link
from terminal.core.errors import LedgerClosed, LedgerDamaged, TerminalFault, refusal_of
from terminal.core.figures import ShiftFigures, ShiftNow
from terminal.core.original import Receipt
from terminal.core.picture import Picture
from terminal.core.rights import Want
from terminal.core.services import Service
from terminal.core.shift import report_of
from terminal.core.site import AS_A_VISITOR, Touched
from terminal.core.sold import read
from terminal.core.trust import Credential, Holder, Medium, Person, masked_name, masked_phone
from terminal.core.values import CardId, EntryId, MemberId, TerminalId, WalletId
from terminal.core.wire.people import MemberRow, kind_led_by
from terminal.runtime.threads import Threads
from terminal.store import batched, receipts, shifts
from terminal.store.answers import (
    answer,
    balances,
    entry_id,
    first_posting,
    id_bytes,
    undid,
    wallet_in,
    without_ended,
)
from terminal.store.guests import Guests
from terminal.store.queries import queries
from terminal.store.sealed import Secret, asked_traces
from terminal.store.tapped import Tapped, named_by, number_shown, of_today
from terminal.store.unwritten import closed_by

if TYPE_CHECKING:
    import aiosqlite

_WAITING_MAX = 1000
_TRACED_MAX = 5_000
"""Of those who have what fewest have of what was typed. Who comes after them is found once more is typed."""
FOUND_MAX = 9
"""One more than a screen has: so it is seen that there are more."""
_NUMBER = re.compile(r"(?=.*[0-9])[0-9A-Z-]{5,32}", re.ASCII)
"""Of a phone or card, typed whole."""
_NUMBERS_AT_ONCE = 64
"""Each by itself took a series of 9,999 seconds of going to the reading thread and back."""


class Readers:
    """The `Books` port, and what the outbox needs to read. `on_damage` hears of a file that is broken."""

    def __init__(
        self, path: Path, secret: Secret, threads: Threads, on_damage: Callable[[TerminalFault], None]
    ) -> None:
        self._on_damage = on_damage
        self._threads = threads
        self._path = path
        self._secret = secret
        self._sql = queries()
        self._open: aiosqlite.Connection | None = None
        self.guests: Guests
        """Set once the writer is there, which knows the active sets."""
        self._keys = path.with_suffix(".keys")
        self._keyed = False
        """Whether members' keys are read with the ledger."""
        self._attaching = asyncio.Lock()
        self._last: tuple[Holder, Tapped] | None = None
        """What was read of who was here last, until somebody looked at it or something was booked."""
        self._closed = False
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._door = asyncio.Event()
        self._door.set()
        self.on_former: Callable[[bytes, bytes], Awaitable[None]] | None = None
        """Told when somebody was found by a token under a key of before: of it, and of today's."""
        self.pictured: Callable[[Holder], Awaitable[Picture]]
        self.kept_by: Callable[[MemberId], Awaitable[Kept | None]]
        self.served: Callable[[MemberId, int], Awaitable[Sequence[Service]]]
        self.unsealed: Callable[[MemberId], Awaitable[Private | None]]
        """These are set once the writer is there, whose thread has the members' keys."""

    async def close(self) -> None:
        self._closed = True
        if self._open is not None:
            await self._open.close()
            self._open = None

    async def holder(self, credential: Credential) -> Holder | None:
        """Whose it is, with what stands on the wallet now."""
        tokens = list(self._secret.tokens(credential))
        token, tapped = await self._led_to(tokens)
        if tapped is None:
            return await self._guest(tokens[0], credential)
        if token != tokens[0] and self.on_former is not None:
            await self.on_former(token, tokens[0])
        if tapped.card is not None:
            if tapped.state == CardState.NEW and (met := await self._guest(tokens[0], credential)):
                return replace(met, guest=True)  # Nobody has the one in the box.
            await self.guests.check(tapped.card, tapped.listed)
            if tapped.state != "active":
                raise refusal_of(tapped.state)
        holder = tapped.holder(credential)
        if holder.member is not None and not tapped.named:
            holder = named_by(holder, await self._known(token), credential)
        self._last = holder, tapped
        return holder

    async def cards_held(self, credential: Credential) -> CardsHeld | None:
        """See `core.ports.Books`."""
        tokens = list(self._secret.tokens(credential))
        _, tapped = await self._led_to(tokens)
        if tapped is None:
            row = await self._known(tokens[0])
            if row is None:
                return None
            return await self.guests.cards(row, await self._led_by(row, credential), self._stands)
        holder = tapped.holder(credential)
        async with self._reading() as run:
            cards = await run.execute_fetchall(self._sql["cards_led_to"], (holder.wallet, holder.card))
        held = tuple(
            CardHeld(card=CardId(card), shown=shown, state=CardState(state), until=until, kind=kind)
            for card, shown, state, until, kind in cards
        )
        return CardsHeld(holder=holder, cards=held)

    async def coupons_of(self, kind: str) -> Sequence[str]:
        """See `core.ports.Books`."""
        async with self._reading() as run:
            return [row[0] for row in await run.execute_fetchall(self._sql["coupons_held"], (kind, 1))]

    async def coupons_gone(self, kind: str) -> Sequence[str]:
        """See `core.ports.Books`."""
        async with self._reading() as run:
            return [row[0] for row in await run.execute_fetchall(self._sql["coupons_held"], (kind, 0))]

    async def accounts(self, chosen: Chosen) -> Sequence[CardAccount]:
        """See `core.ports.Books`."""
        fits: dict[str, tuple[str, str, str, bool]] | None = None
        async with self._reading() as run:
            epoch = [row[0] for row in await run.execute_fetchall(self._sql["meta"], ("hq_epoch",))]
            alone = not any(int(one) for one in epoch)
            if chosen.tier or chosen.issued_until or chosen.numbers is None:
                rows = await run.execute_fetchall(
                    self._sql["accounts_chosen"], (chosen.tier, chosen.issued_until)
                )
                fits = {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}
            if chosen.numbers is not None:
                numbered = await self._numbered(run, chosen.numbers)
                fits = {card: one for card, one in numbered.items() if fits is None or card in fits}
            return [
                CardAccount(
                    card=CardId(card),
                    wallet=WalletId(wallet),
                    shown=shown,
                    state=CardState(state),
                    left=tuple(
                        (row[0], row[1])
                        for row in await run.execute_fetchall(self._sql["holdings"], (f"wallet:{wallet}",))
                    ),
                    nobodys=bool(unnamed),
                    elsewhere=bool(unnamed) and not alone and state != CardState.NEW,
                    partly=not (unnamed or alone),
                )
                for card, (shown, wallet, state, unnamed) in (fits or {}).items()
            ]

    async def cut_short(self, terminal: TerminalId, kind: str) -> CutShort | None:
        """See `core.ports.Books`."""
        async with self._reading() as run:
            return await batched.cut_short(run, terminal, kind)

    async def _numbered(
        self, run: aiosqlite.Connection, of: Numbers
    ) -> dict[str, tuple[str, str, str, bool]]:
        """Cards that are known by one of those numbers: it, the wallet, the state, whether nobody's name."""
        found: dict[str, tuple[str, str, str, bool]] = {}
        numbers = list(of)
        for at in range(0, len(numbers), _NUMBERS_AT_ONCE):
            asked = [
                (number, token)
                for number in numbers[at : at + _NUMBERS_AT_ONCE]
                for key in keys(number)
                for token in self._secret.tokens(key)
            ]
            tokens = b"".join(token for _, token in asked)
            for place, card, wallet, state, unnamed in await run.execute_fetchall(
                self._sql["accounts_by_card"], (tokens,)
            ):
                found[card] = (asked[place][0], wallet, state, unnamed)
        return found

    async def _led_to(self, tokens: Sequence[bytes]) -> tuple[bytes, Tapped | None]:
        """By which of them; None: by none."""
        # One statement: one state of the ledger, and one way to the reading thread and back.
        async with self._reading() as run:
            for token in tokens:
                if rows := await self._tapped(run, token):
                    return token, Tapped(rows)
        return tokens[0], None

    async def _tapped(self, run: aiosqlite.Connection, token: bytes) -> Sequence[Any]:
        with suppress(sqlite3.Error):
            return list(await run.execute_fetchall(self._sql["tapped"], (token,)))
        # It may be the keys, whose damage is none of the ledger's; or who attached them was ended half way.
        async with self._attaching:
            await self._attach(run, with_keys=False)
        return list(await run.execute_fetchall(self._sql["tapped"], (token,)))

    async def _attach(self, run: aiosqlite.Connection, *, with_keys: bool) -> None:
        """The members' keys beside the ledger; where they are not there, or not wanted, a table of none."""
        self._keyed = False
        with suppress(sqlite3.Error):  # There is none at first.
            await run.execute("DETACH keys")
        if with_keys:
            with suppress(sqlite3.Error):
                await run.execute("ATTACH ? AS keys", (f"file:{quote(str(self._keys))}?mode=ro",))
                await run.execute_fetchall(self._sql["any_key"])
                self._keyed = True
                return
            with suppress(sqlite3.Error):
                await run.execute("DETACH keys")
        await run.execute("ATTACH ':memory:' AS keys")
        await run.execute("PRAGMA query_only = OFF")
        try:
            await run.execute(
                "CREATE TABLE keys.keys (member TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT"
            )
        finally:
            await run.execute("PRAGMA query_only = ON")

    async def knows_anybody(self) -> bool:
        """Whether there is a card, code or phone that leads to a wallet."""
        async with self._reading() as run:
            return await _first(run, self._sql["any_token"]) is not None

    async def _known(self, token: bytes) -> MemberRow | None:
        """Of a wallet that another site gave away since, what is told of whoever holds it now."""
        try:
            row = await self.guests.known(token)
        except LedgerClosed:  # The file of data sets cannot be read now: then nobody is known by it.
            return None
        if row is None:
            return None
        async with self._reading() as run:
            given = await _first(run, self._sql["given_to"], row.wallet)
        return row if given is None else of_today(row, given[0], token.hex())

    async def _guest(self, token: bytes, credential: Credential) -> Holder | None:
        """Known by headquarters' word; what lies on the wallet here, if anything does."""
        row = await self._known(token)
        if row is None:
            return None
        holder = await self._led_by(row, credential)
        if holder.card is not None:
            state, _, listed = await self._stands(holder.card)
            await self.guests.check(holder.card, listed)
            if state is not None and state is not CardState.ACTIVE:
                raise refusal_of(state)
        return holder

    async def _stands(self, card: CardId) -> tuple[CardState | None, str, str | None]:
        """State and last day where it was met here, and what a directive said of it last."""
        async with self._reading() as run:
            kept = await _first(run, self._sql["card"], card)
            listed = await _first(run, self._sql["hot"], card)
        return CardState(kept[1]) if kept else None, kept[3] if kept else "", listed[0] if listed else None

    async def _led_by(self, row: MemberRow, credential: Credential) -> Holder:
        """Whoever headquarters says that it is, whatever state their card is in."""
        token = self.token(credential)
        led = next((key for key in row.keys if key.token == token), None)
        card = led.card if led else None
        async with self._reading() as run:
            wallet = row.wallet
            known = await _first(run, self._sql["wallet"], wallet)
            while known is not None and known[2] is not None:
                wallet, known = known[2], await _first(run, self._sql["wallet"], known[2])
            held = await run.execute_fetchall(self._sql["holdings"], (f"wallet:{wallet}",))
            kept = await _first(run, self._sql["card"], card) if card else None
        after = balances((unit, balance) for unit, balance in held)
        phone = masked_phone(row.known.phone)
        return Holder(
            wallet=wallet,
            member=row.member,
            card=card,
            name_shown=masked_name(row.known.name) or phone,
            number_shown=number_shown(credential, phone),
            tier=known[1] if known else row.tier,
            principal=after.principal,
            bonus=after.bonus,
            points=after.points.get("goods", 0),
            coupons=after.coupons,
            card_until=kept[3] if kept else "",
            card_kind=kept[4] if kept else kind_led_by(row.keys, led),
            since=0 if known else row.since,
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
            uses = await run.execute_fetchall(self._sql["uses_of"], (wallet,)) if wallet else ()
            kept = await _first(run, self._sql["card"], card) if card else None
            told = await shifts.figures(run, entry) if report_of(found.payload) else None
            of = await self._undid(run, found.payload)
            listed = await batched.listed(run, found)
        after = balances((row[0], row[1]) for row in held) if held is not None else None
        if after is not None and after.uses:
            after = without_ended(after, [_uses_kept(*row) for row in uses], found.at.business_day)
        answered = answer(found, row[1], after, kept[2] if kept else "", again=True)
        return replace(answered, figures=told, undid=of, listed=listed)

    async def _undid(self, run: aiosqlite.Connection, command: Command) -> Undid | None:
        if (entry := undone_by(command)) is None:
            return None
        row = await _first(run, self._sql["entry_by_id"], id_bytes(entry))
        if row is not None:
            return undid(decoded(row[2]), row[1])
        came = await _first(run, self._sql["sale_came"], id_bytes(entry))
        return undid(decoded(came[0]), None) if came else None

    async def receipt(self, number: ReceiptNumber) -> Receipt | None:
        async with self._reading() as run:
            return await receipts.receipt(run, number)

    async def receipts_of(self, wallet: WalletId, kinds: Collection[str]) -> Sequence[Receipt]:
        async with self._reading() as run:
            return await receipts.receipts_of(run, wallet, kinds)

    async def receipts_at(
        self, terminal: TerminalId, business_day: str, kinds: Collection[str], since: str = ""
    ) -> Sequence[Receipt]:
        async with self._reading() as run:
            return await receipts.receipts_at(run, terminal, business_day, kinds, since)

    async def shift_now(self, terminal: TerminalId) -> ShiftNow:
        async with self._reading() as run:
            return await shifts.shift_now(run, terminal)

    async def figures(self, report: EntryId) -> ShiftFigures:
        async with self._reading() as run:
            return await shifts.figures(run, report)

    async def open_intents(self) -> Sequence[BookIntent]:
        """What was begun outside and has no end yet, oldest first (I11)."""
        async with self._reading() as run:
            rows = await run.execute_fetchall(self._sql["open_intents"], (_WAITING_MAX,))
            found = [decoded(row[0]).payload for row in rows]
        return [intent for intent in found if isinstance(intent, BookIntent)]

    async def found(self, text: str) -> Sequence[Person]:
        """See `core.ports.Books`."""
        number = text.strip().upper()
        async with self._reading() as run:
            if _NUMBER.fullmatch(number) and (
                people := await self._people(run, self._sql["people_by_token"], self._tokens_of(number))
            ):
                return people
            asked = [self._secret.traces(trace) for trace in asked_traces(text)]
            # Whoever is stored under a key of before is so by all that they are found by.
            found: dict[WalletId, Person] = {}
            for traces in zip(*asked, strict=True):
                others = ["has_trace"] * (len(traces) - 1)
                statement = "\n".join(self._sql[one] for one in ("people", *others, "people_at_most"))
                values = [(traces[0], _TRACED_MAX, *traces[1:], FOUND_MAX)]
                for person in await self._people(run, statement, values):
                    found.setdefault(person.wallet, person)
        return list(found.values())[:FOUND_MAX]

    def _tokens_of(self, number: str) -> Sequence[tuple[bytes, ...]]:
        """Under each key, of whatever has such a number."""
        each = [
            self._secret.tokens(Credential(medium=medium, number=number))
            for medium in Medium
            if medium is not Medium.SHOWN
        ]
        return list(zip(*each, strict=True))

    async def _people(
        self, run: aiosqlite.Connection, statement: str, values: Sequence[Sequence[object]]
    ) -> list[Person]:
        rows = [row for some in values for row in await run.execute_fetchall(statement, some)]
        return [
            Person(wallet=WalletId(row[0]), member=MemberId(row[1]), name_shown=row[2], phone_shown=row[3])
            for row in rows
        ]

    async def picture(self, holder: Holder) -> Picture:
        """See `core.ports.Books`."""
        last, self._last = self._last, None
        if last is not None and last[0] is holder and (known := last[1].picture(self._secret)) is not None:
            return known
        picture = await self.pictured(holder)
        if holder.member is not None and not self._keyed:  # The first member of all made that file.
            async with self._reading() as run, self._attaching:
                await self._attach(run, with_keys=True)
        return picture

    def changed(self) -> None:
        """What was read of the last who was here is not all that there is any more."""
        self._last = None

    async def kept_of(self, member: MemberId) -> Kept | None:
        """See `core.ports.Books`."""
        return await self.kept_by(member)

    async def services_of(self, member: MemberId, limit: int) -> Sequence[Service]:
        """See `core.ports.Books`."""
        return await self.served(member, limit)

    async def phone_of(self, person: Person) -> Credential | None:
        """See `core.ports.Books`."""
        private = await self.unsealed(person.member)
        return phone(private.phone) if private is not None and private.phone else None

    async def was_members(self, phone: Credential) -> bool:
        """See `core.ports.Books`: those whose masked phone is like it, opened one after the other."""
        async with self._reading() as run:
            found = await run.execute_fetchall(self._sql["members_like"], (masked_phone(phone.number),))
        for (member,) in found:
            private = await self.unsealed(MemberId(member))
            if private is not None and private.phone == phone.number:
                return True
        return False

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

    async def began_since(self, wallet: WalletId, after: int) -> bool:
        """See `core.site.SiteLedger`."""
        async with self._reading() as run:
            begun = await _first(run, self._sql["begun_by"], wallet)
        return begun is not None and begun[0] not in AS_A_VISITOR and begun[1] > after

    async def ended(self, after: tuple[str, str], today: str, limit: int) -> Sequence[tuple[WalletId, str]]:
        """See `desk.expiring.Ended`."""
        async with self._reading() as run:
            return [
                (WalletId(wallet), unit)
                for wallet, unit in await run.execute_fetchall(
                    self._sql["lots_ended"], (*after, today, limit)
                )
            ]

    async def coupons_ended(self, after: WalletId, today: str, limit: int) -> Sequence[WalletId]:
        """See `desk.expiring.Ended`."""
        async with self._reading() as run:
            rows = await run.execute_fetchall(self._sql["coupons_ended"], (after, today, limit))
        return [WalletId(wallet) for (wallet,) in rows]

    async def cards_ended(self, after: str, today: str, limit: int) -> Sequence[CardId]:
        """See `desk.expiring.Ended`."""
        async with self._reading() as run:
            rows = await run.execute_fetchall(self._sql["cards_ended"], (after, today, limit))
        return [CardId(card) for (card,) in rows]

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
            self._last = None
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
        except sqlite3.Error as fault:
            raise self._met(closed_by(fault, "cannot be read")) from fault
        except NotCanonical as fault:
            raise self._met(LedgerDamaged(f"an entry's body: {fault}")) from fault
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    def _met(self, fault: LedgerClosed | LedgerDamaged) -> LedgerClosed | LedgerDamaged:
        """Whoever asked may go on without the answer; the shop may not."""
        if isinstance(fault, LedgerDamaged):
            self._on_damage(fault)
        return fault

    async def _opened(self) -> aiosqlite.Connection:
        if self._closed:
            raise LedgerClosed("the ledger is closed")
        if self._open is None:
            opened = await self._threads.reading(f"file:{quote(str(self._path))}?mode=rw")
            try:
                await opened.execute("PRAGMA query_only = ON")
                await opened.execute("PRAGMA wal_autocheckpoint = 0")
                await self._attach(opened, with_keys=True)
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


def _uses_kept(unit: str, rest: int, until: str, sold: str) -> UsesKept:
    version = read(sold)
    return UsesKept(unit=unit, amount=rest, until=until, name=version.name if version is not None else "")
