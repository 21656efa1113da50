"""Cash vouchers, in a file and in its twin: claimed once, used whole, ended, given with a sale and back."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.accounts import Account, forfeited, voucher_expense
from terminal.core.commands import (
    BookExpiry,
    BookGrant,
    BookJoin,
    BookRefund,
    Claim,
    Grant,
    Private,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.errors import ClaimedBefore, InsufficientFunds, NotBookable
from terminal.core.packs import PackVoucher, packed
from terminal.core.policy import Campaign
from terminal.core.values import SiteId, WalletId
from terminal.core.vouchers import vouchers
from tests.store.facts import AT, PHONE, an_id, opens, sale

W1 = WalletId("w1")
SPRING = Campaign(
    code="SPRING27",
    name="春季领券",
    since="2026-11-24",
    until="2026-11-24",
    vouchers=(PackVoucher(worth=20_00, days=2, count=2),),
)


async def claimed(ledger: Any) -> list[str]:
    """By a member; the units of what they got."""
    join = BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True))
    await ledger.committer.submit(join, Private(credentials=(PHONE,), phone=PHONE.number))
    ids = iter(("a", "b"))
    given = packed(SPRING.vouchers, AT.business_day, lambda: next(ids))
    claim = Claim(code=SPRING.code)
    grant = BookGrant(id=an_id(2), at=AT, wallet=W1, why=SPRING.name, grants=given, claim=claim)
    await ledger.committer.submit(grant)
    with pytest.raises(ClaimedBefore):
        await ledger.committer.submit(replace(grant, id=an_id(3)))
    return [one.unit for one in given]


async def there(ledger: Any, day: str) -> list[tuple[str, int, str]]:
    held = await ledger.committer.ask(lambda state: vouchers(state, wallet=W1, business_day=day))
    return [(one.voucher, one.fen, one.until) for one in held]


async def pays(ledger: Any, entry: int, fen: int, voucher: str) -> Any:
    bill = sale(entry, fen, number=1, stored=fen)
    tender = Tender(kind=TenderKind.VOUCHER, amount=fen, of=voucher)
    return await ledger.committer.submit(replace(bill, card=None, tenders=(tender,)))


async def balance(ledger: Any, account: Account) -> int:
    return int(await ledger.committer.ask(lambda state: state.balance(account)))


async def test_each_pays_once_within_its_days(ledger: Any) -> None:
    assert await claimed(ledger) == ["voucher:a", "voucher:b"]
    assert await there(ledger, "2026-11-24") == [("a", 20_00, "2026-11-25"), ("b", 20_00, "2026-11-25")]
    assert len(await there(ledger, "2026-11-25")) == 2
    assert await there(ledger, "2026-11-26") == []
    with pytest.raises(InsufficientFunds):
        await pays(ledger, 4, 20_01, "a")
    await pays(ledger, 5, 15_00, "a")
    assert await there(ledger, "2026-11-24") == [("b", 20_00, "2026-11-25")]
    assert await balance(ledger, forfeited(SiteId("S1"))) == 5_00
    with pytest.raises(InsufficientFunds):
        await pays(ledger, 6, 1, "a")


async def test_what_was_not_used_by_its_last_day_ends(ledger: Any) -> None:
    await claimed(ledger)
    ends = BookExpiry(id=an_id(4), at=replace(AT, business_day="2026-11-25"), wallet=W1, unit="voucher:b")
    with pytest.raises(NotBookable):
        await ledger.committer.submit(ends)
    over = replace(ends, id=an_id(5), at=replace(AT, business_day="2026-11-26"))
    await ledger.committer.submit(over)
    assert [one for one, _, _ in await there(ledger, "2026-11-24")] == ["a"]


async def test_one_that_a_sale_gives_goes_back_with_it_in_parts(ledger: Any) -> None:
    await claimed(ledger)
    voucher = Grant(unit="voucher:s", amount=20_00, since="2026-11-25", until="2026-11-30")
    bought = replace(sale(4, 200_00, number=1, stored=0), card=None, wallet=W1, vouchers=(voucher,))
    await ledger.committer.submit(bought)
    assert ("s", 20_00, "2026-11-30") in await there(ledger, "2026-11-25")
    assert ("s", 20_00, "2026-11-30") not in await there(ledger, "2026-11-24")
    part = BookRefund(id=an_id(5), at=AT, of=an_id(4), returned=(Returned(line=0, net=150_00),), why="x")
    await ledger.committer.submit(part)
    assert ("s", 5_00, "2026-11-30") in await there(ledger, "2026-11-25")
    rest = replace(part, id=an_id(6), returned=(Returned(line=0, net=50_00),))
    await ledger.committer.submit(rest)
    assert [one for one, _, _ in await there(ledger, "2026-11-25")] == ["a", "b"]
    given = {"voucher:a": 20_00, "voucher:b": 20_00}
    assert await balance(ledger, voucher_expense(SiteId("S1"))) == -sum(given.values())
