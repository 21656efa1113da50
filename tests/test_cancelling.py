"""Cards are cancelled by number from the menu: seen, signed by a manager, and begun again."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from msgspec.structs import replace

from terminal.cancelling import SHOWN_MAX, Seen
from terminal.core.approval import Approved
from terminal.core.batches import Batch, CardAccount, CutShort
from terminal.core.cards import CardState
from terminal.core.commands import BATCH, BookCardState, BookNote
from terminal.core.values import CardId, EntryId
from tests.desk.fakes import Bench, settled
from tests.desk.test_counter_batch import CutOff, issued, load, notes, wallet_of
from tests.desk.test_counter_second import MANAGED, PIN, with_pins
from tests.flows.shop import POLICY
from tests.test_technician import Box

RANGE = "pt0001-pt0005"
MANAGER, LEAD, TECHNICIAN = "E05", "E02", "E04"
ALL_FIVE = "5 cards without value are cancelled"


async def opened(bench: Bench) -> Box:
    await with_pins(bench)
    await issued(bench, "5")
    await bench.touch("done")
    await settled()
    bench.printer.paper.clear()
    box = Box(bench)
    assert (await box.enter(TECHNICIAN, PIN)).token
    return box


@pytest.fixture
async def bench() -> AsyncGenerator[Bench, None]:
    async with Bench(settings=MANAGED) as one:
        yield one


@pytest.fixture
async def box(bench: Bench) -> Box:
    return await opened(bench)


def entries(bench: Bench) -> list[BookCardState]:
    return [one.payload for one in bench.ledger.entries.values() if isinstance(one.payload, BookCardState)]


async def test_what_would_be_done_is_seen_first_and_changes_nothing(box: Box) -> None:
    await load(box.bench, 2, 150)
    assert (await box.ask("cards", RANGE)).lines == (
        "4 cards without value are cancelled",
        "not given out yet, of these: 4",
        "left out, with value: 1, ¥1.50",
        "  PT0002  ¥1.50",
    )
    assert entries(box.bench) == []
    assert box.bench.counter.at_rest, "what the counter's page shows is its own"


async def test_a_manager_signs_and_the_list_is_printed(box: Box) -> None:
    await load(box.bench, 2, 150)
    head = (await box.ask("cards", RANGE)).lines[0]
    answer = await box.ask("cards-cancel", RANGE, head, MANAGER, PIN, "", "")
    await settled()
    assert answer.lines == ("4 cards cancelled, 1 left out; the list is printed",)
    done = entries(box.bench)
    assert [(one.state, one.at.operator, one.at.second) for one in done] == [
        (CardState.CANCELLED, MANAGER, None)
    ] * 4
    (note,) = [
        one.payload
        for one in box.ledger.entries.values()
        if isinstance(one.payload, BookNote) and one.payload.what == BATCH and one.payload.detail == "4/5"
    ]
    assert {one.batch for one in done} == {note.id}
    assert note.at.operator == MANAGER
    assert await wallet_of(box.bench, 1) is None
    assert await wallet_of(box.bench, 2)
    (paper,) = box.bench.printer.paper
    assert "PT0003" in paper
    assert "1.50" in paper


@pytest.mark.parametrize(
    ("signed", "why"),
    [
        ((LEAD, PIN, "", ""), "MayNotApprove"),
        ((TECHNICIAN, PIN, "", ""), "MayNotApprove"),
        ((MANAGER, "111222", "", ""), "WrongPin"),
        ((MANAGER, PIN, LEAD, "111222"), "WrongPin"),
        (("E99", PIN, "", ""), "Pin"),
    ],
)
async def test_nobody_else_signs(box: Box, signed: tuple[str, ...], why: str) -> None:
    answer = await box.ask("cards-cancel", RANGE, ALL_FIVE, *signed)
    assert why in answer.why
    assert entries(box.bench) == []


async def test_where_the_shop_wants_two_there_are_two() -> None:
    async with Bench(settings=MANAGED, policy=replace(POLICY, second_person=(Approved.CARD_STATE,))) as bench:
        box = await opened(bench)
        assert (
            "SecondPersonNeeded" in (await box.ask("cards-cancel", RANGE, ALL_FIVE, MANAGER, PIN, "", "")).why
        )
        assert entries(bench) == []
        assert (await box.ask("cards-cancel", RANGE, ALL_FIVE, MANAGER, PIN, LEAD, PIN)).lines
        assert [one.at.second for one in entries(bench)] == [LEAD] * 5


async def test_what_is_done_is_what_was_seen(box: Box) -> None:
    await load(box.bench, 2, 150)
    answer = await box.ask("cards-cancel", RANGE, ALL_FIVE, MANAGER, PIN, "", "")
    assert answer.why == "it is another number of cards by now: look again"
    assert entries(box.bench) == []


async def test_it_waits_until_nobody_is_served(box: Box) -> None:
    await box.bench.touch("start", "recharge")
    answer = await box.ask("cards-cancel", RANGE, ALL_FIVE, MANAGER, PIN, "", "")
    assert answer.why.startswith("somebody is being served")
    assert entries(box.bench) == []


@pytest.mark.parametrize(
    ("keyed", "why"), [("pt5-1", "BadNumbers"), ("pt0006", "NothingToCancel"), ("", "BadNumbers")]
)
async def test_what_is_no_range_or_holds_nothing_is_said(box: Box, keyed: str, why: str) -> None:
    assert why in (await box.ask("cards", keyed)).why


async def test_cut_short_it_goes_on_with_one_list_of_all() -> None:
    ledger = CutOff()
    async with Bench(settings=MANAGED, ledger=ledger) as bench:
        box = await opened(bench)
        ledger.takes = BookCardState, 2
        assert "LedgerClosed" in (await box.ask("cards-cancel", RANGE, ALL_FIVE, MANAGER, PIN, "", "")).why
        ledger.takes = None
        seen = (await box.ask("cards", RANGE)).lines
        assert seen == (
            "3 cards without value are cancelled",
            "not given out yet, of these: 3",
            "cancelled before it was cut short, and on the same list: 2",
            "left out, with value: 0, ¥0.00",
        )
        answer = await box.ask("cards-cancel", RANGE, seen[0], MANAGER, PIN, "", "")
        await settled()
        assert answer.lines == ("5 cards cancelled, 0 left out; the list is printed",)
        assert notes(bench)[-1] == "5/5"
        assert len({one.batch for one in entries(bench)}) == 1
        (paper,) = bench.printer.paper
        assert "*****0001" in paper
        assert "PT0005" in paper


async def test_where_only_the_list_is_missing_a_manager_has_it_printed() -> None:
    ledger = CutOff()
    async with Bench(settings=MANAGED, ledger=ledger) as bench:
        box = await opened(bench)
        ledger.takes = BookNote, 0
        assert (await box.ask("cards-cancel", RANGE, ALL_FIVE, MANAGER, PIN, "", "")).why
        ledger.takes = None
        head = (await box.ask("cards", RANGE)).lines[0]
        assert head == "0 cards without value are cancelled"
        assert "MayNotApprove" in (await box.ask("cards-cancel", RANGE, head, LEAD, PIN, "", "")).why
        assert (await box.ask("cards-cancel", RANGE, head, MANAGER, PIN, "", "")).lines == (
            "5 cards cancelled, 0 left out; the list is printed",
        )
        assert "NothingToCancel" in (await box.ask("cards", RANGE)).why


def account(number: int, **of: object) -> CardAccount:
    one = CardAccount(card=CardId(f"c{number}"), shown=f"PT{number:04d}", left=(("principal", number),))
    return replace(one, **of)


@pytest.mark.parametrize("many", [SHOWN_MAX, SHOWN_MAX + 1])
def test_of_many_that_are_left_out_the_first_are_shown(many: int) -> None:
    seen = Seen(batch=Batch(left_out=tuple(account(one) for one in range(1, many + 1))), cut=None)
    assert seen.lines[2] == "  PT0001  ¥0.01"
    assert sum(line.startswith("  PT") for line in seen.lines) == SHOWN_MAX
    more = ("and 1 more, which are on the printed list",) if many > SHOWN_MAX else ()
    assert seen.lines[2 + SHOWN_MAX :] == more


def test_what_is_not_money_or_lies_elsewhere_is_named_so() -> None:
    nobodys = account(3, left=(), nobodys=True, elsewhere=True)
    points = account(1, left=(("points:x", 5),), state=CardState.NEW, nobodys=True)
    visits = account(2, left=(("uses:wash", 4),))
    member = account(4, left=(), partly=True)
    cut = CutShort(of=EntryId("e1"), done=("*****0009",))
    seen = Seen(batch=Batch(cancels=(points,), left_out=(visits, nobodys, member)), cut=cut)
    assert seen.lines == (
        "1 cards without value are cancelled",
        "with points that end, of these: 1",
        "not given out yet, of these: 1",
        "cancelled before it was cut short, and on the same list: 1",
        "left out, with value: 3, ¥0.00",
        "for headquarters, of these: 1",
        "members' whose value elsewhere is not known, of these: 1",
        "  PT0002  not money",
        "  PT0003  perhaps at other shops",
        "  PT0004  perhaps at other shops",
    )
