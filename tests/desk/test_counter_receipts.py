"""Every receipt at every button that takes one: it goes on, or a sentence says where it goes (B3, B19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from terminal.core.commands import (
    BookCashMove,
    BookDeposit,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookSale,
    BookVoid,
    Command,
    Grant,
    PointsEarned,
    RechargeRefundReason,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.screens import State
from terminal.core.values import EntryId
from tests.core.ledger.test_value import line
from tests.desk.fakes import Bench
from tests.flows.shop import WANG

_ON = "goes on"
KINDS: Mapping[str, Callable[..., Command]] = {
    "sale": lambda **by: BookSale(
        wallet=WANG.wallet,
        card=None,
        lines=(line(500),),
        due=500,
        tenders=(Tender(kind=TenderKind.CASH, amount=500),),
        received=500,
        **by,
    ),
    "recharge": lambda **by: BookRecharge(
        wallet=WANG.wallet, card=None, principal=500, bonus=0, received=500, **by
    ),
    "deposit": lambda **by: BookDeposit(
        wallet=WANG.wallet, card=None, of="presale:1", amount=500, received=500, **by
    ),
    "redeem": lambda **by: BookRedeem(
        wallet=WANG.wallet, card=None, points=PointsEarned(family="goods", points=100), what="cup", **by
    ),
    "cash_move": lambda **by: BookCashMove(amount=500, reason="change", **by),
}
UNDONE: Mapping[str, tuple[str, Callable[..., Command]]] = {
    "void": ("sale", lambda of, **by: BookVoid(of=of, why="keyed_wrong", **by)),
    "refund": (
        "sale",
        lambda of, **by: BookRefund(
            of=of, returned=(Returned(line=0, net=500, quantity=1),), why="other", **by
        ),
    ),
    "recharge_refund": (
        "recharge",
        lambda of, **by: BookRechargeRefund(
            wallet=WANG.wallet, lot=of, reason=RechargeRefundReason.SHOP, in_cash=True, **by
        ),
    ),
}
GOES: Mapping[str, Mapping[str, str]] = {
    "refund": {"sale": _ON, "redeem": _ON, "recharge": "A371", "deposit": "A371"},
    "void": {"sale": _ON, "recharge": _ON, "deposit": _ON, "redeem": _ON},
    "invoice": {"sale": _ON, "recharge": _ON, "deposit": "A169", "redeem": "A169"},
}
"""All others are of what no button undoes: A180."""


async def receipt_of(bench: Bench, kind: str) -> str:
    async def books(make: Callable[..., Command], **more: Any) -> tuple[EntryId, str]:
        by = {"id": EntryId(bench.ids.new()), "at": bench.session.occasion()}
        booked = await bench.ledger.submit(make(**by, **more))
        return booked.command.id, booked.receipt_no

    if kind not in UNDONE:
        return (await books(KINDS[kind]))[1]
    first, make = UNDONE[kind]
    of, _ = await books(KINDS[first])
    return (await books(make, of=of))[1]


@pytest.mark.parametrize("flow", GOES)
@pytest.mark.parametrize("kind", [*KINDS, *UNDONE])
async def test_each_kind_of_receipt_goes_on_or_is_told_where_it_goes(flow: str, kind: str) -> None:
    async with Bench() as bench:
        await bench.ledger.gives(WANG, (Grant(unit="points:goods", amount=500),))
        number = await receipt_of(bench, kind)
        before = len(bench.booked)
        await bench.touch("start", flow)
        if flow == "invoice":
            await bench.touch("pick", "write")
        assert await bench.key(number)
        said = GOES[flow].get(kind, "A180")
        if said == _ON:
            assert bench.state in {State.CHOOSING, State.KEYING, State.CONFIRM}
            assert not bench.screen.code
        else:
            assert (bench.state, bench.screen.code) == (State.DECLINED, said)
        assert len(bench.booked) == before


async def test_a_receipt_of_a_recharge_that_is_scanned_at_rest_is_told_where_it_goes() -> None:
    async with Bench() as bench:
        await bench.scan(await receipt_of(bench, "recharge"))
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A371")


@pytest.mark.parametrize("kind", [*KINDS, *UNDONE])
async def test_recharge_refund_asks_for_the_card_whatever_is_scanned(kind: str) -> None:
    async with Bench() as bench:
        await bench.ledger.gives(WANG, (Grant(unit="points:goods", amount=500),))
        number = await receipt_of(bench, kind)
        await bench.touch("start", "recharge_refund")
        await bench.scan(number)
        assert (bench.state, bench.title) == (State.READY, "Present the card that is paid back")
