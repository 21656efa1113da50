"""The usual grade, where a member's grade and litres are asked for (product.md C2)."""

from __future__ import annotations

from terminal.core.screens import Line, says
from tests.desk.fakes import BADGE, Bench
from tests.desk.test_sheet_walk import STATION
from tests.flows.shop import WANG_CARD

USUAL = Line(label=says("Usually they take {grade}", grade="92"))


async def to_the_grade(bench: Bench) -> None:
    await bench.touch("start", "join")
    await bench.scan(BADGE)
    await bench.tap(WANG_CARD)


async def test_another_grade_than_usual_is_told_before_and_beside_what_is_keyed() -> None:
    async with Bench(policy=STATION) as bench:
        await to_the_grade(bench)
        assert bench.screen.lines == ()
        await bench.touch("pick", "92")
        await bench.key("10")
        await bench.touch("pick", "cash")
        await bench.touch("pick", "73.80")
        await bench.touch("confirm")
        await bench.touch("done")
        await to_the_grade(bench)
        assert bench.screen.lines == (USUAL,)
        await bench.touch("pick", "0")
        assert USUAL in bench.screen.lines
        await bench.touch("cancel")
        await bench.time.pass_s(60)
        await to_the_grade(bench)
        await bench.touch("pick", "92")
        assert USUAL not in bench.screen.lines
