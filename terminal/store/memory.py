"""The ledger's twin in memory: the same ports, the same rules, no file. For tests and simulations."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.accounts import Account, Owner
from terminal.core.accounts import coupon as coupon_of
from terminal.core.batches import CardAccount, Chosen, CutShort, keys
from terminal.core.canonical import NotCanonical, decoded, encoded
from terminal.core.cards import CardState
from terminal.core.cards_held import CardHeld, CardsHeld
from terminal.core.cart import Family
from terminal.core.codes import ReceiptNumber, phone
from terminal.core.commands import (
    Balances,
    Booked,
    BookIntent,
    Command,
    Kept,
    Private,
    Purse,
    card_of,
    undone_by,
)
from terminal.core.entry import GENESIS, Entry, Link, chained
from terminal.core.errors import IdReused, LedgerClosed, LedgerDamaged, NotBookable, refusal_of
from terminal.core.figures import ShiftFigures, ShiftNow
from terminal.core.following import is_after
from terminal.core.held_coupons import held_coupons
from terminal.core.ledger import NOT_AGAIN, Posted, State, numbered, posted, posted_again, replayed
from terminal.core.ledger.debts import settles
from terminal.core.ledger.effects import (
    Effect,
    GivenElsewhere,
    KeysDropped,
    NotesDropped,
    PinDropped,
    ServicesDropped,
    VisitorForgotten,
)
from terminal.core.ledger.membership import check_decided_here, check_follows
from terminal.core.ledger.rules import current, ended
from terminal.core.original import Receipt
from terminal.core.picture import NOTHING, Picture, pictured
from terminal.core.rights import Want
from terminal.core.services import KEPT_MAX, Service, read, standing
from terminal.core.shift import report_of
from terminal.core.site import Announced, Edit, Healed, Standing, Touched, check_selling
from terminal.core.trust import Credential, Holder, Medium, Person, PointsRead, masked_name, masked_phone
from terminal.core.uses_kept import kept_uses
from terminal.core.values import CardId, EntryId, MemberId, SiteId, TerminalId, WalletId
from terminal.core.wire.people import KeyToken, Known, MemberRow, kind_led_by, token_of
from terminal.store.answers import (
    Place,
    answer,
    balances,
    edit_id,
    entry_of,
    id_bytes,
    id_day,
    id_ms,
    redo_of,
    undid,
    wallet_in,
    without_ended,
)
from terminal.store.batched import cut_short_in, listed_in
from terminal.store.effects import edits_of
from terminal.store.guests import Guests
from terminal.store.memory_pins import MemoryPins
from terminal.store.memory_sets import MemorySets
from terminal.store.memory_state import MemoryState
from terminal.store.readers import FOUND_MAX
from terminal.store.receipts import receipt_in, receipts_at_in, receipts_of_in
from terminal.store.sealed import asked_traces, traces_of
from terminal.store.shifts import figures_in, shift_in
from terminal.store.tapped import named_by, of_today

T = TypeVar("T")
_OF_PHONES = frozenset({Medium.PHONE, Medium.SHOWN})
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
        self._edits: dict[WalletId, tuple[EntryId, int, int]] = {}
        """Entry that changed its people last, its turn, and the hq_epoch under which headquarters has it."""
        self.instance = instance
        self.links: list[Link] = []
        self.answers: dict[EntryId, Booked] = {}
        self.jobs: dict[EntryId, str] = {}
        self._receipts: defaultdict[str, int] = defaultdict(int)
        self._acked = 0
        self._news = asyncio.Condition()
        self._closed = False
        self._standing = Standing(epoch=1)
        self.pin_book = MemoryPins(self)
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
        check_decided_here(command, self)
        check_follows(command, self)
        done = posted(command, self)
        self.check(done.effects, private)
        booked = self._book(command, done, private or Private())
        async with self._news:
            self._news.notify_all()
        return booked

    async def submit_all(
        self, submissions: Sequence[tuple[Command, Private | None]]
    ) -> Sequence[Booked | BaseException]:
        ends = [self.submit(command, private) for command, private in submissions]
        return await asyncio.gather(*ends, return_exceptions=True)

    def _book(self, command: Command, done: Posted, private: Private) -> Booked:
        terminal, epoch = command.at.terminal, self._standing.epoch
        printed = numbered(command)
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
        trimmed = [one for one in done.effects if isinstance(one, NotesDropped) and self._notes(one)]
        self.keep(entry, done, private)
        edits = edits_of(done.effects, entry.id) if entry.redo is None else {}
        edits |= {wallet: edit_id(entry.id, wallet) for one in trimmed for wallet in one.wallets}
        for wallet, edit in edits.items():
            turn = 1 + max((turn for _, turn, _ in self._edits.values()), default=0)
            self._edits[wallet] = edit, max(turn, id_ms(edit)), 0
        self.answers[entry.id] = self._answered(entry)
        return self.answers[entry.id]

    def _notes(self, effect: NotesDropped) -> bool:
        """Whether anything is told that goes by it."""
        known = self.privates.get(effect.member)
        return known is not None and any(what in effect.what for what, _ in known.told)

    def _answered(self, entry: Entry) -> Booked:
        card, wallet = card_of(entry.payload), wallet_in(entry)
        shown = self.cards_shown.get(card, "") if card else ""
        after = self._after(wallet) if wallet else None
        return answer(entry, self.links[-1].hash, after, shown, again=False)

    async def look_up(self, entry: EntryId) -> Booked | None:
        known = self.answers.get(entry)
        return replace(known, again=True) if known else None

    async def ask(self, question: Callable[[State], T]) -> T:
        if self._closed:
            raise LedgerClosed("the ledger is closed")
        return question(self)

    # Books.

    async def holder(self, credential: Credential) -> Holder | None:
        known = self._led(credential)
        if known is None:
            return await self._guest(credential)
        if self._boxed(known[1]) and (met := await self._guest(credential)):
            return replace(met, guest=True)
        await self._check(known[1])
        holder = self._holder(credential, *known)
        if holder.member is None or holder.member in self.profiles:
            return holder
        return named_by(holder, await self._guests.known(bytes.fromhex(self.token(credential))), credential)

    def _boxed(self, card: CardId | None) -> bool:
        return card in self.cards and self.cards[card].state is CardState.NEW

    def _led(self, credential: Credential) -> tuple[WalletId, CardId | None] | None:
        if credential.medium is not Medium.SHOWN:
            return self.keys.get((credential.medium, credential.number))
        phones = (key for key in self.keys if key[0] is Medium.PHONE)
        tokens = {
            self.token(Credential(medium=medium, number=number)): (medium, number)
            for medium, number in phones
        }
        return self.keys[tokens[credential.number]] if credential.number in tokens else None

    async def cards_held(self, credential: Credential) -> CardsHeld | None:
        known = self._led(credential)
        if known is None:
            row = await self._known(credential)
            return await self._guests.cards(row, self._led_by(row, credential), self._stands) if row else None
        cards = {card for wallet, card in self.keys.values() if wallet == known[0] and card is not None}
        held = [self._held(card) for card in cards if card == known[1] or not self.cards[card].state.final]
        held.sort(key=lambda one: (one.shown, one.card))
        return CardsHeld(holder=self._holder(credential, *known), cards=tuple(held))

    async def coupons_of(self, kind: str) -> Sequence[str]:
        return self._coupons(kind, 1)

    async def coupons_gone(self, kind: str) -> Sequence[str]:
        return self._coupons(kind, 0)

    def _coupons(self, kind: str, balance: int) -> Sequence[str]:
        known = sorted(coupon for coupon, (_, terms) in self.coupons.items() if terms.kind == kind)
        return [one for one in known if self.balance(coupon_of(self.coupons[one][0], one)) == balance]

    async def accounts(self, chosen: Chosen) -> Sequence[CardAccount]:
        found = {
            card: (self.cards_shown[card], known.wallet)
            for card, known in self.cards.items()
            if not known.state.final and self._chosen(known.wallet, chosen)
        }
        if chosen.numbers is not None:
            numbered = {}
            for number in chosen.numbers:
                for key in keys(number):
                    wallet, card = self.keys.get((key.medium, key.number), (None, None))
                    if wallet is not None and card in found:
                        numbered[card] = (number, wallet)
            found = numbered
        held = [
            CardAccount(
                card=card,
                wallet=wallet,
                shown=shown,
                state=self.cards[card].state,
                left=tuple(self.holdings(wallet)),
                nobodys=self.wallets[wallet].member is None,
                elsewhere=(
                    not self.alone()
                    and self.wallets[wallet].member is None
                    and self.cards[card].state is not CardState.NEW
                ),
                partly=not self.alone() and self.wallets[wallet].member is not None,
            )
            for card, (shown, wallet) in found.items()
        ]
        return held if chosen.numbers else sorted(held, key=lambda one: (one.shown, one.card))

    async def cut_short(self, terminal: TerminalId, kind: str) -> CutShort | None:
        return cut_short_in(self._decoded(), self.cards_shown.__getitem__, terminal, kind)

    def _decoded(self) -> list[Entry]:
        return [decoded(link.body) for link in self.links]

    def _chosen(self, wallet: WalletId, chosen: Chosen) -> bool:
        of = self.wallets[wallet]
        return (
            of.into is None
            and (not chosen.tier or of.tier == chosen.tier)
            and (not chosen.issued_until or self.begun_on[wallet] <= chosen.issued_until)
        )

    def _held(self, card: CardId) -> CardHeld:
        known = self.cards[card]
        return CardHeld(
            card=card, shown=self.cards_shown[card], state=known.state, until=known.until, kind=known.kind
        )

    def _kind(self, wallet: WalletId, card: CardId | None) -> str:
        """Of a phone that of the first card that pays."""
        if card is not None:
            return self.cards[card].kind if card in self.cards else ""
        theirs = sorted((id_, one) for id_, one in self.cards.items() if one.wallet == wallet and one.active)
        return next((one.kind for _, one in theirs), "")

    def _holder(self, credential: Credential, wallet: WalletId, card: CardId | None) -> Holder:
        of, after, points = self.wallets[wallet], self._after(wallet), chart.points(wallet, Family.GOODS)
        name, phone = self.profiles.get(of.member, ("", "")) if of.member else ("", "")
        number = phone if credential.medium in _OF_PHONES else f"****{credential.number[-4:]}"
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
            points_read=PointsRead(
                lots=tuple((lot.until, lot.rest) for lot in self.lots(wallet, points.unit) if lot.until),
                owed=-self.balance(chart.debt(points)),
            ),
            coupons=after.coupons,
            card_until=self.cards[card].until if card in self.cards else "",
            card_kind=self._kind(wallet, card),
            units=tuple(unit for unit, _ in self.holdings(wallet)),
        )

    async def _check(self, card: CardId | None) -> None:
        if card is None:
            return
        await self._guests.check(card, self.hot.get(card))
        if card in self.cards and not self.cards[card].active:
            raise refusal_of(self.cards[card].state)

    async def _guest(self, credential: Credential) -> Holder | None:
        row = await self._known(credential)
        if row is None:
            return None
        holder = self._led_by(row, credential)
        await self._check(holder.card)
        return holder

    async def _known(self, credential: Credential) -> MemberRow | None:
        token = self.token(credential)
        row = await self._guests.known(bytes.fromhex(token))
        if row is not None and self.given.get(row.wallet):
            row = of_today(row, self.wallets[row.wallet].member, token)
        return row

    async def _stands(self, card: CardId) -> tuple[CardState | None, str, str | None]:
        kept = self.cards.get(card)
        return kept.state if kept else None, kept.until if kept else "", self.hot.get(card)

    def _led_by(self, row: MemberRow, credential: Credential) -> Holder:
        token = self.token(credential)
        led = next((key for key in row.keys if key.token == token), None)
        card = led.card if led else None
        wallet = current(row.wallet, self)
        here, after = self.wallets.get(wallet), self._after(wallet)
        phone = masked_phone(row.known.phone)
        number = phone if credential.medium in _OF_PHONES else f"****{credential.number[-4:]}"
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
            card_until=self.cards[card].until if card in self.cards else "",
            card_kind=self.cards[card].kind if card in self.cards else kind_led_by(row.keys, led),
            since=0 if here else row.since,
            guest=here is None or (card is not None and card not in self.cards),
        )

    async def found(self, text: str) -> Sequence[Person]:
        """By what a file would have of them."""
        asked, number = set(asked_traces(text)), text.strip().upper()
        typed = {wallet for (_, key), (wallet, _) in self.keys.items() if key == number}
        found = []
        for wallet, of in sorted(self.wallets.items()):
            private = self.privates.get(of.member) if of.member else None
            if of.member is None or private is None or of.into is not None:
                continue
            if wallet in typed or (asked and asked <= traces_of(private)):
                name, phone = self.profiles[of.member]
                found.append(Person(wallet=wallet, member=of.member, name_shown=name, phone_shown=phone))
        return found[:FOUND_MAX]

    async def services_of(self, member: MemberId, limit: int) -> Sequence[Service]:
        theirs = [one for one in reversed(self.services) if one[0] == member][:limit]
        return standing(read(entry, done, remark) for _, entry, done, remark in theirs)

    async def picture(self, holder: Holder) -> Picture:
        seen = [
            entry
            for entry in map(decoded, (link.body for link in self.links))
            if wallet_in(entry) == holder.wallet and entry.kind != "expiry"
        ]
        if not seen:
            return NOTHING
        given, by = self.changed_ms(holder.wallet), self.given_by.get(holder.wallet, 0)
        later = [entry.at.business_day for entry in seen[1:] if is_after(entry, given, by)]
        private = self.privates.get(holder.member) if holder.member else None
        return pictured(
            private,
            joined="" if given else seen[0].at.business_day,
            last=later[-1] if later else "",
            ends=(one.until for one in held_coupons(self, wallet=holder.wallet)),
        )

    async def kept_of(self, member: MemberId) -> Kept | None:
        private = self.privates.get(member)
        if private is None:
            return None
        led = {(wallet, self.cards_shown[card]) for wallet, card in self.keys.values() if card is not None}
        return Kept(
            member=member,
            private=private,
            agreed=tuple(said for (of, _), said in sorted(self.agreed.items()) if of == member),
            purses=tuple(
                Purse(
                    wallet=wallet,
                    tier=self.wallets[wallet].tier,
                    held=tuple(self.holdings(wallet)),
                    uses=kept_uses(self, wallet),
                    cards=tuple(sorted(shown for of, shown in led if of == wallet)),
                )
                for wallet in self.wallets_of(member)
            ),
            services=tuple(await self.services_of(member, KEPT_MAX)),
            records_until=self.kept_until(member),
            paid_in=max(
                (
                    id_day(name)
                    for wallet in self.wallets_of(member)
                    for name, lot in self.laid[wallet, "principal"].items()
                    if lot.paid
                ),
                default="",
            ),
        )

    async def phone_of(self, person: Person) -> Credential | None:
        private = self.privates.get(person.member)
        return phone(private.phone) if private is not None and private.phone else None

    async def was_members(self, phone: Credential) -> bool:
        return any(
            known.phone == phone.number
            for member, known in self.privates.items()
            if member not in self.erased
        )

    def token(self, credential: Credential) -> str:
        return token_of(self._token_key, credential).hex()

    async def told_of(self, credential: Credential) -> MemberRow | None:
        """What headquarters' sets have of whoever that is."""
        return await self._guests.known(bytes.fromhex(self.token(credential)))

    def changed_ms(self, wallet: WalletId) -> int:
        """When the wallet was given to whoever holds it."""
        return self.given.get(wallet, 0)

    async def keep_asked(self, row: MemberRow) -> None:
        await self._guests.keep(row)

    async def booked(self, entry: EntryId) -> Booked | None:
        known = await self.look_up(entry)
        if known is None:
            return None
        wallet = wallet_in(self.entries[entry])
        if wallet is not None and known.after is not None:
            day, uses = known.command.at.business_day, kept_uses(self, wallet)
            known = replace(known, after=without_ended(known.after, uses, day))
        of, told = undone_by(known.command), report_of(known.command)
        if of is not None and (found := self.entry(of)) is not None:
            known = replace(known, undid=undid(found, self._hash_of(of)))
        listed = listed_in(self._decoded(), self.cards_shown.__getitem__, self.entries[entry])
        known = replace(known, listed=listed) if listed is not None else known
        return replace(known, figures=await self.figures(entry)) if told else known

    def _hash_of(self, entry: EntryId) -> bytes | None:
        """None where it stands in another site's journal."""
        known = self.answers.get(entry)
        return self.links[known.seq - 1].hash if known else None

    async def receipt(self, number: ReceiptNumber) -> Receipt | None:
        return receipt_in(self._hashed(), number)

    async def receipts_of(self, wallet: WalletId, kinds: Collection[str]) -> Sequence[Receipt]:
        given = self.changed_ms(wallet), self.given_by.get(wallet, 0)
        return receipts_of_in(self._hashed(), wallet, kinds, given)

    async def receipts_at(
        self, terminal: TerminalId, business_day: str, kinds: Collection[str], since: str = ""
    ) -> Sequence[Receipt]:
        return receipts_at_in(self._hashed(), terminal, business_day, kinds, since)

    def _hashed(self) -> list[tuple[Entry, bytes]]:
        return [(decoded(link.body), link.hash) for link in self.links]

    async def shift_now(self, terminal: TerminalId) -> ShiftNow:
        return shift_in([decoded(link.body) for link in self.links], self, terminal)

    async def figures(self, report: EntryId) -> ShiftFigures:
        return figures_in((decoded(link.body) for link in self.links), report)

    async def ended(self, after: tuple[str, str], today: str, limit: int) -> Sequence[tuple[WalletId, str]]:
        found = [
            (wallet, unit)
            for (wallet, unit), lots in self.laid.items()
            if (wallet, unit) > after
            and unit.startswith(("points:", "cashback", "voucher:"))
            and any(lot.rest and lot.until and lot.until < today for lot in lots.values())
        ]
        return sorted(found)[:limit]

    async def coupons_ended(self, after: WalletId, today: str, limit: int) -> Sequence[WalletId]:
        found = {
            wallet
            for coupon, (wallet, terms) in self.coupons.items()
            if wallet > after and terms.is_over(today) and self.balance(chart.coupon(wallet, coupon)) == 1
        }
        return sorted(found)[:limit]

    async def cards_ended(self, after: str, today: str, limit: int) -> Sequence[CardId]:
        found = [card for card, one in self.cards.items() if card > after and ended(one, today, self)]
        return sorted(card for card in found if self.cards[card].active)[:limit]

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

    async def acknowledge(self, seq: int, mark: str = "") -> None:
        if self._acked < seq <= len(self.links):
            self._acked = seq
            if mark:
                self._standing = replace(self._standing, acked_mark=mark)

    async def begins_anew(self, seq: int, mark: str = "") -> None:
        self._acked = min(seq, len(self.links))
        self._standing = replace(self._standing, acked_mark=mark)

    async def grown(self, beyond: int) -> None:
        async with self._news:
            await self._news.wait_for(lambda: len(self.links) > beyond)

    def waiting(self) -> int:
        return len(self.links) - self._acked

    # SiteLedger.

    def alone(self) -> bool:
        return not self._standing.hq_epoch

    def settles(self, owed: Account) -> bool:
        return settles(owed, alone=self.alone())

    def standing(self) -> Standing:
        hq_epoch, fed = self.fed
        return replace(
            self._standing,
            fed=fed if hq_epoch == self._standing.hq_epoch else 0,
            sets={name: manifest for name, (_, manifest) in self.sets_active.items()},
            keys=tuple(
                Announced(use=use, public=public, believed=believed)
                for (use, public), believed in sorted(self.trusted.items())
            ),
        )

    async def stands(self, standing: Standing) -> None:
        kept = self._standing
        self._standing = replace(
            standing,
            epoch=kept.epoch,
            acked_mark=kept.acked_mark,
            fed_mark=kept.fed_mark,
            edits_mark=kept.edits_mark,
        )

    async def passed(self, m: int) -> None:
        self.fed = (self._standing.hq_epoch, m)

    async def told(self, mark: str) -> None:
        self._standing = replace(self._standing, fed_mark=mark)

    async def applied(self, directive: EntryId) -> bool:
        return directive in self.answers

    async def edits(self, limit: int) -> Sequence[Edit]:
        waiting = [
            (wallet, edit, turn)
            for wallet, (edit, turn, held) in self._edits.items()
            if held < self._standing.hq_epoch
        ]
        return [self._edit(*one) for one in waiting[:limit]]

    def _edit(self, wallet: WalletId, edit: EntryId, turn: int) -> Edit:
        member = self.wallets[wallet].member
        private = self.privates.get(member) if member else None
        pin, known = self.pins.get(wallet, ""), None
        if private is not None:
            known = Known(
                name=private.name, phone=private.phone, plate=private.plate, told=private.told, pin=pin
            )
        elif pin and member not in self.erased:
            known = Known(pin=pin)
        keys = [
            KeyToken(
                token=self.token(Credential(medium=medium, number=number)),
                card=card,
                shown=self.cards_shown.get(card, "") if card else "",
                kind=self.cards[card].kind if card in self.cards else "",
            )
            for (medium, number), (owner, card) in self.keys.items()
            if owner == wallet and not (card in self.cards and self.cards[card].state is CardState.NEW)
        ]
        return Edit(
            id=edit,
            turn=turn,
            wallet=wallet,
            member=member,
            since=self.given.get(wallet, 0),
            known=known,
            keys=tuple(keys),
            traces=(),
            visitor=not self.began_here(wallet)
            if member is None
            else private is None and member not in self.erased,
        )

    async def edits_held(self, edits: Sequence[EntryId], hq_epoch: int, mark: str = "") -> None:
        for wallet, (edit, turn, _) in self._edits.items():
            if edit in edits:
                self._edits[wallet] = edit, turn, hq_epoch
        if mark:
            self._standing = replace(self._standing, edits_mark=mark)

    async def touched(self, after: int, upto: int) -> Sequence[Touched]:
        return [
            Touched(
                held=Want(account=account.name, amount=self.balances[account]),
                home=self._is_home(account),
                began_here=self.began_here(WalletId(account.of)),
            )
            for account, seq in self.last.items()
            if after < seq <= upto and account.owner is Owner.WALLET and self.balances[account] > 0
        ]

    async def began_since(self, wallet: WalletId, after: int) -> bool:
        return self.began_here(wallet) and self.begun_at[wallet] > after

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

    def copy_personal(self, old: MemoryLedger, gone: Sequence[Effect], common: int) -> None:
        """What is in no body, without what entries that were not here took away: those after `common`."""
        self.privates = {one: known for one, known in old.privates.items() if one not in self.erased}
        self._edits = {wallet: one for wallet, one in old._edits.items() if wallet in self.wallets}
        self.services = [one for one in old.services if one[0] not in self.erased]
        self.profiles = {one: known for one, known in old.profiles.items() if one not in self.erased}
        self.cards_shown = {card: old.cards_shown.get(card, "") for card in self.cards}
        self.pins = {wallet: pin for wallet, pin in old.pins.items() if wallet in self.wallets}
        self.staff_pins = dict(old.staff_pins)
        self.pin_tries = {
            whose: tries
            for whose, tries in old.pin_tries.items()
            if whose in self.wallets or whose.startswith("staff:")
        }
        self.keys = {
            key: (current(wallet, self), card)
            for key, (wallet, card) in old.keys.items()
            if wallet in self.wallets
        }
        for effect in gone:
            if isinstance(effect, KeysDropped):
                leads = (effect.wallet, effect.card)
                self.keys = {key: one for key, one in self.keys.items() if one != leads}
            elif isinstance(effect, PinDropped):
                self.pins.pop(effect.wallet, None)
            elif isinstance(effect, GivenElsewhere):
                ended = {card for card, one in self.cards.items() if one.state.final}
                self.keys = {
                    key: one
                    for key, one in self.keys.items()
                    if one[0] != effect.wallet or one[1] not in ended
                }
                if self.given[effect.wallet] == effect.since and effect.wallet not in self.given_by:
                    self.drop_who_had_it(effect.wallet)
            elif isinstance(effect, NotesDropped):
                self.drop_notes(effect)
            elif isinstance(effect, VisitorForgotten):
                self.keys = {key: one for key, one in self.keys.items() if one[0] not in effect.wallets}
        dropped = {one.member for one in gone if isinstance(one, ServicesDropped | VisitorForgotten)}
        self.services = [
            one for one in self.services if one[0] not in dropped or old.entries[one[1]].seq > common
        ]
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
        was = old.standing()
        self._fresh.begin(
            Standing(
                epoch=epoch,
                hq_epoch=was.hq_epoch,
                acked_mark=was.acked_mark,
                fed_mark=was.fed_mark,
                edits_mark=was.edits_mark,
            )
        )
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
        self._fresh.copy_personal(self._old, self._gone, self._common)
        self._old.become(self._fresh, pulled)
        return Healed(epoch=await self._fresh.epoch(), pulled=pulled, again=again, left=left)

    async def drop(self) -> None:
        """Nothing lies anywhere."""
