"""The PIN at a running counter: when it is asked for, what the screen shows of it, and what is kept."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import BookPin, BookSale, Occasion
from terminal.core.screens import Keying, State
from terminal.core.trust import Credential, Trust
from terminal.core.visit import Alone
from tests.desk.fakes import BADGE, Bench
from tests.flows.shop import PHONE, STRANGER, WANG, WANG_CARD

PIN, OTHER = "200731", "731200"


async def choose(bench: Bench, *keys: str) -> None:
    await bench.touch("start", "pin")
    await bench.tap(WANG_CARD)
    for keyed in keys:
        assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.PIN)
        await bench.key(keyed)


async def with_pin(bench: Bench) -> None:
    await choose(bench, PIN, PIN)
    assert (bench.state, bench.title) == (State.SAYING, "The PIN is chosen.")
    await bench.touch("done")


async def sell(bench: Bench, yuan: str, card: Credential = WANG_CARD) -> None:
    """Up to what follows on the stored value."""
    await bench.touch("start", "checkout")
    await bench.key(yuan)
    await bench.touch("done")
    await bench.tap(card)
    await bench.touch("pick", "stored")


async def paid(bench: Bench) -> BookSale:
    assert bench.state is State.CONFIRM
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    command = bench.booked[-1].command
    assert isinstance(command, BookSale)
    await bench.touch("done")
    return command


async def test_who_has_no_card_chooses_it_by_phone_on_a_badges_word() -> None:
    """Else whoever joined at the pump could never pay with what they have."""
    async with Bench() as bench:
        await bench.ledger.knows_as(PHONE, WANG_CARD)
        await bench.touch("start", "pin")
        await bench.touch("phone")
        await bench.key(PHONE.number)
        assert bench.title == "Scan your badge: you vouch for the member"
        await bench.scan(BADGE)
        await bench.key(PIN)
        await bench.key(PIN)
        assert (bench.state, bench.title) == (State.SAYING, "The PIN is chosen.")
        chosen = bench.booked[-1].command
        assert isinstance(chosen, BookPin)
        assert (chosen.wallet, chosen.at.operator) == ("w-wang", "E01")


async def test_whoever_gave_a_membership_away_pays_with_no_other_card_and_chooses_no_pin() -> None:
    async with Bench() as bench:
        await bench.touch("start", "card")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "another")
        await bench.tap(STRANGER)
        await bench.touch("confirm")
        await bench.touch("done")
        await with_pin(bench)
        await bench.touch("start", "card")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "transfer")
        for keyed in (PIN, "19000000302", "李雷"):
            await bench.key(keyed)
        await bench.touch("pick", "citizen")
        await bench.key("11010519491231002X")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        await bench.touch("done")
        for flow in ("pin", "card"):
            await bench.touch("start", flow)
            await bench.tap(STRANGER)
            assert bench.state is State.DECLINED, flow
            await bench.touch("done")
        await bench.touch("start", "pin")
        await bench.tap(WANG_CARD)
        assert (bench.state, bench.title) == (State.READY, "Scan your badge: you vouch for the member")
        await bench.scan(BADGE)
        for keyed in (OTHER, OTHER):
            assert (bench.state, bench.screen.keying) == (State.KEYING, Keying.PIN)
            await bench.key(keyed)
        assert bench.title == "The PIN is chosen."
        await bench.touch("done")
        await choose(bench, OTHER, PIN, PIN)  # No badge any more.
        assert bench.title == "The PIN is chosen."


async def test_above_the_limit_of_the_day_it_is_asked_for_and_is_on_no_screen() -> None:
    async with Bench() as bench:
        await with_pin(bench)
        await sell(bench, "50")
        assert not (await paid(bench)).by_pin
        await sell(bench, "0.01")
        assert bench.screen.keying is Keying.PIN
        assert bench.screen.amount == "¥0.01"
        assert [line.label.text for line in bench.screen.lines] == [
            "Above what is paid without the PIN today."
        ]
        await bench.key(OTHER)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "55")
        await bench.touch("done")
        assert [(line.label.text, line.value) for line in bench.screen.lines][1:] == [("Tries left", "4")]
        await bench.key(PIN)
        assert (await paid(bench)).by_pin
        assert PIN not in repr(bench.screens)
        assert PIN not in repr(bench.ledger.links) + repr(bench.printer.paper)


async def test_what_is_paid_with_it_counts_for_nothing_of_that_limit() -> None:
    async with Bench() as bench:
        await with_pin(bench)
        await sell(bench, "50.01")
        await bench.key(PIN)
        assert (await paid(bench)).by_pin
        await sell(bench, "50")
        assert not (await paid(bench)).by_pin


async def test_a_card_that_proved_itself_pays_more_without_it() -> None:
    async with Bench() as bench:
        await sell(bench, "110", replace(WANG_CARD, trust=Trust.SECURE))
        assert not (await paid(bench)).by_pin


async def test_too_few_digits_are_asked_for_again_and_are_no_try() -> None:
    async with Bench() as bench:
        await with_pin(bench)
        await sell(bench, "60")
        await bench.key("123")
        assert (bench.state, bench.screen.code) == (State.KEYING, "A133")
        await bench.key("forgotten")
        assert (bench.state, bench.screen.code) == (State.KEYING, "A133")
        assert bench.ledger.pin_tries == {}


async def test_who_has_none_is_told_and_pays_in_cash() -> None:
    async with Bench() as bench:
        await sell(bench, "60")
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A127")
        await bench.touch("done")
        await bench.touch("pick", "cash")
        await bench.key("60")
        assert not (await paid(bench)).by_pin


async def test_cancelled_or_left_alone_at_the_pin_nothing_is_booked() -> None:
    async with Bench() as bench:
        await with_pin(bench)
        before = len(bench.booked)
        await sell(bench, "60")
        await bench.touch("cancel")
        assert bench.title == "Cancelled. Nothing was charged."
        await bench.touch("done")
        await sell(bench, "60")
        await bench.time.pass_s(600)
        assert bench.state is State.IDLE
        assert len(bench.booked) == before


async def test_where_headquarters_was_not_heard_for_a_day_a_copied_number_needs_it_always() -> None:
    async with Bench() as bench:
        await with_pin(bench)
        bench.counter.asks(Alone())
        await sell(bench, "1")
        assert [line.label.text for line in bench.screen.lines] == [
            "Lost cards were not heard of for a day: this card pays only with the PIN."
        ]
        await bench.touch("cancel")
        await bench.touch("done")
        now: Occasion = bench.counter.occasion()
        await bench.ledger.pin_book.hear(now)
        await sell(bench, "1")
        assert not (await paid(bench)).by_pin
        await bench.ledger.pin_book.hear(replace(now, mono_ms=now.mono_ms - 86_400_001))
        await sell(bench, "1")
        assert bench.screen.keying is Keying.PIN


async def test_one_that_was_forgotten_is_chosen_anew_under_a_badge() -> None:
    async with Bench() as bench:
        await with_pin(bench)
        await choose(bench)
        await bench.touch("pick", "forgotten")
        assert bench.title == "Scan your badge: you vouch for the member"
        await bench.scan(BADGE)
        await bench.key(OTHER)
        await bench.key(OTHER)
        chosen = bench.booked[-1].command
        assert isinstance(chosen, BookPin)
        assert (chosen.wallet, chosen.at.operator) == (WANG.wallet, "E01")
        await bench.touch("done")
        await sell(bench, "60")
        await bench.key(OTHER)
        assert (await paid(bench)).by_pin
