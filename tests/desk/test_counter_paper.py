"""What is left of a count card on a paper sheet: taken over, used like any other, and over on its day."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cart import Article
from terminal.core.commands import BookSale, TenderKind
from terminal.core.screens import State
from tests.desk.fakes import Bench, ManualTime
from tests.desk.test_counter_friend import CARE, PACK, PACK_AND_CARE, SHOP
from tests.desk.test_counter_second import PIN, badge, with_pins
from tests.desk.test_counter_second import SHOP as PEOPLE
from tests.flows.shop import WANG_CARD

DAY_MS = 86_400_000
OTHERWISE = {one.barcodes[0]: one for one in (replace(PACK, uses_of=("X",)), CARE)}
"""The card is sold for something else by now."""


async def takes_over(bench: Bench, until: str) -> None:
    await with_pins(bench)
    await bench.touch("start", "paper")
    await bench.tap(WANG_CARD)
    await bench.key("2019-0042")
    await bench.touch("pick", "uses")
    await bench.key(PACK.sku)
    await bench.key("2")
    await bench.key(until)
    await bench.touch("pick", "done")
    assert (bench.state, bench.title) == (State.CONFIRM, "Take over what stands on the sheet?")
    await bench.touch("confirm")
    await bench.scan(badge(2))
    await bench.key(PIN)
    assert bench.state is State.APPROVED, bench.screen
    for said in (f"次卡剩余（{PACK.name}）", "×2", "有效期至", until):
        assert said in bench.screen.receipt
    await bench.touch("done")


async def offered(bench: Bench, what: Article = CARE) -> bool:
    await bench.scan(what.barcodes[0])
    await bench.touch("done")
    await bench.tap(WANG_CARD)
    return "use" in [one.value for one in bench.screen.choices]


async def test_uses_that_stood_on_paper_are_used_like_any_other_until_their_last_day() -> None:
    async with Bench(policy=SHOP, settings=PEOPLE, catalogue=PACK_AND_CARE) as bench:
        today = bench.session.occasion().business_day
        await takes_over(bench, today)
        assert await offered(bench)
        await bench.touch("pick", "use")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED, bench.screen
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert [(one.kind, one.of, one.units) for one in sale.tenders] == [(TenderKind.USES, "count:K03", 1)]
        await bench.touch("done")
    async with Bench(policy=SHOP, ledger=bench.ledger, catalogue=OTHERWISE) as changed:
        assert await offered(changed)  # As the card was sold when it was taken over.
    tomorrow = ManualTime(DAY_MS)
    async with Bench(policy=SHOP, ledger=bench.ledger, catalogue=PACK_AND_CARE, time=tomorrow) as next_day:
        assert not await offered(next_day)


async def test_a_use_that_stood_on_paper_comes_back_with_its_refund_and_no_money() -> None:
    async with Bench(policy=SHOP, settings=PEOPLE, catalogue=PACK_AND_CARE) as bench:
        await takes_over(bench, bench.session.occasion().business_day)
        assert await offered(bench)
        await bench.touch("pick", "use")
        await bench.touch("confirm")
        number = bench.booked[-1].receipt_no
        await bench.touch("done")
        await bench.touch("start", "refund")
        await bench.key(number)
        await bench.touch("pick", bench.screen.choices[0].value)
        assert bench.state is State.CONFIRM, bench.screen
        told = {line.label.values.get("name", line.label.text): line.value for line in bench.screen.lines}
        assert (told[PACK.name], bench.screen.amount) == ("+1", "")
        await bench.touch("confirm")
        if bench.state is not State.APPROVED:
            await bench.scan(badge(2))
            await bench.key(PIN)
        assert bench.state is State.APPROVED, bench.screen
        after = bench.booked[-1].after
        assert after is not None
        assert after.uses == {"K03": 2}
