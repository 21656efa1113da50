"""What a ledger must hold after so many entries of a day, beside accounts: followed command by command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lab.powercut.day import Day
from terminal.core import commands as c
from terminal.core import directives as d
from terminal.core.accounts import named
from terminal.core.values import EntryId, MemberId, WalletId


@dataclass
class Facts:
    intents: dict[EntryId, tuple[EntryId, int, str]] = field(default_factory=dict)
    """What consumes it, its amount, and how it ended; in the order in which they were opened."""
    profiles: dict[MemberId, c.Private] = field(default_factory=dict)
    """Personal data as they must be readable."""
    erased: set[MemberId] = field(default_factory=set)

    def open_intents(self) -> list[EntryId]:
        return [intent for intent, (_, _, end) in self.intents.items() if not end]

    def copy(self) -> Facts:
        return Facts(dict(self.intents), dict(self.profiles), set(self.erased))


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
        self._waiting: dict[EntryId, EntryId] = {}
        """What consumes an intent, and the intent."""

    def takes(self, command: Any, private: c.Private | None) -> None:  # noqa: ANN401  any of the commands
        intents = self.facts.intents
        if (waited := self._waiting.get(command.id)) is not None:
            intents[waited] = (*intents[waited][:2], "done")
        match command:
            case c.BookIntent(id=intent, amount=amount, consumed_by=consumer):
                intents[intent] = (consumer, amount, "")
                self._waiting[consumer] = intent
            case c.BookIntentEnd(intent=intent, end=end):
                intents[intent] = (*intents[intent][:2], end.value)
            case c.BookErasure(member=member):
                self.facts.profiles.pop(member)
                self.facts.erased.add(member)
            case c.BookDirective(directive=d.Grant(rights=rights, member=member)):
                for right in rights:  # A wallet that was not known here begins with it.
                    self._members.setdefault(WalletId(named(right.account).of), member)
            case c.BookTransfer(wallet=wallet, to=member):
                self._keeps(wallet, member, private)
            case c.BookProfile(wallet=wallet):
                self._keeps(wallet, self._members[wallet], private)
        if (opens := getattr(command, "opens", None)) is not None and opens.member is not None:
            self._keeps(opens.wallet, opens.member, private)

    def _keeps(self, wallet: WalletId, member: MemberId | None, private: c.Private | None) -> None:
        if member is None:
            return
        kept = private or c.Private()
        self._members[wallet] = member
        self.facts.profiles[member] = c.Private(
            name=kept.name, phone=kept.phone, plate=kept.plate, salt=kept.salt
        )
