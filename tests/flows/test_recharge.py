from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookRecharge
from terminal.core.errors import CardGone, CardSwapped, LedgerClosed, OverLimit
from terminal.core.policy import Policy
from terminal.flows.recharge import recharge
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play
from tests.flows.shop import HOLDERS, POLICY, STRANGER, UNNAMED_CARD, WANG, WANG_CARD

MEMBER: Script = (
    ("read_card", WANG_CARD),
    ("ask_amount", 500_00),
    ("ask_cash", 600_00),
    ("confirm", True),
)
NEW_CARD: Script = (
    ("read_card", STRANGER),
    ("confirm", True),
    ("ask_amount", 100_00),
    ("ask_cash", 100_00),
    ("confirm", True),
)


def at_the_desk(script: Script, policy: Policy = POLICY) -> ScriptedDesk:
    return ScriptedDesk(script, holders=HOLDERS, policy=policy)


def loaded(desk: ScriptedDesk) -> BookRecharge:
    assert desk.finished
    assert len(desk.booked) == 1
    assert isinstance(desk.booked[0], BookRecharge)
    return desk.booked[0]


def test_a_member_recharges_and_gets_the_highest_rung_once() -> None:
    desk = at_the_desk(MEMBER)
    assert play(recharge(desk)) is None
    command = loaded(desk)
    assert (command.wallet, command.card) == (WANG.wallet, WANG.card)
    assert (command.principal, command.bonus, command.received) == (500_00, 60_00, 600_00)
    assert command.opens is None
    assert desk.private == [None]
    assert [(line.label.text, line.value) for line in desk.lines] == [
        ("Principal", "¥500.00"),
        ("Bonus", "¥60.00"),
        ("Balance after", "¥670.00"),
        ("Received", "¥600.00"),
        ("Change", "¥100.00"),
    ]
    assert desk.handed_over == ["Recharged. Hand over the card and the receipt."]


@pytest.mark.parametrize(
    ("principal", "bonus"), [(99_99, 0), (100_00, 10_00), (499_99, 10_00), (500_00, 60_00), (1_000_00, 60_00)]
)
def test_the_ladder(principal: int, bonus: int) -> None:
    desk = at_the_desk((MEMBER[0], ("ask_amount", principal), ("ask_cash", principal), MEMBER[3]))
    play(recharge(desk))
    assert loaded(desk).bonus == bonus


def test_a_card_nobody_knows_is_issued_without_a_name() -> None:
    desk = at_the_desk(NEW_CARD)
    assert play(recharge(desk)) is None
    command, private = loaded(desk), desk.private[0]
    assert command.opens is not None
    assert private is not None
    assert (command.wallet, command.card) == (command.opens.wallet, command.opens.card)
    assert command.opens.member is None
    assert command.opens.coupons == ()
    assert command.opens.recruiter == "E01"
    assert private.credentials == (STRANGER,)
    assert len({command.id, command.wallet, command.card}) == 3


def test_the_number_of_the_card_is_not_in_the_command() -> None:
    desk = at_the_desk(NEW_CARD)
    play(recharge(desk))
    assert STRANGER.number not in repr(desk.booked)
    assert STRANGER.number not in repr(desk.private)


@pytest.mark.parametrize(("rewards", "bonus"), [(True, 10_00), (False, 0)])
def test_unnamed_cards_get_bonus_where_the_shop_says_so(rewards: bool, bonus: int) -> None:  # noqa: FBT001  a parameter
    desk = at_the_desk(NEW_CARD, replace(POLICY, unnamed_rewards=rewards))
    play(recharge(desk))
    assert loaded(desk).bonus == bonus


def test_a_full_card_is_refused_before_anybody_pays() -> None:
    desk = at_the_desk(MEMBER[:1], replace(POLICY, recharge_at_most=100_00))
    ended = play(recharge(desk))
    assert isinstance(ended, OverLimit)
    assert desk.booked == []


def test_limits_count_what_the_card_holds_already() -> None:
    asked: list[int] = []

    class Noting(ScriptedDesk):
        async def ask_amount(self, prompt: str, *, at_most: int, **more: object) -> int:  # type: ignore[override]
            asked.append(at_most)
            return await super().ask_amount(prompt, at_most=at_most, **more)  # type: ignore[arg-type]

    for card, room in ((WANG_CARD, 5_000_00 - 100_00), (UNNAMED_CARD, 1_000_00 - 50_00)):
        desk = Noting(
            (("read_card", card), ("ask_amount", 1_00), ("ask_cash", 1_00), ("confirm", True)),
            holders=HOLDERS,
            policy=POLICY,
        )
        play(recharge(desk))
        assert asked.pop() == room


@pytest.mark.parametrize("fault", [CardSwapped("x"), CardGone("x")])
@pytest.mark.parametrize("script", [MEMBER, NEW_CARD])
def test_a_card_that_was_swapped_or_taken_away_gets_nothing(
    script: Script, fault: CardSwapped | CardGone
) -> None:
    desk = at_the_desk(script)
    desk.card_gone = fault
    assert play(recharge(desk)) is fault
    assert desk.booked == []


def test_what_the_ledger_refuses_is_not_handed_over() -> None:
    desk = at_the_desk(MEMBER)
    desk.fails = LedgerClosed("disk full")
    assert play(recharge(desk)) is desk.fails
    assert desk.handed_over == []


@pytest.mark.parametrize(
    "script", [(*each[:at], (each[at][0], CANCEL)) for each in (MEMBER, NEW_CARD) for at in range(len(each))]
)
def test_cancelled_at_any_step_it_books_nothing(script: Script) -> None:
    desk = at_the_desk(script)
    play(recharge(desk))
    assert desk.finished
    assert desk.booked == []
    assert desk.handed_over == []
