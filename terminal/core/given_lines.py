"""Coupons and cash vouchers that somebody is about to get, as screens show them before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from terminal.core.commands import CouponGrant, Grant
from terminal.core.money import Fen, shown
from terminal.core.screens import Line, Message, says


def given_lines(coupons: Sequence[CouponGrant], vouchers: Sequence[Grant]) -> tuple[Line, ...]:
    """How many of each, by what a voucher pays and by the days on which they may be used."""
    of_coupons = Counter((one.since, one.until) for one in coupons)
    of_vouchers = Counter((one.amount, one.since, one.until) for one in vouchers)
    lines: list[Line] = []
    for (since, until), count in of_coupons.items():
        label = says("Coupons until {day}", day=until) if until else says("Coupons")
        lines += _counted(label, count, since)
    for (fen, since, until), count in of_vouchers.items():
        pays = shown(Fen(fen))
        label = says("Voucher: {sum}", sum=pays)
        if until:
            label = says("Voucher: {sum}, until {day}", sum=pays, day=until)
        lines += _counted(label, count, since)
    return tuple(lines)


def _counted(label: Message, count: int, since: str) -> Iterator[Line]:
    yield Line(label=label, value=f"+{count}")
    if since:
        yield Line(label=says("From {day}", day=since))
