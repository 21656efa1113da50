"""What a shift comes to: told from the journal, twice, and where the two differ it says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.commands import (
    BookCashMove,
    BookDeposit,
    BookFleetFunds,
    BookHold,
    BookIntent,
    BookIntentEnd,
    BookIssue,
    BookJoin,
    BookNote,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookReversal,
    BookSale,
    BookShiftClose,
    BookShiftOpen,
    BookVoid,
    Commission,
    Discount,
    IntentEnd,
    PaidBy,
    PointsEarned,
    Private,
    RechargeRefundReason,
    Returned,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry, Redo
from terminal.core.figures import CASH, Difference, Named, ShiftFigures, ShiftNow, Tallied, Won
from terminal.core.group_buy import begun_for
from terminal.core.shift import DRAWER, X_REPORT, figures_of, report_of
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, StaffId, TerminalId, WalletId
from terminal.store.shifts import figures_in, shift_in
from tests.core.ledger.book import AT, C2, M2, W1, W2, Book, opening
from tests.core.ledger.test_by_hand import owing, pays
from tests.core.ledger.test_value import line, load, sell

NOTHING = Tallied()


class Till(Book):
    """A book that remembers its entries in order, and what the last report says."""

    def __init__(self) -> None:
        super().__init__()
        self.journal: list[Entry] = []
        self.with_member()

    def keep_command(self, command: Any, private: Private | None = None) -> Entry:
        entry = super().keep_command(command, private)
        self.journal.append(entry)
        return entry

    def with_card_of(self, wallet: WalletId, card: CardId) -> None:
        self.book(BookIssue, opens=opening(wallet, None, card))

    def x(self) -> ShiftFigures:
        return figures_in(self.journal, self.book(BookNote, what=X_REPORT).id)

    def z(self, counted: int, left: int = 0) -> ShiftFigures:
        return figures_in(self.journal, self.book(BookShiftClose, counted=counted, left=left).id)


@pytest.fixture
def till() -> Till:
    return Till()


def test_a_shift_with_nothing_in_it_says_nothing(till: Till) -> None:
    said = till.z(0)
    assert said == ShiftFigures(
        shift=AT.shift,
        from_ms=AT.wall_ms,
        days=(),
        attendants=(),
        sales=NOTHING,
        discounts=0,
        overrides=(),
        rounding=0,
        tenders=(),
        recharges=NOTHING,
        bonus=0,
        others=NOTHING,
        voids=NOTHING,
        refunds=NOTHING,
        outside=(),
        in_doubt=NOTHING,
        filling=NOTHING,
        joined=1,
        opening=0,
        handed=None,
        cash_sales=0,
        cash_recharges=0,
        cash_others=0,
        cash_back=0,
        moves=(),
        opened=(),
        x_reports=0,
        expected=0,
        counted=0,
        won=(Won(by=AT.operator, day=AT.business_day, count=1),),
    )
    assert (said.over, said.in_drawer) == (0, 0)


def test_sales_are_told_by_day_attendant_and_way_of_paying(till: Till) -> None:
    load(till, 5000, 100)
    sell(till, line(703, off=97), rounding=3)
    sell(till, line(900), pays={"stored": 500, "code": (150, "wechat", 0)})
    till.at = replace(till.at, operator=StaffId("E02"), business_day="2026-11-25")
    sell(till, line(400), pays={"card": 250, "code": 50})
    said = till.x()
    assert said.sales == Tallied(count=3, amount=2003)
    assert (said.discounts, said.rounding, said.bonus) == (97, 3, 100)
    assert said.days == (
        Named(name="2026-11-24", count=2, amount=1603), Named(name="2026-11-25", count=1, amount=400)
    )  # fmt: skip
    assert said.attendants == (
        Named(name="ST-0301", count=2, amount=1603), Named(name="E02", count=1, amount=400)
    )  # fmt: skip
    assert said.tenders == (
        Named(name="cash", count=3, amount=700 + 250 + 100),
        Named(name="stored", count=1, amount=500),
        Named(name="code", count=2, amount=200),
        Named(name="card", count=1, amount=250),
    )
    assert said.outside == (
        Named(name="wechat", count=1, amount=150),
        Named(name="card", count=1, amount=250),
        Named(name="code", count=1, amount=50),
    )
    assert (said.cash_sales, said.cash_recharges, said.recharges) == (
        1050,
        5000,
        Tallied(count=1, amount=5000),
    )
    assert said.expected == said.in_drawer == 6050
    assert (said.differences, said.counted, said.over) == ((), None, 0)


def test_what_uses_pay_was_a_sale_when_the_count_card_was_bought(till: Till) -> None:
    sell(till, line(900, sells=Sells(unit="count:K10", amount=10)))
    sell(till, line(120), pays={"uses": (120, "count:K10", 1)})
    said = till.x()
    assert said.sales == Tallied(count=2, amount=900)
    assert said.days == (Named(name="2026-11-24", count=2, amount=900),)
    assert said.attendants == (Named(name="ST-0301", count=2, amount=900),)
    assert said.tenders == (
        Named(name="cash", count=1, amount=900),
        Named(name="uses", count=1, amount=120),
    )
    assert said.differences == ()


def test_what_is_held_of_a_company_is_sold_and_litres_that_are_held_were(till: Till) -> None:
    till.book(BookFleetFunds, company="haulage", amount=5_00, paid_by=None)
    sell(till, line(7_00, sells=Sells(unit="litres:0", amount=100)))
    credit = till.book(BookHold, wallet=None, card=None, amount=5_00, for_what="pump:3", company="haulage")
    litres = till.book(BookHold, wallet=W1, card=None, amount=50, for_what="pump:3", unit="litres:0")
    before = till.x().sales.amount
    sell(till, line(3_00), pays={"held": (3_00, credit.id, 40)}, wallet=None)
    assert till.x().sales.amount == before + 3_00
    sell(till, line(4_00), pays={"held": (4_00, litres.id, 50)})
    assert till.x().sales.amount == before + 3_00


def test_uses_that_come_back_are_no_money_of_the_refunds_either(till: Till) -> None:
    sell(till, line(900, sells=Sells(unit="count:K10", amount=10)))
    use = sell(till, line(120), pays={"uses": (120, "count:K10", 1)})
    till.book(BookRefund, of=use.id, returned=(Returned(line=0, net=120),), why="wrong", cash_step=1)
    assert till.x().refunds == Tallied(count=1, amount=0)
    uses = Tender(kind=TenderKind.USES, amount=120, of="count:K10", units=1, places=(0,))
    fields = {"wallet": W1, "card": None, "lines": (line(120), line(50)), "due": 170, "received": 50}
    both = till.book(BookSale, **fields, tenders=(uses, Tender(kind=TenderKind.CASH, amount=50)))
    back = (Returned(line=0, net=120), Returned(line=1, net=30))
    till.book(BookRefund, of=both.id, returned=back, why="wrong", cash_step=1)
    said = till.x()
    assert said.sales == Tallied(count=3, amount=950)
    assert said.refunds == Tallied(count=2, amount=30)
    assert said.cash_back == -30
    assert said.differences == ()


def test_a_fill_of_litres_that_were_held_was_a_sale_when_they_were_bought(till: Till) -> None:
    sell(till, line(900, sells=Sells(unit="litres:92", amount=10)))
    held = {"wallet": W1, "card": None, "for_what": "pump:3", "unit": "litres:92"}
    kept = till.book(BookHold, **held, amount=1)
    fill = sell(till, line(100), pays={"held": (100, kept.id, 1)})
    assert till.x().sales == Tallied(count=2, amount=900)
    till.book(BookRefund, of=fill.id, returned=(Returned(line=0, net=100),), why="wrong", cash_step=1)
    assert till.x().refunds == Tallied(count=1, amount=0)


def test_a_fill_of_stored_value_that_was_held_is_a_sale(till: Till) -> None:
    load(till, 1000)
    kept = till.book(BookHold, wallet=W1, card=None, for_what="pump:3", unit="", amount=300)
    sell(till, line(200), pays={"held": (200, kept.id, 0)})
    assert till.x().sales == Tallied(count=1, amount=200)


def test_what_points_pay_is_a_sale(till: Till) -> None:
    earned = PointsEarned(family="goods", points=100, until="2027-12-31")
    sell(till, line(10_000), points=(earned,))
    sell(till, line(300), pays={"points": (100, "goods", 100)})
    assert till.x().sales == Tallied(count=2, amount=10_300)


def test_a_count_card_that_comes_back_is_money_of_the_refunds(till: Till) -> None:
    card = sell(till, line(900, sells=Sells(unit="count:K10", amount=10)))
    sell(till, line(120), pays={"uses": (120, "count:K10", 1)})
    till.book(BookRefund, of=card.id, returned=(Returned(line=0, net=700),), why="wrong", cash_step=1)
    assert till.x().refunds == Tallied(count=1, amount=700)


def test_money_that_is_no_sale_is_told_apart(till: Till) -> None:
    load(till, 1000, paid_by=PaidBy.CODE, through="alipay")
    load(till, 2000, paid_by=PaidBy.CARD)
    left = {"wallet": W1, "card": None, "of": "presale:p1"}
    till.book(BookDeposit, **left, amount=300, received=300)
    till.book(BookFleetFunds, company="haulage", amount=4000, paid_by=PaidBy.TRANSFER)
    till.book(BookFleetFunds, company="haulage", amount=70, paid_by=PaidBy.CASH)
    till.book(BookFleetFunds, company="haulage", amount=9000, paid_by=None)
    said = till.x()
    assert said.recharge_rounding == 0
    assert said.others == Tallied(count=3, amount=4370)
    assert said.outside == (
        Named(name="alipay", count=1, amount=1000),
        Named(name="card", count=1, amount=2000),
        Named(name="transfer", count=1, amount=4000),
    )
    assert (said.cash_recharges, said.cash_others, said.expected) == (0, 370, 370)
    assert said.recharges == Tallied(count=2, amount=3000)
    assert said.differences == ()


def test_change_of_a_deposit_that_was_rounded_stands_with_the_rounding_and_not_in_the_drawer(
    till: Till,
) -> None:
    left = {"wallet": W1, "card": None, "of": "presale:p1"}
    till.book(BookDeposit, **left, amount=1234, received=2000, rounding=4)
    recharge = {"principal": 1007, "bonus": 0, "received": 1100, "rounding": 7}
    till.book(BookRecharge, wallet=W1, card=None, **recharge)
    said = till.x()
    assert (said.others, said.recharge_rounding) == (Tallied(count=1, amount=1234), 11)
    assert (said.cash_others, said.cash_recharges, said.expected) == (1230, 1000, 2230)
    assert said.differences == ()


def test_what_is_undone_goes_back_as_it_came(till: Till) -> None:
    gone = sell(till, line(500))
    till.book(BookVoid, of=gone.id, why="wrong article")
    sold = sell(till, line(800), line(200), pays={"code": (600, "wechat", 0)})
    till.book(BookRefund, of=sold.id, returned=(Returned(line=1, net=200),), why="spoiled")
    mistaken = load(till, 700)
    till.book(BookReversal, of=mistaken.id, why="no card was written")
    said = till.x()
    assert said.sales == Tallied(count=2, amount=1500)
    assert said.voids == Tallied(count=2, amount=500 + 700)
    assert said.refunds == Tallied(count=1, amount=200)
    assert said.cash_back == -500 - 700 - 80
    assert said.outside == (Named(name="wechat", count=1, amount=600 - 120),)
    assert said.expected == said.in_drawer == 400 - 80
    assert said.differences == ()


def test_a_recharge_that_is_paid_out_is_a_refund(till: Till) -> None:
    lot = load(till, 1000)
    till.book(
        BookRechargeRefund, wallet=W1, lot=lot.id, reason=RechargeRefundReason.SHOP, in_cash=True
    )  # fmt: skip
    said = till.x()
    assert said.refunds == Tallied(count=1, amount=1000)
    assert (said.cash_back, said.expected) == (-1000, 0)


def test_what_an_earlier_shift_booked_and_this_one_undoes_is_told_by_its_money(till: Till) -> None:
    paid = load(till, 900)
    till.z(900)
    till.in_shift("late")
    till.book(BookShiftOpen, opening_cash=5000)
    till.book(BookReversal, of=paid.id, why="no card was written")
    said = till.z(4100)
    assert (said.voids, said.cash_back, said.over) == (Tallied(count=1, amount=900), -900, 0)
    assert said.recharges == NOTHING


def test_cash_that_is_put_in_and_taken_out_stands_by_its_reason(till: Till) -> None:
    till.book(BookShiftOpen, opening_cash=500)
    till.book(BookCashMove, amount=100, reason="change")
    till.book(BookCashMove, amount=-20, reason="flowers")
    till.book(BookCashMove, amount=-30, reason="safe")
    till.book(BookCashMove, amount=-40, reason="safe")
    said = till.x()
    assert said.opening == 500
    assert said.moves == (
        Named(name="change", count=1, amount=100),
        Named(name="flowers", count=1, amount=-20),
        Named(name="safe", count=2, amount=-70),
    )
    assert said.expected == said.in_drawer == 510


def test_looking_into_the_drawer_and_at_the_x_is_counted(till: Till) -> None:
    till.book(BookNote, what=DRAWER, detail="change")
    till.book(BookNote, what=DRAWER, detail="change")
    for _ in range(2):
        till.book(BookNote, what="settings", detail="x")
    assert till.x().x_reports == 1
    said = till.z(0)
    assert said.opened == (Named(name="change", count=2),)
    assert said.x_reports == 1


@pytest.mark.parametrize(("counted", "over"), [(1050, 0), (1047, -3), (1060, 10)])
def test_the_count_is_over_or_short_of_what_the_ledger_says(till: Till, counted: int, over: int) -> None:
    till.book(BookShiftOpen, opening_cash=1000)
    sell(till, line(50))
    said = till.z(counted, left=800)
    assert (said.counted, said.left, said.over) == (counted, 800, over)
    assert till.site_of("over_short") == over
    assert said.differences == ()


def test_two_attendants_in_turn_each_have_their_own_figures(till: Till) -> None:
    sell(till, line(300))
    early = till.z(300, left=200)
    till.in_shift("late")
    till.at = replace(till.at, operator=StaffId("E02"))
    till.book(BookShiftOpen, opening_cash=195)
    sell(till, line(40))
    late = till.z(235)
    assert (early.shift, early.handed, early.opening, early.sales.amount) == ("early", None, 0, 300)
    assert (late.shift, late.handed, late.opening, late.sales.amount) == ("late", 200, 195, 40)
    assert [one.name for one in late.attendants] == ["E02"]
    assert figures_in(till.journal, till.journal[2].id) == early, "told again it is the same"


def test_what_other_shifts_book_meanwhile_is_left_out(till: Till) -> None:
    sell(till, line(300))
    till.in_shift("beside")
    sell(till, line(77))
    till.in_shift("early")
    assert till.x().sales == Tallied(count=1, amount=300)


def test_what_was_begun_outside_and_has_no_end_is_in_doubt(till: Till) -> None:
    def begin(amount: int, consumer: str) -> Entry:
        fields = {"what": "code_payment", "amount": amount, "consumed_by": consumer}
        return till.book(BookIntent, **fields)

    begin(11, "01a0c450-6c01-7000-8000-0053310000f1")
    undone = begin(12, "01a0c450-6c01-7000-8000-0053310000f2")
    paid = begin(13, "01a0c450-6c01-7000-8000-0053310000f3")
    assert till.x().in_doubt == Tallied(count=3, amount=36)
    till.book(BookIntentEnd, intent=undone.id, end=IntentEnd.UNDONE, evidence="cancelled")
    consumer = paid.payload.consumed_by  # type: ignore[union-attr]
    sell(till, line(13), pays={"code": 13}, id=consumer)
    assert till.x().in_doubt == Tallied(count=1, amount=11)


def test_fills_that_are_not_over_stand_apart_from_what_is_in_doubt(till: Till) -> None:
    fills = [
        till.book(
            BookIntent, what=what, amount=amount, consumed_by=f"01a0c450-6c01-7000-8000-0053310000e{at}"
        )
        for at, (what, amount) in enumerate([("pump_preset", 200), ("code_payment", 7), ("pump_preset", 500)])
    ]
    said = till.x()
    assert (said.filling, said.in_doubt) == (Tallied(count=2, amount=700), Tallied(count=1, amount=7))
    sell(till, line(13), id=fills[0].payload.consumed_by)  # type: ignore[union-attr]
    assert till.z(0).filling == Tallied(count=1, amount=500)
    till.at = replace(till.at, shift=ShiftId("next"))
    assert till.x().filling == Tallied(count=1, amount=500)
    till.book(BookIntentEnd, intent=fills[2].id, end=IntentEnd.UNDONE, evidence="nothing flowed")
    assert till.x().filling == NOTHING


def test_an_invoice_that_is_asked_for_is_no_payment_in_doubt(till: Till) -> None:
    fields = {"what": "invoice:01a0c450-6c01-7000-8000-0053310000aa", "amount": 11}
    till.book(BookIntent, consumed_by="01a0c450-6c01-7000-8000-0053310000f1", **fields)
    assert till.x().in_doubt == NOTHING
    assert till.z(0).in_doubt == NOTHING
    till.at = replace(till.at, shift=ShiftId("next"))
    assert till.x().in_doubt == NOTHING


def test_what_an_earlier_shift_began_is_in_doubt_until_it_ends_in_whichever_shift(till: Till) -> None:
    fields = {"what": "code_payment", "wallet": None}
    first = till.book(BookIntent, amount=11, consumed_by="01a0c450-6c01-7000-8000-0053310000f1", **fields)
    paid = till.book(BookIntent, amount=12, consumed_by="01a0c450-6c01-7000-8000-0053310000f2", **fields)
    assert till.z(0).in_doubt == Tallied(count=2, amount=23)
    here = replace(till.at, shift=ShiftId("next"))
    till.at = here
    assert till.x().in_doubt == Tallied(count=2, amount=23)
    till.at = replace(here, shift=ShiftId("another"))
    till.book(BookIntentEnd, intent=first.id, end=IntentEnd.UNDONE, evidence="cancelled")
    till.at = here
    assert till.x().in_doubt == Tallied(count=1, amount=12)
    till.at = replace(here, shift=ShiftId("another"))
    sell(till, line(12), pays={"code": 12}, id=paid.payload.consumed_by)  # type: ignore[union-attr]
    till.at = here
    assert till.x().in_doubt == NOTHING


def test_who_joined_is_counted_and_a_card_without_a_name_is_not(till: Till) -> None:
    till.book(BookJoin, Private(phone="19000000302"), opens=opening(W2, M2, C2))
    till.with_card_of(WalletId("w3"), CardId("c3"))
    said = till.x()
    assert (said.joined, said.won) == (2, (Won(by=AT.operator, day=AT.business_day, count=2),))


def test_each_attendants_members_are_counted_by_day(till: Till) -> None:
    """Whoever booked it: the one who won them counts."""
    other = StaffId("E77")
    opens = replace(opening(W2, M2, None), recruiter=other)
    till.at = replace(AT, business_day="2026-11-25")
    till.book(BookJoin, Private(phone="19000000302"), opens=opens)
    for number, by in ((3, other), (4, AT.operator)):
        one = replace(opening(WalletId(f"w{number}"), MemberId(f"m{number}"), None), recruiter=by)
        till.book(BookJoin, Private(phone=f"1900000030{number}"), opens=one)
    assert till.x().won == (
        Won(by=AT.operator, day=AT.business_day, count=1),
        Won(by=other, day="2026-11-25", count=2),
        Won(by=AT.operator, day="2026-11-25", count=1),
    )


def test_the_report_says_where_receipts_and_ledger_differ(till: Till) -> None:
    """What was booked again in another branch may have moved other money than its receipt says."""
    sell(till, line(500))
    asked = till.book(BookNote, what=X_REPORT)
    moved = replace(till.journal[1], postings=(("site:S1:outside:wechat", -500),), redo=Redo(epoch=1, seq=9))
    said = figures_of([moved, asked], asked, handed=None, drawer=0)
    assert said.differences == (
        Difference(what=CASH, receipts=500, ledger=0),
        Difference(what="wechat", receipts=0, ledger=500),
    )
    assert (said.expected, said.in_drawer) == (500, 0)


def test_only_what_differs_is_named_in_a_fixed_order_cash_first(till: Till) -> None:
    sell(till, line(900), pays={"code": (300, "wechat", 0), "card": 200})
    asked = till.book(BookNote, what=X_REPORT)
    moved = replace(till.journal[1], postings=(("site:S1:outside:card", -200), ("site:S1:outside:a", -9)))
    said = figures_of([moved, asked], asked, handed=7, drawer=-400)
    assert said.differences == (
        Difference(what="a", receipts=0, ledger=9),
        Difference(what="wechat", receipts=300, ledger=0),
    )
    assert (said.in_drawer, said.handed, said.left) == (400, 7, 0)
    names = ["wechat", "b", "c", "alipay", "d", "a", "e"]
    moved = replace(moved, postings=tuple((f"site:S1:outside:{name}", -1) for name in names))
    late = figures_of([moved, asked], asked, handed=7, drawer=-401)
    assert [one.what for one in late.differences] == [CASH, *sorted([*names, "card"])]


def test_a_shift_begins_with_its_first_entry(till: Till) -> None:
    for minute in (3, 1, 2):
        till.at = replace(AT, wall_ms=AT.wall_ms + minute)
        till.in_shift("late")
        sell(till, line(100))
    assert till.x().from_ms == AT.wall_ms + 3


def test_what_notes_are_called_stands_in_journals_for_ever() -> None:
    assert (X_REPORT, DRAWER, CASH) == ("x_report", "drawer", "")


def test_a_shift_that_nobody_opened_is_not_open() -> None:
    assert ShiftNow(shift=ShiftId("S")) == ShiftNow(
        shift=ShiftId("S"), open=False, operator=None, since_day="", after=None, left=0, in_drawer=0
    )


def test_over_and_short_are_of_the_ledger_where_it_differs(till: Till) -> None:
    asked = till.book(BookShiftClose, counted=40)
    said = figures_of([asked], asked, handed=None, drawer=-50)
    assert (said.over, said.differences) == (-10, (Difference(what=CASH, receipts=0, ledger=50),))


def test_only_a_close_and_a_note_of_the_x_are_reports(till: Till) -> None:
    notes = [till.book(BookNote, what=what).payload for what in (X_REPORT, DRAWER, "x")]
    fields = {"what": X_REPORT, "amount": 1, "consumed_by": "01a0c450-6c01-7000-8000-0053310000f1"}
    intent = till.book(BookIntent, **fields).payload
    close = till.book(BookShiftClose, counted=0).payload
    assert [report_of(one) for one in (*notes, intent, close)] == [True, False, False, False, True]
    with pytest.raises(LookupError):
        figures_in(till.journal, notes[1].id)


MOVES = st.lists(
    st.tuples(st.sampled_from(["sale", "recharge", "code", "in", "out", "void"]), st.integers(1, 5000)),
    max_size=12,
)


def _does(till: Till, what: str, amount: int) -> None:
    match what:
        case "sale":
            sell(till, line(amount))
        case "recharge":
            load(till, amount)
        case "code":
            sell(till, line(amount), pays={"code": amount})
        case "in":
            till.book(BookCashMove, amount=amount, reason="change")
        case "out" if till.site_of("drawer:early") <= -amount:
            till.book(BookCashMove, amount=-amount, reason="safe")
        case "void":
            till.book(BookVoid, of=sell(till, line(amount)).id, why="x")
        case _:
            pass


@given(MOVES, st.integers(0, 9000))
def test_whatever_happens_the_report_agrees_with_the_ledger(
    moves: Sequence[tuple[str, int]], counted: int
) -> None:
    till = Till()
    for what, amount in moves:
        _does(till, what, amount)
    there = -till.site_of("drawer:early")
    said = till.z(counted)
    assert (said.expected, said.in_drawer, said.over) == (there, there, counted - there)
    parts = (said.opening, said.cash_sales, said.cash_recharges, said.cash_others, said.cash_back)
    assert said.expected == sum(parts) + sum(one.amount for one in said.moves)
    assert said.differences == ()
    assert till.site_of("over_short") == said.over
    assert till.balances[chart.drawer(till.site, AT.shift)] == 0


# Where a shift stands

T1 = TerminalId("T1")


def test_the_first_shift_of_a_terminal_begins_by_itself(till: Till) -> None:
    assert shift_in(till.journal, till, T1) == ShiftNow(shift=ShiftId("T1-1"))


def test_an_open_shift_says_who_opened_it_and_on_which_day(till: Till) -> None:
    till.in_shift("T1-1")
    till.book(BookShiftOpen, opening_cash=100)
    assert shift_in(till.journal, till, T1) == ShiftNow(
        shift=ShiftId("T1-1"), open=True, operator=AT.operator, since_day=AT.business_day, in_drawer=100
    )


def test_after_a_shift_comes_the_next_number_with_what_was_left(till: Till) -> None:
    for number in range(1, 11):
        till.in_shift(f"T1-{number}")
        till.book(BookShiftOpen, opening_cash=100)
        till.book(BookShiftClose, counted=100, left=number)
    assert shift_in(till.journal, till, T1) == ShiftNow(
        shift=ShiftId("T1-11"), after=ShiftId("T1-10"), left=10
    )


def test_shifts_of_others_and_of_other_names_are_not_this_terminals(till: Till) -> None:
    for name in ("2026-11-24-7", "T2-5", "T1-2-9", "T1-late", "T1"):
        till.in_shift(name)
        till.book(BookShiftOpen, opening_cash=0)
    assert shift_in(till.journal, till, T1) == ShiftNow(shift=ShiftId("T1-1"))
    assert shift_in(till.journal, till, TerminalId("T1-2")).shift == "T1-2-9"


def test_a_refund_that_people_paid_is_told_where_it_went_and_stands_there_no_more(till: Till) -> None:
    begun = owing(till)
    said = till.x()
    assert (said.in_doubt, said.cash_back) == (Tallied(count=1, amount=700), -300)
    assert {one.name: one.amount for one in said.outside} == {"wechat": 0}
    pays(till, begun)
    said = till.x()
    assert (said.in_doubt, said.cash_back, said.expected) == (NOTHING, -1000, -700)
    assert said.outside == (Named(name="wechat", count=1, amount=700),)
    assert (said.refunds, said.differences) == (Tallied(count=1, amount=1000), ())


def test_in_another_shift_and_by_transfer_too(till: Till) -> None:
    begun = owing(till)
    till.z(0)
    till.in_shift("late")
    assert till.x().in_doubt == Tallied(count=1, amount=700)
    pays(till, begun, by_hand=PaidBy.TRANSFER)
    said = till.x()
    assert (said.in_doubt, said.cash_back) == (NOTHING, 0)
    assert {one.name: one.amount for one in said.outside} == {"wechat": 700, "transfer": -700}
    assert said.differences == ()


def test_change_that_was_rounded_is_told_and_the_drawer_agrees(till: Till) -> None:
    till.book(BookRecharge, wallet=W1, card=None, principal=1234, bonus=0, received=2000, rounding=4)
    said = till.x()
    assert (said.recharges, said.recharge_rounding) == (Tallied(count=1, amount=1234), 4)
    assert (said.cash_recharges, said.expected, said.rounding) == (1230, 1230, 0)
    assert said.differences == ()


def test_what_each_earned_with_services_is_told_less_what_went_back(till: Till) -> None:
    def done(by: str, fen: int) -> SaleLine:
        return line(500, commission=Commission(by=StaffId(by), amount=fen))

    first = sell(till, done("E02", 50), done("E03", 30), done("E02", 20), line(100))
    sell(till, done("E02", 5))
    assert till.x().commissions == (
        Named(name="E02", count=2, amount=75), Named(name="E03", count=1, amount=30)
    )  # fmt: skip
    till.book(BookRefund, of=first.id, returned=(Returned(line=0, net=250),), why="x")
    assert till.z(0).commissions[0] == Named(name="E02", count=2, amount=50)
    till.in_shift("late")
    till.book(BookRefund, of=first.id, returned=(Returned(line=1, net=500),), why="x")
    assert till.z(0).commissions == (Named(name="E03", count=0, amount=-30),)


def test_a_void_takes_back_what_was_earned(till: Till) -> None:
    sale = sell(till, line(500, commission=Commission(by=StaffId("E02"), amount=50)))
    till.book(BookVoid, of=sale.id, why="x")
    assert till.z(0).commissions == (Named(name="E02", count=1, amount=0),)


def test_what_people_took_off_is_told_by_reason_among_all_discounts(till: Till) -> None:
    def taken(reason: str, fen: int) -> SaleLine:
        sold = line(500, off=100)
        given = Discount(name=reason, amount=fen, by=StaffId("E02"))
        return replace(sold, discounts=(*sold.discounts, given), net=500 - fen)

    sell(till, line(500, off=100), taken("damaged", 200), taken("other", 30))
    sell(till, taken("damaged", 4))
    said = till.x()
    assert said.discounts == 400 + 234
    assert said.overrides == (
        Named(name="damaged", count=2, amount=204),
        Named(name="other", count=1, amount=30),
    )


def test_vouchers_of_platforms_stand_by_name_and_in_doubt_until_their_sale_is_booked(till: Till) -> None:
    sale = EntryId("01a0c450-6c01-7000-8000-0053310000f1")
    fields = {"amount": 400, "what": begun_for("meituan", sale)}
    begun = [till.book(BookIntent, consumed_by=till.next_id(), **fields).id for _ in range(2)]
    assert till.x().in_doubt == Tallied(count=2, amount=800)
    assert till.x().vouchers == ()
    used = Tender(kind=TenderKind.GROUP_BUY, amount=800, of="meituan", vouchers=tuple(begun), settles=752)
    lines = (line(900),)
    cash = Tender(kind=TenderKind.CASH, amount=100)
    till.book(
        BookSale,
        id=sale,
        wallet=None,
        card=None,
        lines=lines,
        due=900,
        tenders=(used, cash),
        received=100,
    )
    figures = till.x()
    assert figures.in_doubt == NOTHING
    assert figures.vouchers == (Named(name="meituan", count=2, amount=752),)
    assert figures.outside == (Named(name="meituan", count=1, amount=800),)
    paid = {one.name: one.amount for one in figures.tenders}
    assert paid == {"group_buy": 800, "cash": 100}
    assert figures.differences == ()
