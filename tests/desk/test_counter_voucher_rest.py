"""A voucher whose rest ended with its use, at a running counter: what gave it and what it paid come back."""

from __future__ import annotations

import pytest

from terminal.core.pricing import parsed
from terminal.core.screens import State
from tests.desk.fakes import MILK_CODE, Bench
from tests.flows.shop import WANG_CARD

RULE = {
    "rule": "spend_voucher",
    "name": "返券",
    "reach": 7_00,
    "worth": 10_00,
    "use_from": 0,
    "use_days": 30,
}
TARIFF, _ = parsed({"sv": RULE}.items())
BACK, OWED = "Voucher", "Vouchers owed"


async def sold(bench: Bench, milk: int, pays: str) -> str:
    await bench.scan(*[MILK_CODE] * milk)
    await bench.touch("done")
    await bench.tap(WANG_CARD)
    await bench.touch("pick", pays)
    if pays == "voucher":
        assert ("The voucher's rest ends", "¥6.50") in rows(bench)
    else:
        await bench.key("7")
    await bench.touch("confirm")
    assert bench.state is State.APPROVED, bench.screen
    await bench.touch("done")
    return bench.booked[-1].receipt_no


async def back(bench: Bench, number: str) -> list[tuple[str, str]]:
    """What the screen says of vouchers before it is booked."""
    await bench.touch("start", "refund")
    await bench.key(number)
    await bench.touch("pick", bench.screen.choices[0].value)
    if ("pick", "all") in [(one.do, one.value) for one in bench.screen.choices]:
        await bench.touch("pick", "all")
    assert bench.state is State.CONFIRM, bench.screen
    told = [row for row in rows(bench) if row[0] in {BACK, OWED}]
    await bench.touch("confirm")
    assert bench.state is State.APPROVED, bench.screen
    await bench.touch("done")
    return told


def rows(bench: Bench) -> list[tuple[str, str]]:
    return [(line.label.text, line.value) for line in bench.screen.lines]


def left(bench: Bench) -> dict[str, int]:
    held = ((account.unit, amount) for account, amount in bench.ledger.balances.items() if amount)
    return {unit: amount for unit, amount in held if "voucher:" in unit}


@pytest.mark.parametrize("gave_first", [True, False])
async def test_what_it_paid_is_owed_or_back_and_in_the_end_neither(*, gave_first: bool) -> None:
    async with Bench(tariff=TARIFF) as bench:
        gave = await sold(bench, 2, "cash")
        used = await sold(bench, 1, "voucher")
        assert left(bench) == {}
        if gave_first:
            assert await back(bench, gave) == [(OWED, "+¥3.50")]
            assert await back(bench, used) == [(OWED, "-¥3.50")]
        else:
            assert await back(bench, used) == [(BACK, "+¥3.50")]
            assert await back(bench, gave) == [(BACK, "-¥3.50")]
        assert left(bench) == {}
