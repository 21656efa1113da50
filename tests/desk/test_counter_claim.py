"""Coupons of a campaign at a running counter: the poster's code at rest, or keyed under its button."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import BookGrant, BookSale, Claim, TenderKind
from terminal.core.packs import PackVoucher
from terminal.core.policy import Campaign, PackCoupon
from terminal.core.screens import Keying, State
from tests.desk.fakes import MILK_CODE, Bench, settled
from tests.flows.shop import POLICY, WANG, WANG_CARD

AUTUMN = Campaign(
    code="AUTUMN26",
    name="秋季领券",
    since="2020-01-01",
    until="2099-12-31",
    pack=(PackCoupon(kind="c1", face=1_00, threshold=0, count=2),),
    most=5,
)
SHOP = replace(POLICY, campaigns=(AUTUMN,))


async def test_a_code_scanned_at_rest_begins_it_and_a_member_claims_once() -> None:
    async with Bench(policy=SHOP) as bench:
        await bench.scan("CK-AUTUMN26")
        assert bench.title == "Present the member card or code"
        await bench.tap(WANG_CARD)
        assert (bench.state, bench.title) == (State.CONFIRM, "Give these coupons?")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert ("Coupons", "+2") in [(one.label.text, one.value) for one in bench.screen.lines]
        await settled()
        assert bench.printer.copies == ["original"]
        grant = bench.booked[-1].command
        assert isinstance(grant, BookGrant)
        assert (grant.wallet, grant.claim, len(grant.coupons)) == (
            WANG.wallet,
            Claim(code="AUTUMN26", most=5),
            2,
        )
        await bench.touch("done")
        await bench.scan("CK-AUTUMN26")
        await bench.tap(WANG_CARD)
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A282")
        assert isinstance(bench.booked[-1].command, BookGrant)
        assert sum(isinstance(one.command, BookGrant) for one in bench.booked) == 1


async def test_a_code_is_keyed_and_asked_for_again_where_it_is_of_no_campaign() -> None:
    async with Bench(policy=SHOP) as bench:
        await bench.touch("start", "claim")
        assert (bench.screen.keying, bench.title) == (Keying.TEXT, "Scan the campaign's code, or key it")
        await bench.touch("key", "SPRING26")
        assert (bench.state, bench.screen.code) == (State.KEYING, "A281")
        await bench.scan("CK-AUTUMN26")
        assert bench.title == "Present the member card or code"


async def test_coupons_that_were_claimed_come_off_the_next_bill() -> None:
    async with Bench(policy=SHOP) as bench:
        await bench.scan("CK-AUTUMN26")
        await bench.tap(WANG_CARD)
        await bench.touch("confirm")
        await bench.touch("done")
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        assert bench.title == "Which coupon comes off?"


async def test_a_voucher_that_was_claimed_pays_the_next_bill_and_its_rest_ends() -> None:
    both = replace(AUTUMN, pack=(), vouchers=(PackVoucher(worth=20_00, days=30),))
    async with Bench(policy=replace(POLICY, campaigns=(both,))) as bench:
        await bench.scan("CK-AUTUMN26")
        await bench.tap(WANG_CARD)
        assert (bench.state, bench.title) == (State.CONFIRM, "Give these coupons and vouchers?")
        await bench.touch("confirm")
        await bench.touch("done")
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "voucher")
        await bench.touch("confirm")
        paid = bench.booked[-1].command
        assert isinstance(paid, BookSale)
        assert [(one.kind, one.amount) for one in paid.tenders] == [(TenderKind.VOUCHER, paid.due)]


async def test_a_shop_without_campaigns_gives_nothing_for_a_code() -> None:
    async with Bench() as bench:
        assert "claim" not in [one.value for one in bench.screen.choices]
        await bench.scan("CK-AUTUMN26")
        assert bench.state is State.DECLINED
