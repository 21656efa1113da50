"""Any order of commands, on disk and in memory at once: same answers, and sums a child could check."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from terminal.core.commands import Booked, Command, Private, SpendOrder
from terminal.core.errors import TerminalFault
from terminal.core.trust import Credential, Medium
from terminal.core.values import SiteId
from terminal.store.beside import check_beside
from terminal.store.memory import MemoryLedger
from terminal.store.verify import verified
from tests.store.conftest import opened_at
from tests.store.facts import issue, opens, recharge, sale

CARDS = some.integers(1, 3)
FEN = some.integers(1, 30_000)


@dataclass
class Purse:
    principal: int = 0
    bonus: int = 0
    points: int = 0


@dataclass
class Oracle:
    """What a careful person with paper and pencil would have written down."""

    purses: dict[int, Purse] = field(default_factory=dict)
    entries: int = 0

    def issues(self, card: int) -> bool:
        if card in self.purses:
            return False
        self.purses[card] = Purse()
        self.entries += 1
        return True

    def recharges(self, card: int, principal: int, bonus: int) -> bool:
        if card not in self.purses:
            return False
        self.purses[card].principal += principal
        self.purses[card].bonus += bonus
        self.entries += 1
        return True

    def sells(self, card: int, stored: int, points: int, order: SpendOrder) -> bool:
        purse = self.purses.get(card)
        if purse is None or stored > purse.principal + purse.bonus:
            return False
        if order is SpendOrder.BONUS_LAST:
            part = min(stored, purse.principal)
        else:
            held = purse.principal + purse.bonus
            part = (2 * stored * purse.principal + held) // (2 * held) if stored else 0
        purse.principal -= part
        purse.bonus -= stored - part
        purse.points += points
        self.entries += 1
        return True


class Ledgers(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.oracle = Oracle()
        self.number = 0
        self.sent: list[tuple[Command, Private | None, Booked | type[Exception]]] = []
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="ledger-")
        self.path = Path(self.folder.name) / "ledger.db"
        self.twin = MemoryLedger(SiteId("S1"))
        self.file: Any = None

    @initialize()
    def begin(self) -> None:
        self.file = self.runner.run(opened_at(self.path))

    def teardown(self) -> None:
        if self.file is not None:
            self.runner.run(self.file.close())
            connection = sqlite3.connect(self.path)
            assert verified(connection).entries == self.oracle.entries
            check_beside(connection)
            connection.close()
        self.runner.close()
        self.folder.cleanup()

    def both(self, command: Command, private: Private | None = None) -> Booked | type[Exception]:
        async def answered() -> list[Booked | type[Exception]]:
            return [await _answer(one, command, private) for one in (self.file, self.twin)]

        on_disk, in_memory = self.runner.run(answered())
        assert on_disk == in_memory
        return on_disk

    def says(self, command: Command, private: Private | None, *, expected: bool) -> None:
        answer = self.both(command, private)
        assert isinstance(answer, Booked) == expected, answer
        self.sent.append((command, private, answer))

    def next(self) -> int:
        self.number += 1
        return self.number

    @rule(card=CARDS)
    def a_card_is_issued(self, card: int) -> None:
        self.says(*issue(self.next(), card), expected=self.oracle.issues(card))

    @rule(card=CARDS, principal=FEN, bonus=some.integers(0, 5000))
    def a_card_is_recharged(self, card: int, principal: int, bonus: int) -> None:
        command = recharge(self.next(), card, principal, bonus)
        self.says(command, None, expected=self.oracle.recharges(card, principal, bonus))

    @rule(
        card=CARDS,
        stored=some.integers(0, 40_000),
        cash=some.integers(0, 5000),
        points=some.integers(0, 50),
        order=some.sampled_from(SpendOrder),
    )
    def something_is_sold(self, card: int, stored: int, cash: int, points: int, order: SpendOrder) -> None:
        amount = max(1, stored + cash)
        command = sale(self.next(), amount, number=card, stored=stored, points=points, order=order)
        self.says(command, None, expected=self.oracle.sells(card, stored, points, order))

    @rule(amount=FEN)
    def something_is_sold_to_a_stranger(self, amount: int) -> None:
        self.oracle.entries += 1
        self.says(sale(self.next(), amount), None, expected=True)

    @rule(who=some.integers(10, 13), amount=FEN, coupons=some.integers(0, 4))
    def somebody_joins(self, who: int, amount: int, coupons: int) -> None:
        phone = Credential(medium=Medium.PHONE, number=f"190000000{who}")
        command = sale(self.next(), amount, points=1, begins=opens(who, member=True, coupons=coupons))
        private = Private(credentials=(phone,), phone=phone.number)
        self.says(command, private, expected=self.oracle.issues(who))
        self.oracle.purses[who].points = 1

    @rule(pick=some.randoms(use_true_random=False))
    def something_is_submitted_again(self, pick: Any) -> None:
        if not self.sent:
            return
        command, private, before = pick.choice(self.sent)
        if not isinstance(before, Booked):
            return
        answer = self.both(command, private)
        assert isinstance(answer, Booked)
        assert answer.again
        assert (answer.seq, answer.receipt_no, answer.after) == (before.seq, before.receipt_no, before.after)

    @rule()
    def the_terminal_is_started_again(self) -> None:
        self.runner.run(self.file.close())
        self.file = self.runner.run(opened_at(self.path))

    @invariant()
    def heads_agree(self) -> None:
        if self.file is not None:
            assert self.runner.run(self.file.outbox.head()) == self.runner.run(self.twin.head())
            assert self.runner.run(self.twin.head())[0] == self.oracle.entries

    @invariant()
    def everybody_has_what_was_written_down(self) -> None:
        for card, purse in self.oracle.purses.items():
            medium, number = Medium.EM4100, f"0A00BC{card:04X}"
            if card >= 10:
                medium, number = Medium.PHONE, f"190000000{card}"
            key = Credential(medium=medium, number=number)
            holders = [self.runner.run(one.books.holder(key)) for one in (self.file, self.twin)]
            assert holders[0] == holders[1]
            assert holders[0] is not None
            held = Purse(holders[0].principal, holders[0].bonus, holders[0].points)
            assert held == purse


async def _answer(ledger: Any, command: Command, private: Private | None) -> Booked | type[Exception]:
    try:
        booked: Booked = await ledger.committer.submit(command, private)
    except TerminalFault as fault:
        return type(fault)
    return booked


TestLedgers = Ledgers.TestCase
TestLedgers.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
