"""Many cards at once, as a dialogue; and that it can be left at every question."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.approval import Approved
from terminal.core.batches import CardAccount, Chosen, CutShort, numbers
from terminal.core.cards import CardState
from terminal.core.commands import BATCH, BookCardState, BookIssue, BookNote
from terminal.core.errors import BadNumbers, NothingToCancel, NumbersTaken
from terminal.core.policy import Policy
from terminal.core.screens import Keying
from terminal.core.staff import Role
from terminal.core.tier_names import TierShown
from terminal.core.tiers import Tiers, TierStep
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId
from terminal.core.visit import LeftThere
from terminal.flows.many_cards import many_cards
from tests.flows.scripted import CANCEL, Script, ScriptedDesk, play
from tests.flows.shop import POLICY

EMPTY = [CardAccount(card=CardId(f"c{n}"), shown=f"YT002{n}") for n in (1, 3, 4)]
FULL = CardAccount(card=CardId("c2"), shown="YT0022", left=(("principal", 150),))
CANCELLED: Script = (
    ("prove_staff", "E09"),
    ("choose", "cancel"),
    ("choose", "numbers"),
    ("ask_text", "yt0021-yt0024"),
    ("confirm", True),
)
ISSUED: Script = (
    ("prove_staff", "E09"),
    ("choose", "issue"),
    ("choose", "next"),
    ("ask_text", "pt"),
    ("ask_quantity", 3),
    ("confirm", True),
)
RANGED: Script = (
    *ISSUED[:2],
    ("choose", "range"),
    ("ask_text", "pt0101-pt0104"),
    ("confirm", True),
)


def at_the_desk(script: Script, policy: Policy = POLICY) -> ScriptedDesk:
    desk = ScriptedDesk(script, policy=policy)
    desk.accounts = [EMPTY[0], FULL, *EMPTY[1:]]
    return desk


def test_of_a_range_those_without_value_are_cancelled_and_the_others_listed() -> None:
    desk = at_the_desk(CANCELLED)
    assert play(many_cards(desk)) is None
    assert desk.finished
    assert desk.proofs == [(Role.MANAGER, False)]
    assert desk.chosen == [Chosen(numbers=numbers("YT0021-YT0024"))]
    rows = [(line.label.values or line.label.text, line.value) for line in desk.lines]
    assert rows == [
        ("Cards without value", "3"),
        ("Left out, value on them", "1"),
        ("Sum of what is left out", "¥1.50"),
        ({"card": "YT0022"}, "¥1.50"),
    ]
    commands = [step.command for step in desk.steps]
    assert all(isinstance(one, BookCardState) and one.state is CardState.CANCELLED for one in commands)
    assert [one.card for one in commands if isinstance(one, BookCardState)] == ["c1", "c3", "c4"]
    (note,) = desk.booked
    assert isinstance(note, BookNote)
    assert note.what == BATCH
    assert {one.batch for one in commands if isinstance(one, BookCardState)} == {note.id}
    assert {one.at.operator for one in commands} == {"E09"}
    assert len({one.id for one in commands} | {note.id}) == 4
    assert desk.left_out == [FULL]
    assert "YT0021" not in repr(desk.steps)


def test_a_card_of_nobody_is_left_out_where_other_shops_may_hold_value_of_it() -> None:
    desk = at_the_desk(CANCELLED)
    perhaps = replace(EMPTY[0], elsewhere=True)
    both = replace(FULL, elsewhere=True)
    desk.accounts = [perhaps, both, *EMPTY[1:]]
    assert play(many_cards(desk)) is None
    assert [one.card for step in desk.steps if isinstance(one := step.command, BookCardState)] == ["c3", "c4"]
    assert desk.left_out == [perhaps, both]
    assert [(line.value, line.word and line.word.text) for line in desk.lines] == [
        ("2", None),
        ("2", None),
        ("1", None),
        ("¥1.50", None),
        ("", "Perhaps at other shops"),
        ("¥1.50", None),
    ]


def test_a_card_of_a_member_s_who_may_have_something_elsewhere_is_left_out_and_said_not_to_be_known() -> None:
    desk = at_the_desk(CANCELLED)
    desk.accounts = [replace(EMPTY[0], partly=True), *EMPTY[1:], replace(FULL, partly=True)]
    assert play(many_cards(desk)) is None
    assert [(line.label.text, line.value) for line in desk.lines[:3]] == [
        ("Cards without value", "2"),
        ("Left out, value on them", "2"),
        ("Of them members', value elsewhere not known", "1"),
    ]
    assert [line.word and line.word.text for line in desk.lines[4:]] == ["Perhaps at other shops", None]
    assert len(desk.steps) == 2


def test_what_headquarters_says_that_members_have_elsewhere_counts() -> None:
    desk = at_the_desk(CANCELLED)
    rich = replace(EMPTY[0], away=LeftThere(any=True, fen=500_00))
    uses = replace(EMPTY[1], away=LeftThere(any=True))
    both = replace(FULL, away=LeftThere(any=True, fen=1_00))
    desk.accounts = [rich, uses, EMPTY[2], both]
    assert play(many_cards(desk)) is None
    assert [(line.label.values.get("card") or line.label.text, line.value) for line in desk.lines] == [
        ("Cards without value", "1"),
        ("Left out, value on them", "3"),
        ("Sum of what is left out", "¥502.50"),
        (rich.shown, "¥500.00"),
        (uses.shown, "✓"),
        (both.shown, "¥2.50"),
    ]
    assert desk.left_out == [rich, uses, both]


@pytest.mark.parametrize(
    ("answers", "chosen"),
    [
        ((("choose", "day"), ("ask_text", "20261001")), Chosen(issued_until="2026-10-01")),
        ((("choose", "tier"), ("choose", "gold")), Chosen(tier="gold")),
        ((("choose", "tier"), ("choose", "by name"), ("ask_text", "platinum")), Chosen(tier="platinum")),
        ((("choose", "all"),), Chosen()),
    ],
)
def test_they_may_be_chosen_otherwise(answers: Script, chosen: Chosen) -> None:
    desk = at_the_desk((*CANCELLED[:2], *answers, CANCELLED[-1]))
    assert play(many_cards(desk)) is None
    assert desk.chosen == [chosen]
    assert len(desk.steps) == 3


def test_the_tiers_of_the_shop_are_offered_and_another_name_is_asked_for_until_it_may_be_one() -> None:
    ladder = Tiers(
        base="card", steps=(TierStep(tier="black", reach=1_000), TierStep(tier="VIP", reach=3_000))
    )
    script: Script = (*CANCELLED[:2], ("choose", "tier"), ("choose", "black"), CANCELLED[-1])
    desk = at_the_desk(script, replace(POLICY, tiers=ladder))
    assert play(many_cards(desk)) is None
    labels = [(one.values or one.text) for one in desk.labels]
    assert desk.offered[-1] == ("card", "black", "VIP", "by name")
    assert labels == [{"name": "card"}, {"name": "black"}, "VIP", "Of another name"]
    assert desk.chosen == [Chosen(tier="black")]
    shown = {"black": TierShown(zh="黑卡", en="Black"), "friend": TierShown(en="Friend")}
    named = at_the_desk(script, replace(POLICY, tiers=replace(ladder, shown=shown)))
    assert play(many_cards(named)) is None
    offered = {tier: one.own.get("zh-Hans", one.text) for tier, one in named.buttons[-1].items()}
    assert offered == {
        "card": "{name}", "black": "黑卡", "VIP": "VIP", "friend": "Friend", "by name": "Of another name",
    }  # fmt: skip
    friend: Script = (("choose", "by name"), ("ask_text", "黑卡"))
    keyed_so = at_the_desk((*CANCELLED[:2], ("choose", "tier"), *friend, CANCELLED[-1]), named.policy)
    assert play(many_cards(keyed_so)) is None
    assert keyed_so.chosen == [Chosen(tier="black")]

    keyed: Script = (("choose", "by name"), ("ask_text", "two words"), ("ask_text", "platinum"))
    desk = at_the_desk((*CANCELLED[:2], ("choose", "tier"), *keyed, CANCELLED[-1]))
    assert play(many_cards(desk)) is None
    assert desk.offered[-1] == ("regular", "silver", "gold", "VIP", "by name")
    assert (desk.refused, desk.chosen) == (["A165"], [Chosen(tier="platinum")])


def test_a_day_that_is_today_or_none_and_a_range_that_is_none_are_asked_for_again() -> None:
    days: Script = (("ask_text", "20261124"), ("ask_text", "20261301"), ("ask_text", "20261123"))
    desk = at_the_desk((*CANCELLED[:2], ("choose", "day"), *days, CANCELLED[-1]))
    assert play(many_cards(desk)) is None
    assert desk.refused == ["A162", "A162"]
    assert list(desk.pads.values()) == [Keying.DAY]
    desk = at_the_desk((*CANCELLED[:3], ("ask_text", "yt0024-yt0021"), *CANCELLED[3:]))
    assert play(many_cards(desk)) is None
    assert desk.refused == ["A191"]


def test_where_value_is_left_on_all_nothing_is_cancelled() -> None:
    desk = at_the_desk(CANCELLED[:-1])
    desk.accounts = [FULL]
    assert isinstance(play(many_cards(desk)), NothingToCancel)
    assert not desk.booked


def test_new_cards_get_the_next_numbers_and_wallets_that_are_nobodys() -> None:
    desk = at_the_desk(ISSUED)
    desk.accounts = [CardAccount(card=CardId("c1"), shown="PT0007")]
    assert play(many_cards(desk)) is None
    assert [step.shown for step in desk.steps] == ["PT0008", "PT0009", "PT0010"]
    keys = [step.private.credentials for step in desk.steps if step.private]
    assert keys[0] == (Credential(medium=Medium.CODE, number="MC-PT0008"),)
    opened = [step.command.opens for step in desk.steps if isinstance(step.command, BookIssue)]
    assert len({one.wallet for one in opened} | {one.card for one in opened if one.card}) == 6
    assert all(one.member is None and one.new and one.kind == "" for one in opened)
    assert desk.lines[0].value == "PT0008 - PT0010"


def test_a_range_is_issued_but_for_what_is_there_so_what_a_power_cut_left_is_done_by_asking_again() -> None:
    desk = at_the_desk(RANGED)
    desk.accounts = []
    assert play(many_cards(desk)) is None
    assert desk.chosen == [Chosen(numbers=numbers("PT0101-PT0104"))]
    assert [step.shown for step in desk.steps] == ["PT0101", "PT0102", "PT0103", "PT0104"]
    assert [line.value for line in desk.lines] == ["PT0101 - PT0104"]

    desk = at_the_desk(RANGED)
    there = CardAccount(card=CardId("c1"), shown="PT0102")
    desk.accounts = [there, replace(FULL, shown="PT0103")]
    assert play(many_cards(desk)) is None
    assert [step.shown for step in desk.steps] == ["PT0101", "PT0104"]
    assert [line.value for line in desk.lines] == ["PT0101 - PT0104", "2"]
    keys = [step.private.credentials for step in desk.steps if step.private]
    assert keys[1] == (Credential(medium=Medium.CODE, number="MC-PT0104"),)

    desk = at_the_desk(RANGED[:-1])
    desk.accounts = [replace(there, shown=f"PT010{at}") for at in range(1, 5)]
    assert isinstance(play(many_cards(desk)), NumbersTaken)
    assert not desk.booked


def test_a_range_that_no_scanner_would_read_or_that_is_too_long_is_asked_for_again() -> None:
    wrong: Script = tuple(("ask_text", text) for text in ("pt1-pt3", "pt0001-pt1001", "pt0104-pt0101"))
    desk = at_the_desk((*RANGED[:3], *wrong, ("ask_text", "pt0001-pt1000"), RANGED[-1]))
    desk.accounts = []
    assert play(many_cards(desk)) is None
    assert desk.refused == [BadNumbers.code] * 3
    assert len(desk.steps) == 1_000


def test_there_are_no_numbers_beyond_the_last() -> None:
    desk = at_the_desk(ISSUED[:-1])
    desk.accounts = [CardAccount(card=CardId("c1"), shown="PT9998")]
    assert isinstance(play(many_cards(desk)), BadNumbers)
    assert not desk.booked


CUT = CutShort(of=EntryId("01a0c450-6c00-7000-8000-000000000777"), done=("****0021", "****0022"))

OTHER = replace(CUT, of=EntryId("01a0c450-6c00-7000-8000-000000000778"))


def test_what_was_cut_short_goes_on_with_its_own_id_so_that_one_list_has_all() -> None:
    for script, kind in ((CANCELLED, "card_state"), (ISSUED, "issue")):
        desk = at_the_desk(script)
        desk.cuts = {"card_state": OTHER, "issue": OTHER, kind: CUT}
        assert play(many_cards(desk)) is None
        (note,) = desk.booked
        assert isinstance(note, BookNote)
        assert (note.id, note.what, note.at.operator) == (CUT.of, BATCH, "E09")
        assert {step.command.batch for step in desk.steps} == {CUT.of}
        assert desk.went_on == [CUT]
    desk = at_the_desk(ISSUED)
    assert play(many_cards(desk)) is None
    (note,) = desk.booked
    assert {step.command.batch for step in desk.steps} == {note.id}
    assert desk.went_on == [None]


def test_where_nothing_is_left_to_do_of_what_was_cut_short_its_list_is_printed() -> None:
    desk = at_the_desk(CANCELLED[:-1])
    desk.accounts, desk.cuts = [FULL], {"card_state": CUT, "issue": OTHER}
    assert play(many_cards(desk)) is None
    assert (desk.steps, desk.left_out, desk.went_on) == ([], [FULL], [CUT])
    assert [one.id for one in desk.booked] == [CUT.of]
    assert desk.handed_over == ["The cards are cancelled. The list is printed."]

    desk = at_the_desk(RANGED[:-1])
    desk.accounts = [CardAccount(card=CardId("c1"), shown=f"PT010{at}") for at in range(1, 5)]
    desk.cuts = {"card_state": OTHER, "issue": CUT}
    assert play(many_cards(desk)) is None
    assert (desk.steps, desk.left_out, desk.went_on) == ([], [], [CUT])
    assert [one.id for one in desk.booked] == [CUT.of]
    assert desk.handed_over == ["The cards are issued. The list is printed."]


def test_what_was_cut_short_of_other_work_is_not_listed_with_it() -> None:
    desk = at_the_desk(CANCELLED[:-1])
    desk.accounts, desk.cuts = [FULL], {"issue": CUT}
    assert isinstance(play(many_cards(desk)), NothingToCancel)
    assert not desk.booked


def test_policy_may_want_a_second_person() -> None:
    policy = replace(POLICY, second_person=(Approved.CARD_STATE,))
    desk = at_the_desk((*CANCELLED, ("second", "E03")), policy)
    assert play(many_cards(desk)) is None
    assert {step.command.at.second for step in desk.steps} == {"E03"}


@pytest.mark.parametrize("script", [CANCELLED, ISSUED, RANGED])
def test_it_can_be_left_at_every_question_with_nothing_booked(script: Script) -> None:
    for at, (question, _) in enumerate(script):
        desk = at_the_desk((*script[:at], (question, CANCEL)))
        desk.accounts = desk.accounts if script is CANCELLED else []
        play(many_cards(desk))
        assert desk.finished
        assert not desk.booked
        assert not desk.steps


def test_those_that_were_never_given_out_are_counted_by_themselves() -> None:
    desk = at_the_desk(CANCELLED)
    assert play(many_cards(desk)) is None
    assert "Of them not given out yet" not in [line.label.text for line in desk.lines]
    new = [replace(one, state=CardState.NEW) for one in EMPTY[:2]]
    desk = at_the_desk(CANCELLED)
    desk.accounts = [*new, replace(FULL, state=CardState.NEW), EMPTY[2]]
    assert play(many_cards(desk)) is None
    assert [(line.label.text, line.value) for line in desk.lines][:3] == [
        ("Cards without value", "3"),
        ("Of them not given out yet", "2"),
        ("Left out, value on them", "1"),
    ]


def test_what_was_cancelled_before_a_cut_is_counted_before_the_rest_is() -> None:
    desk = at_the_desk(CANCELLED)
    desk.cuts["card_state"] = CutShort(of=EntryId("e1"), done=("*****0009", "*****0010"))
    assert play(many_cards(desk)) is None
    assert [(line.label.text, line.value) for line in desk.lines][:3] == [
        ("Cards without value", "3"),
        ("Cancelled before it was cut short", "2"),
        ("Left out, value on them", "1"),
    ]


def test_points_alone_on_a_card_of_nobody_end_with_it_and_the_screen_says_on_how_many() -> None:
    desk = at_the_desk(CANCELLED)
    assert play(many_cards(desk)) is None
    assert "Of them with points that end" not in [line.label.text for line in desk.lines]
    points = replace(EMPTY[0], nobodys=True, left=(("points:goods", 50), ("points:tier", 50)))
    desk = at_the_desk(CANCELLED)
    desk.accounts = [points, replace(EMPTY[1], state=CardState.NEW), FULL]
    assert play(many_cards(desk)) is None
    assert [(line.label.text, line.value) for line in desk.lines][:4] == [
        ("Cards without value", "2"),
        ("Of them with points that end", "1"),
        ("Of them not given out yet", "1"),
        ("Left out, value on them", "1"),
    ]
    assert [step.command.ends for step in desk.steps if isinstance(step.command, BookCardState)] == [
        ("points:goods", "points:tier"),
        (),
    ]
