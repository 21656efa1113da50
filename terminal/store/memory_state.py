"""What the twin in memory knows: balances, lots, and all that stands beside them, as plain dictionaries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from msgspec.structs import replace

from terminal.core.accounts import FEN, Account, Owner, overdrawn
from terminal.core.canonical import decoded
from terminal.core.coming import attended
from terminal.core.commands import Agreed, CardState, CouponGrant, Private
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import AlreadyMember, NotBookable
from terminal.core.ledger import Card, Intent, Lot, Posted, Wallet
from terminal.core.ledger import effects as of
from terminal.core.one_person import together
from terminal.core.particulars import HEALTH_PURPOSE
from terminal.core.rights import LotTerms, SaleRight
from terminal.core.site import AS_A_VISITOR
from terminal.core.times import local_time, utc_day
from terminal.core.trust import Medium, masked, masked_name, masked_phone
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, SiteId, StaffId, WalletId
from terminal.store.answers import id_ms
from terminal.store.pin_tries import of_staff

TAKES_PRIVATE = (
    of.KeysAdded,
    of.CardAdded,
    of.GuestCard,
    of.ProfileKept,
    of.ServiceKept,
    of.PinKept,
    of.StaffPinKept,
)


NOBODY_CAME = frozenset({"directive", "expiry", "merge_part", "rights_back"})
"""Kinds of entries that move what is on a wallet though its holder is not there."""


class MemoryState:
    """The `State` port, and how an entry changes it."""

    erased: set[MemberId]
    given_by: dict[WalletId, int]
    """Seq of the entry by which wallets were given that were given here."""

    def __init__(self, site: SiteId) -> None:
        self.site = site
        self.balances: defaultdict[Account, int] = defaultdict(int)
        self.last: dict[Account, int] = {}
        """Seq of the last entry that posted there."""
        self.laid: defaultdict[tuple[WalletId, str], dict[str, Lot]] = defaultdict(dict)
        self.laid_by: dict[tuple[WalletId, str, str], int] = {}
        """Seq of the entry that brought that lot onto that wallet."""
        self.wallets: dict[WalletId, Wallet] = {}
        self.begun_by: dict[WalletId, str] = {}
        """Kind of the entry."""
        self.begun_on: dict[WalletId, str] = {}
        """Its business day."""
        self.begun_at: dict[WalletId, int] = {}
        """Its seq."""
        self.came: dict[WalletId, str] = {}
        """When their holders were here last, as business days."""
        self.cards: dict[CardId, Card] = {}
        self.cards_shown: dict[CardId, str] = {}
        self.keys: dict[tuple[Medium, str], tuple[WalletId, CardId | None]] = {}
        self.profiles: dict[MemberId, tuple[str, str]] = {}
        """(name, phone), masked."""
        self.privates: dict[MemberId, Private] = {}
        self.agreed: dict[tuple[MemberId, str], Agreed] = {}
        self.agreed_at: dict[tuple[MemberId, str], int] = {}
        """Seq of the entry in which they said so."""
        self.services: list[tuple[MemberId, EntryId, str, str]] = []
        """Whose, in which entry, what was done, and the remark."""
        self.pins: dict[WalletId, str] = {}
        """Verifiers."""
        self.staff_pins: dict[StaffId, tuple[str, bool]] = {}
        """Verifiers, and whether somebody else gave them."""
        self.pin_tries: dict[str, int] = {}
        self.given: dict[WalletId, int] = {}
        """When wallets were given to whoever holds them, in ms."""
        self.erased, self.given_by = set(), {}
        self.coupons: dict[str, tuple[WalletId, CouponGrant]] = {}
        self.entries: dict[EntryId, Entry] = {}
        self.refer: defaultdict[EntryId, list[Entry]] = defaultdict(list)
        self.intents: dict[EntryId, Intent] = {}
        self.shifts: dict[ShiftId, bool] = {}
        self.kept: dict[MemberId, str] = {}
        self.fed = (0, 0)
        """(hq_epoch, m) of the directive that was applied last."""
        self.hot: dict[CardId, CardState] = {}
        self.trusted: dict[tuple[str, str], bool] = {}
        self.sets_active: dict[str, tuple[str, str]] = {}
        """(version, manifest) by set."""
        self.left: set[EntryId] = set()
        """Sales whose right to be undone lies elsewhere."""

    # The port.

    def wallet(self, wallet: WalletId) -> Wallet | None:
        known, given = self.wallets.get(wallet), self.given.get(wallet, 0)
        if known is None or not given:
            return known
        return replace(known, given=given, given_seq=self.given_by.get(wallet, 0))

    def began_here(self, wallet: WalletId) -> bool:
        return self.begun_by.get(wallet, "directive") not in AS_A_VISITOR

    def card(self, card: CardId) -> Card | None:
        return self.cards.get(card)

    def balance(self, account: Account) -> int:
        return self.balances.get(account, 0)

    def lots(self, wallet: WalletId, unit: str) -> Sequence[Lot]:
        return [lot for lot in self.lots_ever(wallet, unit) if lot.rest]

    def lots_ever(self, wallet: WalletId, unit: str) -> Sequence[Lot]:
        """Also those with nothing left, in the order in which they are spent."""
        laid = self.laid[wallet, unit].values()
        return sorted(laid, key=lambda lot: (self.laid_by[wallet, unit, lot.lot], lot.lot))

    def lot(self, wallet: WalletId, unit: str, lot: str) -> Lot | None:
        return self.laid[wallet, unit].get(lot)

    def holdings(self, wallet: WalletId) -> Sequence[tuple[str, int]]:
        return sorted(
            (account.unit, n)
            for account, n in self.balances.items()
            if n and account.owner is Owner.WALLET and account.of == wallet
        )

    def coupon(self, coupon: str) -> tuple[WalletId, CouponGrant] | None:
        return self.coupons.get(coupon)

    def entry(self, entry: EntryId) -> Entry | None:
        return self.entries.get(entry)

    def referring(self, entry: EntryId) -> Sequence[Entry]:
        return self.refer[entry]

    def sale_left(self, sale: EntryId) -> bool:
        return sale in self.left

    def open_overdraft(self) -> int:
        return sum(-n for account, n in self._overdrafts("") if n < 0 and account.measure == FEN)

    def overdrawn(self, wallet: WalletId) -> Sequence[tuple[str, int]]:
        found = ((overdrawn(account.unit), n) for account, n in self._overdrafts(f"{wallet}:") if n)
        return [(spent.unit, n) for spent, n in found if spent.owner is Owner.WALLET]

    def _overdrafts(self, of: str) -> Iterator[tuple[Account, int]]:
        return (one for one in self.balances.items() if one[0].unit.startswith(f"overdraft:{of}"))

    def intent(self, intent: EntryId) -> Intent | None:
        return self.intents.get(intent)

    def intent_for(self, consumer: EntryId) -> Intent | None:
        return next((one for one in self.intents.values() if one.consumed_by == consumer), None)

    def shift_is_open(self, shift: ShiftId) -> bool | None:
        return self.shifts.get(shift)

    def wallets_of(self, member: MemberId) -> list[WalletId]:
        found = set()
        for one in [one for one, known in self.wallets.items() if known.member == member]:
            wallet = one
            while (into := self.wallets[wallet].into) is not None:
                wallet = into
            if self.wallets[wallet].member in {member, None}:
                found.add(wallet)
        return sorted(found)

    def came_last(self, wallet: WalletId) -> str:
        return max(self.came[wallet], utc_day(self.given[wallet])) if wallet in self.wallets else ""

    def is_known(self, member: MemberId) -> bool:
        return member in self.profiles

    def kept_until(self, member: MemberId) -> str:
        return self.kept.get(member, "")

    # How an entry changes it.

    def check(self, effects: Sequence[of.Effect], private: Private | None) -> None:
        """Before anything is kept: raises what the file would refuse."""
        if private is not None and not any(isinstance(effect, TAKES_PRIVATE) for effect in effects):
            raise NotBookable("personal data with a command that keeps none")
        dropped = {(one.wallet, one.card) for one in effects if isinstance(one, of.KeysDropped)}
        for effect in effects:
            if isinstance(effect, of.KeysAdded) and private is not None:
                numbers = [(key.medium, key.number) for key in private.credentials]
                known = [self.keys[one] for one in numbers if one in self.keys]
                if len(set(numbers)) < len(numbers) or any(one not in dropped for one in known):
                    raise AlreadyMember("somebody has that card or phone")
            if isinstance(effect, of.WalletOpened) and effect.member in self.profiles:
                raise NotBookable("the member exists")
            if isinstance(effect, of.ProfileKept | of.ServiceKept) and effect.member in self.erased:
                raise NotBookable("that member was erased: a new one begins")

    def keep(self, entry: Entry, done: Posted, private: Private) -> None:
        self.entries[entry.id] = entry
        for account, amount in done.postings:
            self.balances[account] += amount
            self.last[account] = entry.seq
            if account.owner is Owner.WALLET and entry.kind not in NOBODY_CAME:
                self.came[WalletId(account.of)] = entry.at.business_day
        served = done.wallet if entry.kind == "sale" else attended(entry)
        if served in self.wallets:
            self.came[served] = entry.at.business_day
        for lot in done.lots:
            self._lay(lot, lot.wallet or done.wallet, entry.seq)
        for effect in done.effects:
            self._apply(effect, entry, private)

    def _lay(self, lot: LotTaken, wallet: WalletId | None, seq: int) -> None:
        if wallet is None:
            raise NotBookable("a lot of no wallet")
        lots = self.laid[wallet, lot.unit]
        known = lots.get(lot.lot)
        if known is not None:
            rest = known.rest + lot.amount
            listed = known.listed + lot.listed
            lots[lot.lot] = replace(known, rest=rest, laid=max(known.laid, rest), listed=listed)
            return
        self.laid_by[wallet, lot.unit, lot.lot] = seq
        lots[lot.lot] = Lot(
            lot=lot.lot,
            rest=lot.amount,
            laid=lot.laid or lot.amount,
            paid=lot.paid,
            since=lot.since,
            until=lot.until,
            invoice=lot.invoice,
            listed=lot.listed,
            sold=lot.sold,
        )

    def _lay_empty(self, terms: LotTerms, wallet: WalletId, seq: int) -> None:
        lots = self.laid[wallet, terms.unit]
        if terms.lot in lots:
            return
        self.laid_by[wallet, terms.unit, terms.lot] = seq
        lots[terms.lot] = Lot(
            lot=terms.lot,
            rest=0,
            laid=terms.laid,
            paid=terms.paid,
            since=terms.since,
            until=terms.until,
            invoice=terms.invoice,
            listed=terms.listed,
            sold=terms.sold,
        )

    def _change(self, effect: of.CardChanged) -> None:
        before = self.cards[effect.card]
        until = before.until if effect.until is None else effect.until
        self.cards[effect.card] = replace(before, state=CardState(effect.state), until=until)

    def _apply(self, effect: of.Effect, entry: Entry, private: Private) -> None:  # noqa: C901, PLR0912, PLR0915  a table
        match effect:
            case of.WalletOpened(wallet=wallet, member=member, since=since):
                self.wallets[wallet], self.given[wallet] = Wallet(member=member), since
                self.begun_by[wallet], self.begun_on[wallet] = entry.kind, entry.payload.at.business_day
                self.begun_at[wallet] = entry.seq
                self.came[wallet] = entry.at.business_day
            case of.WalletMerged():
                self._merge(effect, entry.seq)
            case of.CardAdded() | of.GuestCard() as added:
                numbers = [key.number for key in private.credentials if key.medium is not Medium.PHONE]
                state = added.state if isinstance(added, of.CardAdded) else CardState.ACTIVE
                self.cards[added.card] = Card(
                    wallet=added.wallet, state=state, until=added.until, kind=added.kind
                )
                self.cards_shown[added.card] = masked(numbers[0] if numbers else "")
            case of.CardChanged():
                self._change(effect)
            case of.KeysAdded(wallet=wallet, card=card):
                for key in private.credentials:
                    leads = None if key.medium is Medium.PHONE else card
                    self.keys[key.medium, key.number] = wallet, leads
            case of.KeysDropped(wallet=wallet, card=card):
                self.keys = {key: leads for key, leads in self.keys.items() if leads != (wallet, card)}
            case of.CouponAdded(wallet=wallet, coupon=coupon):
                self.coupons[coupon.coupon] = wallet, coupon
            case of.CouponMoved(coupon=coupon_id, wallet=wallet):
                self.coupons[coupon_id] = wallet, self.coupons[coupon_id][1]
            case of.ProfileKept(member=member):
                phone = masked_phone(private.phone)
                self.privates[member] = private
                self.profiles[member] = masked_name(private.name) or phone, phone
            case of.ServiceKept(member=member):
                remark = private.remark if self._agrees(member) else ""
                if private.service:  # Else it is booked again, and stands there already.
                    self.services.append((member, entry.id, private.service, remark))
            case of.ServicesDropped(member=member):
                self.services = [one for one in self.services if one[0] != member]
            case of.NotesDropped():
                self.drop_notes(effect)
            case of.VisitorForgotten(member=member, wallets=wallets):
                self.forget_visitor(member, wallets)
            case of.Erased(member=member, wallets=wallets):
                self.erased.add(member)
                self.services = [one for one in self.services if one[0] != member]
                self.profiles.pop(member, None)
                self.agreed = {key: said for key, said in self.agreed.items() if key[0] != member}
                self.privates.pop(member, None)
                self.keys = {key: leads for key, leads in self.keys.items() if leads[0] not in wallets}
            case of.ConsentKept(member=member, consent=said):
                self.agreed[member, said.purpose] = Agreed(consent=said, when=local_time(entry.at))
                self.agreed_at[member, said.purpose] = entry.seq
                if said.purpose == HEALTH_PURPOSE and not said.given:
                    self.services = [
                        (whose, of_entry, done, "" if whose == member else remark)
                        for whose, of_entry, done, remark in self.services
                    ]
            case of.RecordsKept(member=member, until=until):
                self.kept[member] = until
            case of.HolderChanged() | of.HolderLearnt() as named:
                self._name(named, entry)
            case of.GivenElsewhere():
                self._give_elsewhere(effect)
            case of.TierChanged(wallet=wallet, tier=tier):
                self.wallets[wallet] = replace(self.wallets[wallet], tier=tier)
            case of.PinKept() | of.PinDropped() | of.StaffPinKept() as pin:
                self._pin_changed(pin, private)
            case of.Refers(of=other):
                self.refer[other].append(entry)
            case of.LotInvoiced(wallet=wallet, lot=lot, number=number):
                lots = self.laid[wallet, "principal"]
                lots[lot] = replace(lots[lot], invoice=number)
            case of.IntentOpened(consumed_by=consumer, amount=amount):
                self.intents[entry.id] = Intent(intent=entry.id, consumed_by=consumer, amount=amount)
            case of.IntentEnded(intent=intent, end=end):
                self.intents[intent] = replace(self.intents[intent], end=end)
            case of.ShiftOpened(shift=shift):
                self.shifts[shift] = True
            case of.ShiftClosed(shift=shift):
                self.shifts[shift] = False
            case _:
                self._apply_directed(effect, entry.seq)

    def drop_notes(self, effect: of.NotesDropped) -> None:
        if (known := self.privates.get(effect.member)) is not None:
            left = tuple(one for one in known.told if one[0] not in effect.what)
            self.privates[effect.member] = replace(known, told=left)

    def forget_visitor(self, member: MemberId, wallets: Collection[WalletId]) -> None:
        self.services = [one for one in self.services if one[0] != member]
        self.keys = {key: leads for key, leads in self.keys.items() if leads[0] not in wallets}

    def _name(self, named: of.HolderChanged | of.HolderLearnt, entry: Entry) -> None:
        self.wallets[named.wallet] = replace(self.wallets[named.wallet], member=named.member)
        if isinstance(named, of.HolderChanged):
            self.given[named.wallet], self.given_by[named.wallet] = id_ms(entry.id), entry.seq

    def _give_elsewhere(self, effect: of.GivenElsewhere) -> None:
        wallet, known = effect.wallet, self.wallets[effect.wallet]
        stands = self.given.get(wallet, 0), known.member or ""
        if known.into is None and stands < (effect.since, effect.member):
            self.wallets[wallet] = replace(known, member=effect.member)
            self.given[wallet] = effect.since
            self.given_by.pop(wallet, None)
            for card in self.cards if known.member is not None else ():
                one = self.cards[card]
                if one.wallet == wallet and card not in effect.cards and not one.state.final:
                    self.cards[card] = replace(one, state=CardState.CANCELLED)
                    self.keys = {key: leads for key, leads in self.keys.items() if leads != (wallet, card)}
            self.drop_who_had_it(wallet)

    def drop_who_had_it(self, wallet: WalletId) -> None:
        self.keys = {key: leads for key, leads in self.keys.items() if leads != (wallet, None)}
        self.pins.pop(wallet, None)
        self.pin_tries.pop(wallet, None)

    def _pin_changed(self, effect: of.PinKept | of.PinDropped | of.StaffPinKept, private: Private) -> None:
        if isinstance(effect, of.StaffPinKept):
            self.staff_pins[effect.staff] = private.pin, effect.given
            self.pin_tries.pop(of_staff(effect.staff), None)
            return
        self.pins[effect.wallet] = private.pin if isinstance(effect, of.PinKept) else ""
        if isinstance(effect, of.PinKept):
            self.pin_tries.pop(effect.wallet, None)

    def _apply_directed(self, effect: of.Effect, seq: int) -> None:
        match effect:
            case of.FeedRead(hq_epoch=hq_epoch, m=m):
                self.fed = (hq_epoch, m)
            case of.CardListed(card=card, state=state):
                self.hot[card] = state
            case of.TrustChanged(use=use, public=public, ends=ends):
                self.trusted |= {(use, key): False for key in ends}
                self.trusted[use, public] = True
            case of.SetActivated(set=name, version=version, hash=manifest):
                self.sets_active[name] = version, manifest
            case of.SaleLeft(sale=sale):
                self.left.add(sale)
            case of.SaleCame(right=right, wallet=wallet):
                self._sale_came(right, wallet, seq)

    def _sale_came(self, right: SaleRight, wallet: WalletId | None, seq: int) -> None:
        sale = decoded(right.entry)
        self.left.discard(right.sale)
        self.entries.setdefault(right.sale, sale)
        known = {entry.id for entry in self.refer[right.sale]}
        self.refer[right.sale] += [one for one in map(decoded, right.undone) if one.id not in known]
        if wallet is not None:
            for terms in right.lots:
                self._lay_empty(terms, wallet, seq)

    def _agrees(self, member: MemberId) -> bool:
        """To notes about health."""
        said = self.agreed.get((member, HEALTH_PURPOSE))
        return said is not None and said.consent.given

    def _services_follow(self, was: MemberId | None, now: MemberId | None) -> None:
        if was is None or now is None or now in self.erased:
            return
        keeps = self._agrees(now)
        self.services = [
            (now, entry, done, remark if keeps else "") if whose == was else (whose, entry, done, remark)
            for whose, entry, done, remark in self.services
        ]

    def _person_follows(self, was: MemberId | None, now: MemberId | None) -> None:
        """See `store.persons`."""
        if was is None or now is None or was == now or self.wallets_of(was):
            return
        for member, purpose in [one for one in self.agreed if one[0] == was]:
            said, place = self.agreed.pop((member, purpose)), self.agreed_at.pop((member, purpose))
            if place > self.agreed_at.get((now, purpose), 0):
                self.agreed[now, purpose], self.agreed_at[now, purpose] = said, place
        if was in self.kept:
            self.kept[now] = max(self.kept.get(now, ""), self.kept[was])
        if not (agrees := self._agrees(now)):
            self.services = [
                (whose, entry, done, "" if whose == now else remark)
                for whose, entry, done, remark in self.services
            ]
        if was in self.privates and now in self.privates:
            both = together(self.privates[now], self.privates.pop(was), health=agrees)
            phone = masked_phone(both.phone)
            self.privates[now], self.profiles[now] = both, (masked_name(both.name) or phone, phone)
            del self.profiles[was]

    def _pin_follows(self, wallet: WalletId, into: WalletId) -> None:
        """Whoever has none gets it, with the tries that were made."""
        if (pin := self.pins.get(wallet)) and not self.pins.get(into):
            self.pins[into] = pin
            if tries := self.pin_tries.pop(wallet, 0):
                self.pin_tries[into] = tries

    def _merge(self, effect: of.WalletMerged, seq: int) -> None:
        wallet, into = effect.wallet, effect.into
        was, now = self.wallets[wallet].member, self.wallets[into].member
        for unit in [unit for owner, unit in self.laid if owner == wallet]:
            mine, lots = self.laid[wallet, unit], self.laid[into, unit]
            for there in [lot for lot in mine if lot in lots and not lots[lot].invoice]:
                lots[there] = replace(lots[there], invoice=mine[there].invoice)
            for used in [lot for lot in mine if not mine[lot].rest and lot not in lots]:
                lots[used] = mine.pop(used)
                self.laid_by[into, unit, used] = seq
        self.wallets[wallet] = replace(self.wallets[wallet], into=into)
        self._person_follows(was, now)
        self._services_follow(was, now)
        self._pin_follows(wallet, into)
        for card, known in self.cards.items():
            if known.wallet == wallet:
                self.cards[card] = replace(known, wallet=into)
        for key, (owner, card_of_key) in self.keys.items():
            if owner == wallet:
                self.keys[key] = into, card_of_key
        for coupon, (owner, terms) in self.coupons.items():
            if owner == wallet:
                self.coupons[coupon] = into, terms
