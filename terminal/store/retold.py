"""The tables beside accounts and postings, told anew from the journal alone.

By what the entries say and nothing else: no rule of the shop is asked, so entries of every version of the
program are told alike. It happens in a file of SQLite's own, which nobody else sees and which is gone with
its connection; memory does not grow with the journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import product

import msgspec

from terminal.core import commands as c
from terminal.core import directives as d
from terminal.core.accounts import Owner, named
from terminal.core.canonical import decoded
from terminal.core.commands import card_of, opens_of
from terminal.core.entry import Entry
from terminal.core.group_buy import vouchers_of
from terminal.core.ledger.allowances import counted_for
from terminal.core.ledger.claimed import claimed_by, code_in
from terminal.core.ledger.coupons import missed, renewed
from terminal.core.ledger.draft import BESIDE_LOTS
from terminal.core.ledger.invoices import AT_USE
from terminal.core.ledger.merging import begun_merges
from terminal.core.ledger.payers import marks_in, named_by
from terminal.core.ledger.points_over import met_in
from terminal.core.ledger.referral import introductions, rewarded
from terminal.core.ledger.rests import set_right_by
from terminal.core.ledger.rules import allowance, introduction, merged_into, payers_of
from terminal.core.ledger.sheets import sheet
from terminal.core.ledger.withdrawals import ended_by, ending
from terminal.core.rights import SaleRight
from terminal.core.values import CardId, EntryId, WalletId
from terminal.store.answers import id_bytes, id_ms, wallet_in
from terminal.store.migrations import OURS
from terminal.store.queries import queries

_CACHE_KIB = -8192
_ID_CHARS = 36
_MORE = (
    "CREATE TABLE keys_dropped (card TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    "CREATE TABLE unsure (name TEXT, first ANY, PRIMARY KEY (name, first)) STRICT, WITHOUT ROWID",
)
"""What is only known here: cards whose numbers lead nowhere; rows of which the journal says too little."""


class Retold:
    """Tables of the ledger's own schema: what the entries up to now made of wallets, cards, lots and so on.

    `seq_of` says where in the journal an entry is, None where it is not; `epoch` is the ledger's.
    """

    def __init__(self, seq_of: Callable[[EntryId], int | None], epoch: int) -> None:
        self.connection = sqlite3.connect("", isolation_level=None, cached_statements=256)
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = {_CACHE_KIB}"):
            self.connection.execute(f"PRAGMA {setting}")
        OURS.bring(self.connection)
        self.connection.execute("PRAGMA foreign_keys = OFF")
        for statement in _MORE:
            self.connection.execute(statement)
        self.connection.execute("BEGIN")
        self._sql = queries()
        self._seq_of = seq_of
        self._epoch = epoch
        self._intents_open = 0
        self.seq = 0
        """Of the last entry that was told."""

    def add(self, entry: Entry) -> None:
        """In the order of the journal: first its lots, then what else it says, as when it was booked."""
        self._lots(entry)
        if (opens := opens_of(entry.payload)) is not None:
            self._opened(entry, opens)
        self._coupons(wallet_in(entry), getattr(entry.payload, "coupons", ()))
        self._told(entry)
        self._named(entry)
        if self._intents_open:
            self._intents_open -= self._do("end_intent_for", c.IntentEnd.DONE, id_bytes(entry.id)).rowcount
            for used in vouchers_of(entry.payload):
                self._intents_open -= self._do("end_intent", c.IntentEnd.DONE, id_bytes(used)).rowcount
        if entry.redo is not None:
            self._doubt(entry)
        elif entry.receipt and entry.epoch == self._epoch:
            terminal, epoch, number = entry.receipt.rsplit("-", 2)
            self._do("put_print_job", terminal, int(epoch), int(number), entry.seq)
        self.seq = entry.seq

    def _named(self, entry: Entry) -> None:
        """What is found by an id that no entry has; and coupons that were given for bringing somebody."""
        gift = _gift(entry.payload)
        for one in rewarded(entry):
            if gift is not None and gift.coupon == one.coupon:
                self._coupons(one.wallet, (gift,))
        for wallet in introductions(entry):
            self._do("add_referring", id_bytes(introduction(wallet)), entry.seq)
        for gave in set_right_by(entry):
            self._do("add_referring", id_bytes(gave), entry.seq)
        for coupon in _withdrawn(entry):
            self._do("add_referring", id_bytes(ending(coupon)), entry.seq)
        if code := code_in(entry.payload):
            self._do("add_referring", id_bytes(claimed_by(code)), entry.seq)
        for wallet in counted_for(entry):
            self._refer_once(allowance(wallet), entry)
        for about in _payers(entry):
            self._refer_once(about, entry)

    def _refer_once(self, about: EntryId, entry: Entry) -> None:
        if not self._refers(about):
            self._do("add_referring", id_bytes(about), entry.seq)

    def is_unsure(self, table: str, first: object) -> bool:
        """Whether the journal says enough of the rows whose key begins so."""
        return self._do("is_unsure", table, first).fetchone() is not None

    def _doubt(self, entry: Entry) -> None:
        """Booked again after a fork: whether it still did more than move value was decided by balances."""
        command = entry.payload
        known = {
            "wallets": (entry.wallet, getattr(command, "wallet", None), getattr(command, "into", None)),
            "cards": (
                card_of(command),
                getattr(command, "replaces", None),
                *getattr(command, "cancels", ()),
            ),
            "coupons": (
                *(
                    one.coupon
                    for one in (*getattr(command, "coupons", ()), _gift(command))
                    if one is not None
                ),
                *(_came(entry) if isinstance(command, c.BookMergePart) else ()),
            ),
            "referring": tuple(id_bytes(of) for of in (*_named_by(command), *_introduced(entry))),
            "intents": tuple(
                id_bytes(of)
                for of in (command.id, getattr(command, "intent", None), *vouchers_of(command))
                if of
            ),
            "shifts": (
                command.at.shift if isinstance(command, c.BookShiftOpen | c.BookShiftClose) else None,
            ),
            "records_kept": (getattr(command, "member", None),),
            "consents": (*self._agreeing(command), getattr(command, "member", None)),
            "lots": _lots_doubted(command),
        }
        for table, keys in known.items():
            for first in keys:
                if first is not None:
                    self._do("put_unsure", table, first)

    def _agreeing(self, command: c.Command) -> tuple[str | None, ...]:
        if isinstance(command, c.BookConsent):
            return (self._member(command.wallet),)
        opens = opens_of(command)
        return (opens.member,) if opens is not None and opens.consents else ()

    def _member(self, wallet: WalletId) -> str | None:
        """Whose it is by now."""
        row = self._do("wallet", wallet).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """With it, its file is gone."""
        self.connection.close()

    def _do(self, name: str, *values: object) -> sqlite3.Cursor:
        return self.connection.execute(self._sql[name], values)

    def _lots(self, entry: Entry) -> None:
        for lot in entry.lots:
            wallet = lot.wallet or wallet_in(entry)
            if self._do("take_lot", wallet, lot.unit, lot.lot, lot.amount, lot.listed).rowcount:
                continue
            window = (lot.paid, lot.since, lot.until, lot.invoice, lot.laid, lot.listed, lot.sold)
            self._do("lay_lot", wallet, lot.unit, entry.seq, lot.lot, lot.amount, *window)
            if lot.unit.startswith(BESIDE_LOTS):  # Which refunds met there was decided by what they found.
                self._do("put_unsure", "referring", id_bytes(met_in(lot.unit, lot.lot)))

    def _told(self, entry: Entry) -> None:  # noqa: C901, PLR0912, PLR0915  a table
        do = self._do
        match entry.payload:
            case c.BookVoid(of=other) | c.BookReversal(of=other) | c.BookRefund(of=other):
                do("add_referring", id_bytes(other), entry.seq)
            case c.BookRechargeRefund(lot=other) | c.BookRelease(hold=other):
                do("add_referring", id_bytes(other), entry.seq)
            case c.BookGrant(with_entry=other) if other is not None:
                do("add_referring", id_bytes(other), entry.seq)
            case c.BookImport(paper=paper):
                do("add_referring", id_bytes(sheet(paper)), entry.seq)
            case c.BookCard(wallet=wallet, card=card, replaces=old, until=until, kind=kind, boxed=boxed):
                if old is not None:
                    kind = kind or self._kind(old)
                    do("set_card", c.CardState.REPLACED, None, old)
                    self._drop_keys(entry, old)
                do("put_card", card, wallet, c.CardState.ACTIVE, until, kind)
                self._unboxed(entry, boxed)
            case c.BookCardState(card=card, state=state, until=until):
                do("set_card", state, until or None, card)
                if state is c.CardState.CANCELLED:
                    self._drop_keys(entry, card)
            case c.BookTransfer(wallet=wallet, to=member, cancels=cancels, onto=onto):
                if onto is not None:
                    do("add_referring", id_bytes(begun_merges()), entry.seq)
                do("set_member", member, wallet)
                do("set_given", id_ms(entry.id), wallet)
                for card in cancels:
                    do("set_card", c.CardState.CANCELLED, None, card)
                    self._drop_keys(entry, card)
            case c.BookTier(wallet=wallet, tier=tier):
                do("set_tier", tier, wallet)
            case c.BookErasure(member=member, waits=False) if (
                entry.redo is None
            ):  # Else perhaps it had to wait.
                do("add_erased", member)
                do("drop_consents", member)
            case c.BookConsent(wallet=wallet, purpose=purpose, version=version, given=given):
                if (agreeing := self._member(wallet)) is not None:
                    do("set_consent", agreeing, purpose, version, given, entry.seq)
            case c.BookLegalHold(member=member, until=until):
                do("set_records_kept", member, until)
            case c.BookMerge(wallet=wallet, into=into, tier=tier):
                if self._united(entry, wallet, into := self._current(into)) and tier:
                    do("set_tier", tier, into)
            case c.BookMergePart() as part:
                self._moved_ahead(entry, part)
            case c.BookInvoice(wallet=wallet, lot=lot, number=number, red=red, lots=lots):
                do("set_invoice", "" if red else number, wallet, lot)
                for used in dict.fromkeys(lots):
                    do("set_invoice", AT_USE, wallet, used)
                    do("add_referring", id_bytes(used), entry.seq)
                do("add_referring", id_bytes(lot), entry.seq)
            case c.BookIntent(id=intent, consumed_by=consumer, amount=amount):
                do("add_intent", id_bytes(intent), id_bytes(consumer), amount)
                self._intents_open += 1
            case c.BookIntentEnd(intent=intent, end=end):
                self._intents_open -= do("end_intent", end, id_bytes(intent)).rowcount
            case c.BookShiftOpen(at=at):
                do("set_shift", at.shift, 1)
            case c.BookShiftClose(at=at):
                do("set_shift", at.shift, 0)
            case c.BookRightsBack():
                self._lots_named(entry)
            case c.BookDirective() as command:
                if isinstance(command.directive, d.Grant | d.Release):
                    self._lots_named(entry)
                for member in command.erased:
                    do("add_erased", member)
                    do("drop_consents", member)
                self._directed(entry, command)
            case c.BookGuest() as guest:
                self._guest(entry, guest)

    def _card_stands(self, card: CardId, state: c.CardState) -> None:
        known = self._do("card", card).fetchone()
        was = c.CardState(known[1]) if known is not None else state
        stands = was if was.final else state
        renewed = was is c.CardState.EXPIRED and stands is c.CardState.ACTIVE
        self._do("list_card", card, stands)
        self._do("set_card", stands, "" if renewed else None, card)

    def _lots_named(self, entry: Entry) -> None:
        """Of recharges that came or went."""
        for lot in {one.lot for one in entry.lots if one.unit in {"principal", "bonus"}}:
            self._do("add_referring", id_bytes(EntryId(lot)), entry.seq)

    def _directed(self, entry: Entry, command: c.BookDirective) -> None:
        do = self._do
        match command.directive:
            case d.Grant() as what:
                self._granted(entry, what)
            case d.Release(sales=sales):
                for sale in sales:
                    do("sale_leaves", id_bytes(sale))
            case d.Merge() as what:
                self._united(entry, what.wallet, self._current(what.into), apart=command.apart)
            case d.CardStanding() | d.TierSet() | d.GivenAway() | d.HolderNamed() as what:
                self._stands(what)
            case d.KeyTrusted(use=use, public=public, ends=ends):
                for key in ends:
                    do("end_key", use, key)
                do("trust_key", use, public)
            case d.Activate(set=name, version=version, hash=manifest):
                do("activate_set", name, version, manifest)
        do("set_meta", "fed_epoch", command.directed.hq_epoch)
        do("set_meta", "fed_m", command.directed.m)

    def _stands(self, what: d.CardStanding | d.TierSet | d.GivenAway | d.HolderNamed) -> None:
        match what:
            case d.CardStanding(card=card, state=state):
                self._card_stands(card, c.CardState(state))
            case d.TierSet(wallet=wallet, tier=tier):
                self._do("set_tier", tier, self._current(wallet))
            case d.HolderNamed(wallet=wallet, member=member):
                if self._member(here := self._current(wallet)) is None:
                    self._do("set_member", member, here)
            case d.GivenAway(wallet=wallet, member=member, since=since, cards=cards):
                named = self._member(wallet) is not None
                if self._do("give_elsewhere", wallet, member, since).rowcount and named:
                    self._do("end_cards_but", wallet, msgspec.json.encode(cards).decode())

    # Wallets.

    def _opened(self, entry: Entry, opens: c.Opens) -> None:
        known = self._do("wallet", opens.wallet).fetchone()
        if known is None:
            self._do("add_wallet", opens.wallet, opens.member, entry.seq)
        elif known[0] is not None or known[2] is None or self._is_card(opens.card):
            return  # Booked again after a fork, on a branch where it was there.
        elif opens.member is not None:  # Where only the merge of it was there.
            self._do("set_member", opens.member, opens.wallet)
        wallet = self._current(opens.wallet)
        if opens.card is not None:
            state = c.CardState.NEW if opens.new else c.CardState.ACTIVE
            self._do("put_card", opens.card, wallet, state, opens.until, opens.kind)
            self._unboxed(entry, opens.boxed)
        self._coupons(wallet, opens.coupons)
        if opens.member is not None:
            for said in opens.consents:
                self._do("set_consent", opens.member, said.purpose, said.version, said.given, entry.seq)

    def _is_card(self, card: CardId | None) -> bool:
        return card is not None and self._do("card", card).fetchone() is not None

    def _unboxed(self, entry: Entry, card: CardId | None) -> None:
        if card is not None:
            self._do("set_card", c.CardState.CANCELLED, None, card)
            self._drop_keys(entry, card)

    def _kind(self, card: CardId) -> str:
        known = self._do("card", card).fetchone()
        return str(known[4]) if known is not None else ""

    def _is_wallet(self, wallet: WalletId) -> bool:
        return self._do("wallet", wallet).fetchone() is not None

    def _current(self, wallet: WalletId) -> WalletId:
        while (row := self._do("wallet", wallet).fetchone()) is not None and row[2] is not None:
            wallet = WalletId(row[2])
        return wallet

    def _coupons(self, wallet: WalletId | None, coupons: Sequence[c.CouponGrant]) -> None:
        for one in coupons:
            terms = (one.kind, one.face, one.threshold, one.since, one.until)
            self._do("put_coupon", one.coupon, wallet, *terms)
            for found in (missed(one.coupon), renewed(one.coupon)):  # By what was there, and of which day.
                self._do("put_unsure", "referring", id_bytes(found))

    def _drop_keys(self, entry: Entry, card: CardId) -> None:
        if entry.redo is None:  # Else perhaps that was refused.
            self._do("drop_keys_of", card)

    def _merged(self, entry: Entry, wallet: WalletId, into: WalletId) -> None:
        was, now = self._member(wallet), self._member(into)
        if (
            was is not None and now is not None
        ):  # What one of them said is the other's, where it could follow.
            for table, member in product(("consents", "records_kept"), (was, now)):
                self._do("put_unsure", table, member)
        for statement in ("keep_invoices", "move_cards", "move_coupons", "set_into"):
            self._do(statement, wallet, into)
        self._do("move_used_lots", wallet, into, entry.seq)
        self._do("add_referring", id_bytes(merged_into(into)), entry.seq)
        for of in (introduction, allowance, payers_of):
            if self._refers(of(wallet)):
                self._do("add_referring", id_bytes(of(into)), entry.seq)

    def _moved_ahead(self, entry: Entry, part: c.BookMergePart) -> None:
        if part.begins:
            self._do("add_referring", id_bytes(begun_merges()), entry.seq)
            return
        into = self._current(part.into)
        for one in (part.wallet, into) if part.wallet != into else ():
            if not self._is_wallet(one):
                self._do("add_wallet", one, None, entry.seq)
        for coupon in _came(entry):
            self._do("move_coupon", into, coupon)

    def _refers(self, to: EntryId) -> bool:
        """Whether an entry before this one does."""
        return self._do("is_referred", id_bytes(to)).fetchone() is not None

    def _guest(self, entry: Entry, guest: c.BookGuest) -> None:
        """Of a wallet that is known already only the card is new."""
        if not self._is_wallet(guest.wallet):
            self._do("add_wallet", guest.wallet, guest.member, entry.seq)
            self._do("set_given", guest.since, guest.wallet)
            if guest.tier != "regular":
                self._do("set_tier", guest.tier, guest.wallet)
        if guest.card is not None and self._do("card", guest.card).fetchone() is None:
            wallet = self._current(guest.wallet)
            self._do("put_card", guest.card, wallet, c.CardState.ACTIVE, "", guest.kind)
        self._unboxed(entry, guest.boxed)

    # What headquarters directed.

    def _granted(self, entry: Entry, grant: d.Grant) -> None:
        for right in grant.rights:
            account = named(right.account)
            if account.owner is not Owner.WALLET:
                continue
            wallet = self._current(WalletId(account.of))
            self._begun(entry, grant, wallet)
            if right.coupon is not None:
                self._coupons(wallet, (right.coupon,))
        for sale in grant.sales:
            whose = wallet_in(decoded(sale.entry))
            if sale.coupons and whose is not None:
                self._begun(entry, grant, self._current(whose))
            self._sale_came(entry, sale)

    def _begun(self, entry: Entry, grant: d.Grant, wallet: WalletId) -> None:
        """With the grant, where it is not here yet; or of whom it is, where only that it is was known."""
        known = self._do("wallet", wallet).fetchone()
        if known is None:
            self._do("add_wallet", wallet, grant.member, entry.seq)
            self._do("set_tier", grant.tier, wallet)
        elif known[0] is None and grant.member is not None:
            self._do("set_member", grant.member, wallet)
            self._do("set_tier", grant.tier, wallet)

    def _sale_came(self, entry: Entry, right: SaleRight) -> None:
        sale = id_bytes(right.sale)
        self._do("sale_is_here", sale)
        if not self._was_here(right.sale, entry):
            self._do("add_sale_came", sale, right.entry)
        for body in right.undone:
            undoing = decoded(body).id
            if not self._was_here(undoing, entry):
                self._do("add_undone_elsewhere", sale, id_bytes(undoing), body)
        wallet = wallet_in(decoded(right.entry))
        here = self._current(wallet) if wallet else None
        for terms in right.lots:
            window = (terms.paid, terms.since, terms.until, terms.invoice, terms.listed, terms.sold)
            self._do("lay_empty_lot", here, terms.unit, entry.seq, terms.lot, terms.laid, *window)
        self._coupons(here, right.coupons)

    def _was_here(self, one: EntryId, by: Entry) -> bool:
        seq = self._seq_of(one)
        return seq is not None and seq < by.seq

    def _united(self, entry: Entry, wallet: WalletId, into: WalletId, *, apart: bool = False) -> bool:
        """Where the first has gone into that one or another, nothing was done."""
        known = self._do("wallet", wallet).fetchone()
        if into == wallet or (known is not None and known[2] is not None):
            return False
        for one in (wallet, into):
            if not self._is_wallet(one):
                self._do("add_wallet", one, None, entry.seq)
        if not apart:
            self._merged(entry, wallet, into)
        return True


def _came(entry: Entry) -> list[str]:
    """Coupons that lie with another wallet since."""
    came = [named(name).unit for name, amount in entry.postings if amount > 0]
    return [unit.removeprefix("coupon:") for unit in came if unit.startswith("coupon:")]


def _lots_doubted(command: c.Command) -> tuple[WalletId | None, ...]:
    match command:
        case c.BookInvoice(wallet=wallet):
            return (wallet,)
        case c.BookMerge(wallet=wallet, into=into) | c.BookMergePart(wallet=wallet, into=into):
            return wallet, into
        case _:
            return ()


def _withdrawn(entry: Entry) -> set[str]:
    match entry.payload:
        case c.BookWithdrawal(coupon=coupon):
            return {coupon}
        case c.BookDirective(directive=d.Withdraw()):
            return ended_by(entry)
        case _:
            return set()


def _gift(command: c.Command) -> c.CouponGrant | None:
    """What whoever brought somebody is given, where there is room."""
    reward: c.Reward | None = getattr(command, "reward", None)
    return None if reward is None else reward.gift


def _introduced(entry: Entry) -> list[EntryId]:
    """Whether who brought them was rewarded, or was the first to have something, was decided by balances."""
    wallet = wallet_in(entry)
    return [*([introduction(wallet), allowance(wallet)] if wallet else []), *_payers(entry)]


def _payers(entry: Entry) -> Iterator[EntryId]:
    """What it refers to where nothing before it did."""
    if (wallet := c.wallet_of(entry.payload)) is not None:
        yield from named_by(marks_in(entry.payload), wallet)


def _named_by(command: c.Command) -> list[EntryId]:
    """The entry that a command undoes or comes with, by whatever name; the sheet that it takes over."""
    if isinstance(command, c.BookImport):
        return [sheet(command.paper)]
    if isinstance(command, c.BookWithdrawal):
        return [ending(command.coupon)]
    if code := code_in(command):
        return [claimed_by(code)]
    return [
        of
        for name in ("of", "lot", "hold", "with_entry")
        if (of := getattr(command, name, None)) and len(of) == _ID_CHARS
    ]
