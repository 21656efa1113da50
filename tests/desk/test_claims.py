"""Claims on the receipts of a running counter: once, and none where there is nothing to claim."""

from __future__ import annotations

from terminal.core.claims import ClaimForm
from terminal.core.commands import BookInvoice, BookSale
from terminal.core.errors import LedgerClosed
from terminal.core.values import EntryId
from tests.desk.fakes import MILK_CODE, Bench
from tests.flows.shop import WANG_CARD

FORM = ClaimForm(form="CT1:{entry}:{amount}:{check}", secret=b"0" * 32, merchant="M1", site="S1")


async def sells(bench: Bench) -> BookSale:
    """Milk for 3.50, in cash."""
    await bench.scan(MILK_CODE)
    await bench.touch("done")
    await bench.touch("skip")
    await bench.key("3.50")
    await bench.touch("confirm")
    sale = bench.booked[-1].command
    assert isinstance(sale, BookSale)
    return sale


async def test_a_sale_offers_its_claim_on_paper_and_on_the_screen() -> None:
    async with Bench(claim=FORM) as bench:
        sale = await sells(bench)
        assert FORM.of(sale.id, 3_50) in bench.printer.paper[-1]
        assert FORM.of(sale.id, 3_50) in bench.screen.receipt


async def test_a_shop_that_sets_none_offers_none() -> None:
    async with Bench() as bench:
        await sells(bench)
        assert "CT1:" not in bench.printer.paper[-1]


async def test_what_is_invoiced_offers_none_when_it_is_printed_again() -> None:
    async with Bench(claim=FORM) as bench:
        sale = await sells(bench)
        await bench.touch("done")
        written = BookInvoice(
            id=EntryId(bench.ids.new()),
            at=bench.session.occasion(),
            wallet=None,
            lot=sale.id,
            number="24000001",
            amount=3_50,
        )
        await bench.ledger.submit(written)
        await bench.touch("reprint")
        assert bench.printer.copies == ["original", "duplicate"]
        assert "CT1:" not in bench.printer.paper[-1]


async def test_what_a_card_pays_was_invoiced_when_it_was_recharged() -> None:
    async with Bench(claim=FORM) as bench:
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        assert bench.printer.copies == ["original"]
        assert "CT1:" not in bench.printer.paper[-1]


async def test_a_receipt_comes_out_without_it_where_the_ledger_does_not_answer() -> None:
    async with Bench(claim=FORM) as bench:

        async def closed(_question: object) -> None:
            raise LedgerClosed("not now")

        bench.ledger.ask = closed  # type: ignore[method-assign,assignment]
        await sells(bench)
        assert bench.printer.copies == ["original"]
        assert "CT1:" not in bench.printer.paper[-1]
