"""A fill that a company's card pays, as a dispenser measures and shows it (decision 126)."""

from __future__ import annotations

import asyncio

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.commands import BookHold, Tender, TenderKind
from terminal.core.forecourt import Nozzle
from terminal.core.money import plain
from terminal.core.values import SiteId
from terminal.drivers.virtual.forecourt import Forecourt, Near
from tests.desk.fakes import Bench
from tests.desk.test_filling import HAULAGE, SHOP, VAN, VAN_KEY, commands, sales, to_the_card

CREDIT = 1_000_00
VEHICLE = replace(VAN, day_litres=100_00)
MEASURED = 1_000
"""Parts of a hundredth of a litre to which it measures; it shows whole hundredths, and whole fen."""


def shown(volume: int, price: int) -> tuple[int, int]:
    """Hundredths of a litre and fen, each rounded by itself."""
    return (
        (volume + MEASURED // 2) // MEASURED,
        (volume * price + 50 * MEASURED) // (100 * MEASURED),
    )


def pays(held: int, litres: int, centilitres: int, fen: int, price: int) -> int | None:
    """Fen; None: what flowed is more than rounding explains, and is left to the counter."""
    if centilitres > litres:
        return None
    if fen <= held:
        return fen
    return (
        held if abs(held * 100 - centilitres * price) <= max(-(-price // 200) * 100, price / 2 + 50) else None
    )


@given(price=st.integers(1_50, 12_00), wanted=st.integers(5_00, 300_00), over=st.integers(-3_000, 3_000))
@example(price=7_38, wanted=50_00, over=0)  # 6.775 L: it shows 6.78.
@example(price=7_38, wanted=50_00, over=-10)
@example(price=7_38, wanted=50_00, over=1_000)
@example(price=7_99, wanted=9_99, over=400)
def test_a_company_never_pays_more_than_was_held_and_rounding_leaves_no_fill_unpaid(
    price: int, wanted: int, over: int
) -> None:
    """`over`: how far beyond the sum it stopped, in the parts that it measures."""
    asyncio.run(_filled(price, wanted, over))


async def _filled(price: int, wanted: int, over: int) -> None:
    there = Forecourt(Nozzle(number=1, grade="92", price=price))
    grades = tuple(replace(one, price=price) if one.grade == "92" else one for one in SHOP.grades)
    company = replace(HAULAGE, tier="", cards=(VEHICLE,))
    policy = replace(SHOP, grades=grades, companies=(company,))
    async with Bench(policy=policy, forecourt=Near(there)) as bench:
        await bench.ledger.funded("haulage", CREDIT)
        await to_the_card(bench, how="sum", much=plain(wanted))
        await bench.tap(VAN_KEY)
        await bench.touch("confirm")
        (hold,) = commands(bench, BookHold)
        assert isinstance(hold, BookHold)
        assert hold.fleet is not None
        centilitres, fen = shown(wanted * 100 * MEASURED // price + over, price)
        there.pump(1)
        (id_,) = there.fills
        there.fills[id_] = replace(there.fills[id_], centilitres=centilitres, fen=fen)
        there.hang(1)
        await bench.time.pass_s(31)
        due = pays(hold.amount, hold.fleet.litres, centilitres, fen, price)
        assert [sale.tenders for sale in sales(bench)] == (
            []
            if due is None
            else [(Tender(kind=TenderKind.HELD, amount=due, of=hold.id, units=centilitres),)]
        )
        assert [sale.record.fen for sale in sales(bench) if sale.record] == ([] if due is None else [fen])
        day = hold.at.business_day
        of_day = [chart.used(SiteId("S1"), unit, day, "haulage", VEHICLE.card) for unit in ("fen", "litres")]
        left = [chart.company_credit("haulage"), chart.credit_held("haulage", hold.id), *of_day]
        assert [bench.ledger.balance(one) for one in left] == [
            CREDIT - (due or 0), 0, due or 0, centilitres if due is not None else 0,
        ]  # fmt: skip
