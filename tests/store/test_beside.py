"""Wallets, cards, coupons, lots and all else beside the accounts stand as the journal says."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core import commands as c
from terminal.core import directives as d
from terminal.core.canonical import encoded
from terminal.core.claim_codes import new_claim
from terminal.core.errors import LedgerDamaged
from terminal.core.group_buy import begun_for
from terminal.core.rights import LotPart, LotTerms, Right, SaleRight, Want
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, ShiftId, SiteId, WalletId
from terminal.store.answers import id_bytes
from terminal.store.beside import check_beside
from terminal.store.queries import queries
from terminal.store.verify import verified
from tests.core.ledger.test_rights import Site
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, issue, opens, recharge, sale
from tests.store.test_damage import tampered

_CLAIM = new_claim(bytes(16))
W1, W7 = WalletId("w1"), WalletId("w7")


def another_key() -> c.Private:
    return c.Private(credentials=(Credential(medium=Medium.EM4100, number="0A00BCFFFF"),))


def person() -> c.Private:
    phone = Credential(medium=Medium.PHONE, number="19000000301")
    return c.Private(credentials=(phone,), phone="19000000301", name="王小明", initials="WXM")


def value() -> list[tuple[Any, Any]]:
    """Lots, their invoices, what is undone, coupons and a member with a pack of them: seq 1 to 11."""
    return [
        (issue(1)[0], issue(1)[1]),
        (recharge(2, principal=10000, bonus=1000), None),
        (recharge(3, principal=5000), None),
        (sale(4, 1200, number=1, stored=1200, points=12), None),
        (sale(5, 11000, number=1, stored=11000, points=110), None),
        (c.BookInvoice(id=an_id(6), at=AT, wallet=W1, lot=an_id(3), number="FP-1"), None),
        (c.BookVoid(id=an_id(7), at=AT, of=an_id(4), why="wrong"), None),
        (sale(8, 20000, begins=agreed(opens(7, member=True, coupons=3))), person()),
        (c.BookHold(id=an_id(9), at=AT, wallet=W1, card=CardId("c1"), amount=500, for_what="pump:3"), None),
        (c.BookRelease(id=an_id(10), at=AT, hold=an_id(9)), None),
        (
            c.BookGrant(
                id=an_id(11),
                at=AT,
                wallet=W7,
                why="birthday",
                grants=(c.Grant(unit="points:goods", amount=50, until="2027-01-01"),),
            ),
            None,
        ),
    ]


def agreed(begins: c.Opens) -> c.Opens:
    return replace(begins, consents=(c.Consent(purpose="marketing", version="1", given=False),))


def people() -> list[tuple[Any, Any]]:
    """Cards, holders, tiers, holds and erasures: seq 12 to 20."""
    later = [(issue(12, 2)[0], issue(12, 2)[1]), (issue(13, 3)[0], issue(13, 3)[1])]
    card = c.BookCard(id=an_id(14), at=AT, wallet=W1, card=CardId("c9"), replaces=CardId("c1"))
    state = c.BookCardState(id=an_id(15), at=AT, card=CardId("c3"), state=c.CardState.FROZEN)
    tier = c.BookTier(id=an_id(16), at=AT, wallet=W1, tier="gold", why="spent")
    merge = c.BookMerge(id=an_id(17), at=AT, wallet=WalletId("w2"), into=W1)
    hold = c.BookLegalHold(id=an_id(18), at=AT, member=MemberId("m7"), until="2026-01-01", why="law")
    join = c.BookJoin(id=an_id(19), at=AT, opens=opens(8, member=True))
    erasure = c.BookErasure(id=an_id(20), at=AT, wallet=WalletId("w8"), member=MemberId("m8"))
    more = [(state, None), (tier, None), (merge, None), (hold, None), (join, c.Private()), (erasure, None)]
    return [*later, (card, another_key()), *more]


def till() -> list[tuple[Any, Any]]:
    """Intents that are open, done and undone; a shift that ended and one that did not: seq 21 to 27."""

    def intent(number: int, consumer: int) -> tuple[Any, Any]:
        what = c.BookIntent(
            id=an_id(number), at=AT, what="code_payment", amount=990, consumed_by=an_id(consumer)
        )
        return what, None

    ended = c.BookIntentEnd(
        id=an_id(24), at=AT, intent=an_id(22), end=c.IntentEnd.UNDONE, evidence="cancelled"
    )
    by_code = replace(sale(25, 990), tenders=(c.Tender(kind=c.TenderKind.CODE, amount=990),))
    closes = c.BookShiftClose(id=an_id(26), at=AT, counted=0)
    opened = c.BookShiftOpen(id=an_id(27), at=replace(AT, shift=ShiftId("S-2")), opening_cash=0)
    return [
        intent(21, 900),
        intent(22, 901),
        intent(23, 25),
        (ended, None),
        (by_code, None),
        (closes, None),
        (opened, None),
    ]


def directed() -> list[tuple[Any, Any]]:
    """A wallet that begins with a grant, a sale that comes and one that leaves, the rest: seq 28 to 34."""
    elsewhere = Site()
    elsewhere.with_card()
    elsewhere.recharge(50_00)
    sold = elsewhere.sale(20_00)
    (taken,) = sold.lots
    terms = LotTerms(unit="principal", lot=taken.lot, laid=50_00, paid=50_00)
    welcome = c.CouponGrant(coupon="far-1", kind="c3", face=300, threshold=0)
    rights = (
        Right(account="wallet:far:principal", amount=100, lots=(LotPart(terms=terms, amount=100),)),
        Right(account="wallet:far:coupon:far-1", amount=1, coupon=welcome),
    )
    came = SaleRight(
        sale=an_id(5000), entry=encoded(sold), lots=(LotTerms(unit="principal", lot="far-lot", laid=50),)
    )
    told: list[d.Directive] = [
        d.Grant(rights=rights, sales=(came,), member=MemberId("m-far"), tier="gold"),
        d.Release(sales=(an_id(5),)),
        d.CardStanding(card=CardId("c3"), state=c.CardState.LOST),
        d.TierSet(wallet=WalletId("w3"), tier="silver", why="spent"),
        d.KeyTrusted(use=d.KeyUse.CODE, public="ab" * 32),
        d.Activate(set="members", version="7", hash="ef" * 32),
        d.Merge(wallet=WalletId("w3"), into=WalletId("far")),
    ]
    return [
        (
            c.BookDirective(
                id=an_id(27 + m), at=AT, directed=d.Directed(hq_epoch=1, m=m), directive=directive
            ),
            None,
        )
        for m, directive in enumerate(told, start=1)
    ]


def brought() -> list[tuple[Any, Any]]:
    """Somebody whom a member brought, what that brings the member, and a merge of them: seq 35 to 38."""
    reward = c.Reward(points=100, a_day=500, a_month=500)
    first, second = opens(20, member=True), opens(21, member=True)
    join = c.BookJoin(id=an_id(35), at=AT, opens=replace(first, introduced_by=W7))
    at = replace(AT, shift=ShiftId("S-2"))
    bought = replace(sale(36, 1000, number=20), card=None, reward=reward, at=at)
    merge = c.BookMerge(id=an_id(38), at=AT, wallet=WalletId("w20"), into=WalletId("w21"))
    again = c.BookJoin(id=an_id(37), at=AT, opens=second)
    return [(join, c.Private()), (bought, None), (again, c.Private()), (merge, None)]


def withdrawn() -> list[tuple[Any, Any]]:
    """A coupon by a person, and another by headquarters with one that was gone: seq 39 and 40."""
    by_hand = c.BookWithdrawal(id=an_id(39), at=AT, coupon="k7-1", why="printed twice")
    told = c.BookDirective(
        id=an_id(40),
        at=AT,
        directed=d.Directed(hq_epoch=1, m=8),
        directive=d.Withdraw(coupons=("wallet:w7:coupon:k7-1", "wallet:far:coupon:far-1"), why="misprinted"),
    )
    return [(by_hand, None), (told, None)]


def entitled() -> list[tuple[Any, Any]]:
    """A free drink, another, and a merge of whoever had them: seq 41 to 46."""
    had = c.Had(what="drink", period="2026-11", name="赠饮", count=1, most=2)
    joins = [(c.BookJoin(id=an_id(n), at=AT, opens=opens(n, member=True)), c.Private()) for n in (41, 42)]
    at = replace(AT, shift=ShiftId("S-2"))
    drinks = [(replace(sale(n, 1000, number=41), card=None, had=(had,), at=at), None) for n in (43, 44)]
    merge = c.BookMerge(id=an_id(45), at=AT, wallet=WalletId("w41"), into=WalletId("w42"))
    hads = (d.HadCount(wallet=WalletId("w42"), period="ever", what="trial", count=1),)
    told = c.BookDirective(
        id=an_id(46),
        at=AT,
        directed=d.Directed(hq_epoch=1, m=9),
        directive=d.HadThere(site=SiteId("S2"), hads=(*hads, replace(hads[0], wallet=WalletId("w43")))),
    )
    return [*joins, *drinks, (merge, None), (told, None)]


def gifts() -> list[tuple[Any, Any]]:
    """A coupon to who brought somebody: seq 47."""
    wash = c.CouponGrant(coupon="wash-1", kind="wash", face=0, threshold=0)
    reward = c.Reward(points=1, a_day=500, a_month=500, gift=wash)
    newcomer = replace(opens(47, member=True), introduced_by=W7)
    return [(c.BookJoin(id=an_id(47), at=AT, opens=newcomer, reward=reward), c.Private())]


def claimed() -> list[tuple[Any, Any]]:
    """Somebody new, and what they claimed: seq 48 and 49."""
    join = c.BookJoin(id=an_id(48), at=AT, opens=opens(48, member=True)), c.Private()
    coupon = c.CouponGrant(coupon="k48", kind="c", face=1, threshold=0)
    fields = {"why": "autumn", "coupons": (coupon,), "claim": c.Claim(code="AUTUMN26")}
    return [join, (c.BookGrant(id=an_id(49), at=AT, wallet=WalletId("w48"), **fields), None)]


def collected() -> list[tuple[Any, Any]]:
    """Points, what they became, and that it was collected with its claim code: seq 50 to 52."""
    points = (c.Grant(unit="points:goods", amount=500),)
    taken = c.PointsEarned(family="goods", points=500)
    at = replace(AT, shift=ShiftId("S-2"))
    mug = c.BookRedeem(
        id=an_id(51), at=at, wallet=WalletId("w48"), card=None, points=taken, what="mug", claim=_CLAIM
    )
    return [
        (c.BookGrant(id=an_id(50), at=AT, wallet=WalletId("w48"), why="birthday", grants=points), None),
        (mug, None),
        (c.BookNote(id=an_id(52), at=AT, what=c.CLAIMED, detail=_CLAIM), None),
    ]


def paid() -> list[tuple[Any, Any]]:
    """A sale that comes and begins a wallet; who paid for somebody, and a merge of them: seq 53 to 58."""

    def by_code(number: int, wallet: str, mark: str) -> tuple[Any, Any]:
        tender = c.Tender(kind=c.TenderKind.CODE, amount=990, payer=mark * 32)
        bought = replace(sale(number, 990), wallet=WalletId(wallet), card=None, received=0, tenders=(tender,))
        return bought, None

    elsewhere = Site()
    elsewhere.with_member(WalletId("w53"), MemberId("m-53"))
    sold = elsewhere.keep_command(by_code(70, "w53", "a")[0])
    used = c.CouponGrant(coupon="far-3", kind="c5", face=500, threshold=100)
    came = SaleRight(sale=sold.id, entry=encoded(sold), coupons=(used,))
    grant = d.Grant(sales=(came,), member=MemberId("m-53"), tier="gold")
    directed = d.Directed(hq_epoch=1, m=50)

    return [
        (c.BookDirective(id=an_id(53), at=AT, directed=directed, directive=grant), None),
        by_code(54, "w48", "a"),
        by_code(55, "w48", "a"),
        by_code(56, "w48", "b"),
        (c.BookJoin(id=an_id(57), at=AT, opens=opens(57, member=True)), c.Private()),
        (c.BookMerge(id=an_id(58), at=AT, wallet=WalletId("w48"), into=WalletId("w57")), None),
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"

    async def booked() -> None:
        ledger = await opened_at(path)
        told = (
            *value(), *people(), *till(), *directed(), *brought(), *withdrawn(), *entitled(), *gifts(),
            *claimed(), *collected(), *paid(),
        )  # fmt: skip
        for command, private in told:
            await ledger.committer.submit(command, private)
        await ledger.close()

    asyncio.run(booked())
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "ledger.db"
    copy.write_bytes(whole.read_bytes())
    copy.with_suffix(".secret").write_bytes(whole.with_suffix(".secret").read_bytes())
    return copy


def fault(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        with pytest.raises(LedgerDamaged) as found:
            check_beside(connection)
    finally:
        connection.close()
    return str(found.value)


TAMPERINGS = [
    ("what a lot was", "UPDATE lots SET laid = laid + 1 WHERE unit = 'bonus' AND seq = 2", 2),
    ("what was paid for a lot", "UPDATE lots SET paid = 1 WHERE wallet = 'w1' AND seq = 3", 6),
    ("when a lot begins", "UPDATE lots SET since = '2030-01-01' WHERE wallet = 'w7'", 11),
    ("when a lot ends", "UPDATE lots SET until = '2030-01-01' WHERE wallet = 'w7'", 11),
    ("a lot's invoice", "UPDATE lots SET invoice = '' WHERE invoice = 'FP-1'", 6),
    ("that an entry has its invoice", "DELETE FROM referring WHERE seq = 6", 6),
    ("a lot's place in the order", "UPDATE lots SET seq = 4 WHERE wallet = 'w7'", 0),
    ("whose a wallet is", "UPDATE wallets SET member = 'm9' WHERE wallet = 'w7'", 8),
    ("a wallet's tier", "UPDATE wallets SET tier = 'regular' WHERE wallet = 'w1'", 16),
    ("a tier that was directed", "UPDATE wallets SET tier = 'gold' WHERE wallet = 'w3'", 34),
    ("where a wallet went", "UPDATE wallets SET into_wallet = NULL WHERE wallet = 'w2'", 17),
    ("that a wallet went into it", "DELETE FROM referring WHERE seq = 17", 17),
    ("a wallet", "DELETE FROM wallets WHERE wallet = 'w2'", 17),
    ("a wallet nobody opened", "INSERT INTO wallets (wallet, seq) VALUES ('w99', 1)", 0),
    ("whose a card is", "UPDATE cards SET wallet = 'w7' WHERE card = 'c9'", 14),
    ("a card that was replaced", "UPDATE cards SET state = 'active' WHERE card = 'c1'", 14),
    ("a card that is lost", "UPDATE cards SET state = 'active' WHERE card = 'c3'", 34),
    ("what a coupon is worth", "UPDATE coupons SET face = face + 1 WHERE coupon = 'k7-1'", 8),
    ("whose a coupon is", "UPDATE coupons SET wallet = 'w1' WHERE coupon = 'k7-2'", 8),
    ("when a coupon ends", "UPDATE coupons SET until = '2030-01-01' WHERE coupon = 'far-1'", 28),
    ("that an entry is undone", "DELETE FROM referring WHERE seq = 7", 7),
    ("that a hold was released", "DELETE FROM referring WHERE seq = 10", 10),
    ("who brought a member", "DELETE FROM referring WHERE seq = 35", 35),
    ("that it was rewarded", "DELETE FROM referring WHERE seq = 36", 36),
    ("whom that wallet was brought as", "DELETE FROM referring WHERE seq = 38", 38),
    ("what withdrew a coupon", "DELETE FROM referring WHERE seq = 39", 39),
    ("what a coupon as a reward is worth", "UPDATE coupons SET face = 1 WHERE coupon = 'wash-1'", 47),
    ("whose a coupon as a reward is", "UPDATE coupons SET wallet = 'w1' WHERE coupon = 'wash-1'", 47),
    ("what headquarters withdrew", "DELETE FROM referring WHERE seq = 40", 40),
    ("that a drink was had", "DELETE FROM referring WHERE seq = 43", 43),
    ("who paid first", "DELETE FROM referring WHERE seq = 54", 54),
    ("who paid as well", "DELETE FROM referring WHERE seq = 56", 56),
    ("that who paid for one paid for both", "DELETE FROM referring WHERE seq = 58", 58),
    ("that a campaign was claimed", "DELETE FROM referring WHERE seq = 49", 49),
    ("that something waits for a claim code", "DELETE FROM referring WHERE seq = 51", 51),
    ("that it was collected", "DELETE FROM referring WHERE seq = 52", 52),
    ("what was had elsewhere", "DELETE FROM referring WHERE seq = 46", 46),
    ("by whom it was had before a merge", "DELETE FROM referring WHERE seq = 45", 45),
    ("an open intent", "UPDATE intents SET ended = 'done' WHERE amount = 990 AND ended = ''", 21),
    ("an intent undone", "UPDATE intents SET ended = 'done' WHERE ended = 'undone'", 24),
    ("an intent consumed", "UPDATE intents SET ended = '' WHERE ended = 'done'", 25),
    ("what an intent is about", "UPDATE intents SET amount = 1 WHERE ended = 'done'", 25),
    ("a shift that ended", "UPDATE shifts SET open = 1 WHERE shift <> 'S-2'", 26),
    ("a shift that is open", "DELETE FROM shifts WHERE shift = 'S-2'", 27),
    ("what somebody agreed to", "UPDATE consents SET given = 1", 8),
    ("by which words", "UPDATE consents SET version = '2'", 8),
    ("that somebody agreed", "DELETE FROM consents", 8),
    ("a legal hold", "UPDATE records_kept SET until = '2020-01-01'", 18),
    ("an erasure", "DELETE FROM erased", 20),
    ("a card of the hot list", "DELETE FROM hot", 30),
    ("a key that is believed", "INSERT INTO trusted VALUES ('code', 'aa', 1)", 0),
    ("which data set is read", "UPDATE sets SET version = '6'", 33),
    ("a right that left", "DELETE FROM sales_left", 29),
    ("a right that came", "DELETE FROM sales_came WHERE sale = (SELECT max(sale) FROM sales_came)", 28),
    ("whose a wallet is that began with a sale", "UPDATE wallets SET tier = 'vip' WHERE wallet = 'w53'", 53),
    ("a coupon that came with a sale", "DELETE FROM coupons WHERE coupon = 'far-3'", 53),
    (
        "the last receipt's number",
        "DELETE FROM print_jobs WHERE number = (SELECT max(number) FROM print_jobs)",
        56,
    ),
]


@pytest.mark.parametrize(("what", "how", "seq"), TAMPERINGS, ids=[one[0] for one in TAMPERINGS])
def test_what_was_changed_beside_the_accounts_is_named_by_the_entry_that_left_it(
    path: Path, what: str, how: str, seq: int
) -> None:
    tampered(path, how)
    found = fault(path)
    assert found.startswith(f"seq {seq}: ") if seq else not found.startswith("seq"), what


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ("UPDATE meta SET value = 3 WHERE name = 'fed_m'", "feed was read to (1, 50), (1, 3) stands"),
        ("INSERT INTO profiles VALUES ('m8', x'00', '', '')", "was erased"),
        ("UPDATE tokens SET wallet = 'w7' WHERE card = 'c9'", "another wallet than its card"),
        ("UPDATE tokens SET card = 'c1' WHERE card = 'c9'", "replaced or cancelled"),
        ("UPDATE tokens SET wallet = 'w2', card = NULL WHERE card = 'c9'", "or to none"),
        ("UPDATE traces SET wallet = 'nobody'", "no wallet"),
        ("UPDATE print_jobs SET seq = 1 WHERE number = 2", "seq 1: a receipt's number"),
    ],
)
def test_what_no_entry_says_leads_nowhere_an_entry_forbids(path: Path, how: str, what: str) -> None:
    tampered(path, how)
    assert what in fault(path)


def test_an_honest_ledger_is_as_its_journal_says(path: Path) -> None:
    connection = sqlite3.connect(path)
    assert verified(connection).entries == 58
    assert check_beside(connection) > 30
    connection.close()


async def test_vouchers_end_with_the_sale_that_they_pay_and_a_tampered_end_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    for number in (1, 2, 3):
        what = begun_for("meituan", an_id(4 if number < 3 else 5))
        await ledger.committer.submit(
            c.BookIntent(id=an_id(number), at=AT, what=what, amount=400, consumed_by=an_id(900 + number))
        )
    tender = c.Tender(
        kind=c.TenderKind.GROUP_BUY, amount=800, of="meituan", vouchers=(an_id(1), an_id(2)), settles=700
    )
    await ledger.committer.submit(replace(sale(4, 800), tenders=(tender,)))
    assert [one.id for one in await ledger.books.open_intents()] == [an_id(3)]
    await ledger.close()
    connection = sqlite3.connect(path)
    assert check_beside(connection) > 0
    connection.close()
    tampered(path, "UPDATE intents SET ended = '' WHERE ended = 'done'")
    assert fault(path).startswith("seq 4: ")


async def test_the_rest_of_a_voucher_that_ended_is_not_owed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await ledger.committer.submit(*issue(1))
    given = (c.Grant(unit="voucher:v", amount=5000),)
    await ledger.committer.submit(replace(recharge(2), vouchers=given))
    used = c.Tender(kind=c.TenderKind.VOUCHER, amount=800, of="v")
    await ledger.committer.submit(replace(sale(3, 800, number=1), tenders=(used,), received=0))
    await ledger.committer.submit(paid_back(4, 2))
    await ledger.close()
    assert owed_of_voucher(path) == 800
    connection = sqlite3.connect(path)
    assert check_beside(connection) > 0
    connection.close()


async def test_what_is_set_right_of_a_voucher_refers_to_what_gave_it_and_a_tampered_one_is_named(
    tmp_path: Path,
) -> None:
    """Two that one recharge gave, used elsewhere: it was paid back by then, and one of the uses is voided."""
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await ledger.committer.submit(*issue(1))
    given = tuple(c.Grant(unit=f"voucher:{one}", amount=5000) for one in "vw")
    await ledger.committer.submit(replace(recharge(2), vouchers=given))
    wants = tuple(Want(account=f"wallet:w1:voucher:{one}", amount=5000) for one in "vw")
    await ledger.committer.submit(heard(3, d.Release(wants=wants)))
    await ledger.committer.submit(paid_back(4, 2))
    gave = WalletId(an_id(2))
    ended = [d.HadCount(wallet=gave, period="ever", what=f"rest.{one}", count=4200) for one in "vw"]
    for number, count in ((5, 4200), (6, 4200), (7, 0)):
        hads = (replace(ended[0], count=count), ended[1])
        await ledger.committer.submit(heard(number, d.HadThere(site=SiteId("S2"), hads=hads)))
    await ledger.close()
    assert (owed_of_voucher(path), owed_of_voucher(path, "w")) == (5000, 800)
    connection = sqlite3.connect(path)
    assert verified(connection).entries == 7
    assert check_beside(connection) > 0
    connection.close()
    named = id_bytes(an_id(2)).hex()
    tampered(path, f"DELETE FROM referring WHERE seq = 5 AND entry = x'{named}'")  # noqa: S608
    assert fault(path).startswith("seq 5: ")


def paid_back(entry: int, lot: int) -> c.BookRechargeRefund:
    why = c.RechargeRefundReason.COOLING_OFF
    return c.BookRechargeRefund(id=an_id(entry), at=AT, wallet=W1, lot=an_id(lot), reason=why)


def heard(entry: int, directive: d.Directive) -> c.BookDirective:
    directed = d.Directed(hq_epoch=1, m=entry)
    return c.BookDirective(id=an_id(entry), at=AT, directed=directed, directive=directive)


def owed_of_voucher(path: Path, name: str = "v") -> int:
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT -balance FROM accounts WHERE unit = ?"
        (found,) = connection.execute(sql, (f"debt:voucher:{name}",)).fetchone()
        return int(found)


async def test_a_dead_card_that_headquarters_thought_alive_stands_as_the_journal_says(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await ledger.committer.submit(*issue(1))
    dead = c.BookCardState(id=an_id(2), at=AT, card=CardId("c1"), state=c.CardState.CANCELLED)
    await ledger.committer.submit(dead)
    active = d.CardStanding(card=CardId("c1"), state=c.CardState.ACTIVE)
    told = c.BookDirective(id=an_id(3), at=AT, directed=d.Directed(hq_epoch=1, m=1), directive=active)
    await ledger.committer.submit(told)
    await ledger.close()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT state FROM cards").fetchall() == [("cancelled",)]
    assert check_beside(connection) > 0
    connection.close()


async def test_a_card_that_was_renewed_elsewhere_stands_as_the_journal_says(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    issued, private = issue(1)
    await ledger.committer.submit(replace(issued, opens=replace(issued.opens, until="2029-11-24")), private)
    over = replace(AT, business_day="2029-11-25")
    expired = c.BookCardState(id=an_id(2), at=over, card=CardId("c1"), state=c.CardState.EXPIRED)
    await ledger.committer.submit(expired)
    active = d.CardStanding(card=CardId("c1"), state=c.CardState.ACTIVE)
    told = c.BookDirective(id=an_id(3), at=over, directed=d.Directed(hq_epoch=1, m=1), directive=active)
    await ledger.committer.submit(told)
    await ledger.close()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT state, until FROM cards").fetchall() == [("active", "")]
    assert check_beside(connection) > 0
    connection.close()


def topped_up(number: int) -> c.BookRecharge:
    command = recharge(number, 7, principal=100)
    return replace(command, card=None, at=replace(AT, shift=ShiftId("S-2")))


class SellsMeanwhile:
    """Reads while the terminal sells: before one of its statements something is booked."""

    def __init__(self, connection: sqlite3.Connection, before: str, book: Any) -> None:
        self._connection = connection
        self._before = before
        self._book = book

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == self._before:
            self._book()
        return self._connection.execute(sql, *values)


@pytest.mark.parametrize("statement", ["accounts_whole", "lots_whole", "all_in_lots", "postings_from_to"])
async def test_a_ledger_that_sells_on_is_verified_all_the_same(path: Path, statement: str) -> None:
    ledger = await opened_at(path)
    loop, numbers = asyncio.get_running_loop(), iter(range(700, 800))

    def book() -> None:
        work = ledger.committer.submit(topped_up(next(numbers)))
        asyncio.run_coroutine_threadsafe(work, loop).result(timeout=30)

    def walk() -> int:
        connection = sqlite3.connect(path)
        sells: Any = SellsMeanwhile(connection, queries()[statement], book)
        found = verified(sells).entries
        check_beside(sells)
        connection.close()
        return found

    assert await asyncio.to_thread(walk) >= 46
    assert next(numbers) > 700
    await ledger.close()
