"""The ledger's twin in memory: the same ports, the same rules, no file. For tests and simulations."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from msgspec.structs import replace

from terminal.core.canonical import NotCanonical, encoded
from terminal.core.commands import Balances, Booked, BookIntent, Command, Private, card_of
from terminal.core.entry import GENESIS, Entry, Link, chained
from terminal.core.errors import IdReused, LedgerClosed, NotBookable
from terminal.core.ledger import Posted, kind_of, posted, prints
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import EntryId, SiteId, WalletId
from terminal.store.answers import Place, answer, balances, entry_of, id_bytes, wallet_in
from terminal.store.memory_state import MemoryState


class MemoryLedger(MemoryState):
    """`Committer`, `Books`, `Outbox` and `PrintJobs` in one; also the `State` of its own transactions."""

    def __init__(self, site: SiteId, instance: str = "memory") -> None:
        super().__init__(site)
        self.instance = instance
        self.links: list[Link] = []
        self.answers: dict[EntryId, Booked] = {}
        self.jobs: dict[EntryId, str] = {}
        self._receipts: defaultdict[str, int] = defaultdict(int)
        self._acked = 0
        self._news = asyncio.Condition()
        self._closed = False
        self.committer = self.books = self.outbox = self.print_jobs = self

    # Committer.

    async def submit(self, command: Command, private: Private | None = None) -> Booked:
        if self._closed:
            raise LedgerClosed("the ledger is closed")
        id_bytes(command.id)
        if (known := self.answers.get(command.id)) is not None:
            if known.command != command:
                raise IdReused(f"entry {known.seq} is another command")
            return replace(known, again=True)
        done = posted(command, self)
        self.check(done.effects, private)
        booked = self._book(command, done, private or Private())
        async with self._news:
            self._news.notify_all()
        return booked

    def _book(self, command: Command, done: Posted, private: Private) -> Booked:
        terminal, before = command.at.terminal, self.links[-1].hash if self.links else GENESIS
        printed = prints(kind_of(command))
        receipt = f"{terminal}-1-{self._receipts[terminal] + 1}" if printed else ""
        entry = entry_of(command, done, Place(self.site, 1, len(self.links) + 1, receipt))
        try:
            body = encoded(entry)
        except NotCanonical as fault:
            raise NotBookable(str(fault)) from fault
        if printed:
            self._receipts[terminal] += 1
            self.jobs[command.id] = "waiting"
        self.links.append(Link(seq=entry.seq, body=body, hash=chained(before, body)))
        self.keep(entry, done, private)
        self.answers[command.id] = self._answered(entry)
        return self.answers[command.id]

    def _answered(self, entry: Entry) -> Booked:
        card, wallet = card_of(entry.payload), wallet_in(entry)
        shown = self.cards_shown[card] if card else ""
        after = self._after(wallet) if wallet else None
        return answer(entry, self.links[-1].hash, after, shown, again=False)

    async def look_up(self, entry: EntryId) -> Booked | None:
        return await self.booked(entry)

    # Books.

    async def holder(self, credential: Credential) -> Holder | None:
        known = self.keys.get((credential.medium, credential.number))
        if known is None:
            return None
        wallet, card = known
        if card is not None and not self.cards[card].active:
            return None
        of, after = self.wallets[wallet], self._after(wallet)
        name, phone = self.profiles.get(of.member, ("", "")) if of.member else ("", "")
        number = phone if credential.medium is Medium.PHONE else f"****{credential.number[-4:]}"
        return Holder(
            wallet=wallet,
            member=of.member,
            card=card,
            name_shown=name,
            number_shown=number,
            tier=of.tier,
            principal=after.principal,
            bonus=after.bonus,
            points=after.points.get("goods", 0),
            coupons=after.coupons,
        )

    async def booked(self, entry: EntryId) -> Booked | None:
        known = self.answers.get(entry)
        return replace(known, again=True) if known else None

    async def waiting_prints(self) -> Sequence[EntryId]:
        return [entry for entry, state in self.jobs.items() if state != "printed"]

    async def open_intents(self) -> Sequence[BookIntent]:
        found = [self.entries[one.intent].payload for one in self.intents.values() if not one.end]
        return [intent for intent in found if isinstance(intent, BookIntent)]

    # Outbox.

    async def head(self) -> tuple[int, bytes]:
        return (self.links[-1].seq, self.links[-1].hash) if self.links else (0, GENESIS)

    async def acked(self) -> int:
        return self._acked

    async def epoch(self) -> int:
        return 1

    async def after(self, seq: int, limit: int) -> Sequence[Link]:
        return self.links[seq : seq + limit]

    async def hash_at(self, seq: int) -> bytes:
        if not 0 <= seq <= len(self.links):
            raise LookupError(f"no entry {seq}")
        return self.links[seq - 1].hash if seq else GENESIS

    async def acknowledge(self, seq: int) -> None:
        if self._acked < seq <= len(self.links):
            self._acked = seq

    async def grown(self, beyond: int) -> None:
        async with self._news:
            await self._news.wait_for(lambda: len(self.links) > beyond)

    def waiting(self) -> int:
        return len(self.links) - self._acked

    # PrintJobs.

    async def printed(self, entry: EntryId) -> None:
        self.jobs[entry] = "printed"

    async def doubtful(self, entry: EntryId, why: str) -> None:
        del why
        if self.jobs.get(entry) == "waiting":
            self.jobs[entry] = "doubtful"

    async def close(self) -> None:
        self._closed = True

    def _after(self, wallet: WalletId) -> Balances:
        held = [(account.unit, n) for account, n in self.balances.items() if account.of == wallet]
        return balances(held)
