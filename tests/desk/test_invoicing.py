"""Invoices asked for at a running counter, of a writer that is away, talks nonsense, and answers twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from terminal.core.buyer import Buyer
from terminal.core.claims import ClaimForm
from terminal.core.commands import BookIntent, BookIntentEnd, BookInvoice, BookVoid
from terminal.core.errors import LedgerClosed, OutcomeUndecided
from terminal.core.invoicing import REQUESTS_MAX, Outcome, Request, Said, Standing
from terminal.core.screens import State
from terminal.core.values import EntryId
from tests.desk.fakes import Bench, FaultyLedger, ManualTime, MemoryRequests, settled
from tests.desk.test_claims import sells

NUMBER, OTHER = "24312000000012345678", "24312000000087654321"
CODE, TITLE = "91350100M000100Y43", "杭州鲜果有限公司"
AWAY, TAKEN = Said(outcome=Outcome.UNKNOWN, why="is not there"), Said(outcome=Outcome.TAKEN)
WRITTEN = Said(outcome=Outcome.WRITTEN, number=NUMBER)
REFUSED = Said(outcome=Outcome.REFUSED, why="no such company")


class FakeWriter:
    """Answers as the test says, the last answer for ever."""

    def __init__(self, *says: Said) -> None:
        self.says = list(says)
        self.asked: list[Request] = []
        self.ended: list[EntryId] = []
        self.closed = False
        self.meanwhile: Callable[[], object] = lambda: None

    async def ask(self, request: Request) -> Said:
        self.asked.append(request)
        self.meanwhile()
        await asyncio.sleep(0)
        return self.says.pop(0) if len(self.says) > 1 else self.says[0]

    async def over(self, request: EntryId) -> None:
        self.ended.append(request)

    async def close(self) -> None:
        self.closed = True


class Silent(FakeWriter):
    """The power goes before anybody answers."""

    async def ask(self, request: Request) -> Said:
        self.asked.append(request)
        await asyncio.Event().wait()
        raise AssertionError


async def asks(bench: Bench, of: EntryId) -> None:
    """Among the receipts of today, up to what is booked."""
    await bench.touch("start", "invoice")
    await bench.touch("pick", "ask")
    await bench.touch("skip")
    await bench.touch("pick", of)
    await bench.touch("pick", "company")
    await bench.key(TITLE)
    await bench.key(CODE)
    assert bench.state is State.CONFIRM, (bench.title, bench.screen.code)
    await bench.touch("confirm")


def commands(bench: Bench, kind: type) -> list[object]:
    return [one.command for one in bench.booked if isinstance(one.command, kind)]


async def asked(bench: Bench) -> EntryId:
    """A sale of 3.50, and its invoice is asked for."""
    sale = await sells(bench)
    await bench.touch("done")
    await asks(bench, sale.id)
    return sale.id


async def test_it_is_asked_for_and_its_number_is_booked_as_by_hand() -> None:
    writer = FakeWriter(WRITTEN)
    async with Bench(writer=writer) as bench:
        of = await asked(bench)
        assert (bench.state, bench.screen.amount) == (State.APPROVED, "¥3.50")
        await settled()
        (intent,) = commands(bench, BookIntent)
        (invoice,) = commands(bench, BookInvoice)
        assert isinstance(intent, BookIntent)
        assert isinstance(invoice, BookInvoice)
        assert (intent.what, intent.amount) == (f"invoice:{of}", 3_50)
        assert (invoice.id, invoice.lot, invoice.number) == (intent.consumed_by, of, NUMBER)
        assert invoice.amount == 3_50
        assert writer.asked[0].buyer == Buyer(title=TITLE, tax_number=CODE)
        assert (bench.requests.kept, writer.ended) == ((), [invoice.id])
        assert not await bench.ledger.books.open_intents()
        assert not writer.closed
    assert writer.closed


async def test_the_slip_names_whom_it_is_for_and_the_journal_and_the_log_do_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Bench(writer=FakeWriter(REFUSED)) as bench:
        await asked(bench)
        assert TITLE in bench.printer.paper[-1]
        assert CODE in bench.printer.paper[-1]
        assert TITLE in bench.screen.receipt
        journal = "".join(repr(one.payload) for one in bench.ledger.entries.values())
        assert not any(word in journal + caplog.text for word in (TITLE, CODE))


async def test_the_receipt_offers_no_claim_while_it_is_asked_for() -> None:
    form = ClaimForm(form="CT1:{entry}:{amount}:{check}", secret=b"0" * 32, merchant="M1", site="S1")
    async with Bench(writer=FakeWriter(TAKEN), claim=form) as bench:
        sale = await sells(bench)
        first = bench.booked[-1]
        assert "CT1:" in bench.printer.paper[-1]
        await bench.touch("done")
        await asks(bench, sale.id)
        assert "CT1:" not in await bench.printing.preview(first)
        assert bench.requests.kept[0].of == sale.id


async def test_where_nobody_answers_it_is_sent_again_with_longer_pauses() -> None:
    writer = FakeWriter(AWAY, AWAY, WRITTEN)
    async with Bench(writer=writer) as bench:
        await asked(bench)
        assert len(writer.asked) == 1
        assert bench.invoicing is not None
        assert bench.invoicing.why == "is not there"
        await bench.time.pass_s(2)
        assert len(writer.asked) == 2
        await bench.time.pass_s(4)
        assert len(commands(bench, BookInvoice)) == 1
        assert bench.invoicing.why == ""


async def test_what_was_taken_is_asked_about_until_its_number_comes() -> None:
    writer = FakeWriter(TAKEN, TAKEN, WRITTEN)
    async with Bench(writer=writer) as bench:
        await asked(bench)
        assert bench.requests.kept[0].standing is Standing.TAKEN
        await bench.time.pass_s(59)
        assert len(writer.asked) == 1
        await bench.time.pass_s(1)
        assert len(writer.asked) == 2
        await bench.time.pass_s(60)
        assert len(commands(bench, BookInvoice)) == 1


async def test_after_a_power_cut_between_request_and_answer_it_is_sent_again_under_the_same_id() -> None:
    kept, ledger, silent = MemoryRequests(), FaultyLedger(), Silent()
    async with Bench(writer=silent, requests=kept, ledger=ledger) as bench:
        await asked(bench)
    writer = FakeWriter(WRITTEN)
    later = ManualTime(3_600_000)
    async with Bench(writer=writer, requests=kept, ledger=ledger, time=later) as bench:
        await settled()
        assert writer.asked == silent.asked
        assert [one.id for one in commands(bench, BookInvoice)] == [writer.asked[0].id]  # type: ignore[attr-defined]
        assert kept.kept == ()


async def test_what_was_kept_and_never_booked_is_sent_to_nobody() -> None:
    kept, ledger = MemoryRequests(), FaultyLedger()
    async with Bench(writer=FakeWriter(WRITTEN), requests=kept, ledger=ledger) as bench:
        sale = await sells(bench)
        await bench.touch("done")
        ledger.gate_at = BookIntent
        await asks(bench, sale.id)
        assert kept.kept[0].of == sale.id
        await bench.time.pass_s(600)
        assert kept.kept != ()
    ledger.gate_at = None
    writer = FakeWriter(WRITTEN)
    async with Bench(writer=writer, requests=kept, ledger=ledger, time=ManualTime(3_600_000)) as bench:
        await settled()
        assert (writer.asked, kept.kept) == ([], ())
        assert len(writer.ended) == 1
        assert commands(bench, BookInvoice) == []


async def test_what_the_ledger_refuses_to_begin_is_forgotten() -> None:
    writer = FakeWriter(WRITTEN)
    async with Bench(writer=writer) as bench:
        sale = await sells(bench)
        await bench.touch("done")
        bench.ledger.fails_at = BookIntent
        await asks(bench, sale.id)
        assert bench.state is State.DECLINED
        await settled()
        assert (bench.requests.kept, writer.asked) == ((), [])


async def test_what_cannot_be_kept_is_not_asked_for() -> None:
    writer = FakeWriter(WRITTEN)
    async with Bench(writer=writer) as bench:
        sale = await sells(bench)
        await bench.touch("done")
        bench.requests.fails = [LedgerClosed("disk full")]
        await asks(bench, sale.id)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "L102")
        await settled()
        assert (commands(bench, BookIntent), writer.asked) == ([], [])


async def test_a_number_of_which_nobody_knows_whether_it_was_booked_is_booked_once() -> None:
    writer = FakeWriter(WRITTEN)
    async with Bench(writer=writer) as bench:
        writer.meanwhile = lambda: bench.ledger.fails.append(OutcomeUndecided("cut"))
        bench.ledger.books_although = True
        await asked(bench)
        writer.meanwhile = lambda: None
        await bench.time.pass_s(10)
        assert len(commands(bench, BookInvoice)) == 1
        assert bench.requests.kept == ()


async def test_whoever_answers_twice_has_one_booked() -> None:
    ledger, kept = FaultyLedger(), MemoryRequests()
    writer = FakeWriter(WRITTEN)
    async with Bench(writer=writer, ledger=ledger, requests=kept) as bench:
        await asked(bench)
        kept.kept = (writer.asked[0],)  # As after a power cut before it was taken out.
        writer.says = [Said(outcome=Outcome.WRITTEN, number=OTHER)]
        assert bench.invoicing is not None
        bench.invoicing.look()
        await settled()
        assert len(commands(bench, BookInvoice)) == 1
        assert kept.kept == ()


async def test_a_number_noted_by_hand_meanwhile_ends_the_request() -> None:
    writer = FakeWriter(TAKEN)
    async with Bench(writer=writer) as bench:
        await asked(bench)
        await bench.touch("done")
        await bench.touch("start", "invoice")
        await bench.touch("pick", "waiting")
        await bench.touch("pick", "note")
        await bench.key(OTHER)
        await bench.touch("confirm")
        (invoice,) = commands(bench, BookInvoice)
        assert isinstance(invoice, BookInvoice)
        assert (invoice.id, invoice.number) == (writer.asked[0].id, OTHER)
        assert (bench.requests.kept, writer.ended) == ((), [invoice.id])


async def test_what_is_refused_waits_for_people_and_goes_out_anew() -> None:
    writer = FakeWriter(REFUSED)
    async with Bench(writer=writer) as bench:
        await asked(bench)
        assert bench.counter.view().status.notice_code == "S110"
        await bench.time.pass_s(3_600)
        assert len(writer.asked) == 1
        writer.says = [WRITTEN]
        await bench.touch("start", "invoice")
        await bench.touch("pick", "waiting")
        assert bench.screen.title.values["why"] == "no such company"
        await bench.touch("pick", "anew")
        await bench.touch("pick", "person")
        await bench.key("王小明")
        await bench.touch("confirm")
        await settled()
        assert writer.asked[1].buyer == Buyer(title="王小明")
        assert writer.asked[1].id == writer.asked[0].id
        assert len(commands(bench, BookInvoice)) == 1
        assert bench.counter.view().status.notice_code == ""


async def test_what_is_withdrawn_is_asked_about_no_more() -> None:
    writer = FakeWriter(TAKEN)
    async with Bench(writer=writer) as bench:
        await asked(bench)
        await bench.touch("done")
        await bench.touch("start", "invoice")
        await bench.touch("pick", "waiting")
        await bench.touch("pick", "withdraw")
        await bench.touch("confirm")
        await settled()
        assert len(commands(bench, BookIntentEnd)) == 1
        assert (bench.requests.kept, writer.ended) == ((), [writer.asked[0].id])
        await bench.time.pass_s(600)
        assert len(writer.asked) == 1


async def test_a_number_that_no_longer_fits_waits_for_people_and_is_not_booked() -> None:
    writer = FakeWriter(TAKEN, WRITTEN)
    async with Bench(writer=writer) as bench:
        of = await asked(bench)
        undone = BookVoid(id=EntryId(bench.ids.new()), at=bench.session.occasion(), of=of, why="other")
        await bench.ledger.submit(undone)
        await bench.time.pass_s(60)
        assert commands(bench, BookInvoice) == []
        (request,) = bench.requests.kept
        assert (request.standing, request.number) == (Standing.ODD, NUMBER)
        await bench.time.pass_s(3_600)
        assert len(writer.asked) == 2


async def test_what_the_journal_knows_and_nobody_kept_waits_for_people() -> None:
    ledger, kept = FaultyLedger(), MemoryRequests()
    async with Bench(writer=FakeWriter(TAKEN), ledger=ledger, requests=kept) as bench:
        of = await asked(bench)
        before = kept.kept[0]
    kept.kept = ()
    writer = FakeWriter(WRITTEN)
    async with Bench(writer=writer, ledger=ledger, requests=kept, time=ManualTime(3_600_000)) as bench:
        await settled()
        (request,) = kept.kept
        assert (request.id, request.of, request.standing) == (before.id, of, Standing.LOST)
        assert (request.buyer, writer.asked) == (None, [])
        assert bench.counter.view().status.notice_code == "S110"


async def test_so_many_wait_and_no_more() -> None:
    kept = MemoryRequests()
    async with Bench(writer=FakeWriter(TAKEN), requests=kept) as bench:
        await asked(bench)
        kept.kept = tuple(
            replace(kept.kept[0], id=EntryId(f"i{at}"), of=EntryId(f"o{at}")) for at in range(REQUESTS_MAX)
        )
        await bench.touch("done")
        await sells(bench)
        await bench.touch("done")
        await bench.touch("start", "invoice")
        await bench.touch("pick", "ask")
        await bench.touch("skip")
        await bench.touch("pick", bench.booked[-1].command.id)
        await bench.touch("pick", "person")
        await bench.key("王小明")
        await bench.touch("confirm")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A234")


async def test_a_ledger_that_cannot_be_read_stops_nothing() -> None:
    writer = FakeWriter(WRITTEN)
    async with Bench(writer=writer) as bench:
        real, left = bench.ledger.open_intents, [2]

        async def unread() -> object:
            if left[0]:
                left[0] -= 1
                raise LedgerClosed("cannot be read")
            return await real()

        bench.ledger.open_intents = unread  # type: ignore[method-assign,assignment]
        await asked(bench)
        await bench.time.pass_s(30)
        assert len(commands(bench, BookInvoice)) == 1


class Picky(FakeWriter):
    """Answers nothing about some of them."""

    def __init__(self, silent: int) -> None:
        super().__init__(TAKEN)
        self._silent = silent

    async def ask(self, request: Request) -> Said:
        self.asked.append(request)
        return AWAY if int(request.receipt) < self._silent else TAKEN


async def test_those_that_nobody_answers_about_keep_no_others_waiting() -> None:
    kept, writer = MemoryRequests(), Picky(silent=4)
    async with Bench(writer=writer, requests=kept) as bench:
        assert bench.invoicing is not None
        for at in range(6):
            request = Request(
                id=EntryId(bench.ids.new()),
                intent=EntryId(bench.ids.new()),
                of=EntryId(f"o{at}"),
                receipt=str(at),
                at=bench.session.occasion(),
                amount=1_00,
                buyer=Buyer(title="王小明"),
            )
            await bench.ledger.submit(request.begun)
            kept.kept = (*kept.kept, request)
        assert await bench.invoicing.swept() is False
        assert [one.receipt for one in writer.asked] == ["0", "1", "2"]
        assert await bench.invoicing.swept() is True
        assert [one.receipt for one in writer.asked[3:]] == ["3", "4", "5", "0", "1", "2"]
        assert bench.invoicing.why == "is not there"
        assert [one.standing for one in kept.kept[4:]] == [Standing.TAKEN] * 2


class Slow(FakeWriter):
    """Answers when the test says so."""

    def __init__(self, *says: Said) -> None:
        super().__init__(*says)
        self.answers = asyncio.Event()

    async def ask(self, request: Request) -> Said:
        said = await super().ask(request)
        await self.answers.wait()
        return said


async def withdraws(bench: Bench) -> None:
    await bench.touch("done")
    await bench.touch("start", "invoice")
    await bench.touch("pick", "waiting")
    await bench.touch("pick", "withdraw")
    await bench.touch("confirm")


async def test_nothing_is_withdrawn_while_its_number_is_on_its_way() -> None:
    writer = Slow(WRITTEN)
    async with Bench(writer=writer) as bench:
        await asked(bench)
        await withdraws(bench)
        assert commands(bench, BookIntentEnd) == []
        writer.answers.set()
        await settled()
        assert len(commands(bench, BookInvoice)) == 1
        assert commands(bench, BookIntentEnd) == []
        assert bench.state is State.DECLINED


async def test_one_that_is_changed_while_it_is_out_goes_out_anew_at_once() -> None:
    writer = Slow(TAKEN)
    async with Bench(writer=writer) as bench:
        await asked(bench)
        await bench.touch("done")
        await bench.touch("start", "invoice")
        await bench.touch("pick", "waiting")
        await bench.touch("pick", "anew")
        await bench.touch("pick", "person")
        await bench.key("王小明")
        await bench.touch("confirm")
        writer.answers.set()
        await settled()
        assert [one.buyer and one.buyer.title for one in writer.asked] == [TITLE, "王小明"]
        assert bench.requests.kept[0].standing is Standing.TAKEN


async def two_asked(bench: Bench) -> tuple[Request, Request]:
    """Both are taken, and when they are asked about again the first of them is out."""
    for _ in range(2):
        await asked(bench)
        await bench.touch("done")
        await settled()
    first, second = bench.requests.kept
    return first, second


async def test_what_is_withdrawn_while_another_is_out_is_asked_for_no_more() -> None:
    writer = Slow(TAKEN)
    writer.answers.set()
    async with Bench(writer=writer) as bench:
        _, second = await two_asked(bench)
        writer.answers.clear()
        before = len(writer.asked)
        await bench.time.pass_s(60)
        assert len(writer.asked) == before + 1, "the first is out"
        await bench.touch("start", "invoice")
        await bench.touch("pick", "waiting")
        await bench.touch("pick", second.id)
        await bench.touch("pick", "withdraw")
        await bench.touch("confirm")
        writer.answers.set()
        await settled()
        assert len(commands(bench, BookIntentEnd)) == 1
        assert len(writer.asked) == before + 1


async def test_what_is_changed_while_another_is_out_goes_out_as_it_is_by_now() -> None:
    writer = Slow(TAKEN)
    writer.answers.set()
    async with Bench(writer=writer) as bench:
        _, second = await two_asked(bench)
        writer.answers.clear()
        before = len(writer.asked)
        await bench.time.pass_s(60)
        await bench.touch("start", "invoice")
        await bench.touch("pick", "waiting")
        await bench.touch("pick", second.id)
        await bench.touch("pick", "anew")
        await bench.touch("pick", "person")
        await bench.key("王小明")
        await bench.touch("confirm")
        writer.answers.set()
        await settled()
        titles = [one.buyer and one.buyer.title for one in writer.asked[before:] if one.id == second.id]
        assert titles == ["王小明"]
