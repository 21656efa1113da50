"""What members have only so often across sites: own counts and what the feed said last of the others."""

from __future__ import annotations

from functools import partial

import pytest
from msgspec.structs import replace

from hq.decisions import write_off
from hq.memory import MemoryStore
from terminal.core.accounts import REWARDED_AS
from terminal.core.commands import (
    BookGrant,
    BookGuest,
    BookJoin,
    BookRefund,
    BookSale,
    BookTransfer,
    BookVoid,
    Claim,
    CouponGrant,
    Had,
    Private,
    Returned,
    Reward,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.directives import HadThere
from terminal.core.errors import ClaimedBefore, HadBefore
from terminal.core.ledger.allowances import had_of
from terminal.core.times import made_ms
from terminal.core.values import EntryId, MemberId, WalletId
from terminal.core.wire.journal import Fork
from tests.core.ledger.book import AT, opening
from tests.hq.shop import Chain, Shop
from tests.hq.test_healing import Backup, rolled_back

W = WalletId("w1")
DAY = AT.business_day
MONTH = DAY[:7]
DAY_MS = 86_400_000


async def takes(
    shop: Shop, count: int = 1, *, period: str = MONTH, most: int = 3, what: str = "tea"
) -> EntryId:
    line = SaleLine(sku="T", name="t", category="drink", quantity=1, unit_price=100, gross=100, net=100)
    one = Had(what=what, period=period, name=what, count=count, most=most)
    cash = Tender(kind=TenderKind.CASH, amount=100)
    more = {"tenders": (cash,), "received": 100, "had": (one,)}
    return await shop.book(BookSale, wallet=W, card=None, lines=(line,), due=100, **more)


async def known(shop: Shop, period: str = MONTH, what: str = "tea", wallet: WalletId = W) -> int:
    key = (what, period)
    found: dict[tuple[str, str], int] = await shop.ledger.ask(partial(had_of, wallet=wallet, counted=[key]))
    return found[key]


async def shops(chain: Chain, *names: str) -> list[Shop]:
    """At each of which the member is known."""
    found = [await chain.shop(name) for name in names]
    await found[0].join(W)
    for shop in found[1:]:
        await shop.book(BookGuest, wallet=W, card=None, member=MemberId(f"m-{W}"))
    for shop in found:
        await shop.sync()
    return found


def told(shop: Shop) -> list[HadThere]:
    return [item.directive for item in shop.told if isinstance(item.directive, HadThere)]


async def test_what_was_had_at_one_shop_was_had_at_every_other_once_it_is_told(chain: Chain) -> None:
    one, other, third = await shops(chain, "S1", "S2", "S3")
    await takes(one, 2)
    for shop in (one, other, third):
        await shop.sync()
    assert [await known(shop) for shop in (one, other, third)] == [2, 2, 2]
    with pytest.raises(HadBefore):
        await takes(other, 2)
    await takes(other)
    for shop in (other, one, third):
        await shop.sync()
        assert await known(shop) == 3
        with pytest.raises(HadBefore):
            await takes(shop)
    assert await chain.exceptions() == {}


async def test_what_is_told_again_counts_once(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    for count in (1, 2):
        await takes(one)
        await one.sync()
        await other.sync()
        assert await known(other) == count
    assert await known(one) == 2


async def test_while_shops_are_cut_off_each_gives_what_there_is_and_no_more(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    for shop in (one, other):
        await takes(shop, 3)
        with pytest.raises(HadBefore):
            await takes(shop)
    for shop in (one, other, one):
        await shop.sync()
    assert await known(one) == await known(other) == 6
    with pytest.raises(HadBefore):
        await takes(one)


@pytest.mark.parametrize(
    ("period", "heard"),
    [
        ("ever", True),
        (DAY, True),
        (DAY[:4], True),
        (f"b{DAY[:4]}", True),
        ("b2025", True),
        ("b2024", False),
        ("2025", False),
        ("2026-10", False),
        ("2026-11-10", False),
        (f"v{DAY}", False),
    ],
)
async def test_what_bounds_something_yet_is_told_and_a_visit_is_one_shops(
    chain: Chain, period: str, *, heard: bool
) -> None:
    one, other = await shops(chain, "S1", "S2")
    await takes(one, period=period)
    await one.sync()
    await other.sync()
    assert await known(other, period) == int(heard)
    assert await known(one, period) == 1


async def test_much_of_one_batch_is_told_in_parts_by_its_sums(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    for number in range(101):
        await takes(one, what=f"t{number}")
    await takes(one, what="t0")
    await one.sync()
    await other.sync()
    assert [(said.site, len(said.hads)) for said in told(other)] == [("S1", 100), ("S1", 1)]
    assert (await known(other, what="t0"), await known(other, what="t99")) == (2, 1)
    assert told(one) == []


async def test_what_was_voided_is_free_again_everywhere(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    sale = await takes(one, 3)
    for shop in (one, other):
        await shop.sync()
    await one.book(BookVoid, of=sale, why="x")
    for shop in (one, other):
        await shop.sync()
    assert await known(other) == await known(one) == 0


async def test_a_shop_that_is_new_is_told_what_was_had_before_it_came(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    await takes(one, 2)
    await takes(one, period="ever", what="trial")
    await takes(other)
    await takes(other, period="2025")
    await one.sync()
    await other.sync()
    third = await chain.shop("S3")
    await third.book(BookGuest, wallet=W, card=None, member=MemberId(f"m-{W}"))
    await third.sync()
    assert [await known(third), await known(third, "ever", "trial"), await known(third, "2025")] == [3, 1, 0]
    chain.clock.now_ms += 40 * DAY_MS
    late = await chain.shop("S4")
    assert [await known(late), await known(late, "ever", "trial")] == [0, 1]


@pytest.mark.parametrize(("length", "heard"), [(40, 1), (41, 0)])
async def test_a_shop_whose_name_is_too_long_hears_nothing(chain: Chain, length: int, heard: int) -> None:
    one, other = await shops(chain, "S1", "s" * length)
    await takes(one)
    await one.sync()
    await other.sync()
    assert await known(other) == heard


async def test_a_shop_that_is_written_off_hears_nothing(chain: Chain) -> None:
    one, other, third = await shops(chain, "S1", "S2", "S3")
    await write_off(chain.exchange, chain.merchant, third.name, by="Chen", second="Wang")
    await takes(one)
    await one.sync()
    await other.sync()
    assert await known(other) == 1
    async with chain.store.turn(chain.merchant, third.name) as turn:
        fed = await turn.feed_after(1, 0, 200)
    assert not [item for item in fed if isinstance(item.directive, HadThere)]


async def test_books_that_forgot_what_they_told_come_to_the_same_figures() -> None:
    chain = Chain(MemoryStore())
    one, other = await shops(chain, "S1", "S2")
    await takes(one)
    await one.sync()
    await other.sync()
    backup = Backup(chain)
    await takes(one)
    await one.sync()
    await other.sync()
    await takes(other)
    await other.sync()
    backup.restore(chain)
    for shop in (one, other, one, other):
        await shop.sync()
    assert await known(one) == await known(other) == 3


async def test_a_shop_that_heals_a_fork_counts_what_was_had_there_and_heard(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    kept = len(one.ledger.links)
    await takes(one, 2)
    await takes(other)
    for shop in (other, one, other):
        await shop.sync()
    rolled_back(one, kept)
    await takes(one, 3)  # It knows of nothing.
    answer = await one.push()
    assert isinstance(answer, Fork)
    await one.heal(answer.epoch)
    for shop in (one, other, one):
        await shop.sync()
    assert await known(one) == await known(other) == 6


async def test_a_part_that_comes_back_is_told(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    sale = await takes(one, 2)
    await one.book(BookRefund, of=sale, returned=(Returned(line=0, net=50),), why="x")
    await one.sync()
    await other.sync()
    assert await known(other) == 1


# What a campaign gives once a person


async def claims(shop: Shop) -> None:
    coupon = CouponGrant(coupon=f"k-{shop.name}", kind="c", face=100, threshold=0)
    claim = Claim(code="AUTUMN26")
    await shop.book(BookGrant, wallet=W, why="autumn", coupons=(coupon,), claim=claim)


async def test_what_was_claimed_at_one_shop_is_claimed_at_every_other_once_it_is_told(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    await claims(one)
    await one.sync()
    await other.sync()
    with pytest.raises(ClaimedBefore):
        await claims(other)


async def test_two_shops_that_did_not_hear_of_each_other_give_it_twice_and_a_third_no_more(
    chain: Chain,
) -> None:
    one, other, third = await shops(chain, "S1", "S2", "S3")
    await claims(one)
    await claims(other)
    for shop in (one, other, third):
        await shop.sync()
    for shop in (one, other, third):
        with pytest.raises(ClaimedBefore):
            await claims(shop)


# What somebody is given for whom they brought: by day and month, within caps of the chain

BROUGHT = Reward(points=100, a_day=250, a_month=1_000, always=True)


async def friends(chain: Chain, *names: str) -> list[Shop]:
    """W brought F, and both are known at each of them."""
    found = await shops(chain, *names)
    opens = replace(opening(WalletId("f1"), MemberId("m-f1"), None), introduced_by=W)
    for shop in found:
        await shop.book(BookJoin, Private(), opens=replace(opens, wallet=friend_at(shop)))
        await shop.sync()
    return found


def friend_at(shop: Shop) -> WalletId:
    return WalletId(f"f-{shop.name}")


async def buys(shop: Shop, reward: Reward = BROUGHT) -> EntryId:
    line = SaleLine(sku="T", name="t", category="drink", quantity=1, unit_price=100, gross=100, net=100)
    cash = Tender(kind=TenderKind.CASH, amount=100)
    more = {"tenders": (cash,), "received": 100, "reward": reward}
    return await shop.book(BookSale, wallet=friend_at(shop), card=None, lines=(line,), due=100, **more)


def given(shop: Shop, period: str = DAY) -> int:
    return shop.holds(f"site:{shop.name}:rewarded:{period}:{W}")


async def test_caps_of_a_day_and_a_month_hold_at_all_shops_together_once_they_are_told(chain: Chain) -> None:
    one, other = await friends(chain, "S1", "S2")
    await buys(one)
    await one.sync()
    await other.sync()
    await buys(other)
    await buys(other)
    assert (given(one), given(other), given(other, MONTH)) == (100, 150, 150)
    for shop in (other, one):
        await shop.sync()
    await buys(one)
    assert given(one) == 100
    assert await chain.exceptions() == {}


async def test_a_shop_that_is_cut_off_gives_at_most_a_cap_of_its_own(chain: Chain) -> None:
    one, other = await friends(chain, "S1", "S2")
    for shop in (one, other, one, other, one, other):
        await buys(shop)
    assert (given(one), given(other)) == (250, 250)
    for shop in (one, other, one):
        await shop.sync()
    for shop in (one, other):
        await buys(shop)
        assert given(shop) == 250


async def test_what_came_back_is_free_again_at_the_others(chain: Chain) -> None:
    one, other = await friends(chain, "S1", "S2")
    sale = await buys(one, replace(BROUGHT, points=250))
    await one.sync()
    await other.sync()
    await one.book(BookVoid, of=sale, why="x")
    await one.sync()
    await other.sync()
    await buys(other)
    assert given(other) == 100


async def test_a_new_shop_is_told_what_was_given_before_it_came(chain: Chain) -> None:
    one, _ = await friends(chain, "S1", "S2")
    await buys(one, replace(BROUGHT, points=200))
    await one.sync()
    third = await chain.shop("S3")
    await third.book(BookGuest, wallet=W, card=None, member=MemberId(f"m-{W}"))
    opens = replace(opening(friend_at(third), MemberId("m-f3"), None), introduced_by=W)
    await third.book(BookJoin, Private(), opens=opens)
    await buys(third)
    assert given(third) == 50
    whats = {(one.what, one.period, one.count) for said in told(third) for one in said.hads}
    assert whats == {(REWARDED_AS, DAY, 200), (REWARDED_AS, MONTH, 200)}
    assert REWARDED_AS == "referral.points", "as every site knows it"


async def test_whoever_is_given_a_card_begins_anew_at_every_shop_of_the_chain(chain: Chain) -> None:
    one, other = await shops(chain, "S1", "S2")
    await one.profile(W)
    await takes(one, 2)
    await takes(other, 1)
    for shop in (one, other, one):
        await shop.sync()
    assert [await known(shop) for shop in (one, other)] == [3, 3]
    to = MemberId("m9")
    given = await one.book(BookTransfer, wallet=W, card=None, to=to, commitment="", terms="1")
    await one.sync()
    await one.profile(W, member=to, since=made_ms(given))
    await other.sync()
    assert [await known(shop) for shop in (one, other)] == [0, 0]
    await takes(one, 2)
    for shop in (one, other):
        await shop.sync()
    assert [await known(shop) for shop in (one, other)] == [2, 2]
    with pytest.raises(HadBefore):
        await takes(other, 2)
    third = await chain.shop("S3")
    await third.sync()
    await third.book(BookGuest, wallet=W, card=None, member=to, since=made_ms(given))
    assert await known(third) == 2
    await takes(third)
    for shop in (third, one, other):
        await shop.sync()
        assert await known(shop) == 3
    assert await chain.exceptions() == {}


async def test_a_shop_that_has_not_heard_of_it_counts_for_whoever_it_knows(chain: Chain) -> None:
    """What is had there until it hears was had by whoever had the wallet before."""
    one, other = await shops(chain, "S1", "S2")
    await one.profile(W)
    to = MemberId("m9")
    given = await one.book(BookTransfer, wallet=W, card=None, to=to, commitment="", terms="1")
    await takes(other, 3)
    await one.profile(W, member=to, since=made_ms(given))
    for shop in (other, one):
        await shop.sync()
    assert [await known(shop) for shop in (one, other)] == [0, 0]
