"""What the shop knows of a member, as dialogues; and that each can be left at every question."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    Agreed,
    BookProfile,
    BookService,
    Consent,
    Kept,
    Private,
    Purse,
)
from terminal.core.errors import (
    Cancelled,
    LedgerClosed,
    Nameless,
    NothingNew,
    NothingWritten,
    UnknownCard,
    UnknownPhone,
)
from terminal.core.particulars import Trade
from terminal.core.services import Service, Written, commitment, read, text_of
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, MemberId, StaffId, WalletId
from terminal.flows.profile import profile
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import HOLDERS, PHONE, POLICY, STRANGER, UNNAMED_CARD, WANG, WANG_CARD

SALON = replace(POLICY, trade=Trade.SALON, grades=())
UNKNOWN_PHONE = Credential(medium=Medium.PHONE, number="19000000309")
HEALTH = Agreed(consent=Consent(purpose="health", version="1", given=True), when="2026-11-01 10:00:00")
KEPT = Kept(
    member=MemberId("m-wang"),
    private=Private(
        credentials=(PHONE,), name="王小明", phone=PHONE.number, told=(("hair", "细软"),), salt="00" * 16,
        initials="wxm",
    ),
    agreed=(HEALTH,),
    purses=(Purse(wallet=WalletId("w-wang"), tier="regular", held=(), cards=()),),
)  # fmt: skip
CUT = Service(
    entry=EntryId("e1"),
    written=Written(day="2026-11-01", done=("剪发",), by=StaffId("E01")),
    remark="头皮敏感",
)
DYED = Service(
    entry=EntryId("e2"),
    written=Written(day="2026-10-01", done=("染发", "护理"), by=StaffId("E09"), used=("染膏 6/0 40g",)),
)

WRITES: Script = (
    ("read_member", WANG_CARD),
    ("choose", "write"),
    ("ask_text", " 剪发 "),
    ("ask_text", "吹风"),
    ("ask_text", SKIP),
    ("choose_attendant", StaffId("E01")),
    ("ask_text", "发蜡 2g"),
    ("ask_text", SKIP),
    ("ask_text", "头皮 敏感"),
    ("confirm", True),
)
SEES: Script = (("read_member", WANG_CARD), ("choose", "see"), ("confirm", True), ("confirm", True))
CORRECTS: Script = (
    ("read_member", WANG_CARD),
    ("choose", "correct"),
    ("choose", "e2"),
    ("ask_text", "烫发"),
    ("ask_text", SKIP),
    ("choose_attendant", StaffId("E01")),
    ("ask_text", SKIP),
    ("ask_text", SKIP),
    ("confirm", True),
)
TAGS: Script = (("read_member", WANG_CARD), ("choose", "tags"), ("ask_text", "常客，怕吵"))
STYLIST: Script = (
    ("read_member", WANG_CARD),
    ("choose", "stylist"),
    ("choose", "one"),
    ("choose_attendant", StaffId("E01")),
)


def at(script: Script, kept: Kept | None = KEPT) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders={**HOLDERS, PHONE: WANG}, policy=SALON)
    desk.is_kept = kept
    desk.was_served = [CUT, DYED]
    return desk


def shown(desk: ScriptedDesk) -> list[tuple[str, str]]:
    return [(line.label.text, line.value) for line in desk.lines]


def test_what_was_done_is_written_down_with_who_did_it_and_what_was_used() -> None:
    desk = at(WRITES)
    assert play(profile(desk)) is None
    assert shown(desk) == [
        ("Name", "王**"),
        ("Day", desk.occasion().business_day),
        ("Done", "剪发"),
        ("Done", "吹风"),
        ("By", "莉莉"),
        ("Used", "发蜡 2g"),
        ("To know", "头皮 敏感"),
    ]
    (command,), (private,) = desk.booked, desk.private
    assert isinstance(command, BookService)
    assert private is not None
    written = read(command.id, private.service).written
    assert (command.wallet, command.ends, written.corrects) == ("w-wang", False, None)
    assert written.done == ("剪发", "吹风")
    assert written.day == desk.occasion().business_day
    assert written.used == ("发蜡 2g",)
    assert written.by == "E01"
    assert private == Private(service=private.service, remark="头皮 敏感")
    assert command.commitment == commitment(bytes.fromhex(written.salt), private.service, private.remark)
    assert len(written.salt) == 32
    assert desk.said == ["It is written down."]


def test_without_that_consent_nobody_is_asked_for_a_remark() -> None:
    desk = at((*WRITES[:-2], ("confirm", True)), replace(KEPT, agreed=()))
    assert play(profile(desk)) is None
    (private,) = desk.private
    assert private is not None
    assert private.remark == ""
    assert shown(desk)[-1] == ("Used", "发蜡 2g")


def test_of_one_visit_ten_services_and_ten_products_are_asked_for() -> None:
    many: Script = (
        *WRITES[:2],
        *(("ask_text", f"s{n}") for n in range(10)),
        WRITES[5],
        *(("ask_text", f"p{n}") for n in range(10)),
        ("ask_text", SKIP),
        ("confirm", True),
    )
    desk = at(many)
    assert play(profile(desk)) is None
    (private,) = desk.private
    assert private is not None
    written = read(EntryId("e"), private.service).written
    assert (len(written.done), len(written.used)) == (10, 10)


def test_a_no_writes_nothing_down() -> None:
    desk = at((*WRITES[:-1], ("confirm", False)))
    assert play(profile(desk)) is None
    assert (desk.booked, desk.said) == ([], ["Cancelled. Nothing was booked."])


def test_visits_are_shown_one_by_one_the_last_first() -> None:
    desk = at(SEES)
    assert play(profile(desk)) is None
    assert shown(desk) == [
        ("Name", "王**"), ("Day", "2026-10-01"), ("Done", "染发"), ("Done", "护理"), ("By", "E09"),
        ("Used", "染膏 6/0 40g"),
    ]  # fmt: skip
    assert (desk.booked, desk.said) == ([], ["That is all."])
    first = at((*SEES[:2], ("confirm", False)), replace(KEPT, private=replace(KEPT.private, name="")))
    assert play(profile(first)) is None
    assert shown(first) == [
        ("Day", "2026-11-01"), ("Done", "剪发"), ("By", "莉莉"), ("To know", "头皮敏感"),
    ]  # fmt: skip
    assert first.said == ["That is all."]


@pytest.mark.parametrize("script", [SEES[:2], CORRECTS[:2]])
def test_where_nothing_was_written_that_is_said(script: Script) -> None:
    desk = at(script)
    desk.was_served = []
    assert isinstance(play(profile(desk)), NothingWritten)


def test_eight_visits_are_shown_at_most() -> None:
    desk = at((*SEES[:2], *(("confirm", True) for _ in range(8))))
    desk.was_served = [CUT] * 9
    assert play(profile(desk)) is None
    assert desk.finished


def test_a_correction_is_of_that_day_and_names_what_it_corrects() -> None:
    desk = at(CORRECTS)
    assert play(profile(desk)) is None
    (private,) = desk.private
    assert private is not None
    written = read(EntryId("e"), private.service).written
    assert (written.day, written.done, written.corrects) == ("2026-10-01", ("烫发",), "e2")


def test_tags_are_kept_as_what_is_known_of_them_and_can_be_taken_away() -> None:
    desk = at(TAGS)
    assert play(profile(desk)) is None
    (command,), (private,) = desk.booked, desk.private
    assert isinstance(command, BookProfile)
    assert private == replace(KEPT.private, told=(("hair", "细软"), ("tags", "常客、怕吵")))
    assert desk.said == ["It is noted."]
    tagged = replace(KEPT, private=private)
    gone = at((*TAGS[:2], ("ask_text", SKIP)), tagged)
    assert play(profile(gone)) is None
    assert gone.private == [KEPT.private]


def test_who_serves_them_is_kept_and_can_be_taken_away() -> None:
    desk = at(STYLIST)
    assert play(profile(desk)) is None
    (private,) = desk.private
    assert private == replace(KEPT.private, told=(("hair", "细软"), ("stylist", "E01")))
    kept = replace(KEPT, private=private)
    gone = at((*STYLIST[:2], ("choose", "anybody")), kept)
    assert play(profile(gone)) is None
    assert gone.private == [KEPT.private]


def test_what_is_so_already_is_not_booked_again() -> None:
    assert isinstance(play(profile(at((*TAGS[:2], ("ask_text", SKIP))))), NothingNew)


def test_a_shop_that_keeps_no_services_asks_for_tags_and_stylist_alone() -> None:
    desk = at(TAGS)
    desk.change(POLICY)
    assert play(profile(desk)) is None
    assert desk.offered[0] == ("tags", "stylist")
    salon = at(TAGS)
    play(profile(salon))
    assert salon.offered[0] == ("write", "see", "correct", "tags", "stylist")


@pytest.mark.parametrize(
    ("by", "why"), [(STRANGER, UnknownCard), (UNKNOWN_PHONE, UnknownPhone), (UNNAMED_CARD, Nameless)]
)
def test_of_nobody_nothing_is_known(by: Credential, why: type[Exception]) -> None:
    assert type(play(profile(at((("read_member", by),))))) is why


def test_by_phone_somebody_vouches_and_stands_in_the_entry() -> None:
    desk = at((("read_member", PHONE), ("read_badge", StaffId("E07")), *TAGS[1:]))
    assert play(profile(desk)) is None
    assert desk.booked[0].at.operator == "E07"


@pytest.mark.parametrize("script", [WRITES, SEES, CORRECTS, TAGS, STYLIST])
def test_it_can_be_left_at_every_question(script: Script) -> None:
    for asked in range(len(script)):
        if script[asked][0] == "confirm":  # It has a no.
            continue
        desk = at((*script[:asked], (script[asked][0], CANCEL)))
        assert isinstance(play(profile(desk)), Cancelled)
        assert desk.booked == []


@pytest.mark.parametrize("script", [WRITES, TAGS])
def test_what_cannot_be_booked_is_said(script: Script) -> None:
    desk = at(script)
    desk.fails = LedgerClosed("x")
    assert isinstance(play(profile(desk)), LedgerClosed)
    assert text_of(CUT.written)
