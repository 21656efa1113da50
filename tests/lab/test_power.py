"""The power goes at a named place of the running terminal; then it comes back."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from lab.shop.counter import Hand, drained, watching
from lab.shop.going import Going
from lab.shop.load import GONE, Diary
from lab.shop.processes import told
from lab.shop.world import World, opened

pytestmark = [pytest.mark.device, pytest.mark.hq]


@asynccontextmanager
async def shop(folder: Path) -> AsyncGenerator[World, None]:
    async with opened(folder, chips=False, sets=False) as world:
        async with watching(world.link) as hand:
            await hand.until("nothing waiting", lambda seen: seen.status["waiting"] == 0)
        yield world


async def sell_until_the_power_goes(world: World, label: str) -> None:
    """One sale in cash; the terminal dies somewhere on its way.

    What it says to headquarters is cut off until it has sold: the first batch that it sends holds the sale.
    """
    await world.terminal.stop()
    world.road.cut()
    await world.start_terminal(TERMINAL_DIE_AT=label)
    with suppress(*GONE):
        async with watching(world.link) as hand:
            await sell(world, hand)
    world.road.mend()
    assert await Going(world).until(f"the end at {label}", world.terminal.ended()) == -9


async def sell(world: World, hand: Hand) -> None:
    world.scan("6901234567892")
    await hand.until("the apples", lambda seen: seen.screen["state"] == "cart" and bool(seen.screen["lines"]))
    await hand.touch("done")
    await hand.touch("skip")
    await hand.touch("pick", "12.80")
    await hand.state("confirm")
    await hand.touch("confirm")
    await hand.state("approved")


async def closed_books(world: World, papers: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The terminal runs again until nothing waits and so much is printed; then what each side holds."""
    await world.start_terminal()
    await Going(world).until("the paper", printed(world, papers))
    async with watching(world.link, None) as hand:
        await Going(world, Diary(hand=hand)).until("an end of what waits", hand.until("drained", drained))
    assert await world.terminal.stop() == 0
    ledger = await told("terminal", "ledger", "verify", "--config", str(world.config), "--json")
    await world.hq.stop()
    held = await told("hq", "verify", "--data", str(world.folder / "hq"))
    return ledger, held["sites"][0]


async def printed(world: World, papers: int) -> None:
    while len(world.printer.receipts) < papers:
        world.printed.clear()
        await world.printed.wait()


async def entries_now(world: World) -> int:
    verdict = await told("terminal", "ledger", "verify", "--config", str(world.config), "--json")
    return int(verdict["entries"])


@pytest.mark.parametrize(
    ("label", "booked", "originals", "duplicates"),
    [
        ("ledger.before_commit", 0, 0, 0),
        ("ledger.committed", 1, 0, 1),
        ("print.before", 1, 0, 1),
        ("print.sent", 1, 1, 1),
        ("uplink.before_send", 1, None, 0),
        ("uplink.sent", 1, None, 0),
        ("uplink.before_ack", 1, None, 0),
    ],
)
async def test_one_sale_is_one_transaction_wherever_the_power_goes(
    tmp_path: Path, label: str, booked: int, originals: int | None, duplicates: int
) -> None:
    async with shop(tmp_path) as world:
        before = await entries_now(world)
        await sell_until_the_power_goes(world, label)
        ledger, held = await closed_books(
            world, (originals or 0) + duplicates if originals is not None else 1
        )
        papers = [receipt.text for receipt in world.printer.receipts]
    assert ledger["fault"] == ""
    assert ledger["entries"] == before + booked
    assert (held["entries"], held["head"]) == (ledger["entries"], ledger["head"])
    copies = sum("重打印" in paper for paper in papers)
    assert len(papers) - copies <= 1, "at most one ORIGINAL"
    if originals is not None:
        assert (len(papers) - copies, copies) == (originals, duplicates)
