"""The ledger's twin in memory: the same ports, the same rules, no file. For tests and simulations."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from msgspec.structs import replace

from terminal.core.accounts import Account
from terminal.core.canonical import encoded
from terminal.core.commands import Balances, Booked, Command, Opens, Private, card_of, opens_of
from terminal.core.entry import GENESIS, VERSION, Entry, Link, chained
from terminal.core.errors import AlreadyMember, IdReused, LedgerClosed
from terminal.core.ledger import Card, Lot, Posted, kind_of, posted, prints
from terminal.core.trust import Credential, Holder, Medium, masked, masked_phone
from terminal.core.values import CardId, EntryId, MemberId, SiteId, WalletId
from terminal.store.answers import answer, balances, id_bytes


class MemoryLedger:
    """`Committer`, `Books`, `Outbox` and `PrintJobs` in one; also the `State` of its own transactions."""

    def __init__(self, site: SiteId, instance: str = "memory") -> None:
        self.site = site
        self.instance = instance
        self.links: list[Link] = []
        self.answers: dict[EntryId, Booked] = {}
        self.balances: defaultdict[Account, int] = defaultdict(int)
        self.jobs: dict[EntryId, str] = {}
        self._lots: dict[tuple[WalletId, str], dict[str, int]] = {}
        self._wallets: dict[WalletId, MemberId | None] = {}
        self._cards: dict[CardId, tuple[Card, str]] = {}
        self._keys: dict[tuple[Medium, str], tuple[WalletId, CardId | None]] = {}
        self._phones: dict[WalletId, str] = {}
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
        keys = private.credentials if private else ()
        if any((key.medium, key.number) in self._keys for key in keys):
            raise AlreadyMember("somebody has that card or phone")
        booked = self._book(command, done, private or Private())
        async with self._news:
            self._news.notify_all()
        return booked

    def _book(self, command: Command, done: Posted, private: Private) -> Booked:
        kind, before = kind_of(command), self.links[-1].hash if self.links else GENESIS
        receipt = ""
        if prints(kind):
            self._receipts[command.at.terminal] += 1
            receipt = f"{command.at.terminal}-1-{self._receipts[command.at.terminal]}"
            self.jobs[command.id] = "waiting"
        entry = Entry(
            v=VERSION,
            site=self.site,
            epoch=1,
            seq=len(self.links) + 1,
            id=command.id,
            kind=kind,
            at=command.at,
            receipt=receipt,
            postings=tuple((account.name, amount) for account, amount in done.postings),
            lots=done.lots,
            payload=command,
        )
        body = encoded(entry)
        self.links.append(Link(seq=entry.seq, body=body, hash=chained(before, body)))
        for account, amount in done.postings:
            self.balances[account] += amount
        for lot in done.lots:
            if done.wallet is not None:
                rests = self._lots.setdefault((done.wallet, lot.unit), {})
                rests[lot.lot] = rests.get(lot.lot, 0) + lot.amount
        if (opens := opens_of(command)) is not None:
            self._open(opens, private)
        card = card_of(command)
        shown = self._cards[card][1] if card else ""
        after = self._after(done.wallet) if done.wallet else None
        self.answers[command.id] = answer(entry, self.links[-1].hash, after, shown, again=False)
        return self.answers[command.id]

    def _open(self, opens: Opens, private: Private) -> None:
        self._wallets[opens.wallet] = opens.member
        self._phones[opens.wallet] = private.phone
        for key in private.credentials:
            card = None if key.medium is Medium.PHONE else opens.card
            self._keys[key.medium, key.number] = opens.wallet, card
        if opens.card is not None:
            number = next((key.number for key in private.credentials if key.medium is not Medium.PHONE), "")
            self._cards[opens.card] = Card(wallet=opens.wallet, active=True), masked(number)

    async def look_up(self, entry: EntryId) -> Booked | None:
        return await self.booked(entry)

    # State.

    def opened(self, wallet: WalletId) -> bool:
        return wallet in self._wallets

    def card(self, card: CardId) -> Card | None:
        known = self._cards.get(card)
        return known[0] if known else None

    def balance(self, account: Account) -> int:
        return self.balances.get(account, 0)

    def lots(self, wallet: WalletId, unit: str) -> Sequence[Lot]:
        return [Lot(lot=lot, rest=rest) for lot, rest in self._lots.get((wallet, unit), {}).items() if rest]

    # Books.

    async def holder(self, credential: Credential) -> Holder | None:
        known = self._keys.get((credential.medium, credential.number))
        if known is None:
            return None
        wallet, card = known
        after, phone = self._after(wallet), masked_phone(self._phones[wallet])
        number = phone if credential.medium is Medium.PHONE else f"****{credential.number[-4:]}"
        return Holder(
            wallet=wallet,
            member=self._wallets[wallet],
            card=card,
            name_shown=phone if self._wallets[wallet] else "",
            number_shown=number,
            tier="regular",
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
