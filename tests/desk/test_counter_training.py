"""A counter for training: marked, and never left alone for long."""

from __future__ import annotations

from terminal.core.screens import State
from terminal.desk.counter import TRAINING_LEFT_MS
from tests.desk.fakes import MILK_CODE, Bench


async def sells(bench: Bench) -> None:
    await bench.scan(MILK_CODE)
    await bench.touch("done")
    await bench.touch("skip")
    await bench.key("3.50")
    await bench.touch("confirm")


async def test_it_says_what_it_is_on_the_page_and_on_every_receipt() -> None:
    async with Bench(training=True) as bench:
        assert bench.counter.view().status.training
        await sells(bench)
        assert "*** TRAINING ***" in bench.screen.receipt or "培训" in bench.screen.receipt
        await bench.touch("reprint")
        assert len(bench.printer.paper) == 2
        assert all(text.count("培训") >= 2 for text in bench.printer.paper)


async def test_the_shop_s_own_counter_says_nothing_of_training() -> None:
    async with Bench() as bench:
        assert not bench.counter.view().status.training
        await sells(bench)
        assert "培训" not in bench.printer.paper[0] + bench.screen.receipt


async def test_a_yes_changes_over_and_nothing_is_begun_meanwhile() -> None:
    async with Bench() as bench:
        await bench.touch("start", "training")
        await bench.touch("cancel")
        await bench.touch("done")
        assert not bench.changed_over
        await bench.touch("start", "training")
        await bench.touch("confirm")
        assert bench.changed_over == 1
        assert bench.state is State.SAYING
        await bench.scan(MILK_CODE)
        assert bench.state is State.SAYING


async def test_training_that_everybody_has_left_ends_and_a_shop_s_counter_does_not() -> None:
    for training in (True, False):
        async with Bench(training=training) as bench:
            await bench.time.pass_s(TRAINING_LEFT_MS / 1000 - 60)
            await bench.scan(MILK_CODE)
            await bench.touch("cancel")
            await bench.touch("done")
            await bench.time.pass_s(TRAINING_LEFT_MS / 1000 - 60)
            assert not bench.changed_over
            await bench.time.pass_s(120)
            assert bench.changed_over == training
