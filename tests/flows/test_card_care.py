"""Cards and whose they are, as dialogues; and that each can be left at every question."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.accounts import TIER_UNIT
from terminal.core.approval import Approved
from terminal.core.cards import CardState
from terminal.core.cards_held import CardHeld, CardsHeld
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookGrant,
    BookHold,
    BookMerge,
    BookRecharge,
    BookTransfer,
    Command,
    Grant,
    PaidBy,
    Sells,
)
from terminal.core.errors import (
    CardNew,
    CardSwapped,
    HolderIsMember,
    LedgerClosed,
    NamelessStays,
    OneMembership,
    UnknownCard,
    UnknownPhone,
    ValueElsewhere,
    ValueLeft,
    WorthLeft,
)
from terminal.core.ledger.state import Wallet
from terminal.core.membership import commitment, valid_until
from terminal.core.policy import Policy
from terminal.core.screens import Message, says
from terminal.core.trust import Credential, Holder, Medium, Trust
from terminal.core.values import CardId, MemberId, WalletId
from terminal.flows.card_care import card_care
from tests.core.ledger.test_value import line, sell
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import HOLDERS, PHONE, POLICY, STRANGER, UNNAMED, UNNAMED_CARD, WANG, WANG_CARD

CITIZEN = "11010519491231002X"
PIN = "200731"
ONE = CardHeld(card=CardId("c-wang"), shown="****E5F6", state=CardState.ACTIVE)
OTHER = CardHeld(card=CardId("c-second"), shown="****0002", state=CardState.LOST)
BY_PHONE = replace(WANG, card=None, number_shown="190****0301")
NEWCOMER = Credential(medium=Medium.PHONE, number="19000000302")

LOST: Script = (("read_member", PHONE), ("choose", "lost"), ("confirm", True))
FROZEN: Script = (("read_member", WANG_CARD), ("choose", "freeze"), ("confirm", True))
THAWED: Script = (
    ("read_member", PHONE),
    ("choose", "thaw"),
    ("read_badge", "E02"),
    ("confirm", True),
)
CANCELLED: Script = (("read_member", WANG_CARD), ("choose", "cancel"), ("confirm", True))
REPLACED: Script = (
    ("read_member", PHONE),
    ("choose", "replace"),
    ("choose", "c-wang"),
    ("read_badge", "E02"),
    ("read_card", STRANGER),
    ("confirm", True),
)
ANOTHER: Script = (
    ("read_member", WANG_CARD),
    ("choose", "another"),
    ("read_card", STRANGER),
    ("confirm", True),
)
TRANSFERRED: Script = (
    ("read_member", WANG_CARD),
    ("choose", "transfer"),
    ("offer_phone", NEWCOMER),
    ("ask_text", "李雷"),
    ("choose", "citizen"),
    ("ask_text", CITIZEN),
    ("confirm", True),
)
MEMBER = Credential(medium=Medium.PHONE, number="19000000304")
ONTO: Script = (*TRANSFERRED[:2], ("offer_phone", MEMBER), ("confirm", True))
THEIRS = replace(
    WANG,
    wallet=WalletId("w-theirs"),
    member=MemberId("m-theirs"),
    card=None,
    name_shown="李**",
    number_shown="190****0304",
)
BY_PHONE_ALONE: Script = (
    ("read_member", PHONE),
    ("choose", "transfer"),
    ("read_badge", "E02"),
    *TRANSFERRED[2:],
)
MERGED: Script = (
    ("read_member", UNNAMED_CARD),
    ("choose", "merge"),
    ("read_member", WANG_CARD),
    ("confirm", True),
)
OVER = "2020-01-01"
ENDED = Credential(medium=Medium.EM4100, number="0A00123457")
RENEWED: Script = (("read_member", ENDED), ("choose", "renew"), ("confirm", True))
BOXED = Credential(medium=Medium.CODE, number="MC-PT0001")
ACTIVATED: Script = (("read_member", BOXED), ("choose", "activate"), ("confirm", True))
DIALOGUES = {
    "renewed": RENEWED,
    "activated": ACTIVATED,
    "lost": LOST,
    "frozen": FROZEN,
    "thawed": THAWED,
    "cancelled": CANCELLED,
    "replaced": REPLACED,
    "another": ANOTHER,
    "transferred": TRANSFERRED,
    "onto": ONTO,
    "merged": MERGED,
}


def at_the_desk(script: Script, policy: Policy = POLICY) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders={**HOLDERS, MEMBER: THEIRS}, policy=policy)
    desk.cards = {
        BOXED: CardsHeld(
            holder=replace(UNNAMED, card=CardId("c-new"), principal=0),
            cards=(CardHeld(card=CardId("c-new"), shown="****0001", state=CardState.NEW),),
        ),
        ENDED: CardsHeld(
            holder=replace(UNNAMED, card=CardId("c-over")),
            cards=(CardHeld(card=CardId("c-over"), shown="****3457", state=CardState.EXPIRED, until=OVER),),
        ),
        WANG_CARD: CardsHeld(holder=WANG, cards=(ONE, OTHER)),
        PHONE: CardsHeld(holder=BY_PHONE, cards=(ONE, OTHER)),
        UNNAMED_CARD: CardsHeld(
            holder=UNNAMED, cards=(CardHeld(card=CardId("c-none"), shown="****3456", state=CardState.ACTIVE),)
        ),
    }
    return desk


def booked(desk: ScriptedDesk) -> Command:
    assert desk.finished
    (command,) = desk.booked
    return command


def test_a_lost_card_is_blocked_by_phone_at_once_with_no_proof() -> None:
    desk = at_the_desk(LOST)
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCardState)
    assert (command.card, command.state) == ("c-wang", CardState.LOST)  # The other is lost already.
    assert desk.handed_over == ["The card is blocked. Offer a new one: press Cards."]


def test_a_card_that_is_presented_is_the_one_that_is_meant() -> None:
    desk = at_the_desk(FROZEN)
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCardState)
    assert (command.card, command.state, command.was) == ("c-wang", CardState.FROZEN, None)


def test_one_that_was_lost_pays_again_when_somebody_vouches_or_the_pin_is_keyed() -> None:
    desk = at_the_desk(THAWED)
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCardState)
    assert (command.card, command.state, command.at.operator) == ("c-second", CardState.ACTIVE, "E02")
    assert command.was is CardState.LOST

    desk = at_the_desk((*THAWED[:2], ("ask_pin", PIN), THAWED[3]))
    desk.pin = PIN
    assert play(card_care(desk)) is None
    assert booked(desk).at.operator == "E01"


FOUND: dict[str, Script] = {
    "thaw": (("read_badge", "E02"), ("confirm", True)),
    "another": (("read_badge", "E02"), ("read_card", STRANGER), ("confirm", True)),
    "replace": (("read_badge", "E02"), ("read_card", STRANGER), ("confirm", True)),
    "transfer": (("read_badge", "E02"), *TRANSFERRED[2:]),
    "merge": (("read_badge", "E02"), ("read_member", UNNAMED_CARD), ("confirm", True)),
    "cancel": (("read_badge", "E02"), ("confirm", True)),
}


@pytest.mark.parametrize("act", FOUND)
@pytest.mark.parametrize("state", [CardState.LOST, CardState.FROZEN])
def test_whoever_holds_a_card_that_is_blocked_is_nobody_until_somebody_vouches(
    act: str, state: CardState
) -> None:
    stays = {**HOLDERS, UNNAMED_CARD: replace(UNNAMED, member=MemberId("m-other"))}
    script: Script = (("read_member", WANG_CARD), ("choose", act), *FOUND[act])
    desk = ScriptedDesk(script, holders=stays, policy=POLICY)
    blocked = CardsHeld(holder=WANG, cards=(replace(ONE, state=state), replace(OTHER, state=state)))
    desk.cards = {WANG_CARD: blocked}
    assert play(card_care(desk)) is None
    assert booked(desk).at.operator == "E02"


def test_a_card_without_a_name_that_is_frozen_is_for_whoever_holds_it() -> None:
    desk = at_the_desk((("read_member", UNNAMED_CARD), ("choose", "thaw"), ("confirm", True)))
    one = CardHeld(card=CardId("c-none"), shown="****3456", state=CardState.FROZEN)
    desk.cards = {UNNAMED_CARD: CardsHeld(holder=UNNAMED, cards=(one,))}
    assert play(card_care(desk)) is None
    assert booked(desk).at.operator == "E01"


def test_by_the_pin_a_card_that_was_found_again_pays_and_the_screen_says_that_it_was_lost() -> None:
    desk = at_the_desk((("read_member", WANG_CARD), ("choose", "thaw"), ("ask_pin", PIN), ("confirm", True)))
    desk.cards = {
        **desk.cards,
        WANG_CARD: CardsHeld(holder=WANG, cards=(replace(ONE, state=CardState.LOST),)),
    }
    desk.pin = PIN
    assert play(card_care(desk)) is None
    assert booked(desk).at.operator == "E01"
    assert says("{card}, reported lost", card="****E5F6") in [line.label for line in desk.lines]


def test_a_forgotten_pin_wants_a_badge_and_a_wrong_one_opens_nothing() -> None:
    desk = at_the_desk((*THAWED[:2], ("ask_pin", "111111"), ("ask_pin", SKIP), *THAWED[2:]))
    desk.pin = PIN
    assert play(card_care(desk)) is None
    assert booked(desk).at.operator == "E02"
    assert desk.tries_shown == [None, 4]


def test_a_new_card_takes_the_place_of_the_old_one() -> None:
    desk = at_the_desk(REPLACED)
    assert play(card_care(desk)) is None
    command, (private,) = booked(desk), desk.private
    assert isinstance(command, BookCard)
    assert (command.wallet, command.replaces) == (WANG.wallet, "c-wang")
    assert command.card != "c-wang"
    assert private is not None
    assert private.credentials == (STRANGER,)
    assert STRANGER.number not in repr(command)
    assert [line.value for line in desk.lines] == ["王**", "****E5F6", "**********FFFF", "¥110.00"]


def test_a_card_that_somebody_has_is_not_handed_out() -> None:
    desk = at_the_desk((*REPLACED[:4], ("read_card", UNNAMED_CARD), *REPLACED[4:]))
    assert play(card_care(desk)) is None
    assert desk.declined == ["A167"]
    assert isinstance(booked(desk), BookCard)


def test_a_code_on_a_phone_is_not_handed_out() -> None:
    shown = Credential(medium=Medium.SHOWN, number="00" * 32, trust=Trust.SECURE)
    desk = at_the_desk((*REPLACED[:4], ("read_card", shown), *REPLACED[4:]))
    assert play(card_care(desk)) is None
    assert desk.declined == ["A370"]
    assert isinstance(booked(desk), BookCard)


def test_a_new_card_that_is_swapped_before_it_is_booked_is_not_handed_out() -> None:
    desk = at_the_desk(REPLACED)
    desk.card_gone = CardSwapped("another one lies there")
    assert isinstance(play(card_care(desk)), CardSwapped)
    assert not desk.booked


def test_one_more_card_leaves_the_first_as_it_is() -> None:
    desk = at_the_desk(ANOTHER)
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCard)
    assert command.replaces is None
    assert desk.handed_over == ["Hand over the card and the slip."]


def test_a_membership_goes_to_somebody_who_is_known_by_name_phone_and_document() -> None:
    desk = at_the_desk(TRANSFERRED)
    assert play(card_care(desk)) is None
    command, (private,) = booked(desk), desk.private
    assert isinstance(command, BookTransfer)
    assert private is not None
    assert (command.wallet, command.terms) == (WANG.wallet, "2026-1")
    assert command.to != WANG.member
    assert command.commitment == commitment(bytes.fromhex(private.salt), private)
    assert (private.credentials, private.name, private.phone) == ((NEWCOMER,), "李雷", NEWCOMER.number)
    assert private.told == (("document", f"citizen:{CITIZEN}"),)
    shown = repr([(line.label.values, line.value) for line in desk.lines])
    assert not any(text in shown + repr(command) for text in ("李雷", NEWCOMER.number, CITIZEN))


def rows(desk: ScriptedDesk) -> list[tuple[str, str]]:
    return [(one.label.text, one.value) for one in desk.lines if one.value.startswith(("****", "+"))]


def test_the_card_at_hand_goes_along_and_any_other_is_cancelled() -> None:
    desk = at_the_desk(TRANSFERRED)
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookTransfer)
    assert command.cancels == ("c-second",)
    assert rows(desk) == [("To be handed over", "****E5F6"), ("Will be cancelled", "****0002")]


def test_by_phone_all_cards_are_cancelled_and_the_screen_names_three_of_them() -> None:
    desk = at_the_desk(BY_PHONE_ALONE)
    held = tuple(
        CardHeld(card=CardId(f"c{at}"), shown=f"****000{at}", state=CardState.ACTIVE) for at in range(4)
    )
    desk.cards |= {PHONE: CardsHeld(holder=BY_PHONE, cards=held)}
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookTransfer)
    assert command.cancels == ("c0", "c1", "c2", "c3")
    numbers = ["****0000", "****0001", "****0002", "+1"]
    assert rows(desk) == [("Will be cancelled", one) for one in numbers]


def test_three_cards_are_all_named_and_one_alone_cancels_none() -> None:
    desk = at_the_desk(BY_PHONE_ALONE)
    third = CardHeld(card=CardId("c3"), shown="****0003", state=CardState.FROZEN)
    desk.cards |= {PHONE: CardsHeld(holder=BY_PHONE, cards=(ONE, OTHER, third))}
    assert play(card_care(desk)) is None
    numbers = ["****E5F6", "****0002", "****0003"]
    assert rows(desk) == [("Will be cancelled", one) for one in numbers]
    desk = at_the_desk(TRANSFERRED)
    desk.cards |= {WANG_CARD: CardsHeld(holder=WANG, cards=(ONE,))}
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookTransfer)
    assert command.cancels == ()
    assert rows(desk) == [("To be handed over", "****E5F6")]


def given_onto(desk: ScriptedDesk) -> BookTransfer:
    command = booked(desk)
    assert isinstance(command, BookTransfer)
    return command


def test_to_a_member_it_goes_onto_their_membership() -> None:
    desk = at_the_desk(ONTO)
    assert play(card_care(desk)) is None
    given, (private,) = given_onto(desk), desk.private
    assert private is not None
    assert (given.wallet, given.card, given.terms, given.cancels) == (
        WANG.wallet, None, POLICY.terms, ("c-second",)
    )  # fmt: skip
    assert (given.onto, given.tier) == ("w-theirs", "")
    assert given.to not in {WANG.member, THEIRS.member}
    assert given.commitment == commitment(bytes.fromhex(private.salt), private)
    assert (private.credentials, private.name, private.phone, private.told) == ((), "", MEMBER.number, ())
    assert rows(desk) == [("To be handed over", "****E5F6"), ("Will be cancelled", "****0002")]
    assert desk.handed_over == ["It is theirs now. Hand over the slips."]


def test_the_screen_says_from_whom_it_goes_to_whom() -> None:
    desk = at_the_desk(ONTO)
    assert play(card_care(desk)) is None
    lines = [(line.label.text, line.value) for line in desk.lines]
    assert lines[:3] == [("From", "王** ****E5F6"), ("To", "李** 190****0304"), ("On the card", "¥110.00")]


@pytest.mark.parametrize(
    ("theirs", "sets", "shown"),
    [("silver", "gold", ["gold"]), ("gold", "", []), ("vip", "", ["vip"])],
)
def test_the_higher_tier_stays_on_their_membership(theirs: str, sets: str, shown: list[str]) -> None:
    desk = at_the_desk(ONTO)
    desk.cards |= {WANG_CARD: CardsHeld(holder=replace(WANG, tier="gold"), cards=(ONE,))}
    desk._holders = {**HOLDERS, MEMBER: replace(THEIRS, tier=theirs)}
    assert play(card_care(desk)) is None
    assert given_onto(desk).tier == sets
    assert [line.value for line in desk.lines if line.label.text == "Tier"] == shown


def test_who_says_no_at_the_last_moment_books_neither() -> None:
    desk = at_the_desk((*ONTO[:-1], ("confirm", False)))
    assert play(card_care(desk)) is None
    assert desk.booked == []
    assert desk.said == ["Cancelled. Nothing was booked."]


def test_it_does_not_go_to_whoever_has_it() -> None:
    desk = at_the_desk((*TRANSFERRED[:2], ("offer_phone", PHONE)))
    desk._holders = {**HOLDERS, PHONE: WANG}
    assert isinstance(play(card_care(desk)), HolderIsMember)
    assert not desk.booked


@pytest.mark.parametrize(
    "named", [(Approved.TRANSFER,), (Approved.MERGE,), (Approved.TRANSFER, Approved.MERGE)]
)
def test_one_second_person_approves_it_whichever_of_the_two_policy_names(named: tuple[Approved, ...]) -> None:
    desk = at_the_desk((*ONTO, ("second", "E02")), replace(POLICY, second_person=named))
    assert play(card_care(desk)) is None
    assert given_onto(desk).at.second == "E02"


def test_what_lay_on_a_card_without_a_name_goes_onto_their_membership() -> None:
    desk = at_the_desk((("read_member", UNNAMED_CARD), *ONTO[1:]))
    assert play(card_care(desk)) is None
    given = given_onto(desk)
    assert (given.wallet, given.onto) == (UNNAMED.wallet, "w-theirs")


def test_two_memberships_become_the_one_that_was_presented_last() -> None:
    desk = at_the_desk(MERGED)
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookMerge)
    assert (command.wallet, command.into) == (UNNAMED.wallet, WANG.wallet)


@pytest.mark.parametrize(
    ("goes", "stays", "sets", "shown"),
    [
        ("gold", "silver", "gold", [("Tier", "gold", says("gold"))]),
        ("friend", "silver", "friend", [("Tier", "friend", None)]),
        ("silver", "gold", "", [("Tier", "gold", says("gold"))]),
        ("gold", "gold", "", []),
    ],
)
def test_the_higher_tier_of_both_stays_and_is_on_the_screen(
    goes: str, stays: str, sets: str, shown: list[tuple[str, str, Message | None]]
) -> None:
    desk = at_the_desk(MERGED)
    desk.cards |= {UNNAMED_CARD: CardsHeld(holder=replace(UNNAMED, tier=goes), cards=())}
    desk._holders = {**HOLDERS, WANG_CARD: replace(WANG, tier=stays)}
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookMerge)
    assert command.tier == sets
    assert [(one.label.text, one.value, one.word) for one in desk.lines if one.label.text == "Tier"] == shown


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        ((UNNAMED_CARD, WANG_CARD), ["The PIN is that of the membership that stays"]),
        ((WANG_CARD,), ["The PIN is that of the membership that stays"]),
        ((UNNAMED_CARD,), ["The PIN is that of the membership that ends"]),
        ((), []),
    ],
)
def test_whose_pin_it_is_from_now_on_is_on_the_screen(pins: tuple[Credential, ...], said: list[str]) -> None:
    script = list(MERGED)
    if WANG_CARD in pins:
        script.insert(3, ("ask_pin", PIN))
    if UNNAMED_CARD in pins:
        script.insert(2, ("ask_pin", PIN))
    desk = at_the_desk(tuple(script))
    desk.pin = PIN if pins else None
    desk.pins_of = pins
    assert play(card_care(desk)) is None
    assert isinstance(booked(desk), BookMerge)
    assert [one.label.text for one in desk.lines if "PIN" in one.label.text] == said


def test_a_membership_is_not_merged_into_itself_nor_into_a_stranger() -> None:
    mine: Script = (("read_member", WANG_CARD), ("choose", "merge"), ("read_member", WANG_CARD))
    desk = at_the_desk(mine)
    assert isinstance(play(card_care(desk)), OneMembership)
    desk = at_the_desk((*mine[:2], ("read_member", STRANGER)))
    assert isinstance(play(card_care(desk)), UnknownCard)
    assert not desk.booked


def test_a_membership_with_a_name_is_not_merged_into_an_unnamed_card() -> None:
    """The name, and with it the money, would be nobody's."""
    desk = at_the_desk((("read_member", WANG_CARD), ("choose", "merge"), ("read_member", UNNAMED_CARD)))
    assert isinstance(play(card_care(desk)), NamelessStays)
    assert not desk.booked


def test_of_two_memberships_with_names_the_one_that_is_presented_last_stays() -> None:
    desk = at_the_desk(
        (("read_member", WANG_CARD), ("choose", "merge"), ("read_member", STRANGER), ("confirm", True))
    )
    desk._holders = {**HOLDERS, STRANGER: replace(WANG, wallet=WalletId("w-other"), member=MemberId("m2"))}
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookMerge)
    assert (command.wallet, command.into) == (WANG.wallet, "w-other")


def test_of_two_unnamed_cards_the_one_that_is_presented_last_stays() -> None:
    desk = at_the_desk((*MERGED[:2], ("read_member", STRANGER), ("confirm", True)))
    desk._holders = {**HOLDERS, STRANGER: replace(UNNAMED, wallet=WalletId("w-other"))}
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookMerge)
    assert command.into == "w-other"


def test_of_an_unnamed_card_nobody_reports_the_loss_or_gets_a_second_one() -> None:
    desk = at_the_desk((("read_member", UNNAMED_CARD), ("choose", CANCEL)))
    play(card_care(desk))
    assert desk.offered == [("replace", "freeze", "transfer", "merge", "cancel")]


def test_an_unnamed_card_with_value_on_it_is_paid_back_before_it_is_cancelled() -> None:
    desk = at_the_desk((("read_member", UNNAMED_CARD), ("choose", "cancel")))
    emptied(desk)
    grant(desk, "bonus", 1)
    assert isinstance(play(card_care(desk)), ValueLeft)
    assert not desk.booked


def test_what_was_given_with_an_unnamed_card_is_said_and_ends_with_it() -> None:
    desk = at_the_desk((("read_member", UNNAMED_CARD), ("choose", "cancel"), ("confirm", True)))
    emptied(desk)
    for unit, amount in (("points:goods", 50), (TIER_UNIT, 50), ("cashback", 120)):
        grant(desk, unit, amount)
    assert play(card_care(desk)) is None
    assert desk.asked[-1] == ("confirm", "Cancel this card? What is left on it ends with it.")
    assert [(line.label.text, line.value) for line in desk.lines] == [
        ("Card", "****3456"),
        ("On the card", "¥0.00"),
        ("Cashback held", "-¥1.20"),
        ("Goods points", "-50"),
    ]
    command = booked(desk)
    assert isinstance(command, BookCardState)
    assert command.ends == ("cashback", "points:goods", TIER_UNIT)


def test_what_stays_with_a_member_whose_last_card_is_cancelled_is_said() -> None:
    desk = with_their_last_card(CANCELLED)
    for unit, amount in (("points:goods", 50), ("cashback", 120), (TIER_UNIT, 50)):
        grant(desk, unit, amount, WANG.wallet)
    assert play(card_care(desk)) is None
    assert desk.asked[-1] == ("confirm", "Cancel this card? What is left stays with the member.")
    assert [(line.label.text, line.value) for line in desk.lines][-2:] == [
        ("Cashback held", "¥1.20"),
        ("Goods points", "50"),
    ]
    command = booked(desk)
    assert isinstance(command, BookCardState)
    assert not command.ends


@pytest.mark.parametrize("answer", ["stays", "back"])
def test_of_a_members_last_card_it_is_asked_what_becomes_of_uses_that_were_paid_for(answer: str) -> None:
    confirmed: Script = (("confirm", True),) if answer == "stays" else ()
    desk = with_their_last_card((*CANCELLED[:2], ("choose", answer), *confirmed))
    sell(desk.sold.book, line(100, sells=Sells(unit="count:S9", amount=10)), wallet=WANG.wallet)
    done = play(card_care(desk))
    if answer == "back":
        assert isinstance(done, WorthLeft)
        assert not desk.booked
    else:
        assert done is None
        assert (desk.lines[-1].label, desk.lines[-1].value) == (says("{name}", name="S9"), "10")


def test_litres_stay_and_what_a_nozzle_holds_is_not_told_as_if_it_lay_there() -> None:
    desk = with_their_last_card((*CANCELLED[:2], ("choose", "stays"), ("confirm", True)))
    book = desk.sold.book
    sell(book, line(100, sells=Sells(unit="litres:92", amount=12_50)), wallet=WANG.wallet)
    book.book(BookHold, wallet=WANG.wallet, card=None, for_what="x", unit="litres:92", amount=2_50)
    assert play(card_care(desk)) is None
    assert [(line.label, line.value) for line in desk.lines][-1:] == [
        (says("Fuel, grade {name}", name="92"), "10.00 L")
    ]
    assert all("held" not in str(line.label) for line in desk.lines)


def test_what_only_counts_for_tiers_is_nothing_that_stays() -> None:
    desk = with_their_last_card(CANCELLED)
    grant(desk, TIER_UNIT, 50, WANG.wallet)
    assert play(card_care(desk)) is None
    assert desk.asked[-1] == ("confirm", "Cancel this card? Its number is never used again.")


def test_uses_that_are_over_stay_with_nobody() -> None:
    desk = with_their_last_card(CANCELLED)
    over = Sells(unit="count:S9", amount=10, until="2020-01-01")
    sell(desk.sold.book, line(100, sells=over), wallet=WANG.wallet)
    assert play(card_care(desk)) is None
    assert desk.asked[-1] == ("confirm", "Cancel this card? Its number is never used again.")


@pytest.mark.parametrize("counted", [False, True])
def test_where_nothing_is_left_to_see_the_question_is_the_usual_one(*, counted: bool) -> None:
    desk = at_the_desk((("read_member", UNNAMED_CARD), ("choose", "cancel"), ("confirm", True)))
    emptied(desk)
    if counted:
        grant(desk, TIER_UNIT, 50)
    assert play(card_care(desk)) is None
    assert desk.asked[-1] == ("confirm", "Cancel this card? Its number is never used again.")
    command = booked(desk)
    assert isinstance(command, BookCardState)
    assert command.ends == ((TIER_UNIT,) if counted else ())


def test_what_was_paid_for_on_an_unnamed_card_is_said_to_be_left_before_anything_is_asked() -> None:
    desk = at_the_desk((("read_member", UNNAMED_CARD), ("choose", "cancel")))
    emptied(desk)
    sell(desk.sold.book, line(100, sells=Sells(unit="count:S9", amount=1)), wallet=UNNAMED.wallet)
    assert isinstance(play(card_care(desk)), WorthLeft)
    assert not desk.booked


def test_what_lies_on_an_unnamed_card_is_asked_about_by_nobody_who_freezes_it() -> None:
    desk = at_the_desk((("read_member", UNNAMED_CARD), ("choose", "freeze"), ("confirm", True)))
    emptied(desk)
    grant(desk, "bonus", 1)
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCardState)
    assert (command.state, command.ends) == (CardState.FROZEN, ())


def test_in_a_chain_it_is_said_that_headquarters_ends_it_before_anything_is_asked() -> None:
    desk = at_the_desk((("read_member", UNNAMED_CARD), ("choose", "cancel")))
    emptied(desk)
    grant(desk, "points:goods", 50)
    desk.sold.book.with_headquarters = True
    assert isinstance(play(card_care(desk)), ValueElsewhere)
    grant(desk, "bonus", 1)
    again = at_the_desk((("read_member", UNNAMED_CARD), ("choose", "cancel")))
    again.cards, again.sold = desk.cards, desk.sold
    assert isinstance(play(card_care(again)), ValueLeft), "headquarters would leave it out"
    assert not desk.booked
    assert not again.booked


def test_one_out_of_the_box_is_cancelled_in_a_chain_too() -> None:
    desk = at_the_desk((("read_member", BOXED), ("choose", "cancel"), ("confirm", True)))
    emptied(desk)
    desk.sold.book.with_headquarters = True
    assert play(card_care(desk)) is None
    assert isinstance(booked(desk), BookCardState)


def emptied(desk: ScriptedDesk) -> None:
    """An unnamed card on which no money is left, in a shop by itself."""
    book = desk.sold.book
    book.with_headquarters = False
    book.wallets[UNNAMED.wallet] = Wallet()
    held = CardHeld(card=CardId("c-none"), shown="****3456", state=CardState.ACTIVE)
    holder = replace(UNNAMED, principal=0, bonus=0, card=held.card)
    desk.cards[UNNAMED_CARD] = CardsHeld(holder=holder, cards=(held,))


def with_their_last_card(script: Script) -> ScriptedDesk:
    desk = at_the_desk(script)
    desk.cards[WANG_CARD] = CardsHeld(holder=WANG, cards=(ONE,))
    desk.sold.book.wallets[WANG.wallet] = Wallet(member=WANG.member)
    return desk


def grant(desk: ScriptedDesk, unit: str, amount: int, wallet: WalletId = UNNAMED.wallet) -> None:
    given = Grant(unit=unit, amount=amount)
    desk.sold.book.book(BookGrant, wallet=wallet, why="x", grants=(given,))


def test_a_member_who_goes_says_what_becomes_of_what_was_paid_in() -> None:
    def leaving(answer: str) -> ScriptedDesk:
        desk = at_the_desk((*CANCELLED[:2], ("choose", answer), *CANCELLED[2:]))
        desk.cards[WANG_CARD] = CardsHeld(holder=WANG, cards=(ONE,))
        desk.sold.book.wallets[WANG.wallet] = desk.sold.book.wallets.get(WANG.wallet) or _wallet()
        desk.sold.book.keep_command(
            BookRecharge(
                id=desk.new_id(),
                at=desk.occasion(),
                wallet=WANG.wallet,
                card=None,
                principal=100_00,
                bonus=0,
                received=100_00,
                paid_by=PaidBy.CASH,
                terms="2026-1",
            )
        )
        return desk

    desk = leaving("back")
    assert isinstance(play(card_care(desk)), ValueLeft)
    assert not desk.booked
    desk = leaving("stays")
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCardState)
    assert command.state is CardState.CANCELLED


def _wallet() -> Wallet:
    return Wallet(member=WANG.member)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (FROZEN, Approved.CARD_STATE),
        (ANOTHER, Approved.CARD),
        (TRANSFERRED, Approved.TRANSFER),
        (MERGED, Approved.MERGE),
    ],
)
def test_policy_may_want_a_second_person(script: Script, kind: Approved) -> None:
    desk = at_the_desk((*script, ("second", "E03")), replace(POLICY, second_person=(kind,)))
    assert play(card_care(desk)) is None
    assert booked(desk).at.second == "E03"


def test_nobody_knows_that_card_or_that_phone() -> None:
    desk = at_the_desk((("read_member", STRANGER),))
    assert isinstance(play(card_care(desk)), UnknownCard)
    desk = at_the_desk((("read_member", NEWCOMER),))
    assert isinstance(play(card_care(desk)), UnknownPhone)


@pytest.mark.parametrize("name", sorted(DIALOGUES))
def test_each_can_be_left_at_every_question_with_nothing_booked(name: str) -> None:
    script = DIALOGUES[name]
    for at, (question, _) in enumerate(script):
        desk = at_the_desk((*script[:at], (question, CANCEL)))
        play(card_care(desk))
        assert desk.finished
        assert not desk.booked
        assert not desk.handed_over


@pytest.mark.parametrize("name", sorted(DIALOGUES))
def test_what_the_ledger_refuses_is_not_handed_over(name: str) -> None:
    desk = at_the_desk(DIALOGUES[name])
    desk.fails = LedgerClosed("not now")
    assert isinstance(play(card_care(desk)), LedgerClosed)
    assert not desk.handed_over


def test_an_expired_card_without_a_name_is_renewed_and_its_value_stays() -> None:
    desk = at_the_desk(RENEWED)
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCardState)
    assert (command.card, command.state, command.until) == ("c-over", CardState.ACTIVE, "2029-11-24")
    assert command.was is CardState.EXPIRED
    assert ("Valid until", "2029-11-24") in [(one.label.text, one.value) for one in desk.lines]
    assert desk.handed_over == ["The card is renewed. Hand over the card and the slip."]
    assert ("lost" in desk.offered[0], "renew" in desk.offered[0]) == (False, True)


def test_or_another_takes_its_place_that_is_valid_as_long() -> None:
    script = (("read_member", ENDED), ("choose", "replace"), ("read_card", STRANGER), ("confirm", True))
    desk = at_the_desk(script)
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCard)
    assert (command.replaces, command.until) == ("c-over", "2029-11-24")
    assert ("Valid until", "2029-11-24") in [(one.label.text, one.value) for one in desk.lines]


def test_one_that_ended_while_it_was_frozen_is_renewed_with_its_use() -> None:
    script: Script = (("read_member", ENDED), ("choose", "thaw"), ("confirm", True))
    for until, renewed in ((OVER, "2029-11-24"), ("2027-01-01", "")):
        desk = at_the_desk(script)
        frozen = CardHeld(card=CardId("c-over"), shown="****3457", state=CardState.FROZEN, until=until)
        desk.cards[ENDED] = replace(desk.cards[ENDED], cards=(frozen,))
        assert play(card_care(desk)) is None
        command = booked(desk)
        assert isinstance(command, BookCardState)
        assert command.until == renewed


def test_a_card_with_a_name_is_renewed_without_a_last_day() -> None:
    desk = at_the_desk((("read_member", WANG_CARD), ("choose", "renew"), ("confirm", True)))
    desk.cards[WANG_CARD] = CardsHeld(holder=WANG, cards=(replace(ONE, state=CardState.EXPIRED),))
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCardState)
    assert (command.state, command.until) == (CardState.ACTIVE, "")


def test_a_card_out_of_the_box_is_activated_and_pays_so_long_as_any_without_a_name() -> None:
    desk = at_the_desk(ACTIVATED)
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCardState)
    day = desk.occasion().business_day
    assert (command.card, command.state, command.was) == ("c-new", CardState.ACTIVE, CardState.NEW)
    assert command.until == valid_until(day, POLICY.unnamed_valid_years)
    assert desk.handed_over == ["The card is in use. Hand over the card and the slip."]


def test_a_card_out_of_the_box_is_activated_or_cancelled_or_replaced_and_one_in_use_is_not_activated() -> (
    None
):
    desk = at_the_desk((("read_member", BOXED), ("choose", CANCEL)))
    play(card_care(desk))
    assert {"activate", "cancel", "replace"} <= set(desk.offered[-1])
    assert not {"thaw", "renew", "freeze", "lost"} & set(desk.offered[-1])
    desk = at_the_desk((("read_member", WANG_CARD), ("choose", CANCEL)))
    play(card_care(desk))
    assert "activate" not in desk.offered[-1]


def test_one_more_card_out_of_the_box_ends_the_one_that_lay_there() -> None:
    class Fresh(ScriptedDesk):
        async def holder(self, credential: Credential) -> Holder | None:
            if credential == BOXED:
                raise CardNew("the card is new")
            return await super().holder(credential)

    script: Script = (*ANOTHER[:2], ("read_card", BOXED), ANOTHER[3])
    desk = Fresh(script, holders=HOLDERS, policy=POLICY)
    desk.cards = at_the_desk(script).cards
    box = desk.cards[BOXED]
    desk.cards[BOXED] = replace(box, holder=replace(box.holder, units=()))
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCard)
    assert command.boxed == "c-new"
    desk = at_the_desk(ANOTHER)
    assert play(card_care(desk)) is None
    command = booked(desk)
    assert isinstance(command, BookCard)
    assert command.boxed is None


def test_of_a_visitor_it_is_all_but_whose_it_is() -> None:
    desk = at_the_desk((("read_member", WANG_CARD), ("choose", CANCEL)))
    desk.cards |= {WANG_CARD: CardsHeld(holder=WANG, cards=(ONE,), visitor=True)}
    play(card_care(desk))
    assert desk.offered[-1] == ("replace", "lost", "freeze", "another", "cancel")
