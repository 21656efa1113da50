"""Which cards a batch is about: ranges as people key them, numbers that start again, what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.batches import (
    NUMBERS_MAX,
    CardAccount,
    CutShort,
    batch_of,
    code_key,
    counted,
    counts,
    keys,
    next_numbers,
    numbers,
    prefix,
    series,
)
from terminal.core.cards import CardState
from terminal.core.errors import BadNumbers
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId
from terminal.core.visit import LeftThere


def test_how_many_were_done_of_how_many_is_read_as_it_is_written() -> None:
    assert counted(3, 1) == "3/4"
    for done, left in ((0, 0), (0, 1), (1, 0), (300, 12)):
        assert counts(counted(done, left)) == (done, left)


def test_of_what_was_cut_short_no_number_is_shown() -> None:
    cut = CutShort(of=EntryId("b1"), done=("****0021", "****0022"))
    assert repr(cut) == str(cut) == "CutShort(b1, 2)"


@pytest.mark.parametrize(
    ("keyed", "first", "last", "count"),
    [
        ("pt0001-pt0100", "PT0001", "PT0100", 100),
        (" YT0021 ~ yt0024 ", "YT0021", "YT0024", 4),
        ("80000000 80000009", "80000000", "80000009", 10),
        ("pt0007", "PT0007", "PT0007", 1),
        ("a0000,a9999", "A0000", "A9999", NUMBERS_MAX),
    ],
)
def test_a_range_is_understood_as_people_key_it(keyed: str, first: str, last: str, count: int) -> None:
    found = numbers(keyed)
    spelt = list(found)
    assert (spelt[0], spelt[-1], len(spelt), len(found)) == (first, last, count, count)
    assert found.shown == f"{first} - {last}"
    assert first not in repr(found)


@pytest.mark.parametrize(
    "keyed",
    [
        "", "pt", "pt0001-yt0002", "pt0002-pt0001", "pt001-pt0002", "a00000-a10000", "pt0001-pt0002-pt0003",
        "pt-0001", "十0001", "pt0001; drop", "0" * 13, "pt0001-", "٣",
    ],
)  # fmt: skip
def test_what_is_no_range_is_asked_for_again(keyed: str) -> None:
    with pytest.raises(BadNumbers):
        numbers(keyed)


@given(st.text(max_size=40))
def test_whatever_is_keyed_is_a_range_or_refused(keyed: str) -> None:
    try:
        found = numbers(keyed)
    except BadNumbers:
        return
    assert 0 < len(found) <= NUMBERS_MAX
    assert len(set(found)) == len(found)


def test_a_prefix_is_letters_that_make_a_members_code() -> None:
    assert prefix(" pt ") == "PT"
    for bad in ("", "p", "PT1", "P-T", "温", "ABCDEFGHIJKLM"):
        with pytest.raises(BadNumbers):
            prefix(bad)
    assert next(iter(series("PT"))) == "PT0001"
    assert len(series("PT")) == 9_999


def test_numbers_go_on_after_the_highest_and_start_again_when_all_are_gone() -> None:
    assert list(next_numbers("PT", (), 2)) == ["PT0001", "PT0002"]
    assert list(next_numbers("PT", ("PT0002", "PT0007"), 2)) == ["PT0008", "PT0009"]
    assert list(next_numbers("PT", ("PT9998",), 1)) == ["PT9999"]
    for taken, count in ((("PT9998",), 2), ((), 0), ((), -1), ((), 10_000)):
        with pytest.raises(BadNumbers):
            next_numbers("PT", taken, count)


def test_a_card_is_known_by_its_printed_number_on_every_medium_that_holds_it() -> None:
    assert code_key("PT0001") == Credential(medium=Medium.CODE, number="MC-PT0001")
    with pytest.raises(BadNumbers):
        code_key("PT1")
    media = {key.medium: key.number for key in keys("PT0001")}
    assert media == {
        Medium.CODE: "MC-PT0001",
        Medium.STRIPE: "PT0001",
        Medium.SECTOR: "PT0001",
        Medium.NDEF: "PT0001",
        Medium.MEMORY: "PT0001",
        Medium.DESFIRE: "PT0001",
        Medium.CPU: "PT0001",
    }
    assert Medium.CODE not in {key.medium for key in keys("1")}


def test_accounts_with_anything_left_are_left_out_and_their_money_is_added_up() -> None:
    empty = CardAccount(card=CardId("c1"), shown="PT0001")
    money = CardAccount(card=CardId("c2"), shown="PT0002", left=(("principal", 150), ("bonus", 20)))
    points = CardAccount(card=CardId("c3"), shown="PT0003", left=(("points:goods", 9),))
    voucher = CardAccount(card=CardId("c4"), shown="PT0004", left=(("voucher:v1", 1_000),))
    found = batch_of((empty, money, points, voucher))
    assert found.cancels == (empty,)
    assert found.left_out == (money, points, voucher)
    assert [one.fen for one in found.left_out] == [170, 0, 1_000]
    assert found.left_fen == 1_170


def test_what_counts_towards_a_tier_leaves_no_card_out() -> None:
    counted = CardAccount(card=CardId("c1"), shown="PT0001", left=(("points:tier", 5_000),))
    owing = CardAccount(card=CardId("c2"), shown="PT0002", left=(("debt:points:tier", -7),))
    money = CardAccount(card=CardId("c3"), shown="PT0003", left=(("points:tier", 5_000), ("principal", 1)))
    owes = CardAccount(card=CardId("c4"), shown="PT0004", left=(("debt:points:goods", -7),))
    found = batch_of((counted, owing, money, owes))
    assert (found.cancels, found.left_out) == ((counted, owing), (money, owes))


def test_those_of_nobody_that_are_empty_here_wait_for_headquarters() -> None:
    nobody = CardAccount(card=CardId("c1"), shown="PT0001", elsewhere=True)
    counted = replace(nobody, card=CardId("c2"), left=(("points:tier", 5_000),))
    full = replace(nobody, card=CardId("c3"), left=(("principal", 100),))
    named = replace(full, card=CardId("c4"), elsewhere=False)
    empty = replace(nobody, card=CardId("c5"), elsewhere=False)
    found = batch_of((nobody, counted, full, named, empty))
    assert (found.cancels, found.left_out, found.of_headquarters) == (
        (empty,),
        (nobody, counted, full, named),
        2,
    )
    assert batch_of((full, empty)).of_headquarters == 0


def test_of_members_whose_value_elsewhere_is_not_known_those_with_nothing_here_are_counted() -> None:
    member = CardAccount(card=CardId("c1"), shown="PT0001", partly=True)
    full = replace(member, card=CardId("c2"), left=(("principal", 1),))
    alone = replace(member, card=CardId("c3"), partly=False)
    found = batch_of((member, full, alone, member))
    assert (found.cancels, found.left_out, found.partly) == ((alone,), (member, full, member), 2)
    assert (found.of_headquarters, batch_of((full, alone)).partly) == (0, 0)
    assert [one.known for one in (member, full, alone)] == [False, True, True]


def test_what_a_member_has_elsewhere_keeps_their_card_and_is_in_the_sum() -> None:
    here = CardAccount(card=CardId("c1"), shown="PT0001", left=(("principal", 1), ("points:goods", 5)))
    both = replace(here, away=LeftThere(any=True, fen=200))
    away = replace(both, left=())
    uses = replace(away, away=LeftThere(any=True))
    found = batch_of((here, both, away, uses, replace(away, away=LeftThere())))
    assert [one.fen for one in found.left_out] == [1, 201, 200, 0]
    assert (len(found.cancels), found.left_fen, found.partly) == (1, 402, 0)


def test_points_alone_on_a_card_of_nobody_end_with_it_and_what_it_owes_is_asked_of_nobody() -> None:
    def card(*left: tuple[str, int], **more: bool) -> CardAccount:
        return CardAccount(card=CardId("c1"), shown="PT0001", left=left, **{"nobodys": True, **more})

    empty, counted = card(), card(("points:tier", 5))
    points = card(("points:goods", 50), ("points:petrol", 1), ("points:tier", 50))
    owing = card(("debt:bonus", -7), ("debt:points:goods", -3))
    named = card(("points:goods", 50), nobodys=False)
    more = [card(("points:goods", 50), (unit, 1)) for unit in ("cashback", "count:S9", "coupon:c-1")]
    found = batch_of((empty, counted, points, owing, named, *more))
    assert (found.cancels, found.left_out) == ((empty, counted, points, owing), (named, *more))
    assert [one.ends for one in (empty, counted, points, owing, named)] == [
        (),
        ("points:tier",),
        ("points:goods", "points:petrol", "points:tier"),
        (),
        (),
    ]
    assert found.with_points == 1
    assert batch_of((empty, counted)).with_points == 0
    assert batch_of((points, points)).with_points == 2
    waits = card(("points:goods", 50), elsewhere=True)
    assert (batch_of((waits,)).left_out, batch_of((waits,)).of_headquarters) == ((waits,), 1)


def test_of_cards_that_can_be_cancelled_those_that_were_never_given_out_are_counted() -> None:
    used = CardAccount(card=CardId("c1"), shown="PT0001")
    new = replace(used, card=CardId("c2"), state=CardState.NEW)
    full = replace(new, card=CardId("c3"), left=(("principal", 100),))
    assert [batch_of(some).new for some in ((), (used,), (used, new), (new, full))] == [0, 0, 1, 1]
