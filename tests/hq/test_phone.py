"""A member signs in by phone and sees what is theirs, and nobody else does."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import segno
from msgspec.structs import replace

from hq.phone.html import POLICY
from hq.phone.member import RECEIPTS_MAX
from hq.phone.member import shown as member_shown
from hq.phone.pages import COOKIE
from hq.phone.settings import FileChannel, PhoneMerchant
from hq.phone.signing_in import CODE_LIFE, SESSION_LIFE, Newcomer
from hq.publishing import rise
from terminal.core.codes import JoinCode, scanned
from terminal.core.codes import phone as number_of
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookDeposit,
    BookGrant,
    BookHold,
    BookJoin,
    BookRelease,
    BookSale,
    BookTier,
    BookVoid,
    CardState,
    CouponGrant,
    Grant,
    Measured,
    Opens,
    PaidBy,
    PointsEarned,
    Private,
    Reward,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.errors import CodeNotGenuine
from terminal.core.member_codes import credential_of, parsed
from terminal.core.ranks import TierOrder
from terminal.core.tier_names import TierShown
from terminal.core.trust import Trust
from terminal.core.values import CardId, EntryId, MemberId, WalletId
from terminal.core.wire.people import KeyToken, token_of
from tests.core.ledger.book import AT
from tests.hq.phone import LI, TOKEN_KEY, WANG, Phone, PhoneWorld, phones_over
from tests.hq.process import Headquarters
from tests.hq.shop import Shop
from tests.hq.test_units import gift

pytestmark = pytest.mark.hq

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS


@pytest.fixture
async def world(standing_hq: Headquarters, tmp_path: Path) -> AsyncGenerator[PhoneWorld, None]:
    async with phones_over(standing_hq, tmp_path) as made:
        yield made


@pytest.fixture
async def client() -> AsyncGenerator[aiohttp.ClientSession, None]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as made:
        yield made


@pytest.fixture
async def shop(world: PhoneWorld) -> Shop:
    """Li has 130.00 and a coupon, and bought something."""
    shop = await world.chain.shop("S1")
    await shop.join("w1", "k1")
    await shop.recharge("w1", 100_00, 50_00)
    await shop.sell("w1", 20_00, points=20)
    await shop.sync()
    await world.known(shop, "w1", LI)
    return shop


@pytest.fixture
def phone(world: PhoneWorld, shop: Shop, client: aiohttp.ClientSession) -> Phone:
    assert shop.name == "S1"
    return Phone(world, client)


async def test_who_is_not_signed_in_sees_where_to_key_a_phone(phone: Phone) -> None:
    seen = await phone.get()
    assert seen.status == 200
    assert "Mobile number" in seen.body
    assert "130.00" not in seen.body
    assert "Li&#x27;s &lt;Fruit&gt;" in seen.body


async def test_a_code_signs_in_and_shows_what_the_member_has(phone: Phone) -> None:
    entered = await phone.sign_in()
    assert entered.status == 303
    assert entered.headers["Location"] == phone.home
    seen = (await phone.get()).body
    for text in (
        "138****0001",
        "¥130.00",
        "of it bonus ¥50.00",
        "<b>20</b>",
        "¥3.00 off",
        "As the shops told",
    ):
        assert text in seen, text
    for kind, fen in (("Sale · S1", "-¥20.00 · Points +20"), ("Recharge · S1", "¥150.00")):
        assert kind in seen
        assert fen in seen


async def test_a_receipt_is_shown_as_it_is_printed_again(phone: Phone, shop: Shop) -> None:
    sold = await shop.sell("w1", 7_00)
    await shop.book(BookVoid, of=sold, why="mistake")
    await shop.sync()
    await phone.sign_in()
    receipt = await phone.get(f"{phone.home}/receipt/{sold}")
    assert receipt.status == 200
    assert "DUPLICATE" in receipt.body
    assert "Apple" in receipt.body
    assert "7.00" in receipt.body
    listed = (await phone.get()).body
    assert "Void · S1" in listed
    assert listed.index("Void · S1") < listed.index("Sale · S1")
    voided = listed.split("/receipt/")[1].partition('"')[0]
    assert "Of receipt" in (await phone.get(f"{phone.home}/receipt/{voided}")).body


@pytest.mark.parametrize("cash", [False, True])
async def test_what_was_given_back_stands_there_however_it_was(phone: Phone, shop: Shop, cash: bool) -> None:  # noqa: FBT001
    sold = await shop.sell("w1", 7_00, cash=cash, points=7)
    await shop.book(BookVoid, of=sold, why="mistake")
    laden = await shop.recharge("w1", 30_00)
    await shop.book(BookVoid, of=laden, why="mistake")
    await shop.sync()
    await phone.sign_in()
    lines = re.findall(r"<b>(.*?)</b></li>", (await phone.get()).body.split("Receipts")[1])
    assert lines[:4] == ["-¥30.00", "¥30.00", "¥7.00 · Points -7", "-¥7.00 · Points +7"]


@pytest.mark.parametrize(("rest", "paid"), [(30_00, "-¥30.00"), (0, "¥0.00")])
async def test_what_was_left_as_a_deposit_is_paid_then_and_not_once_more_when_it_is_picked_up(
    phone: Phone, shop: Shop, rest: int, paid: str
) -> None:
    w1, line = (
        WalletId("w1"),
        SaleLine(
            sku="K",
            name="Cake",
            category="cake",
            quantity=1,
            unit_price=50_00 + rest,
            gross=50_00 + rest,
            net=50_00 + rest,
        ),
    )
    await shop.book(BookDeposit, wallet=w1, card=None, of="presale:p1", amount=50_00, received=100_00)
    tenders = (Tender(kind=TenderKind.DEPOSIT, amount=50_00, of="presale:p1"),)
    tenders += (Tender(kind=TenderKind.CASH, amount=rest),) if rest else ()
    await shop.book(
        BookSale, wallet=w1, card=None, lines=(line,), due=line.net, received=rest, tenders=tenders
    )
    again = await shop.book(
        BookDeposit, wallet=w1, card=None, of="presale:p2", amount=20_00, received=20_00, paid_by=PaidBy.CODE
    )
    await shop.book(BookVoid, of=again, why="mistake")
    await shop.sync()
    await phone.sign_in()
    seen = (await phone.get()).body.split("Receipts")[1]
    assert re.findall(r"<b>(.*?)</b></li>", seen)[:4] == ["¥20.00", "-¥20.00", paid, "-¥50.00"]
    assert [kind in seen for kind in ("Deposit · S1", "Sale · S1", "Void · S1")] == [True] * 3


async def test_receipts_stay_in_sight_whatever_their_friends_bought(phone: Phone, shop: Shop) -> None:
    """Who brought a member earns with each of their sales: these move their wallet, and are not theirs."""
    friend = Opens(
        wallet=WalletId("w9"), member=MemberId("m-w9"), card=None, commitment="", terms="1",
        channel="counter", recruiter=AT.operator, introduced_by=WalletId("w1"),
    )  # fmt: skip
    await shop.book(BookJoin, Private(), opens=friend)
    line = SaleLine(sku="T", name="t", category="drink", quantity=1, unit_price=100, gross=100, net=100)
    earns = Reward(points=1, a_day=500, a_month=2_000, always=True)
    for _ in range(2 * RECEIPTS_MAX):
        await shop.book(
            BookSale, wallet=WalletId("w9"), card=None, lines=(line,), due=100, received=100,
            tenders=(Tender(kind=TenderKind.CASH, amount=100),), reward=earns,
        )  # fmt: skip
    await shop.sync()
    assert shop.holds("wallet:w1:points:goods") == 20 + 2 * RECEIPTS_MAX
    await phone.sign_in()
    seen = (await phone.get()).body
    assert "-¥20.00" in seen
    assert seen.count("/receipt/") == 2


async def test_points_of_each_family_are_told_apart_on_a_receipt_too(phone: Phone, shop: Shop) -> None:
    line = SaleLine(sku="A", name="92", category="fuel", quantity=1, unit_price=7_00, gross=7_00, net=7_00)
    await shop.book(
        BookSale,
        wallet=WalletId("w1"),
        card=None,
        lines=(line,),
        due=7_00,
        tenders=(Tender(kind=TenderKind.CASH, amount=7_00),),
        received=7_00,
        points=(PointsEarned(family="petrol", points=27), PointsEarned(family="goods", points=3)),
    )
    await shop.sync()
    await phone.sign_in()
    assert "-¥7.00 · Points +3 · Petrol points +27" in (await phone.get()).body


async def test_cards_stand_there_by_their_kinds_while_they_serve(
    phone: Phone, world: PhoneWorld, shop: Shop
) -> None:
    cards = [
        KeyToken(token=f"{number:02x}" * 32, card=f"card-{number}", shown=f"****000{number}", kind=kind)
        for number, kind in enumerate(("all", "points", "gone", "", "points"), 1)
    ]
    await world.known(shop, "w1", LI, *cards)
    await shop.book(BookCard, wallet=WalletId("w1"), card=CardId("card-5"))
    await shop.book(BookCardState, card=CardId("card-5"), state=CardState.LOST)
    await shop.sync()
    await phone.sign_in()
    seen = (await phone.get()).body
    for number, kind in enumerate(("Member card", "Points &lt;card&gt;", "Member card", "Member card"), 1):
        assert f'<span class="what">{kind}</span><b>****000{number}</b>' in seen
    assert "****0005" not in seen


@pytest.mark.parametrize(
    ("tier", "said"),
    [
        ("diamond", ("钻石&lt;会员&gt;", "鑽石&lt;會員&gt;", "Diamond")),
        ("gold", ("金卡", "金卡", "gold")),
        ("VIP", ("贵宾", "貴賓", "VIP")),
        ("friend", ("friend", "friend", "friend")),
    ],
)
async def test_a_tier_stands_there_as_the_chain_calls_it(
    phone: Phone, world: PhoneWorld, shop: Shop, tier: str, said: tuple[str, ...]
) -> None:
    await phone.sign_in()
    assert "会员等级" not in (await phone.get(**{"Accept-Language": "zh"})).body
    await shop.book(BookTier, wallet=WalletId("w1"), tier=tier, why="x")
    await shop.sync()
    shown = {"diamond": TierShown(zh="钻石<会员>", en="Diamond")}
    order = TierOrder(order=("regular", "gold", "diamond"))
    now_ms = world.clock.wall_ms()
    await rise(world.store, world.chain.merchant, order, shown=shown, by="Chen", now_ms=now_ms)
    heads = ("会员等级", "會員等級", "Tier")
    for language, head, text in zip(("zh", "zh-TW", "en"), heads, said, strict=True):
        seen = (await phone.get(**{"Accept-Language": language})).body
        assert f'<span class="what">{head}</span><b>{text}</b>' in seen


async def test_where_no_kinds_are_named_a_card_is_a_card(
    world: PhoneWorld, client: aiohttp.ClientSession
) -> None:
    shop, browser = await world.neighbour.shop("S1"), Phone(world, client)
    browser.merchant = world.neighbour.merchant
    await shop.join("w1")
    await shop.sync()
    await world.known(shop, "w1", LI)
    await browser.sign_in()
    assert "<h2>Cards</h2>" not in (await browser.get()).body
    card = KeyToken(token="aa" * 32, card="c1", shown="****0001", kind="points")
    await world.known(shop, "w1", LI, card)
    assert '<span class="what">Card</span><b>****0001</b>' in (await browser.get()).body


async def test_nobody_sees_the_receipt_of_another(phone: Phone, world: PhoneWorld, shop: Shop) -> None:
    await shop.join("w2")
    await shop.recharge("w2", 900_00)
    theirs = await shop.sell("w2", 9_00)
    await shop.sync()
    await world.known(shop, "w2", WANG)
    await phone.sign_in()
    for entry in (theirs, "x", "0" * 36):
        assert (await phone.get(f"{phone.home}/receipt/{entry}")).status == 404
    assert "900.00" not in (await phone.get()).body


async def test_without_a_session_a_receipt_leads_to_the_sign_in(phone: Phone, shop: Shop) -> None:
    sold = await shop.sell("w1", 7_00)
    await shop.sync()
    answer = await phone.get(f"{phone.home}/receipt/{sold}")
    assert (answer.status, answer.headers["Location"]) == (303, phone.home)


async def test_who_got_a_wallet_sees_nothing_of_who_had_it(
    phone: Phone, world: PhoneWorld, shop: Shop
) -> None:
    await world.known(shop, "w1", LI, since=AT.wall_ms + 1)
    await phone.sign_in()
    seen = (await phone.get()).body
    assert "¥130.00" in seen
    assert "Nothing was booked yet." in seen


async def test_what_was_booked_in_the_moment_of_the_transfer_is_theirs(
    phone: Phone, world: PhoneWorld, shop: Shop
) -> None:
    await world.known(shop, "w1", LI, since=AT.wall_ms)
    await phone.sign_in()
    assert "Recharge · S1" in (await phone.get()).body


async def test_a_code_counts_once(phone: Phone) -> None:
    code = await phone.code()
    assert len(code) == 6
    assert (await phone.post("in", {"phone": LI, "code": code})).status == 303
    phone.cookies.clear()
    again = await phone.post("in", {"phone": LI, "code": code})
    assert again.status == 403
    assert "wrong, used, or too old" in again.body
    assert COOKIE not in phone.cookies


async def test_a_code_ends_after_five_minutes(phone: Phone, world: PhoneWorld) -> None:
    code = await phone.code()
    world.clock.now_ms += CODE_LIFE.seconds * 1000
    assert (await phone.post("in", {"phone": LI, "code": code})).status == 403


async def test_a_code_holds_until_then_and_may_be_written_in_full_width(
    phone: Phone, world: PhoneWorld
) -> None:
    code = await phone.code()
    world.clock.now_ms += CODE_LIFE.seconds * 1000 - 1
    wide = "".join(chr(0xFF10 + int(digit)) for digit in code)
    assert (await phone.post("in", {"phone": f"{LI[:3]} {LI[3:]}", "code": wide})).status == 303


async def test_after_five_wrong_tries_the_right_one_is_refused_too(phone: Phone) -> None:
    code = await phone.code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert (await phone.post("in", {"phone": LI, "code": wrong})).status == 403
    assert (await phone.post("in", {"phone": LI, "code": code})).status == 403


async def test_the_fifth_try_may_be_right(phone: Phone) -> None:
    code = await phone.code()
    for wrong in ("", "１２３", "\udcff", "0" * 60):
        assert (
            await phone.post("in", {"phone": LI, "code": wrong.encode("utf-8", "replace").decode()})
        ).status == 403
    assert (await phone.post("in", {"phone": LI, "code": code})).status == 303


async def test_a_phone_gets_one_code_a_minute_and_ten_a_day(phone: Phone, world: PhoneWorld) -> None:
    assert await phone.code()
    world.clock.now_ms += MINUTE_MS - 1
    assert not await phone.code()
    world.clock.now_ms += 1
    for _ in range(9):
        world.clock.mono += MINUTE_MS
        assert await phone.code()
        world.clock.now_ms += MINUTE_MS
    world.clock.mono += MINUTE_MS
    assert not await phone.code()
    world.clock.now_ms += DAY_MS - 10 * MINUTE_MS
    assert await phone.code()


@pytest.mark.parametrize("number", [LI, WANG])
async def test_a_code_that_is_not_sent_is_not_on_its_way(
    phone: Phone, world: PhoneWorld, number: str
) -> None:
    """Of a phone that nobody has the same is said."""
    assert "a code of 6 digits is on its way" in (await phone.post("code", {"phone": number})).body
    soon = (await phone.post("code", {"phone": number})).body
    assert "on its way" not in soon
    assert "one that came holds for 5 minutes" in soon
    assert "Wait a minute, then ask for another one" in soon
    for _ in range(9):
        world.clock.now_ms += MINUTE_MS
        world.clock.mono += MINUTE_MS
        assert "is on its way" in (await phone.post("code", {"phone": number})).body
    world.clock.now_ms += MINUTE_MS
    world.clock.mono += MINUTE_MS
    enough = (await phone.post("code", {"phone": number})).body
    assert f"No more codes are sent to {number} today" in enough
    assert "on its way" not in enough
    assert "another one" not in enough
    assert 'name="code"' in enough, "the last that came still holds"
    world.clock.now_ms += DAY_MS
    assert "is on its way" in (await phone.post("code", {"phone": number})).body


async def test_fuel_that_was_paid_for_ahead_is_shown(phone: Phone, shop: Shop) -> None:
    await phone.sign_in()
    assert "Fuel paid ahead" not in (await phone.get()).body
    given = (
        Grant(unit="litres:92", amount=300_00),
        Grant(unit="litres:95@770", amount=160_50, until="2027-11-22"),
        Grant(unit="litres:95@755", amount=1),
    )
    await shop.book(BookGrant, wallet="w1", grants=given, why="gift")
    await shop.sync()
    seen = (await phone.get()).body
    places = [
        seen.index(one)
        for one in ("Grade 92", "300.00 left", "Grade 95 · ¥7.55", "0.01 left", "¥7.70", "160.50 left")
    ]
    assert places == sorted(places)
    phone.language = "zh-CN"
    assert "剩 300.00<" in (await phone.get()).body, "no number of times"


async def test_uses_and_litres_that_have_ended_are_left_out_and_others_say_until_when(
    phone: Phone, world: PhoneWorld, shop: Shop
) -> None:
    """Nobody writes them off: they lie on the wallet for ever."""
    world.clock.now_ms = 1_795_377_600_000 + 1000  # 2026-11-23 04:00:01 in Shanghai, where a day begins
    given = (
        Grant(unit="count:cut", amount=9, until="2026-11-22"),
        Grant(unit="litres:95@770", amount=91_00, until="2026-11-22"),
        Grant(unit="count:wash", amount=2, until="2026-11-23"),
        Grant(unit="litres:95@755", amount=31_00, until="2026-11-30"),
    )
    await shop.book(BookGrant, wallet="w1", grants=given, why="gift")
    more = (Grant(unit="count:wash", amount=5), Grant(unit="litres:95@755", amount=7_00, until="2026-12-31"))
    await shop.book(BookGrant, wallet="w1", grants=more, why="gift")
    await shop.sync()
    await phone.sign_in()
    seen = (await phone.get()).body
    assert "9 left" not in seen
    assert "91.00" not in seen
    places = [
        seen.index(one)
        for one in (
            "until 2026-11-23", "2 left", "5 left",
            "until 2026-11-30", "31.00 left", "until 2026-12-31", "7.00 left",
        )
    ]  # fmt: skip
    assert places == sorted(places)


POURED_GAS = SaleLine(
    sku="fuel-lng",
    name="LNG",
    category="gas",
    quantity=2_00,
    unit_price=5_00,
    gross=10_00,
    net=10_00,
    measured=Measured.DECAGRAM,
)


async def test_gas_is_told_in_what_it_was_poured_in_and_in_nothing_where_nobody_said(
    phone: Phone, shop: Shop
) -> None:
    card = SaleLine(
        sku="G50",
        name="Gas card",
        category="cards",
        quantity=1,
        unit_price=20_00,
        gross=20_00,
        net=20_00,
        sells=Sells(unit="litres:lng", amount=50_00),
    )

    async def bought(line: SaleLine) -> EntryId:
        stored = Tender(kind=TenderKind.STORED, amount=line.net)
        sold = await shop.book(
            BookSale, wallet=WalletId("w1"), card=None, lines=(line,), due=line.net, tenders=(stored,)
        )
        await shop.sync()
        return sold

    sold = await bought(card)
    await phone.sign_in()
    assert ">50.00 left<" in (await phone.get()).body
    assert re.search(r"Good for 50\.00\s*<", (await phone.get(f"{phone.home}/receipt/{sold}")).body)
    await bought(POURED_GAS)
    assert ">50.00 kg left<" in (await phone.get()).body
    assert "Good for 50.00 kg" in (await phone.get(f"{phone.home}/receipt/{sold}")).body
    await bought(replace(POURED_GAS, measured=Measured.CENTICUBIC))
    assert ">50.00 left<" in (await phone.get()).body, "two stations count it in two ways"


async def test_what_is_held_for_a_fill_is_told_beside_the_balance(phone: Phone, shop: Shop) -> None:
    await phone.sign_in()
    assert "Held for a fill" not in (await phone.get()).body
    hold = await shop.book(BookHold, wallet=WalletId("w1"), card=None, amount=30_00, for_what="pump:1")
    await shop.sync()
    seen = (await phone.get()).body
    assert "¥100.00" in seen
    assert re.search("Held for a fill</span><b>¥30.00<", seen)
    await shop.book(BookRelease, hold=hold)
    await shop.sync()
    assert "Held for a fill" not in (await phone.get()).body


async def test_another_code_ends_the_one_before(phone: Phone, world: PhoneWorld) -> None:
    first = await phone.code()
    world.clock.now_ms += MINUTE_MS
    second = await phone.code()
    if first != second:
        assert (await phone.post("in", {"phone": LI, "code": first})).status == 403
    assert (await phone.post("in", {"phone": LI, "code": second})).status == 303


async def test_the_answer_is_the_same_whether_a_phone_is_known(phone: Phone, world: PhoneWorld) -> None:
    known = await phone.post("code", {"phone": LI})
    unknown = await phone.post("code", {"phone": WANG})
    assert known.status == unknown.status == 200
    assert known.body.replace(LI, "") == unknown.body.replace(WANG, "")
    assert not await phone.code(WANG)
    wrong = await phone.post("in", {"phone": WANG, "code": "123456"})
    assert wrong.status == 403
    assert "wrong, used, or too old" in wrong.body
    assert {one["phone"] for one in world.sent()} <= {LI}


async def test_an_address_may_not_ask_for_ever(phone: Phone) -> None:
    found = [(await phone.post("code", {"phone": f"139000000{n:02}"})).status for n in range(21)]
    assert found == [200] * 20 + [429]
    assert (await phone.post("in", {"phone": LI, "code": "1"})).status == 429
    assert (await phone.get()).status == 200


@pytest.mark.parametrize(
    "keyed", ["", "1380000000", "23800000001", "138000000012", "x", "１３８００００００００１"]
)
async def test_what_is_no_phone_is_told(phone: Phone, keyed: str) -> None:
    answer = await phone.post("code", {"phone": keyed})
    assert answer.status == 400
    assert "11 digits" in answer.body


async def test_the_cookie_is_for_this_host_and_no_script(phone: Phone) -> None:
    entered = await phone.sign_in()
    cookie = entered.headers["Set-Cookie"]
    assert cookie.startswith("__Host-member=")
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/", f"Max-Age={SESSION_LIFE.days * 86_400}"):
        assert part in cookie
    assert "Domain" not in cookie


async def test_every_page_allows_itself_its_style_and_forms_alone(phone: Phone) -> None:
    await phone.sign_in()
    for path in ("", "/phone.css", "/phone.js", "/nothing", f"{phone.home}/receipt/x", f"{phone.home}/show"):
        seen = await phone.get(path)
        assert seen.headers["Content-Security-Policy"] == POLICY
        assert "unsafe" not in POLICY
        assert "<script>" not in seen.body
        assert "onclick" not in seen.body
        assert "style=" not in seen.body
    assert (await phone.get()).headers["Cache-Control"] == "no-store"
    assert (await phone.get("/phone.css")).headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize("origin", ["", "null", "https://elsewhere.invalid", "http://127.0.0.1"])
async def test_a_form_from_elsewhere_does_nothing(phone: Phone, world: PhoneWorld, origin: str) -> None:
    assert (await phone.post("code", {"phone": LI}, Origin=origin)).status == 403
    assert world.sent() == []


async def test_under_another_name_there_is_nothing(phone: Phone) -> None:
    assert (await phone.get(Host="elsewhere.invalid")).status == 421


async def test_signing_out_needs_what_only_the_members_page_has(phone: Phone) -> None:
    await phone.sign_in()
    for forged in ({}, {"form_key": "0" * 64}):
        assert (await phone.post("out", forged)).status == 403
    await phone.get()
    kept, key = dict(phone.cookies), phone.form_key()
    assert (await phone.post("out", {"form_key": key})).status == 303
    phone.cookies = kept
    assert "Mobile number" in (await phone.get()).body


async def test_a_session_ends_after_thirty_days(phone: Phone, world: PhoneWorld) -> None:
    await phone.sign_in()
    world.clock.now_ms += SESSION_LIFE.days * DAY_MS - 1
    assert "¥130.00" in (await phone.get()).body
    world.clock.now_ms += 1
    assert "¥130.00" not in (await phone.get()).body


async def test_a_phone_that_leads_elsewhere_now_opens_nothing(
    phone: Phone, world: PhoneWorld, shop: Shop
) -> None:
    await phone.sign_in()
    await world.known(shop, "w1", WANG)
    assert "¥130.00" not in (await phone.get()).body
    await shop.join("w3")
    await shop.sync()
    await world.known(shop, "w3", LI)
    assert "Mobile number" in (await phone.get()).body


async def test_a_cookie_of_one_merchant_opens_no_other(phone: Phone, world: PhoneWorld) -> None:
    await phone.sign_in()
    theirs = f"/m/{world.neighbour.merchant}"
    assert "Mobile number" in (await phone.get(theirs)).body
    value = phone.cookies[COOKIE]
    token = value.partition(".")[2]
    for forged in (f"{world.neighbour.merchant.encode().hex()}.{token}", "x.y", ".", token, f"{value}00"):
        phone.cookies[COOKIE] = forged
        assert "Mobile number" in (await phone.get(theirs)).body
        assert "Mobile number" in (await phone.get()).body


async def test_a_merchant_without_a_page_has_none(phone: Phone) -> None:
    assert (await phone.get("/m/nobody")).status == 404
    assert (await phone.get("/")).status == 404
    assert (await phone.get("/login")).status == 404


async def test_no_log_names_a_phone_or_a_code(
    phone: Phone, world: PhoneWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await phone.sign_in()
    world.outbox.unlink()
    world.outbox.mkdir()
    world.clock.now_ms += MINUTE_MS
    await phone.post("code", {"phone": LI})
    await world.served.channels.settled()
    assert "was not sent: IsADirectoryError" in caplog.text
    assert LI not in caplog.text


async def test_nothing_that_was_keyed_lies_in_the_database(phone: Phone, world: PhoneWorld) -> None:
    code = await phone.code()
    async with world.store.looking() as connection:
        rows = await connection.fetch(
            "SELECT * FROM phone_codes WHERE merchant_id = $1", world.chain.merchant
        )
    (row,) = rows
    assert code.encode() not in row["mac"]
    assert LI not in str(row)


async def test_old_codes_and_sessions_go(phone: Phone, world: PhoneWorld) -> None:
    async def kept() -> list[int]:
        async with world.store.looking() as connection:
            return [
                await connection.fetchval(
                    f"SELECT count(*) FROM {table} WHERE merchant_id = $1",  # noqa: S608
                    merchant,
                )
                for table in ("phone_codes", "phone_sessions")
            ]

    merchant = world.chain.merchant
    begun = world.clock.now_ms
    await phone.sign_in()
    await world.phones.tidy(merchant, begun + DAY_MS - 1)
    assert await kept() == [1, 1]
    await world.phones.tidy(merchant, begun + DAY_MS)
    assert await kept() == [0, 1]
    await world.phones.tidy(merchant, begun + SESSION_LIFE.days * DAY_MS)
    assert await kept() == [0, 0]


async def test_value_counts_wherever_it_lies_and_whatever_it_was_called(
    phone: Phone, world: PhoneWorld, shop: Shop
) -> None:
    other = await world.chain.shop("S2")
    await other.ask(("wallet:w1:principal", 30_00))
    await phone.sign_in()
    assert "¥130.00" in (await phone.get()).body
    await other.sync()
    await shop.sync()
    await other.sync()
    await other.sell("w1", 5_00)
    await other.sync()
    seen = (await phone.get()).body
    assert "¥125.00" in seen
    assert "Sale · S2" in seen


async def test_a_coupon_that_was_withdrawn_or_has_ended_is_not_shown(
    phone: Phone, world: PhoneWorld, shop: Shop
) -> None:
    ends = {"dead": "2026-11-22", "today": "2026-11-23", "live": ""}
    world.clock.now_ms = 1_795_377_600_000 + 1000  # 2026-11-23 04:00:01 in Shanghai, where a day begins
    grants = tuple(
        CouponGrant(coupon=name, kind=f"gift-{name}", face=0, threshold=0, until=until)
        for name, until in ends.items()
    )
    await shop.book(BookGrant, wallet="w1", coupons=grants, why="gift")
    await shop.sync()
    await phone.sign_in()
    seen = (await phone.get()).body
    assert "gift-today" in seen
    assert "until 2026-11-23" in seen
    assert "gift-dead" not in seen
    assert seen.index("gift-today") < seen.index("gift-live")


@pytest.mark.parametrize(("day_cut_min", "left"), [(0, ["today"]), (8 * 60, ["yesterday", "today"])])
async def test_what_ends_with_a_business_day_is_shown_until_its_cut(
    phone: Phone, world: PhoneWorld, shop: Shop, day_cut_min: int, left: list[str]
) -> None:
    """At a station whose day ends at the hand-over the counter takes it through the night."""
    grants = tuple(
        CouponGrant(coupon=name, kind=name, face=0, threshold=0, until=until)
        for name, until in {"yesterday": "2026-11-22", "today": "2026-11-23"}.items()
    )
    await shop.book(BookGrant, wallet="w1", coupons=grants, why="gift")
    await shop.sync()
    merchant = phone.merchant
    member = await world.phones.member(merchant, token_of(TOKEN_KEY, number_of(LI)))
    assert member is not None
    seen = await member_shown(
        world.phones,
        merchant,
        member,
        zone=ZoneInfo("Asia/Shanghai"),
        day_cut_min=day_cut_min,
        now_ms=1_795_363_200_000 + 1000,  # 2026-11-23 00:00:01 there
    )
    assert [one.coupon for one in seen.coupons if one.coupon != "k1"] == left


@pytest.mark.parametrize(
    ("unit", "amount", "reads"),
    [
        ("bonus", 133_00, "¥263.00"),
        ("cashback", 9_00, "¥9.00"),
        ("coupon:k7", 1, "¥3.00 off"),
        ("voucher:v7", 11_00, "¥11.00"),
    ],
)
async def test_what_is_owed_by_now_is_not_shown_as_theirs(  # noqa: PLR0917  fixtures and a row
    phone: Phone, world: PhoneWorld, shop: Shop, unit: str, amount: int, reads: str
) -> None:
    """It lies at another shop when what it came with is undone."""
    other = await world.chain.shop("S2")
    sale, _ = await gift(shop, unit, amount)
    await shop.give_back((f"wallet:w1:{unit}", amount))
    await shop.sync()
    await other.ask((f"wallet:w1:{unit}", amount))
    await other.sync()
    await phone.sign_in()
    assert (await phone.get()).body.count(reads) == (2 if unit == "coupon:k7" else 1)
    await shop.book(BookVoid, of=sale, why="a mistake")
    await shop.sync()
    assert shop.holds(f"wallet:w1:debt:{unit}") < 0
    assert (await phone.get()).body.count(reads) == (1 if unit == "coupon:k7" else 0)


async def test_cash_vouchers_are_shown_with_their_days(phone: Phone, world: PhoneWorld, shop: Shop) -> None:
    world.clock.now_ms = 1_795_377_600_000 + 1000  # 2026-11-23 04:00:01 in Shanghai, where a day begins
    await phone.sign_in()
    assert "Cash vouchers" not in (await phone.get()).body
    given = (
        Grant(unit="voucher:ever", amount=7_00),
        Grant(unit="voucher:dead", amount=4_00, until="2026-11-22"),
        Grant(unit="voucher:today", amount=5_00, since="2026-11-23", until="2026-11-23"),
        Grant(unit="voucher:soon", amount=6_00, since="2026-11-24", until="2026-11-30"),
    )
    await shop.book(BookGrant, wallet="w1", grants=given, why="gift")
    await shop.sync()
    seen = (await phone.get()).body
    assert "Cash vouchers" in seen
    assert "¥4.00" not in seen
    places = [seen.index(one) for one in ("¥5.00", "¥6.00", "¥7.00")]
    assert places == sorted(places)
    assert ">until 2026-11-23<" in seen
    assert ">from 2026-11-24 · until 2026-11-30<" in seen


@pytest.mark.parametrize(
    ("accepted", "word"),
    [
        ("zh-CN,zh;q=0.9", "手机号"),
        ("zh-TW", "手機號碼"),
        ("en-GB", "Mobile number"),
        ("fr", "手机号"),
        ("", "手机号"),
    ],
)
async def test_it_speaks_what_the_phone_speaks(phone: Phone, accepted: str, word: str) -> None:
    assert word in (await phone.get(**{"Accept-Language": accepted})).body


async def test_a_language_that_was_chosen_stays(phone: Phone) -> None:
    await phone.get(f"{phone.home}?lang=zh-Hant")
    await phone.sign_in()
    seen = (await phone.get()).body
    assert '<html lang="zh-Hant">' in seen
    assert "餘額" in seen
    assert '<html lang="en">' in (await phone.get(f"{phone.home}?lang=en")).body
    assert '<html lang="en">' in (await phone.get(f"{phone.home}?lang=xx")).body


async def test_the_page_is_small(phone: Phone) -> None:
    await phone.sign_in()
    weight = len((await phone.get()).body.encode()) + len((await phone.get("/phone.css")).body.encode())
    assert weight < 20_000


async def test_the_process_serves_it_where_it_is_asked_to(own_hq: Headquarters) -> None:
    own_hq.data.mkdir()
    (own_hq.data / "phone.toml").write_text(
        '[[merchants]]\nid = "m1"\nname = "Shop"\nchannel = {type = "file", path = "codes.jsonl"}\n'
    )
    own_hq.start("--phones", "0")
    assert own_hq.phones != own_hq.url
    async with aiohttp.ClientSession() as client:

        async def status(url: str) -> int:
            async with client.get(url, ssl=own_hq.stranger()) as answer:
                return answer.status

        assert await status(f"{own_hq.phones}/m/m1") == 200
        assert await status(f"{own_hq.phones}/m/m2") == 404
        assert await status(f"{own_hq.phones}/v1/openapi.json") == 404
        assert await status(f"{own_hq.url}/m/m1") == 404


def test_settings_that_are_none_stop_the_start(own_hq: Headquarters) -> None:
    from tests.hq.test_letting_in import typed

    own_hq.data.mkdir()
    (own_hq.data / "phone.toml").write_text("[[merchants]]\n")
    done: Any = typed("hq", "run", "--data", str(own_hq.data), "--port", "0", "--phones", "0")
    assert done.returncode == 1
    assert "phone.toml" in done.stderr


async def shown_code(phone: Phone) -> str:
    seen = await phone.get(f"{phone.home}/code.svg?n=1")
    assert seen.status == 200
    return seen.body.split('data-code="')[1].partition('"')[0]


async def test_a_code_is_shown_that_a_terminal_believes_without_asking(
    phone: Phone, world: PhoneWorld
) -> None:
    await phone.sign_in()
    page = (await phone.get(f"{phone.home}/show")).body
    assert f'src="{phone.home}/code.svg?n={world.clock.now_ms}"' in page
    text = await shown_code(phone)
    found = credential_of(
        parsed(text), world.chain.merchant, [world.keys.code_key], now_ms=world.clock.now_ms, unsure_ms=0
    )
    assert found.trust is Trust.SECURE
    assert found.number == token_of(TOKEN_KEY, number_of(LI)).hex()
    assert await shown_code(phone) != text
    with pytest.raises(CodeNotGenuine):
        credential_of(parsed(text), "other", [world.keys.code_key], now_ms=world.clock.now_ms, unsure_ms=0)


async def test_the_picture_is_that_code_with_room_around_it(phone: Phone) -> None:
    await phone.sign_in()
    seen = await phone.get(f"{phone.home}/code.svg")
    assert seen.headers["Content-Type"].startswith("image/svg+xml")
    assert seen.headers["Cache-Control"] == "no-store"
    text = seen.body.split('data-code="')[1].partition('"')[0]
    rows = segno.make(text, error="m", micro=False).matrix
    assert f'viewBox="0 0 {len(rows) + 8} {len(rows) + 8}"' in seen.body
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1", seen.body)}
    assert dark == {(x + 4, y + 4) for y, row in enumerate(rows) for x, one in enumerate(row) if one}


async def test_without_a_session_no_code_is_shown(phone: Phone) -> None:
    answer = await phone.get(f"{phone.home}/show")
    assert (answer.status, answer.headers["Location"]) == (303, phone.home)
    assert (await phone.get(f"{phone.home}/code.svg")).status == 403


async def test_a_session_fetches_no_codes_for_ever(phone: Phone) -> None:
    await phone.sign_in()
    found = [(await phone.get(f"{phone.home}/code.svg")).status for _ in range(21)]
    assert found == [200] * 20 + [429]


async def test_who_is_no_member_yet_is_shown_what_the_counter_scans_to_join(
    phone: Phone, world: PhoneWorld
) -> None:
    phone.merchant = world.neighbour.merchant
    assert "show the counter what comes" in (await phone.get()).body
    asked = await phone.post("code", {"phone": WANG})
    assert f"A code of 6 digits is on its way to {WANG}" in asked.body
    await world.served.channels.settled()
    code = world.sent()[-1]["code"]
    assert (await phone.post("in", {"phone": WANG, "code": f"{code}0"})).status == 403
    answer = await phone.post("in", {"phone": WANG, "code": code})
    assert answer.status == 200
    assert COOKIE not in phone.cookies
    text = answer.body.split('data-code="')[1].partition('"')[0]
    assert scanned(text) == JoinCode(phone=WANG)
    assert (await phone.post("in", {"phone": WANG, "code": code})).status == 403


async def test_who_joined_meanwhile_signs_in(phone: Phone, world: PhoneWorld) -> None:
    phone.merchant = world.neighbour.merchant
    code = await phone.code(WANG)
    shop = await world.neighbour.shop("S9")
    await shop.join("w9")
    await shop.sync()
    await world.known(shop, "w9", WANG)
    assert (await phone.post("in", {"phone": WANG, "code": code})).status == 303
    assert "138****0002" in (await phone.get()).body


async def test_where_nobody_joins_by_phone_no_code_goes_to_phones_of_nobody(phone: Phone) -> None:
    assert "show the counter what comes" not in (await phone.get()).body
    assert not await phone.code(WANG)


async def test_what_is_no_request_writes_no_error_line(
    world: PhoneWorld, caplog: pytest.LogCaptureFixture
) -> None:
    context = ssl.create_default_context(cadata=world.keys.authority.pem)
    for _ in range(2):
        port = int(world.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(b"GET / HTTP/1.1\r\nX\x00: 1\r\n\r\n")
        assert (await reader.read(12)) == b"HTTP/1.0 400"
        writer.close()
    assert [one.getMessage() for one in caplog.records if one.levelno > logging.INFO] == []


def test_who_is_no_member_is_told_of_without_the_phone() -> None:
    newcomer = Newcomer(phone=WANG)
    assert str(newcomer) == repr(newcomer) == "Newcomer(...)"


def test_a_merchant_lets_people_join_unless_it_says_otherwise() -> None:
    assert PhoneMerchant(id="m", name="M", channel=FileChannel(path="p")).join
