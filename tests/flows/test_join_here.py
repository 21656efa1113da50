"""Somebody joins at the counter, as a dialogue; and that it can be left at every question."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.card_kinds import CardKind, CardUse
from terminal.core.cards import CardState
from terminal.core.cards_held import CardHeld, CardsHeld
from terminal.core.commands import BookJoin, Consent, Private
from terminal.core.errors import (
    AlreadyMember,
    CardGone,
    CardNew,
    CardNotUsable,
    CardSwapped,
    LedgerClosed,
    UnderAge,
)
from terminal.core.membership import Told, commitment
from terminal.core.particulars import QUESTIONS, Asked, Particular, Trade
from terminal.core.policy import JoinPin, Policy
from terminal.core.pricing import parsed
from terminal.core.referral import Referral, Trigger
from terminal.core.screens import Keying
from terminal.core.trust import Credential, Holder
from terminal.core.values import CardId
from terminal.flows.join_here import join_here
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import HOLDERS, PHONE, POLICY, STRANGER, UNNAMED, WANG, WANG_CARD

CITIZEN = "11010519491231002X"
PIN = "200731"
BY_PHONE: Script = (
    ("offer_phone", PHONE),
    ("choose_attendant", "E02"),
    ("choose", "yes"),  # Offers of the shop
    ("choose", "no"),  # Offers of partners
    ("ask_text", SKIP),  # Name
    ("choose", "none"),  # Birthday
    ("offer_new_card", SKIP),
    ("ask_pin", SKIP),
    ("confirm", True),
)
WITH_CARD: Script = (
    *BY_PHONE[:4],
    ("ask_text", "王小明"),
    ("choose", "moon"),
    ("ask_text", "19900830"),
    ("offer_new_card", STRANGER),
    ("choose", "citizen"),
    ("ask_text", CITIZEN),
    ("ask_pin", PIN),
    ("ask_pin", PIN),
    ("confirm", True),
)
SALON = replace(POLICY, trade=Trade.SALON)
AT_THE_SALON: Script = (
    *BY_PHONE[:4],
    ("choose", "yes"),  # Health
    ("ask_text", "王小明"),
    ("choose", "none"),
    ("ask_text", "细软"),
    ("ask_text", SKIP),
    ("ask_text", "青霉素"),
    ("offer_new_card", SKIP),
    ("ask_pin", SKIP),
    ("confirm", True),
)
NETCAFE = replace(POLICY, trade=Trade.NETCAFE, consents=(), join_pin=JoinPin.NEVER)
AT_THE_NETCAFE: Script = (
    *BY_PHONE[:2],
    ("ask_text", "John Smith"),
    ("choose", "passport"),
    ("ask_text", "E12345678"),
    ("ask_text", "19900830"),
    ("offer_new_card", STRANGER),
    ("confirm", True),
)
GARAGE = replace(POLICY, trade=Trade.GARAGE, consents=("marketing",), join_pin=JoinPin.REQUIRED)
AT_THE_GARAGE: Script = (
    *BY_PHONE[:2],
    ("choose", "no"),
    ("ask_text", "浙A12345"),
    ("ask_text", SKIP),
    ("ask_text", "大众 高尔夫"),
    ("offer_new_card", SKIP),
    ("ask_pin", PIN),
    ("ask_pin", PIN),
    ("confirm", True),
)
DIALOGUES = (
    (BY_PHONE, POLICY),
    (WITH_CARD, POLICY),
    (AT_THE_SALON, SALON),
    (AT_THE_NETCAFE, NETCAFE),
    (AT_THE_GARAGE, GARAGE),
)


def at_the_desk(script: Script, policy: Policy = POLICY) -> ScriptedDesk:
    return ScriptedDesk(script, holders=HOLDERS, policy=policy)


def joined(desk: ScriptedDesk) -> tuple[BookJoin, Private]:
    assert desk.finished
    (command,), (private,) = desk.booked, desk.private
    assert isinstance(command, BookJoin)
    assert private is not None
    return command, private


def test_a_phone_alone_makes_a_member_with_the_pack_and_nothing_else() -> None:
    desk = at_the_desk(BY_PHONE)
    assert play(join_here(desk)) is None
    command, private = joined(desk)
    opens = command.opens
    assert (opens.card, opens.pin, opens.terms, opens.channel, opens.recruiter) == (
        None, False, "2026-1", "counter", "E02",
    )  # fmt: skip
    assert opens.member
    assert len(opens.coupons) == 3
    assert opens.consents == (
        Consent(purpose="marketing", version="1", given=True),
        Consent(purpose="partners", version="1", given=False),
    )
    assert (private.credentials, private.phone, private.name, private.told, private.pin) == (
        (PHONE,), PHONE.number, "", (), "",
    )  # fmt: skip
    assert desk.handed_over == ["A new member. Hand over the slip."]


def test_who_was_a_member_before_joins_without_gifts_and_by_nobody() -> None:
    tariff, _ = parsed([("f", {"rule": "friend_gets", "name": "n", "unit": "count:F02"})])
    for policy in (POLICY, replace(POLICY, referral=Referral(on=(Trigger.JOIN,), points=100))):
        desk = ScriptedDesk(BY_PHONE, holders=HOLDERS, policy=policy, tariff=tariff)
        desk.former = {PHONE}
        assert play(join_here(desk)) is None
        command, private = joined(desk)
        assert (command.opens.coupons, command.opens.vouchers) == ((), ())
        assert (command.opens.introduced_by, command.reward) == (None, None)
        assert private.phone == PHONE.number
        assert [one.label.text for one in desk.lines][-1] == "They were a member before: no gifts for joining"


def test_only_who_was_a_member_before_is_told_so() -> None:
    desk = at_the_desk(BY_PHONE)
    desk.former = {STRANGER}
    play(join_here(desk))
    assert len(joined(desk)[0].opens.coupons) == 3
    assert not any("before" in one.label.text for one in desk.lines)


def test_a_card_in_their_name_wants_name_and_document_and_takes_a_pin_in_the_same_go() -> None:
    desk = at_the_desk(WITH_CARD)
    assert play(join_here(desk)) is None
    command, private = joined(desk)
    assert command.opens.card
    assert command.opens.pin
    assert private.credentials == (PHONE, STRANGER)
    assert (private.name, private.initials, private.pin) == ("王小明", "wxm", f"of {PIN}")
    assert private.told == (("birthday", "moon:1990-08-30"), ("document", f"citizen:{CITIZEN}"))
    assert list(desk.pads.values()) == [Keying.TEXT, Keying.DAY, Keying.TEXT]
    assert len({command.id, command.opens.wallet, command.opens.member, command.opens.card}) == 4
    assert desk.handed_over == ["A new member. Hand over the card and the slip."]


def test_what_they_said_is_in_no_entry_and_masked_on_the_screen() -> None:
    desk = at_the_desk(WITH_CARD)
    play(join_here(desk))
    command, private = joined(desk)
    said = ("王小明", PHONE.number, CITIZEN, "1990", STRANGER.number, PIN)
    shown = repr([(line.label.values, line.value) for line in desk.lines])
    for text in said:
        assert text not in repr(command)
        assert text not in repr(private)
        assert text not in repr(Told())
        assert text not in shown
    assert command.opens.commitment == commitment(bytes.fromhex(private.salt), private)
    assert command.opens.commitment != commitment(bytes.fromhex(private.salt), replace(private, told=()))
    assert [line.value for line in desk.lines] == ["190****0301", "王**", "**********FFFF", "✓", "✗", "+3"]


def test_a_phone_that_is_a_member_already_finds_the_first_membership() -> None:
    desk = ScriptedDesk(BY_PHONE[:1], holders={**HOLDERS, PHONE: WANG}, policy=POLICY)
    assert play(join_here(desk)) is None
    assert desk.said == ["王** is a member already. Nothing was changed."]
    assert (desk.booked, desk.finished) == ([], True)


def test_a_phone_that_joined_meanwhile_is_refused_by_the_ledger_and_the_first_recruiter_stays() -> None:
    desk = at_the_desk(BY_PHONE)
    desk.fails = AlreadyMember("somebody has that card or phone")
    assert play(join_here(desk)) is desk.fails
    assert desk.handed_over == []


def test_a_card_that_somebody_has_is_not_handed_out() -> None:
    desk = at_the_desk((*BY_PHONE[:6], ("offer_new_card", WANG_CARD), *BY_PHONE[6:]))
    assert play(join_here(desk)) is None
    assert desk.declined == ["A167"]
    assert joined(desk)[0].opens.card is None


def test_nor_is_one_that_was_reported_lost() -> None:
    class Lost(ScriptedDesk):
        async def holder(self, credential: Credential) -> Holder | None:
            if credential == WANG_CARD:
                raise CardNotUsable("lost")
            return await super().holder(credential)

    desk = Lost((*BY_PHONE[:6], ("offer_new_card", WANG_CARD), *BY_PHONE[6:]), policy=POLICY)
    assert play(join_here(desk)) is None
    assert desk.declined == ["A167"]


def test_health_is_asked_about_only_of_who_agreed_to_that() -> None:
    desk = at_the_desk(AT_THE_SALON, SALON)
    assert play(join_here(desk)) is None
    command, private = joined(desk)
    assert command.opens.consents[-1] == Consent(purpose="health", version="1", given=True)
    assert private.told == (("hair", "细软"), ("allergy", "青霉素"))

    refused = (*AT_THE_SALON[:4], ("choose", "no"), *AT_THE_SALON[5:8], *AT_THE_SALON[10:])
    desk = at_the_desk(refused, SALON)
    assert play(join_here(desk)) is None
    command, private = joined(desk)
    assert not command.opens.consents[-1].given
    assert private.told == (("hair", "细软"),)


def test_where_nothing_is_asked_about_health_there_is_no_such_consent() -> None:
    desk = at_the_desk(BY_PHONE)
    play(join_here(desk))
    assert "health" not in {one.purpose for one in joined(desk)[0].opens.consents}


@pytest.mark.parametrize(
    ("of", "said"), [(Particular.ROOM, "临窗"), (Particular.TASTE, "不吃香菜"), (Particular.STYLIST, "E07")]
)
def test_the_shops_own_fields_stand_in_the_place_of_its_trades(of: Particular, said: str) -> None:
    policy = replace(SALON, join_fields=(Asked(of=of, required=True),), consents=())
    desk = at_the_desk((*BY_PHONE[:2], ("ask_text", said), *BY_PHONE[6:]), policy)
    assert play(join_here(desk)) is None
    assert desk.asked[2] == ("ask_text", QUESTIONS[of].text)
    assert joined(desk)[1].told == ((of, said),)


def test_a_passport_does_not_say_the_age_so_the_internet_cafe_asks() -> None:
    desk = at_the_desk(AT_THE_NETCAFE, NETCAFE)
    assert play(join_here(desk)) is None
    assert joined(desk)[1].told == (("document", "passport:E12345678"),)

    young = (*AT_THE_NETCAFE[:5], ("ask_text", "20090101"))
    desk = at_the_desk(young, NETCAFE)
    assert isinstance(play(join_here(desk)), UnderAge)
    assert desk.booked == []


def test_a_plate_stands_where_plates_are_looked_for() -> None:
    desk = at_the_desk(AT_THE_GARAGE, GARAGE)
    assert play(join_here(desk)) is None
    _, private = joined(desk)
    assert (private.plate, private.told) == ("浙A12345", (("vehicle", "大众 高尔夫"),))


def test_what_cannot_be_used_is_asked_for_again() -> None:
    script = (
        *AT_THE_GARAGE[:3],
        ("ask_text", "nonsense"),
        ("ask_text", ""),
        *AT_THE_GARAGE[3:7],
        ("ask_pin", "111111"),
        *AT_THE_GARAGE[7:],
    )
    desk = at_the_desk(script, GARAGE)
    assert play(join_here(desk)) is None
    assert desk.refused == ["A163", "A163"]
    assert desk.declined == ["A128"]
    assert joined(desk)[0].opens.pin


def test_a_card_is_handed_out_without_a_document_where_the_shop_sells_no_value() -> None:
    policy = replace(POLICY, named_cards_identified=False)
    desk = at_the_desk((*BY_PHONE[:6], ("offer_new_card", STRANGER), *BY_PHONE[7:]), policy)
    assert play(join_here(desk)) is None
    command, private = joined(desk)
    assert command.opens.card
    assert private.told == ()


@pytest.mark.parametrize("fault", [CardSwapped("x"), CardGone("x")])
def test_a_card_that_was_swapped_meanwhile_is_not_booked(fault: CardSwapped | CardGone) -> None:
    desk = at_the_desk(WITH_CARD)
    desk.card_gone = fault
    assert play(join_here(desk)) is fault
    assert desk.booked == []


@pytest.mark.parametrize(("script", "policy"), DIALOGUES)
def test_what_the_ledger_refuses_is_not_handed_over(script: Script, policy: Policy) -> None:
    desk = at_the_desk(script, policy)
    desk.fails = LedgerClosed("disk full")
    assert play(join_here(desk)) is desk.fails
    assert desk.handed_over == []


@pytest.mark.parametrize(
    ("script", "policy"),
    [((*each[:at], (each[at][0], CANCEL)), policy) for each, policy in DIALOGUES for at in range(len(each))],
)
def test_left_at_any_question_it_books_nothing(script: Script, policy: Policy) -> None:
    desk = at_the_desk(script, policy)
    play(join_here(desk))
    assert desk.finished
    assert (desk.booked, desk.handed_over) == ([], [])


class Boxed(ScriptedDesk):
    """A card was issued by number, and not given out."""

    async def holder(self, credential: Credential) -> Holder | None:
        if credential == STRANGER:
            raise CardNew("the card is new")
        return await super().holder(credential)

    def with_box(self, *units: str) -> Boxed:
        box = replace(UNNAMED, card=CardId("c-box"), units=units)
        card = CardHeld(card=CardId("c-box"), shown="****FFFF", state=CardState.NEW, kind="back")
        self.cards = {STRANGER: CardsHeld(holder=box, cards=(card,))}
        return self


def test_a_card_out_of_the_box_is_handed_out_with_its_kind() -> None:
    kinds = tuple(CardKind(name=name, shown=name, uses=(CardUse.POINTS,)) for name in ("points", "back"))
    desk = Boxed(WITH_CARD, holders=HOLDERS, policy=replace(POLICY, card_kinds=kinds)).with_box()
    assert play(join_here(desk)) is None
    opens = joined(desk)[0].opens
    assert (opens.boxed, opens.kind) == ("c-box", "back")
    assert opens.card not in {None, "c-box"}


def test_one_out_of_the_box_with_something_on_it_is_not() -> None:
    script = (*BY_PHONE[:6], ("offer_new_card", STRANGER), *BY_PHONE[6:])
    desk = Boxed(script, holders=HOLDERS, policy=POLICY).with_box("principal")
    assert play(join_here(desk)) is None
    assert desk.declined == ["A167"]
    assert joined(desk)[0].opens.card is None


def test_a_card_that_nobody_knows_is_out_of_no_box() -> None:
    desk = at_the_desk(WITH_CARD)
    assert play(join_here(desk)) is None
    assert joined(desk)[0].opens.boxed is None
