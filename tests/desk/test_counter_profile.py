"""What was done for a member, at a running counter: written down, seen at the next tap, and in no entry."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookProfile, BookService
from terminal.core.particulars import Trade
from terminal.core.pricing import parsed
from terminal.core.screens import State
from terminal.core.values import MemberId
from tests.desk.fakes import BADGE, BREAD_CODE, MILK_CODE, Bench
from tests.desk.test_counter_own_data import PHONE, joined, journal
from tests.flows.shop import BREAD, POLICY

SALON = replace(POLICY, trade=Trade.SALON, grades=())


async def begun(bench: Bench, act: str) -> None:
    await bench.touch("start", "profile")
    await bench.touch("phone")
    await bench.key(PHONE.number)
    await bench.scan(BADGE)
    await bench.touch("pick", act)


async def test_what_was_done_is_written_down_and_stands_at_the_next_tap_without_the_remark() -> None:
    async with Bench(policy=SALON) as bench:
        await joined(bench)
        await begun(bench, "write")
        await bench.key("剪发")
        await bench.touch("skip")
        await bench.key("发蜡 2g")
        await bench.touch("skip")
        await bench.key("头皮敏感")
        assert bench.state is State.CONFIRM
        await bench.touch("confirm")
        assert (bench.state, bench.screen.title.text) == (State.SAYING, "It is written down.")
        assert isinstance(bench.ledger.submitted[-1], BookService)
        for secret in ("剪发", "发蜡", "头皮敏感"):
            assert secret not in journal(bench), secret
        await bench.touch("done")
        await bench.touch("start", "checkout")
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.touch("phone")
        await bench.key(PHONE.number)
        assert bench.screen.holder is not None
        notes = {note.text: note.values for note in bench.screen.holder.notes}
        assert notes["Done on {day}: {done}, by {name}"]["done"] == "剪发"
        assert "头皮敏感" not in str(notes)


async def test_what_they_paid_for_today_is_offered_as_what_was_done() -> None:
    async with Bench(policy=SALON) as bench:
        await joined(bench)
        await bench.touch("start", "checkout")
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.touch("phone")
        await bench.key(PHONE.number)
        await bench.touch("pick", "cash")
        await bench.key("100.00")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        await bench.touch("done")
        await begun(bench, "write")
        name = bench.screen.choices[0].label.values["name"]
        await bench.touch("pick", "paid")
        await bench.touch("skip")
        await bench.touch("skip")
        await bench.touch("confirm")
        (service,) = await bench.ledger.services_of(MemberId("m-li"), 9)
        assert service.written.done == (name,)
        assert service.remark == ""


@pytest.mark.parametrize("back", ["0", "all"])
async def test_what_came_back_is_not_offered_as_done(back: str) -> None:
    """All of one sale, or one line of it; all that was sold before it stands."""
    async with Bench(policy=SALON) as bench:
        await joined(bench)
        for codes in (BREAD_CODE,), (MILK_CODE, BREAD_CODE):
            await bench.touch("start", "checkout")
            await bench.scan(*codes)
            await bench.touch("done")
            await bench.touch("phone")
            await bench.key(PHONE.number)
            await bench.touch("pick", "cash")
            await bench.key("100.00")
            await bench.touch("confirm")
            assert bench.state is State.APPROVED
            await bench.touch("done")
        await bench.touch("start", "refund")
        await bench.key(bench.booked[-1].receipt_no)
        await bench.touch("pick", "unwanted")
        await bench.touch("pick", back)
        while bench.state is not State.APPROVED:
            await bench.touch(bench.screen.choices[0].do, bench.screen.choices[0].value)
        await bench.touch("done")
        await begun(bench, "write")
        assert bench.screen.choices[0].label.values["name"] == BREAD.name


async def test_what_they_had_for_nothing_today_is_what_was_done() -> None:
    rows = [("trial", {"rule": "free_trial", "name": "免费体验", "once": False, "skus": [BREAD.sku]})]
    async with Bench(policy=SALON, tariff=parsed(rows)[0]) as bench:
        await joined(bench)
        for code in (MILK_CODE, BREAD_CODE):
            await bench.touch("start", "checkout")
            await bench.scan(code)
            await bench.touch("done")
            await bench.touch("phone")
            await bench.key(PHONE.number)
            if code == MILK_CODE:
                await bench.touch("pick", "cash")
                await bench.key("100.00")
            await bench.touch("confirm")
            assert bench.state is State.APPROVED
            await bench.touch("done")
        await begun(bench, "write")
        assert bench.screen.choices[0].label.values["name"] == BREAD.name


async def test_tags_are_noted_and_stand_at_the_next_tap() -> None:
    async with Bench() as bench:
        await joined(bench)
        await begun(bench, "tags")
        await bench.key("常客,怕吵")
        assert (bench.state, bench.screen.title.text) == (State.SAYING, "It is noted.")
        assert isinstance(bench.ledger.submitted[-1], BookProfile)
        assert "常客" not in journal(bench)
        kept = await bench.ledger.kept_of(MemberId("m-li"))
        assert kept is not None
        assert kept.says("tags") == "常客、怕吵"
