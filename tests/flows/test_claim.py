"""A member claims the coupons of a campaign, as a dialogue."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookGrant, Claim
from terminal.core.errors import ClaimNeedsName, NoSuchCampaign, UnknownCard, UnknownPhone
from terminal.core.packs import PackVoucher
from terminal.core.policy import Campaign, PackCoupon, Policy
from terminal.core.trust import Credential, Holder
from terminal.flows import FLOWS
from terminal.flows.claim import claim
from tests.core.ledger.book import C1, W1, Book
from tests.flows.scripted import ScriptedDesk, play
from tests.flows.shop import PHONE, STRANGER, WANG, WANG_CARD

PACK = (PackCoupon(kind="c5", face=5_00, threshold=0, count=2),)
AUTUMN = Campaign(code="AUTUMN26", name="秋季领券", since="2026-11-24", until="2026-11-24", pack=PACK, most=9)
POLICY = Policy(campaigns=(AUTUMN,))
HOLDER = replace(WANG, wallet=W1, card=C1)


def at_the_desk(*script: Any, holder: Holder | None = HOLDER, card: Credential = WANG_CARD) -> ScriptedDesk:
    holders = {card: holder} if holder else {}
    desk = ScriptedDesk(script, holders=holders, policy=POLICY)
    desk.sold.book = Book().with_member(card=C1)
    return desk


def plays(*script: Any) -> ScriptedDesk:
    desk = at_the_desk(*script)
    assert play(claim(desk)) is None
    return desk


def test_the_member_has_the_coupons_in_one_entry() -> None:
    desk = plays(("ask_campaign", "CK-AUTUMN26"), ("read_member", WANG_CARD), ("confirm", True))
    (booked,) = desk.booked
    assert isinstance(booked, BookGrant)
    assert (booked.wallet, booked.why, booked.claim) == (W1, "秋季领券", Claim(code="AUTUMN26", most=9))
    assert [one.kind for one in booked.coupons] == ["c5", "c5"]
    shown = [(one.label.text.format(**one.label.values), one.value) for one in desk.lines]
    assert shown == [("秋季领券", ""), ("Coupons", "+2")]
    assert desk.handed_over == ["The coupons are the member's: 2. Hand over the slip."]


def claimed(campaign: Campaign, *script: Any) -> ScriptedDesk:
    asks = ("ask_campaign", campaign.code), ("read_member", WANG_CARD), ("confirm", True)
    desk = ScriptedDesk((*asks, *script), holders={WANG_CARD: HOLDER}, policy=Policy(campaigns=(campaign,)))
    desk.sold.book = Book().with_member(card=C1)
    assert play(claim(desk)) is None
    return desk


def test_the_member_has_the_vouchers_with_their_days() -> None:
    twenty = PackVoucher(worth=20_00, count=2, days=7)
    desk = claimed(replace(AUTUMN, pack=(), vouchers=(twenty,)))
    (booked,) = desk.booked
    assert isinstance(booked, BookGrant)
    assert booked.coupons == ()
    assert [(one.amount, one.since, one.until) for one in booked.grants] == [(20_00, "", "2026-11-30")] * 2
    shown = [(one.label.text.format(**one.label.values), one.value) for one in desk.lines]
    assert shown == [("秋季领券", ""), ("Voucher: ¥20.00, until 2026-11-30", "+2")]
    assert desk.handed_over == ["The coupons and vouchers are the member's: 2. Hand over the slip."]


def test_coupons_and_vouchers_come_in_one_entry() -> None:
    desk = claimed(replace(AUTUMN, vouchers=(PackVoucher(worth=5_00),)))
    (booked,) = desk.booked
    assert (len(booked.coupons), len(booked.grants)) == (2, 1)
    shown = [(one.label.text.format(**one.label.values), one.value) for one in desk.lines]
    assert shown == [("秋季领券", ""), ("Coupons", "+2"), ("Voucher: ¥5.00", "+1")]
    assert desk.handed_over == ["The coupons and vouchers are the member's: 3. Hand over the slip."]


def test_another_code_is_asked_for_again() -> None:
    desk = plays(
        ("ask_campaign", "SPRING"),
        ("ask_campaign", "autumn26"),
        ("read_member", WANG_CARD),
        ("confirm", True),
    )
    assert desk.declined == [NoSuchCampaign.code]
    assert len(desk.booked) == 1


def test_a_no_books_nothing() -> None:
    desk = plays(("ask_campaign", "AUTUMN26"), ("read_member", WANG_CARD), ("confirm", False))
    assert (desk.booked, desk.said) == ([], ["Cancelled. Nothing was booked."])


@pytest.mark.parametrize(
    ("card", "holder", "refusal"),
    [
        (STRANGER, None, UnknownCard),
        (PHONE, None, UnknownPhone),
        (WANG_CARD, replace(HOLDER, member=None), ClaimNeedsName),
    ],
)
def test_only_a_member_claims(card: Credential, holder: Holder | None, refusal: type[Exception]) -> None:
    script = ("ask_campaign", "AUTUMN26"), ("read_member", card)
    desk = at_the_desk(*script, holder=holder, card=card)
    assert isinstance(play(claim(desk)), refusal)
    assert desk.booked == []


def test_a_shop_without_campaigns_has_no_button_for_them() -> None:
    assert FLOWS["claim"].fits(POLICY)
    assert not FLOWS["claim"].fits(Policy())
