"""What is kept of a member: corrected, agreed to, and what a slip says was asked."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    Agreed,
    BookConsent,
    BookLegalHold,
    BookNote,
    BookProfile,
    ClockTrust,
    Consent,
    Kept,
    Occasion,
    OwnSlip,
    Private,
    Purse,
)
from terminal.core.errors import HealthNotAgreed, NothingNew, PhoneNeeded, Refused
from terminal.core.membership import commitment
from terminal.core.own import (
    NAMES,
    PHONE,
    PURPOSES,
    OwnAct,
    OwnStep,
    act_of,
    agreeing,
    by_law,
    corrected,
    file_of,
    found_by,
    profile,
    purposes,
    slip,
)
from terminal.core.particulars import Particular
from terminal.core.policy import Policy
from terminal.core.receipts.words import Words
from terminal.core.texts import TABLES
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, MemberId, ShiftId, StaffId, TerminalId, WalletId

AT = Occasion(
    terminal=TerminalId("T1"), shift=ShiftId("S1"), operator=StaffId("E01"), business_day="2026-11-24",
    wall_ms=1, utc_offset_min=480, clock=ClockTrust.NETWORK, mono_ms=1, boot="b",
)  # fmt: skip
PRIVATE = Private(
    credentials=(Credential(medium=Medium.PHONE, number="19000000301"),),
    name="王小明",
    phone="19000000301",
    plate="浙A12345",
    told=(("birthday", "1990-08-30"), ("skin", "干性")),
    salt="ab" * 16,
    initials="wxm",
)


def said(purpose: str, *, given: bool) -> Agreed:
    return Agreed(consent=Consent(purpose=purpose, version="1", given=given), when="then")


KEPT = Kept(
    member=MemberId("m"),
    private=PRIVATE,
    agreed=(said("health", given=True), said("marketing", given=False)),
    purses=(
        Purse(wallet=WalletId("w1"), tier="regular", held=(), cards=()),
        Purse(wallet=WalletId("w2"), tier="regular", held=(), cards=()),
    ),
)
NO_HEALTH = replace(KEPT, agreed=(said("health", given=False),))


def ids() -> EntryId:
    return EntryId(f"id-{next(_count)}")


_count = count(1)


def test_all_that_is_kept_is_asked_for_by_its_name() -> None:
    asked = [KEPT.says(name) for name in ("name", "phone", "plate", "birthday", "skin", "hair")]
    assert asked == ["王小明", "19000000301", "浙A12345", "1990-08-30", "干性", ""]
    assert KEPT.agrees("health")
    assert not KEPT.agrees("marketing")
    assert not KEPT.agrees("partners")
    assert (KEPT.records_until, KEPT.paid_in) == ("", "")
    assert (KEPT.wallet, replace(KEPT, purses=()).wallet) == ("w1", "none")
    assert repr(KEPT) == str(KEPT) == "Kept(...)"
    shown = OwnSlip(kept=KEPT, changed=("name",))
    assert repr(shown) == str(shown) == "OwnSlip(1)"


def test_everything_that_may_be_asked_of_a_member_has_a_name_on_their_slip() -> None:
    assert set(NAMES) == {PHONE, *Particular}
    assert list(NAMES)[:3] == ["phone", "name", "birthday"]
    for language in ("zh-Hans", "zh-Hant"):
        words = Words(language)
        assert all(words(name) for name in NAMES.values()), language
    assert {*NAMES.values()} <= TABLES["zh-Hans"].keys()
    assert [*OwnAct] == ["shown", "consents", "corrected", "forgotten", "copied", "asked"]
    assert PURPOSES == ("marketing", "partners", "health")


@pytest.mark.parametrize(
    ("anew", "fields"),
    [
        ({"name": "李四"}, {"name": "李四", "initials": "ls"}),
        ({"name": ""}, {"name": "", "initials": ""}),
        ({"plate": "浙B12345"}, {"plate": "浙B12345"}),
        (
            {"phone": "19000000302"},
            {
                "phone": "19000000302",
                "credentials": (Credential(medium=Medium.PHONE, number="19000000302"),),
            },
        ),
        ({"birthday": "moon:1990-08-01"}, {"told": (("skin", "干性"), ("birthday", "moon:1990-08-01"))}),
        ({"birthday": "", "hair": "细软"}, {"told": (("skin", "干性"), ("hair", "细软"))}),
        ({"skin": ""}, {"told": (("birthday", "1990-08-30"),)}),
    ],
)
def test_what_is_said_anew_stands_in_the_place_of_what_was(
    anew: Mapping[str, str], fields: Mapping[str, object]
) -> None:
    assert corrected(KEPT, anew) == replace(PRIVATE, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kept", "anew", "fault"),
    [
        (KEPT, {"name": "王小明"}, NothingNew),
        (KEPT, {}, NothingNew),
        (KEPT, {"phone": ""}, PhoneNeeded),
        (NO_HEALTH, {"name": "李四"}, HealthNotAgreed),
        (replace(KEPT, agreed=()), {"allergy": "花生"}, HealthNotAgreed),
    ],
)
def test_what_cannot_be_kept_is_refused(kept: Kept, anew: Mapping[str, str], fault: type[Refused]) -> None:
    with pytest.raises(fault):
        corrected(kept, anew)


def test_who_agreed_no_more_may_still_take_out_what_is_left_about_health() -> None:
    assert corrected(NO_HEALTH, {"skin": ""}).told == (("birthday", "1990-08-30"),)


def test_of_whom_no_phone_is_known_nothing_else_finds_them() -> None:
    found = found_by(replace(PRIVATE, phone="", credentials=()))
    assert (found.credentials, found.initials) == ((), "wxm")


def test_a_profile_is_known_by_its_commitment_alone() -> None:
    booked = profile(KEPT, PRIVATE, EntryId("e"), AT)
    assert booked == BookProfile(
        id=EntryId("e"), at=AT, wallet=WalletId("w1"), commitment=commitment(b"\xab" * 16, PRIVATE)
    )


def test_each_answer_is_an_entry_by_the_version_of_the_words() -> None:
    steps = agreeing(KEPT, {"marketing": True, "partners": False}, "7", ids, AT)
    commands = [step.command for step in steps]
    assert [step.private for step in steps] == [None, None]
    assert len({one.id for one in commands}) == 2
    assert [replace(one, id=EntryId("")) for one in commands] == [
        BookConsent(id=EntryId(""), at=AT, wallet=WalletId("w1"), purpose=purpose, version="7", given=given)
        for purpose, given in (("marketing", True), ("partners", False))
    ]


def test_notes_about_health_go_before_the_no_and_stay_with_a_yes() -> None:
    out, no = agreeing(KEPT, {"health": False}, "7", ids, AT)
    assert isinstance(out.command, BookProfile)
    assert out.private == replace(PRIVATE, told=(("birthday", "1990-08-30"),))
    assert isinstance(no.command, BookConsent)
    assert out.command.id != no.command.id
    assert [type(one.command) for one in agreeing(KEPT, {"health": True}, "7", ids, AT)] == [BookConsent]
    none = replace(KEPT, private=replace(PRIVATE, told=()))
    assert [type(one.command) for one in agreeing(none, {"health": False}, "7", ids, AT)] == [BookConsent]
    assert agreeing(KEPT, {}, "7", ids, AT) == ()


@pytest.mark.parametrize(
    ("paid_in", "days", "said", "until"),
    [
        ("", 10, "", ""),
        ("2026-11-20", 0, "", ""),
        ("2026-11-24", 0, "", ""),
        ("2026-11-20", 1, "", ""),
        ("2026-11-20", 3, "", ""),
        ("2026-11-20", 4, "", "2026-11-24"),
        ("2026-11-20", 10, "", "2026-11-30"),
        ("2026-11-20", 10, "2026-11-29", "2026-11-30"),
        ("2026-11-20", 10, "2026-11-30", ""),
        ("2026-11-20", 10, "2026-12-01", ""),
    ],
)
def test_who_paid_for_value_is_known_for_as_long_as_the_law_says(
    paid_in: str, days: int, said: str, until: str
) -> None:
    step = by_law(replace(KEPT, paid_in=paid_in, records_until=said), days, EntryId("e"), AT)
    hold = BookLegalHold(id=EntryId("e"), at=AT, member=KEPT.member, until=until, why="cn-prepaid")
    assert step == (OwnStep(command=hold) if until else None)


@pytest.mark.parametrize(
    ("days", "said", "until"),
    [
        (0, "", ""),
        (1, "", "2026-11-25"),
        (10, "", "2026-12-04"),
        (10, "2026-11-20", ""),
        (10, "2026-12-01", ""),
    ],
)
def test_who_has_no_wallet_any_more_is_known_from_today_on_unless_that_was_said_before(
    days: int, said: str, until: str
) -> None:
    step = by_law(replace(KEPT, purses=(), records_until=said), days, EntryId("e"), AT)
    hold = BookLegalHold(id=EntryId("e"), at=AT, member=KEPT.member, until=until, why="cn-prepaid")
    assert step == (OwnStep(command=hold) if until else None)


def test_asked_is_what_newcomers_are_and_whatever_was_once_answered() -> None:
    policy = Policy(consents=("marketing", "生日短信"))
    assert purposes(policy, KEPT, ()) == ("marketing", "生日短信", "health")
    nothing = replace(KEPT, agreed=())
    assert purposes(policy, nothing, (Particular.HAIR,)) == ("marketing", "生日短信")
    assert purposes(policy, nothing, (Particular.HAIR, Particular.SKIN)) == (
        "marketing",
        "生日短信",
        "health",
    )
    assert purposes(Policy(consents=("health",)), KEPT, (Particular.SKIN,)) == ("health", "marketing")


@pytest.mark.parametrize("act", OwnAct)
def test_a_slip_names_a_wallet_and_nobody(act: OwnAct) -> None:
    note = slip(act, KEPT, EntryId("e"), AT)
    assert note == BookNote(id=EntryId("e"), at=AT, what="own_data", detail=f"{act}:w1")
    assert act_of(note) is act


def test_a_file_is_called_by_its_day_and_nobody() -> None:
    note = slip(OwnAct.COPIED, KEPT, EntryId("01936000-0000-7000-8000-0000000000aa"), AT)
    assert file_of(note) == "2026-11-24-000000aa.csv"


def test_what_a_later_version_says_was_asked_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="sold"):
        act_of(BookNote(id=EntryId("e"), at=AT, what="own_data", detail="sold:w1"))
