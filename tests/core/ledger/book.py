"""A ledger of plain dictionaries, booked on without any port: what the rules decide, and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec.structs import replace

from terminal.core.accounts import Account, measure_of, named
from terminal.core.canonical import decoded, encoded
from terminal.core.commands import (
    BookIssue,
    BookJoin,
    ClockTrust,
    Command,
    Occasion,
    Opens,
    Private,
    wallet_of,
)
from terminal.core.entry import Entry
from terminal.core.ledger import Posted, posted, replayed
from terminal.core.ledger.debts import settles
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, SiteId, StaffId, TerminalId, WalletId
from terminal.store.answers import Place, entry_of
from terminal.store.memory_state import MemoryState

DAY = "2026-11-24"
AT = Occasion(
    terminal=TerminalId("T1"),
    shift=ShiftId("early"),
    operator=StaffId("ST-0301"),
    business_day=DAY,
    wall_ms=1_795_000_000_000,
    utc_offset_min=480,
    clock=ClockTrust.UNKNOWN,
    mono_ms=1000,
    boot="b1",
)
TWO = replace(AT, second=StaffId("ST-9"))
"""Approved by a second person."""
W1, W2 = WalletId("w1"), WalletId("w2")
C1, C2 = CardId("c1"), CardId("c2")
M1, M2 = MemberId("m1"), MemberId("m2")


def opening(wallet: WalletId, member: MemberId | None, card: CardId | None) -> Opens:
    return Opens(
        wallet=wallet,
        member=member,
        card=card,
        commitment="",
        terms="1",
        channel="counter",
        recruiter=AT.operator,
    )


class Book(MemoryState):
    """`book(Kind, ...)` makes the command with the next id, decides it and keeps it."""

    def __init__(self) -> None:
        super().__init__(SiteId("S1"))
        self.at = AT
        self.number = 0
        self.seq = 0
        self.done = Posted()
        """What the last entry did."""
        self.with_headquarters = True

    def alone(self) -> bool:
        return not self.with_headquarters

    def settles(self, owed: Account) -> bool:
        return settles(owed, alone=self.alone())

    def next_id(self) -> EntryId:
        self.number += 1
        return EntryId(str(UUID(int=1_790_000_000_000 << 80 | 7 << 76 | 2 << 62 | self.number)))

    def book(self, kind: Any, /, private: Private | None = None, **fields: Any) -> Entry:
        return self.keep_command(kind(**{"id": self.next_id(), "at": self.at, **fields}), private)

    def keep_command(self, command: Command, private: Private | None = None) -> Entry:
        done: Posted = posted(command, self)
        assert all(amount for _, amount in done.postings), "a posting of nothing"
        assert all(lot.amount for lot in done.lots), "a lot of nothing"
        self.done = done
        self.check(done.effects, private)
        entry = entry_of(command, done, Place(self.site, 1, self.seq + 1, ""))
        assert decoded(encoded(entry)) == entry
        whole = replace(done, wallet=done.wallet or wallet_of(command))
        assert replayed(entry, self) == whole, "what another file makes of it"
        self.keep(entry, done, private or Private())
        self.seq += 1
        self.check_sums()
        return entry

    def on_day(self, day: str) -> None:
        self.at = replace(self.at, business_day=day)

    def in_shift(self, shift: str) -> None:
        self.at = replace(self.at, shift=ShiftId(shift))

    def check_sums(self) -> None:
        """What must hold after every entry, whatever it was."""
        sums: dict[str, int] = {}
        for account, balance in self.balances.items():
            assert account.may_hold(balance), (account.name, balance)
            assert named(account.name) == account
            measure = measure_of(account.unit)
            sums[measure] = sums.get(measure, 0) + balance
        assert not any(sums.values()), sums
        for (wallet, unit), lots in self.laid.items():
            if unit.startswith("debt:"):  # A merge may ask for lots of it.
                assert not lots
                continue
            rest = sum(lot.rest for lot in lots.values())
            assert all(0 <= lot.rest <= lot.laid for lot in lots.values())
            balance = self.of(wallet, unit)
            beside = unit.startswith(("points:", "coupon:", "deposit:", "held:"))  # May lie in no lot.
            assert rest <= balance if beside else rest == balance, (unit, rest, balance)

    def of(self, wallet: str, unit: str) -> int:
        return next((n for a, n in self.balances.items() if a.of == wallet and a.unit == unit), 0)

    def site_of(self, unit: str) -> int:
        return self.of("S1", unit)

    def standing(self) -> dict[str, int]:
        return {account.name: balance for account, balance in self.balances.items() if balance}

    # Beginnings that most tests need.

    def with_card(self) -> Book:
        opens = Opens(
            wallet=W1,
            member=None,
            card=C1,
            commitment="",
            terms="1",
            channel="counter",
            recruiter=AT.operator,
        )
        self.book(BookIssue, opens=opens)
        return self

    def with_member(self, wallet: WalletId = W1, member: MemberId = M1, card: CardId | None = None) -> Book:
        private = Private(phone="19000000301", name="王小明", initials="WXM")
        self.book(BookJoin, private, opens=opening(wallet, member, card))
        return self
