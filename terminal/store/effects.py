"""What an entry changes beside accounts and lots, written into the file in the same transaction."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import CardState, Private
from terminal.core.errors import AlreadyMember, NotBookable, PeopleLocked
from terminal.core.initials import initials_of_name
from terminal.core.ledger import effects as of
from terminal.core.rights import SaleRight
from terminal.core.trust import Credential, Medium, masked, masked_name, masked_phone
from terminal.core.values import EntryId, MemberId, WalletId
from terminal.store.answers import edit_id, id_bytes, id_ms
from terminal.store.persons import Persons
from terminal.store.pin_tries import of_staff
from terminal.store.sealed import MemberKeys, traces_of
from terminal.store.services import Services

log = logging.getLogger(__name__)

Run = Callable[..., sqlite3.Cursor]
"""A statement by its name, and its values."""

_TAKES_PRIVATE = (
    of.KeysAdded,
    of.CardAdded,
    of.GuestCard,
    of.ProfileKept,
    of.ServiceKept,
    of.PinKept,
    of.StaffPinKept,
)
_TOLD = (
    of.KeysAdded,
    of.KeysDropped,
    of.CardAdded,
    of.ProfileKept,
    of.PinKept,
    of.HolderChanged,
    of.GivenElsewhere,
)
"""What headquarters must be told of outside of the chain; of what was given elsewhere the cards from here."""

_ALL_PRIVATE = (of.KeysAdded, of.ProfileKept, of.ServiceKept, of.PinKept, of.StaffPinKept)
"""Of these nothing is left without it."""


_MERGED = ("keep_invoices", "move_cards", "move_tokens", "move_traces", "move_coupons", "set_into")
"""Of a lot that went ahead an invoice may have been written since, where it was."""


def told_of(effects: Sequence[of.Effect]) -> dict[WalletId, None]:
    """The wallets that one edit concerns, each once however much of it changes.

    Of who is erased headquarters hears, too: that nothing is known any more, and nothing leads to them.
    """
    gone = (effect.wallets for effect in effects if isinstance(effect, of.Erased))
    erased = {wallet: None for wallets in gone for wallet in wallets}
    return {effect.wallet: None for effect in effects if isinstance(effect, _TOLD)} | erased


def edits_of(effects: Sequence[of.Effect], entry: EntryId) -> dict[WalletId, EntryId]:
    """By which ids headquarters hears of them: of one wallet the entry's own, of several one for each."""
    told = told_of(effects)
    return {wallet: entry if len(told) == 1 else edit_id(entry, wallet) for wallet in told}


class Effects:
    """Belongs to the writer's thread, like the shelf that it is a part of."""

    def __init__(self, run: Run, keys: MemberKeys) -> None:
        self._do = run
        self._secret = keys.secret
        self._keys = keys
        self.services = Services(run, keys)
        self.persons = Persons(run, keys)
        self._erased = False
        self.unpurged = False
        """What was erased still lies in the log."""

    def apply(
        self, effects: Sequence[of.Effect], private: Private | None, *, entry: EntryId, seq: int
    ) -> None:
        """Raises `AlreadyMember` where somebody else has that card or phone."""
        if private is not None and not any(isinstance(effect, _TAKES_PRIVATE) for effect in effects):
            raise NotBookable("personal data with a command that keeps none")
        for effect in effects:
            self._one(effect, private or Private(), entry, seq)
        for wallet, edit in edits_of(effects, entry).items():
            self._note_edit(wallet, edit)

    def replay(self, effects: Sequence[of.Effect], *, entry: EntryId, seq: int) -> None:
        """Of an entry whose personal data is elsewhere, or nowhere any more."""
        for effect in effects:
            if not isinstance(effect, _ALL_PRIVATE):
                self._one(effect, Private(), entry, seq)

    def _note_edit(self, wallet: WalletId, edit: EntryId) -> None:
        self._do("note_edit", wallet, id_bytes(edit), id_ms(edit))

    def _one(self, effect: of.Effect, private: Private, entry: EntryId, seq: int) -> None:  # noqa: C901, PLR0912, PLR0915  a table
        do = self._do
        match effect:
            case of.WalletOpened(wallet=wallet, member=member, since=since):
                if member is not None and do("profile", member).fetchone():
                    raise NotBookable("the member exists")
                do("add_wallet", wallet, member, seq)
                if since:
                    do("set_given", since, wallet)
            case of.WalletMerged(wallet=wallet, into=into):
                for statement in _MERGED:
                    do(statement, wallet, into)
                self.unpurged = self.persons.follow(wallet, into) or self.unpurged
                self.services.follow(wallet, into)
                if do("move_pin", wallet, into).rowcount:
                    do("move_pin_tries", wallet, into)
                do("move_used_lots", wallet, into, seq)
            case of.CardAdded() | of.GuestCard() as added:
                state = added.state if isinstance(added, of.CardAdded) else CardState.ACTIVE
                shown = masked(_number(private.credentials))
                do("add_card", added.card, added.wallet, state, shown, added.until, added.kind)
            case of.CardChanged(card=card, state=state, until=until):
                do("set_card", state, until, card)
            case of.KeysAdded():
                self._add_keys(effect, private.credentials)
            case of.KeysDropped(wallet=wallet, card=card):
                do("drop_tokens", wallet, card)
            case of.CouponAdded(wallet=wallet, coupon=one):
                terms = (one.kind, one.face, one.threshold, one.since, one.until)
                do("add_coupon", one.coupon, wallet, *terms)
            case of.CouponMoved(coupon=coupon, wallet=wallet):
                do("move_coupon", wallet, coupon)
            case of.ProfileKept():
                self._keep_profile(effect, private)
            case of.ServiceKept(member=member):
                self.services.keep(member, private, entry, seq)
            case of.ServicesDropped(member=member):
                do("drop_services", member)
                self.unpurged = True
            case of.NotesDropped():
                self.drop_notes(effect, entry)
            case of.VisitorForgotten(member=member, wallets=wallets):
                self.forget_visitor(member, wallets)
            case of.Erased():
                self._erase(effect)
            case of.ErasureNoted():
                self.note_erasure(effect)
            case of.ConsentKept(member=member, consent=said):
                do("set_consent", member, said.purpose, said.version, said.given, seq)
                self.services.agreed(member, said)
            case of.RecordsKept(member=member, until=until):
                do("set_records_kept", member, until)
            case of.HolderChanged() | of.HolderLearnt() as named:
                do("set_member", named.member, named.wallet)
                if isinstance(named, of.HolderChanged):
                    do("set_given", id_ms(entry), named.wallet)
            case of.GivenElsewhere():
                self._given_elsewhere(effect)
            case of.TierChanged(wallet=wallet, tier=tier):
                do("set_tier", tier, wallet)
            case of.PinKept() | of.PinDropped() | of.StaffPinKept() as pin:
                self._pin_changed(pin, private)
            case of.Refers(of=other):
                do("add_referring", id_bytes(other), seq)
            case of.LotInvoiced(wallet=wallet, lot=lot, number=number):
                do("set_invoice", number, wallet, lot)
            case of.IntentOpened(consumed_by=consumer, amount=amount):
                do("add_intent", id_bytes(entry), id_bytes(consumer), amount)
            case of.IntentEnded(intent=intent, end=end):
                do("end_intent", end, id_bytes(intent))
            case of.ShiftOpened(shift=shift):
                do("set_shift", shift, 1)
            case of.ShiftClosed(shift=shift):
                do("set_shift", shift, 0)
            case _:
                self._directed(effect, seq)

    def _pin_changed(self, effect: of.PinKept | of.PinDropped | of.StaffPinKept, private: Private) -> None:
        if isinstance(effect, of.StaffPinKept):
            self._do("set_staff_pin", effect.staff, private.pin, effect.given)
            self._do("forget_pin_tries", of_staff(effect.staff))
            return
        chosen = isinstance(effect, of.PinKept)
        self._do("set_pin", private.pin if chosen else "", effect.wallet)
        if chosen:
            self._do("forget_pin_tries", effect.wallet)

    def _directed(self, effect: of.Effect, seq: int) -> None:
        do = self._do
        match effect:
            case of.FeedRead(hq_epoch=hq_epoch, m=m):
                do("set_meta", "fed_epoch", hq_epoch)
                do("set_meta", "fed_m", m)
            case of.CardListed(card=card, state=state):
                do("list_card", card, state)
            case of.TrustChanged(use=use, public=public, ends=ends):
                for key in ends:
                    do("end_key", use, key)
                do("trust_key", use, public)
            case of.SetActivated(set=name, version=version, hash=manifest):
                do("activate_set", name, version, manifest)
            case of.SaleLeft(sale=sale):
                do("sale_leaves", id_bytes(sale))
            case of.SaleCame(right=right, wallet=wallet):
                self._sale_came(right, wallet, seq)

    def _sale_came(self, right: SaleRight, wallet: WalletId | None, seq: int) -> None:
        """With the lots that it names, of which nothing lies here until it is given back."""
        do, sale = self._do, id_bytes(right.sale)
        do("sale_is_here", sale)
        if do("entry_by_id", sale).fetchone() is None:
            do("add_sale_came", sale, right.entry)
        for body in right.undone:
            undoing = id_bytes(decoded(body).id)
            if do("entry_by_id", undoing).fetchone() is None:
                do("add_undone_elsewhere", sale, undoing, body)
        for terms in right.lots:
            window = (terms.paid, terms.since, terms.until, terms.invoice, terms.listed, terms.sold)
            do("lay_empty_lot", wallet, terms.unit, seq, terms.lot, terms.laid, *window)

    def _add_keys(self, effect: of.KeysAdded, credentials: Sequence[Credential]) -> None:
        for key in credentials:
            if any(self._do("token", token).fetchone() for token in self._secret.tokens(key)):
                raise AlreadyMember("somebody has that card or phone")
            card = None if key.medium is Medium.PHONE else effect.card
            self._do("add_token", self._secret.token(key), effect.wallet, card)

    def _keep_profile(self, effect: of.ProfileKept, private: Private) -> None:
        if self._do("is_erased", effect.member).fetchone():
            raise NotBookable("that member was erased: a new one begins")
        sealed = self._keys.seal(effect.member, private)
        phone = masked_phone(private.phone)
        self._do("set_profile", effect.member, sealed, masked_name(private.name) or phone, phone)
        self._do("drop_traces", effect.wallet)
        for trace in traces_of(private):
            self._do("add_trace", self._secret.trace(trace), effect.wallet)

    def _erase(self, effect: of.Erased) -> None:
        """The key itself goes after COMMIT: an erasure that was rolled back must not have destroyed it."""
        self._do("drop_profile", effect.member)
        self._do("drop_consents", effect.member)
        self._do("drop_services", effect.member)
        for wallet in effect.wallets:
            self._do("drop_all_tokens", wallet)
            self._do("drop_traces", wallet)
        self._do("add_erased", effect.member)
        self._do("erasure_waits_no_more", effect.member)
        self._erased = True

    def note_erasure(self, effect: of.ErasureNoted) -> None:
        """Nobody is to forget that it was asked for. Headquarters knows of one that is an entry."""
        asked, at = effect.asked, effect.asked.at
        by = asked.wallet, at.operator, at.second or "", asked.why or ""
        self._do("erasure_waits", asked.member, at.business_day, effect.until, *by, asked.waits)

    def drop_notes(self, effect: of.NotesDropped, entry: EntryId) -> None:
        """Headquarters hears of it by that entry."""
        if (row := self._do("profile", effect.member).fetchone()) is None:
            return
        private = self._keys.unseal(effect.member, row[0])
        if private is None or not any(what in effect.what for what, _ in private.told):
            return
        left = replace(private, told=tuple(one for one in private.told if one[0] not in effect.what))
        self._do("set_sealed", self._keys.seal(effect.member, left), effect.member)
        self.unpurged = True
        for wallet in effect.wallets:
            self._note_edit(wallet, edit_id(entry, wallet))

    def key_anew(self, member: MemberId, wallets: Sequence[WalletId]) -> None:
        """By readings of their name that became known since; what found them before still does."""
        if (row := self._do("profile", member).fetchone()) is None:
            return
        private = self._keys.unseal(member, row[0])
        if private is None:
            return
        read = traces_of(replace(private, initials=initials_of_name(private.name)))
        for wallet in wallets:
            for trace in read:
                self._do("add_trace", self._secret.trace(trace), wallet)

    def forget_visitor(self, member: MemberId, wallets: Sequence[WalletId]) -> None:
        self._do("drop_services", member)
        self._do("erasure_waits_no_more", member)
        for wallet in wallets:
            self._do("drop_all_tokens", wallet)
            self._do("drop_traces", wallet)
        self.unpurged = True

    def _given_elsewhere(self, given: of.GivenElsewhere) -> None:
        """Unless it was given to somebody here later, or merged into another."""
        was = self._do("wallet", given.wallet).fetchone()
        if not self._do("give_elsewhere", given.wallet, given.member, given.since).rowcount:
            return
        if was[0] is not None:
            over = msgspec.json.encode(given.cards).decode()
            self._do("drop_tokens_but", given.wallet, over)
            self._do("end_cards_but", given.wallet, over)
        self.drop_who_had_it(given.wallet)

    def drop_who_had_it(self, wallet: WalletId) -> None:
        """Their phone, what they are searched by, the tries at their PIN."""
        self._do("drop_tokens", wallet, None)
        self._do("drop_traces", wallet)
        self._do("forget_pin_tries", wallet)

    def destroy_keys(self, *, at_start: bool = False) -> None:
        """Of those whose erasure is committed."""
        if not at_start and not self._erased:
            return
        self._erased = False
        rows: list[tuple[Any, ...]] = self._do("erased_not_yet").fetchall()
        try:
            for (member,) in rows:
                self._keys.destroy(member)
        except PeopleLocked as fault:  # At the next start again; what they sealed is gone from here already.
            log.error("keys of members who were erased are not destroyed yet: %s", fault)  # noqa: TRY400
            return
        self.unpurged = self.unpurged or bool(rows)

    def purged(self) -> None:
        """Nothing of them is left: not in the file, whose freed bytes are overwritten, nor in its log."""
        self._do("set_erased")
        self.unpurged = False


def _number(credentials: Sequence[Credential]) -> str:
    return next((key.number for key in credentials if key.medium is not Medium.PHONE), "")
