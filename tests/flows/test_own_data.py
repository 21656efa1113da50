"""What a member may ask of their own data, as dialogues; and that each can be left at every question."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.approval import Approved
from terminal.core.cards import CardState
from terminal.core.cards_held import CardHeld, CardsHeld
from terminal.core.commands import (
    OWN_DATA,
    Agreed,
    BookConsent,
    BookErasure,
    BookLegalHold,
    BookNote,
    BookProfile,
    Consent,
    ErasureReason,
    Kept,
    Private,
    Purse,
)
from terminal.core.errors import (
    ErasureWaits,
    KeptElsewhere,
    LedgerClosed,
    Nameless,
    NotCopied,
    NothingNew,
    PhoneTaken,
    UnknownCard,
    UnknownPhone,
)
from terminal.core.particulars import Trade
from terminal.core.policy import Policy
from terminal.core.staff import Role
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, StaffId, WalletId
from terminal.flows.own_data import ASKS, own_data
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import HOLDERS, PHONE, POLICY, STRANGER, UNNAMED, UNNAMED_CARD, WANG, WANG_CARD

PIN = "200731"
OTHER = Credential(medium=Medium.PHONE, number="19000000302")
TAKEN = Credential(medium=Medium.PHONE, number="19000000309")
SALON = replace(POLICY, trade=Trade.SALON, consent_version="2", grades=())


def agreed(purpose: str, version: str, *, given: bool) -> Agreed:
    return Agreed(consent=Consent(purpose=purpose, version=version, given=given), when="2026-11-01 10:00:00")


KEPT = Kept(
    member=MemberId("m-wang"),
    private=Private(
        credentials=(PHONE,),
        name="王小明",
        phone=PHONE.number,
        told=(("birthday", "1990-08-30"), ("allergy", "青霉素")),
        salt="00" * 16,
        initials="wxm",
    ),
    agreed=(agreed("health", "2", given=True), agreed("marketing", "1", given=False)),
    purses=(Purse(wallet=WalletId("w-wang"), tier="regular", held=(), cards=()),),
)

BY_CARD: Script = (("read_member", WANG_CARD), ("ask_pin", PIN))
SEEN: Script = (*BY_CARD, ("choose", "see"), ("confirm", True))
NAMED: Script = (
    *BY_CARD,
    ("choose", "correct"),
    ("choose", "name"),
    ("ask_text", "李 四"),
    ("confirm", True),
)
BIRTHDAY: Script = (
    *NAMED[:3],
    ("choose", "birthday"),
    ("choose", "leap"),
    ("ask_text", "19900501"),
    ("confirm", True),
)
PHONED: Script = (*NAMED[:3], ("choose", "phone"), ("offer_phone", OTHER), ("confirm", True))
AGREED: Script = (
    *BY_CARD,
    ("choose", "consents"),
    ("choose", "yes"),
    ("choose", "same"),
    ("choose", "no"),
    ("confirm", True),
)
COPIED: Script = (*BY_CARD, ("choose", "copy"), ("confirm", True))
FORGOTTEN: Script = (*BY_CARD, ("choose", "forget"), ("choose", "asked"), ("confirm", True))
DIALOGUES = {
    "seen": SEEN,
    "named": NAMED,
    "birthday": BIRTHDAY,
    "phoned": PHONED,
    "agreed": AGREED,
    "forgotten": FORGOTTEN,
    "copied": COPIED,
}


def at_the_desk(script: Script, policy: Policy = SALON) -> ScriptedDesk:
    desk = ScriptedDesk(
        script, holders={**HOLDERS, TAKEN: replace(WANG, wallet=WalletId("w2"))}, policy=policy
    )
    lost = CardHeld(card=CardId("c-wang"), shown="****E5F6", state=CardState.LOST)
    desk.cards = {
        WANG_CARD: CardsHeld(holder=WANG, cards=(lost,)),
        PHONE: CardsHeld(holder=replace(WANG, card=None), cards=(lost,)),
        UNNAMED_CARD: CardsHeld(holder=UNNAMED, cards=()),
    }
    desk.is_kept, desk.pin = KEPT, PIN
    desk.copied = [] if ("choose", "copy") in script else None
    return desk


def slip(desk: ScriptedDesk) -> BookNote:
    assert desk.finished
    (note,) = desk.booked
    assert isinstance(note, BookNote)
    assert note.what == OWN_DATA
    return note


def values(desk: ScriptedDesk) -> list[str]:
    return [line.value for line in desk.lines]


def test_what_is_kept_is_printed_for_who_keys_their_pin_and_the_screen_masks_it() -> None:
    desk = at_the_desk(SEEN)
    assert play(own_data(desk)) is None
    note = slip(desk)
    assert (note.detail, note.at.operator) == ("shown:w-wang", "E01")
    assert desk.own_steps == []
    assert values(desk) == ["王**", "190****0301"]
    assert desk.offered[0] == ("see", "correct", "consents", "tier", "forget")
    assert desk.handed_over == ["Hand over the slip: all that is kept stands on it."]


def test_a_card_without_a_pin_may_have_been_found_so_somebody_vouches() -> None:
    desk = at_the_desk((SEEN[0], ("read_badge", "E02"), *SEEN[2:]))
    desk.pin = None
    assert play(own_data(desk)) is None
    assert slip(desk).at.operator == "E02"


def test_by_phone_somebody_vouches_once() -> None:
    desk = at_the_desk((("read_member", PHONE), ("read_badge", "E02"), *SEEN[2:]))
    desk.pin = None
    assert play(own_data(desk)) is None
    assert slip(desk).at.operator == "E02"

    desk = at_the_desk((("read_member", PHONE), ("ask_pin", SKIP), ("read_badge", "E02"), *SEEN[2:]))
    assert play(own_data(desk)) is None
    assert slip(desk).at.operator == "E02"


def test_a_file_is_offered_where_there_is_a_folder_and_written_once_that_is_on_record() -> None:
    desk = at_the_desk(COPIED)
    assert play(own_data(desk)) is None
    assert desk.offered[0] == ("see", "correct", "consents", "copy", "tier", "forget")
    assert (slip(desk).detail, desk.copied) == ("copied:w-wang", ["2026-11-24-00000001.csv"])
    assert desk.handed_over == ["The file is written. Hand over the stick and the slip."]

    desk = at_the_desk(COPIED)
    desk.copy_fails = NotCopied("no stick")
    assert play(own_data(desk)) is desk.copy_fails
    assert (len(desk.booked), desk.handed_over) == (1, [])

    desk = at_the_desk(COPIED)
    desk.fails = LedgerClosed("full")
    assert play(own_data(desk)) is desk.fails
    assert desk.copied == []


def test_a_name_is_corrected_and_found_by_its_own_letters() -> None:
    desk = at_the_desk(NAMED)
    assert play(own_data(desk)) is None
    assert (slip(desk).detail, desk.own_changed) == ("corrected:w-wang", ("name",))
    (step,) = desk.own_steps
    assert isinstance(step.command, BookProfile)
    assert step.private is not None
    assert (step.private.name, step.private.initials, step.private.credentials) == ("李 四", "ls", (PHONE,))
    assert step.private.told == KEPT.private.told
    assert values(desk) == ["王**", "190****0301", "王** → 李**"]
    assert len({step.command.id, slip(desk).id}) == 2


@pytest.mark.parametrize(
    ("calendar", "kept"),
    [("sun", "1990-05-01"), ("moon", "moon:1990-05-01"), ("leap", "leap:1990-05-01")],
)
def test_a_birthday_is_corrected_by_either_calendar_and_never_shown(calendar: str, kept: str) -> None:
    desk = at_the_desk((*BIRTHDAY[:4], ("choose", calendar), *BIRTHDAY[5:]))
    assert play(own_data(desk)) is None
    (step,) = desk.own_steps
    assert step.private is not None
    assert step.private.told == (("allergy", "青霉素"), ("birthday", kept))
    assert values(desk)[-1] == "*** → ***"


def test_what_is_taken_away_is_gone_and_a_name_is_not_taken_away() -> None:
    desk = at_the_desk((*BIRTHDAY[:4], ("choose", "none"), ("confirm", True)))
    assert play(own_data(desk)) is None
    (step,) = desk.own_steps
    assert step.private is not None
    assert step.private.told == (("allergy", "青霉素"),)
    assert values(desk)[-1] == "*** → -"

    desk = at_the_desk((*NAMED[:4], ("ask_text", SKIP)))
    with pytest.raises(AssertionError):
        play(own_data(desk))


def test_a_phone_is_corrected_unless_another_member_has_it() -> None:
    desk = at_the_desk(PHONED)
    assert play(own_data(desk)) is None
    (step,) = desk.own_steps
    assert step.private is not None
    assert (step.private.phone, step.private.credentials) == (OTHER.number, (OTHER,))
    assert values(desk)[-1] == "190****0301 → 190****0302"

    desk = at_the_desk((*PHONED[:4], ("offer_phone", TAKEN)))
    assert isinstance(play(own_data(desk)), PhoneTaken)
    assert desk.booked == []

    desk = at_the_desk((*PHONED[:4], ("offer_phone", PHONE)))
    assert isinstance(play(own_data(desk)), NothingNew)


def test_what_is_asked_here_and_what_was_said_is_offered_and_health_only_with_a_yes() -> None:
    desk = at_the_desk((*NAMED[:3], ("choose", CANCEL)))
    play(own_data(desk))
    assert desk.offered[-1] == ("phone", "name", "birthday", "hair", "skin", "allergy")

    desk = at_the_desk((*NAMED[:3], ("choose", CANCEL)), replace(SALON, trade=Trade.GARAGE))
    desk.is_kept = replace(KEPT, agreed=())
    play(own_data(desk))
    assert desk.offered[-1] == ("phone", "name", "birthday", "plate", "vehicle")


def test_each_consent_is_given_or_taken_back_apart_and_what_stays_keeps_its_day() -> None:
    desk = at_the_desk(AGREED)
    assert play(own_data(desk)) is None
    assert (slip(desk).detail, desk.own_changed) == ("consents:w-wang", ("marketing", "health"))
    health_out, marketing, health = (step.command for step in desk.own_steps)
    assert isinstance(health_out, BookProfile)
    assert desk.own_steps[0].private is not None
    assert desk.own_steps[0].private.told == (("birthday", "1990-08-30"),)
    assert isinstance(marketing, BookConsent)
    assert (marketing.purpose, marketing.version, marketing.given) == ("marketing", "2", True)
    assert isinstance(health, BookConsent)
    assert (health.purpose, health.given) == ("health", False)
    assert values(desk) == ["王**", "190****0301", "✗ → ✓", "✓ → ✗"]
    assert [question for _, question in desk.asked[3:6]] == [
        "May the shop send offers?",
        "May partners of the shop send offers?",
        "May the shop keep what they say about their health?",
    ]


def test_the_same_answer_to_other_words_is_another_and_to_the_same_words_is_none() -> None:
    desk = at_the_desk(
        (*AGREED[:3], ("choose", "no"), ("choose", "no"), ("choose", "yes"), ("confirm", True))
    )
    assert play(own_data(desk)) is None
    said = [
        (one.command.purpose, one.command.given)
        for one in desk.own_steps
        if isinstance(one.command, BookConsent)
    ]
    assert said == [("marketing", False), ("partners", False)]
    assert values(desk)[2:] == ["✗ → ✗", "? → ✗"]

    desk = at_the_desk((*AGREED[:3], ("choose", "same"), ("choose", "same"), ("choose", "yes")))
    assert isinstance(play(own_data(desk)), NothingNew)
    assert desk.booked == []


def test_a_purpose_of_the_shops_own_is_asked_in_its_words() -> None:
    policy = replace(SALON, trade=Trade.SHOP, consents=("生日短信",))
    desk = at_the_desk(
        (*AGREED[:3], ("choose", "yes"), ("choose", "same"), ("choose", "same"), ("confirm", True)), policy
    )
    assert play(own_data(desk)) is None
    assert desk.own_changed == ("生日短信",)
    assert desk.asked[3] == ("choose", "生日短信")


def test_a_member_is_forgotten_with_a_manager_beside_where_people_are_told_apart() -> None:
    desk = at_the_desk(FORGOTTEN)
    assert play(own_data(desk)) is None
    assert slip(desk).detail == "forgotten:w-wang"
    (step,) = desk.own_steps
    assert isinstance(step.command, BookErasure)
    assert (step.command.wallet, step.command.member, step.command.at.second) == ("w-wang", "m-wang", None)
    assert step.command.why is ErasureReason.ASKED
    assert desk.offered[-1] == ("asked", "withdrawn", "mistake")
    assert values(desk) == ["王**", "190****0301", "¥110.00", "5", "0"]

    desk = at_the_desk((*FORGOTTEN, ("second", "E05")))
    desk.roles = {StaffId("E05"): Role.MANAGER}
    assert play(own_data(desk)) is None
    (step,) = desk.own_steps
    assert (step.command.at.operator, step.command.at.second) == ("E01", "E05")
    assert slip(desk).at.second == "E05"

    desk = at_the_desk((*FORGOTTEN, ("second", CANCEL)), replace(SALON, second_person=(Approved.ERASURE,)))
    play(own_data(desk))
    assert (desk.booked, desk.own_steps) == ([], [])


def test_in_a_chain_what_is_booked_is_the_wish_and_both_the_screen_and_the_slip_say_so() -> None:
    for alone in (True, False):
        desk = at_the_desk(FORGOTTEN)
        desk.alone = alone
        assert play(own_data(desk)) is None
        (step,) = desk.own_steps
        assert isinstance(step.command, BookErasure)
        assert step.command.waits is not alone
        assert step.command.why is ErasureReason.ASKED
        assert slip(desk).detail == f"{'forgotten' if alone else 'asked'}:w-wang"
        question = "Erase all that is known of this member? Nothing brings it back." if alone else ASKS
        assert ("confirm", question) in desk.asked
        done = "It is erased" if alone else "The wish is noted"
        assert desk.handed_over == [f"{done}. Hand over the slip."]


@pytest.mark.parametrize("by", [WANG_CARD, PHONE])
def test_a_visitor_can_ask_to_be_forgotten_and_for_all_else_is_sent_to_where_they_joined(
    by: Credential,
) -> None:
    desk = at_the_desk((("read_member", by), *FORGOTTEN[1:]))
    desk.is_kept, desk.alone = None, False
    assert play(own_data(desk)) is None
    (step,) = desk.own_steps
    assert isinstance(step.command, BookErasure)
    assert (step.command.wallet, step.command.member, step.command.waits) == ("w-wang", "m-wang", True)
    assert slip(desk).detail == "asked:w-wang"
    shown = desk.cards[by].holder.number_shown if by is PHONE else ""
    assert values(desk) == ["王**", shown, "¥110.00", "5", "0"]

    for act in ("see", "correct", "consents", "tier"):
        desk = at_the_desk((("read_member", by), *FORGOTTEN[1:2], ("choose", act)))
        desk.is_kept, desk.alone = None, False
        assert isinstance(play(own_data(desk)), KeptElsewhere)
        assert desk.booked == []

    desk = at_the_desk((("read_member", UNNAMED_CARD),))
    desk.alone = False
    assert isinstance(play(own_data(desk)), Nameless)


def test_what_the_law_keeps_of_who_paid_for_value_is_held_before_they_are_forgotten() -> None:
    desk = at_the_desk(FORGOTTEN, replace(SALON, records_days=100))
    desk.is_kept = replace(KEPT, paid_in="2026-11-20")
    assert play(own_data(desk)) is None
    hold, erasure = (step.command for step in desk.own_steps)
    assert isinstance(hold, BookLegalHold)
    assert (hold.member, hold.until) == ("m-wang", "2027-02-28")
    assert isinstance(erasure, BookErasure)
    assert hold.id != erasure.id


def test_who_has_no_name_or_is_not_known_here_has_nothing_to_see() -> None:
    desk = at_the_desk((("read_member", UNNAMED_CARD),))
    assert isinstance(play(own_data(desk)), Nameless)
    desk = at_the_desk((("read_member", WANG_CARD),))
    desk.is_kept = None
    assert isinstance(play(own_data(desk)), KeptElsewhere)
    assert isinstance(play(own_data(at_the_desk((("read_member", STRANGER),)))), UnknownCard)
    assert isinstance(play(own_data(at_the_desk((("read_member", OTHER),)))), UnknownPhone)


@pytest.mark.parametrize("name", DIALOGUES)
def test_a_no_at_the_last_question_books_nothing(name: str) -> None:
    script = DIALOGUES[name]
    assert script[-1] == ("confirm", True)
    desk = at_the_desk((*script[:-1], ("confirm", False)))
    assert play(own_data(desk)) is None
    assert (desk.booked, desk.own_steps, desk.handed_over) == ([], [], [])
    assert desk.said == ["Cancelled. Nothing was booked."]


@pytest.mark.parametrize("name", DIALOGUES)
@pytest.mark.parametrize("fault", [LedgerClosed("full"), ErasureWaits("value is left")])
def test_what_the_ledger_refuses_is_not_handed_over(name: str, fault: LedgerClosed | ErasureWaits) -> None:
    desk = at_the_desk(DIALOGUES[name])
    desk.fails = fault
    assert play(own_data(desk)) is fault
    assert desk.handed_over == []


@pytest.mark.parametrize(
    "script", [(*each[:at], (each[at][0], CANCEL)) for each in DIALOGUES.values() for at in range(len(each))]
)
def test_left_at_any_question_it_books_nothing(script: Script) -> None:
    desk = at_the_desk(script)
    play(own_data(desk))
    assert desk.finished
    assert (desk.booked, desk.own_steps, desk.handed_over) == ([], [], [])
