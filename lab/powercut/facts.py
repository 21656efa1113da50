"""What a ledger must hold after so many entries of a day, beside accounts: followed command by command."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from lab.powercut.day import Day
from terminal.core import commands as c
from terminal.core import directives as d
from terminal.core.accounts import named
from terminal.core.particulars import HEALTH
from terminal.core.retention import PARTICULARS
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId, MemberId, WalletId


@dataclass
class Facts:
    intents: dict[EntryId, tuple[EntryId, int, str]] = field(default_factory=dict)
    """What consumes it, its amount, and how it ended; in the order in which they were opened."""
    profiles: dict[MemberId, c.Private] = field(default_factory=dict)
    """Personal data as they must be readable."""
    erased: set[MemberId] = field(default_factory=set)
    keys: dict[Credential, tuple[WalletId, CardId | None]] = field(default_factory=dict)
    """Where each card and phone leads, and by which card; a phone by none."""
    pins: dict[WalletId, str] = field(default_factory=dict)

    def open_intents(self) -> list[EntryId]:
        return [intent for intent, (_, _, end) in self.intents.items() if not end]

    def copy(self) -> Facts:
        return Facts(
            dict(self.intents), dict(self.profiles), set(self.erased), dict(self.keys), dict(self.pins)
        )


def facts_of(day: Day) -> list[Facts]:
    """At place n: after the first n entries."""
    found, follower = [Facts()], _Follower()
    for entry, _ in day.journal:
        follower.takes(*day.sent[entry])
        found.append(follower.facts.copy())
    return found


class _Follower:
    def __init__(self) -> None:
        self.facts = Facts()
        self._members: dict[WalletId, MemberId | None] = {}
        """Of every wallet that is known."""
        self._into: dict[WalletId, WalletId] = {}
        self._waiting: dict[EntryId, EntryId] = {}
        """What consumes an intent, and the intent."""

    def takes(self, command: Any, private: c.Private | None) -> None:  # noqa: ANN401, C901, PLR0912  a table
        intents = self.facts.intents
        if (waited := self._waiting.get(command.id)) is not None:
            intents[waited] = (*intents[waited][:2], "done")
        match command:
            case c.BookIntent(id=intent, amount=amount, consumed_by=consumer):
                intents[intent] = (consumer, amount, "")
                self._waiting[consumer] = intent
            case c.BookIntentEnd(intent=intent, end=end):
                intents[intent] = (*intents[intent][:2], end.value)
            case c.BookErasure(member=member, waits=False):
                for one in (*self._were(member), member):
                    self._forgets(one)
            case c.BookDirective(directive=d.Lapse(kind=kind), lapsed=wallets, erased=erased):
                for member in erased:
                    self._forgets(member)
                if kind in PARTICULARS:
                    self._trims({self._members[self._now(wallet)] for wallet in wallets}, PARTICULARS[kind])
            case c.BookDirective(directive=d.Grant(rights=rights, member=member)):
                for right in rights:  # A wallet that was not known here begins with it.
                    self._begins(WalletId(named(right.account).of), member)
            case c.BookGuest(wallet=wallet, member=member):
                self._begins(wallet, member)
            case c.BookTransfer(wallet=wallet, to=member, cancels=cancels):
                self._drop(lambda _, card: card in cancels)
                self._keeps(wallet, member, private)
                self._phone_changes(wallet, private)
                self.facts.pins.pop(wallet, None)
            case c.BookProfile(wallet=wallet):
                self._keeps(wallet, self._members[wallet], private)
                self._phone_changes(wallet, private)
            case c.BookCard(wallet=wallet, card=card, replaces=old):
                self._drop(lambda _, of: of is not None and of == old)
                self._leads(wallet, card, private)
            case c.BookCardState(card=card, state=c.CardState.CANCELLED):
                self._drop(lambda _, of: of == card)
            case c.BookPin(wallet=wallet):
                self.facts.pins[wallet] = (private or c.Private()).pin
            case (
                c.BookMerge(wallet=wallet, into=into)
                | c.BookDirective(directive=d.Merge(wallet=wallet, into=into), apart=False)
            ):
                self._merged(wallet, into)
        if (opens := getattr(command, "opens", None)) is not None:
            self._begins(opens.wallet, opens.member)
            if opens.member is not None:
                self._keeps(opens.wallet, opens.member, private)
            self._leads(opens.wallet, opens.card, private)

    def _forgets(self, member: MemberId) -> None:
        self.facts.profiles.pop(member, None)
        self.facts.erased.add(member)
        self._drop(lambda wallet, _: self._members.get(wallet) == member)

    def _trims(self, members: Collection[MemberId | None], what: Collection[str]) -> None:
        for member, kept in self.facts.profiles.items():
            if member in members:
                told = tuple(one for one in kept.told if one[0] not in what)
                self.facts.profiles[member] = replace(kept, told=told)

    def _now(self, wallet: WalletId) -> WalletId:
        while wallet in self._into:
            wallet = self._into[wallet]
        return wallet

    def _begins(self, wallet: WalletId, member: MemberId | None) -> None:
        if self._members.get(wallet) is None:
            self._members[wallet] = member

    def _leads(self, wallet: WalletId, card: CardId | None, private: c.Private | None) -> None:
        for key in (private or c.Private()).credentials:
            self.facts.keys[key] = wallet, None if key.medium is Medium.PHONE else card

    def _phone_changes(self, wallet: WalletId, private: c.Private | None) -> None:
        self._drop(lambda of, card: of == wallet and card is None)
        self._leads(wallet, None, private)

    def _drop(self, which: Callable[[WalletId, CardId | None], bool]) -> None:
        self.facts.keys = {key: to for key, to in self.facts.keys.items() if not which(*to)}

    def _merged(self, wallet: WalletId, into: WalletId) -> None:
        into = self._now(into)
        if wallet in self._into or wallet not in self._members or wallet == into:
            return
        self._into[wallet] = into
        if (pin := self.facts.pins.get(wallet)) and not self.facts.pins.get(into):
            self.facts.pins[into] = pin
        self._begins(into, None)
        self._one_person(self._members[wallet], self._members[into])
        self.facts.keys = {
            key: (into if of == wallet else of, card) for key, (of, card) in self.facts.keys.items()
        }

    def _own(self, member: MemberId) -> list[WalletId]:
        """Where what is theirs lies, and nobody else's."""
        found = {self._now(wallet) for wallet, of in self._members.items() if of == member}
        return [one for one in found if self._members[one] in {member, None}]

    def _were(self, member: MemberId) -> list[MemberId]:
        """Who was merged into them, and has no other wallet."""
        gone = {of for wallet, of in self._members.items() if self._members[self._now(wallet)] == member}
        return [one for one in gone if one is not None and one != member and not self._own(one)]

    def _one_person(self, was: MemberId | None, now: MemberId | None) -> None:
        profiles = self.facts.profiles
        if was is None or now is None or was == now or self._own(was):
            return
        if was in profiles and now in profiles:
            goes, stays = profiles.pop(was), profiles[now]
            told = dict(stays.told) | {what: said for what, said in goes.told if what not in dict(stays.told)}
            kept = tuple(one for one in told.items() if one[0] not in HEALTH)  # Nobody here agrees to that.
            profiles[now] = replace(stays, name=stays.name or goes.name, told=kept)

    def _keeps(self, wallet: WalletId, member: MemberId | None, private: c.Private | None) -> None:
        if member is None:
            return
        kept = private or c.Private()
        self._members[wallet] = member
        self.facts.profiles[member] = c.Private(
            name=kept.name, phone=kept.phone, plate=kept.plate, told=kept.told, salt=kept.salt
        )
