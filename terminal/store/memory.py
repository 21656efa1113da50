"""The ledger's twin in memory: the same ports, the same rules, no file. For tests and simulations."""

from __future__ import annotations

import asyncio
import hmac
from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256

from msgspec.structs import replace

from terminal.core.accounts import Account, Owner
from terminal.core.canonical import NotCanonical, decoded, encoded
from terminal.core.commands import Balances, Booked, BookIntent, Command, Private, card_of
from terminal.core.entry import GENESIS, Entry, Link, chained
from terminal.core.errors import IdReused, LedgerClosed, LedgerDamaged, NotBookable, refusal_of
from terminal.core.ledger import NOT_AGAIN, Posted, kind_of, posted, posted_again, prints, replayed
from terminal.core.ledger.effects import Effect, KeysDropped
from terminal.core.ledger.rules import current
from terminal.core.rights import Want
from terminal.core.site import AS_A_VISITOR, Edit, Healed, Standing, Touched, check_selling
from terminal.core.trust import Credential, Holder, Medium, masked_name, masked_phone
from terminal.core.values import CardId, EntryId, SiteId, WalletId
from terminal.core.wire.people import KeyToken, Known, MemberRow
from terminal.store.answers import Place, answer, balances, entry_of, id_bytes, redo_of, wallet_in
from terminal.store.effects import TOLD
from terminal.store.guests import Guests
from terminal.store.memory_sets import MemorySets
from terminal.store.memory_state import MemoryState

_STAYS = ("sets", "_guests", "_news", "_closed", "committer", "books", "outbox", "print_jobs", "link")
"""What others hold."""


class MemoryLedger(MemoryState):
    """All ports of a ledger in one; also the `State` of its own transactions."""

    def __init__(self, site: SiteId, instance: str = "memory", token_key: bytes = b"") -> None:
        """`token_key`: the merchant's, by which all its sites find the same people."""
        super().__init__(site)
        self._token_key = token_key
        self.sets = MemorySets()
        self._guests = Guests(self.sets, lambda: self.standing().sets)
        self._edits: dict[WalletId, tuple[EntryId, int]] = {}
        """Entry that changed its people last, and the hq_epoch under which headquarters has it."""
        self.instance = instance
        self.links: list[Link] = []
        self.answers: dict[EntryId, Booked] = {}
        self.jobs: dict[EntryId, str] = {}
        self._receipts: defaultdict[str, int] = defaultdict(int)
        self._acked = 0
        self._news = asyncio.Condition()
        self._closed = False
        self._standing = Standing(epoch=1)
        self.committer = self.books = self.outbox = self.print_jobs = self.link = self

    # Committer.

    async def submit(self, command: Command, private: Private | None = None) -> Booked:
        if self._closed:
            raise LedgerClosed("the ledger is closed")
        id_bytes(command.id)
        if (known := self.answers.get(command.id)) is not None:
            if known.command != command:
                raise IdReused(f"entry {known.seq} is another command")
            return replace(known, again=True)
        check_selling(self.standing())
        done = posted(command, self)
        self.check(done.effects, private)
        booked = self._book(command, done, private or Private())
        async with self._news:
            self._news.notify_all()
        return booked

    def _book(self, command: Command, done: Posted, private: Private) -> Booked:
        terminal, epoch = command.at.terminal, self._standing.epoch
        printed = prints(kind_of(command))
        receipt = f"{terminal}-{epoch}-{self._receipts[terminal] + 1}" if printed else ""
        entry = entry_of(command, done, Place(self.site, epoch, len(self.links) + 1, receipt))
        try:
            body = encoded(entry)
        except NotCanonical as fault:
            raise NotBookable(str(fault)) from fault
        if printed:
            self._receipts[terminal] += 1
            self.jobs[command.id] = "waiting"
        return self._write(entry, body, done, private)

    def _write(self, entry: Entry, body: bytes, done: Posted, private: Private) -> Booked:
        before = self.links[-1].hash if self.links else GENESIS
        self.links.append(Link(seq=entry.seq, body=body, hash=chained(before, body)))
        self.keep(entry, done, private)
        for effect in done.effects:
            if isinstance(effect, TOLD) and entry.redo is None:
                self._edits[effect.wallet] = entry.id, 0
        self.answers[entry.id] = self._answered(entry)
        return self.answers[entry.id]

    def _answered(self, entry: Entry) -> Booked:
        card, wallet = card_of(entry.payload), wallet_in(entry)
        shown = self.cards_shown.get(card, "") if card else ""
        after = self._after(wallet) if wallet else None
        return answer(entry, self.links[-1].hash, after, shown, again=False)

    async def look_up(self, entry: EntryId) -> Booked | None:
        return await self.booked(entry)

    # Books.

    async def holder(self, credential: Credential) -> Holder | None:
        known = self.keys.get((credential.medium, credential.number))
        if known is None:
            return await self._guest(credential)
        wallet, card = known
        await self._check(card)
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

    async def _check(self, card: CardId | None) -> None:
        if card is None:
            return
        await self._guests.check(card, self.hot.get(card))
        if card in self.cards and not self.cards[card].active:
            raise refusal_of(self.cards[card].state)

    async def _guest(self, credential: Credential) -> Holder | None:
        token = self.token(credential)
        row = await self._guests.known(bytes.fromhex(token))
        if row is None:
            return None
        card = next((key.card for key in row.keys if key.token == token), None)
        await self._check(card)
        wallet = current(row.wallet, self)
        here, after = self.wallets.get(wallet), self._after(wallet)
        phone = masked_phone(row.known.phone)
        number = phone if credential.medium is Medium.PHONE else f"****{credential.number[-4:]}"
        return Holder(
            wallet=wallet,
            member=row.member,
            card=card,
            name_shown=masked_name(row.known.name) or phone,
            number_shown=number,
            tier=here.tier if here else row.tier,
            principal=after.principal,
            bonus=after.bonus,
            points=after.points.get("goods", 0),
            coupons=after.coupons,
            guest=here is None or (card is not None and card not in self.cards),
        )

    def token(self, credential: Credential) -> str:
        said = f"{credential.medium}:{credential.number}".encode()
        return hmac.digest(self._token_key, said, sha256).hex()

    async def keep_asked(self, row: MemberRow) -> None:
        await self._guests.keep(row)

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
        return self._standing.epoch

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

    # SiteLedger.

    def standing(self) -> Standing:
        hq_epoch, fed = self.fed
        return replace(
            self._standing,
            fed=fed if hq_epoch == self._standing.hq_epoch else 0,
            sets={name: manifest for name, (_, manifest) in self.sets_active.items()},
        )

    async def stands(self, standing: Standing) -> None:
        self._standing = replace(standing, epoch=self._standing.epoch)

    async def passed(self, m: int) -> None:
        self.fed = (self._standing.hq_epoch, m)

    async def applied(self, directive: EntryId) -> bool:
        return directive in self.answers

    async def edits(self, limit: int) -> Sequence[Edit]:
        waiting = [
            (wallet, edit) for wallet, (edit, held) in self._edits.items() if held < self._standing.hq_epoch
        ]
        return [self._edit(wallet, edit) for wallet, edit in waiting[:limit]]

    def _edit(self, wallet: WalletId, edit: EntryId) -> Edit:
        member = self.wallets[wallet].member
        private = self.privates.get(member) if member else None
        known = Known(name=private.name, phone=private.phone, plate=private.plate) if private else None
        keys = [
            KeyToken(
                token=self.token(Credential(medium=medium, number=number)),
                card=card,
                shown=self.cards_shown.get(card, "") if card else "",
            )
            for (medium, number), (owner, card) in self.keys.items()
            if owner == wallet
        ]
        return Edit(id=edit, wallet=wallet, member=member, known=known, keys=tuple(keys), traces=())

    async def edits_held(self, edits: Sequence[EntryId], hq_epoch: int) -> None:
        for wallet, (edit, _) in self._edits.items():
            if edit in edits:
                self._edits[wallet] = edit, hq_epoch

    async def touched(self, after: int, upto: int) -> Sequence[Touched]:
        return [
            Touched(
                held=Want(account=account.name, amount=self.balances[account]),
                home=self._is_home(account),
                began_here=self.begun_by.get(WalletId(account.of), "directive") not in AS_A_VISITOR,
            )
            for account, seq in self.last.items()
            if after < seq <= upto and account.owner is Owner.WALLET and self.balances[account] > 0
        ]

    def _is_home(self, account: Account) -> bool:
        return any(lot in self.answers for lot in self.laid[WalletId(account.of), "principal"])

    async def heal(self, epoch: int) -> MemoryHealing:
        return MemoryHealing(self, epoch)

    # PrintJobs.

    async def printed(self, entry: EntryId) -> None:
        self.jobs[entry] = "printed"

    async def doubtful(self, entry: EntryId, why: str) -> None:
        del why
        if self.jobs.get(entry) == "waiting":
            self.jobs[entry] = "doubtful"

    # A healed chain.

    def begin(self, standing: Standing) -> None:
        """A ledger that stands so with headquarters before its first entry."""
        self._standing = standing

    def replay(self, body: bytes) -> Posted:
        """See `Shelf.replay`."""
        entry = decoded(body)
        if (entry.site, entry.seq) != (self.site, len(self.links) + 1):
            raise LedgerDamaged(f"after seq {len(self.links)}: an entry of {entry.site}, seq {entry.seq}")
        done = replayed(entry, self)
        self._write(entry, body, done, Private())
        return done

    def book_again(self, old: Entry, old_hash: bytes) -> bool:
        """See `Shelf.book_again`."""
        if old.kind in NOT_AGAIN or old.id in self.answers:
            return False
        place = Place(self.site, self._standing.epoch, len(self.links) + 1, old.receipt)
        done = posted_again(old, self)
        entry = entry_of(old.payload, done, place, redo_of(old, old_hash))
        self._write(entry, encoded(entry), done, Private())
        return True

    def copy_personal(self, old: MemoryLedger, gone: Sequence[Effect]) -> None:
        """What is in no body, without what entries that were not here took away."""
        self.privates = {one: known for one, known in old.privates.items() if one not in self.erased}
        self._edits = {wallet: one for wallet, one in old._edits.items() if wallet in self.wallets}
        self.profiles = {one: known for one, known in old.profiles.items() if one not in self.erased}
        self.cards_shown = {card: old.cards_shown.get(card, "") for card in self.cards}
        self.keys = {
            key: (current(wallet, self), card)
            for key, (wallet, card) in old.keys.items()
            if wallet in self.wallets
        }
        for effect in gone:
            if isinstance(effect, KeysDropped):
                leads = (effect.wallet, effect.card)
                self.keys = {key: one for key, one in self.keys.items() if one != leads}
        self.jobs = {
            entry: "printed" if state == "printed" else "doubtful"
            for entry, state in old.jobs.items()
            if entry in self.answers
        }

    def become(self, fresh: MemoryLedger, acked: int) -> None:
        """No await in it: the others of this event loop see all of it or nothing."""
        kept = {name: self.__dict__[name] for name in _STAYS}
        self.__dict__ |= fresh.__dict__ | kept
        self._acked = acked

    async def close(self) -> None:
        self._closed = True

    def _after(self, wallet: WalletId) -> Balances:
        held = [(account.unit, n) for account, n in self.balances.items() if account.of == wallet]
        return balances(held)


class MemoryHealing:
    """The `Healing` port: a twin of the twin, whose content is taken over at the end, at once."""

    def __init__(self, old: MemoryLedger, epoch: int) -> None:
        self._old = old
        self._fresh = MemoryLedger(old.site, old.instance)
        self._fresh.begin(Standing(epoch=epoch, hq_epoch=old.standing().hq_epoch))
        self._common = 0
        self._gone: list[Effect] = []

    @property
    def seq(self) -> int:
        return len(self._fresh.links)

    async def take(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            done = self._fresh.replay(body)
            ours = self._old.links[self._common : self._common + 1]
            if self._common == self.seq - 1 and ours == self._fresh.links[-1:]:
                self._common = self.seq
            else:
                self._gone += done.effects

    async def finish(self, head: bytes) -> Healed:
        if (await self._fresh.head())[1] != head:
            raise LedgerDamaged("headquarters' chain ends in another hash")
        pulled = self.seq
        old = [(decoded(link.body), link.hash) for link in self._old.links]
        again = sum(self._fresh.book_again(entry, entry_hash) for entry, entry_hash in old)
        left = sum(entry.kind in NOT_AGAIN and entry.id not in self._fresh.answers for entry, _ in old)
        self._fresh.copy_personal(self._old, self._gone)
        self._old.become(self._fresh, pulled)
        return Healed(epoch=await self._fresh.epoch(), pulled=pulled, again=again, left=left)

    async def drop(self) -> None:
        """Nothing lies anywhere."""
