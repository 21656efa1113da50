"""A running terminal and a running headquarters, whose keys change."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.environment import ROOT
from lab.shop.counter import Hand, watching
from lab.shop.processes import printed, told
from lab.shop.setting import MERCHANT, SITE, TERMINAL
from lab.shop.world import World, opened

pytestmark = pytest.mark.hq

END_S = 60


async def keys(world: World, *command: str) -> dict[str, Any]:
    return await told("hq", "keys", *command, "--data", str(world.folder / "hq"))


async def until_applied(world: World) -> None:
    """The site has the last that was said of the keys, and headquarters knows it."""
    async with asyncio.timeout(END_S):
        while not all(site["applied"] for site in (await keys(world, "show"))["sites"]):
            pass


async def restarted(world: World) -> None:
    await world.terminal.stop()
    await world.start_terminal()


def online(hand: Hand) -> bool:
    return bool(hand.status["online"]) and hand.status["waiting"] == 0


async def sees(world: World, what: str, seen: Any) -> None:
    async with watching(world.link) as hand:
        await hand.until(what, seen)


async def doctor(world: World) -> str:
    command = (sys.executable, "-m", "terminal", "doctor", "--config", str(world.config), "--json")
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return out.decode()


async def test_a_terminal_follows_a_new_key_and_one_that_was_off_meanwhile_must_enrol_again(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, chips=False) as world:
        await sees(world, "headquarters", online)
        first = await keys(world, "rotate")
        await until_applied(world)
        second = await keys(world, "retire")
        assert second["current"] == first["next"] != first["current"]
        await until_applied(world)
        await restarted(world)
        await sees(world, "headquarters under its new key, after a restart", online)

        await world.terminal.stop()
        await keys(world, "rotate")
        await keys(world, "retire", "--anyway")
        await world.start_terminal()
        async with asyncio.timeout(END_S):
            while "enrol again" not in await doctor(world):
                pass
        here = ("--merchant", MERCHANT, "--site", SITE, "--terminal", TERMINAL)
        code = await printed("hq", "enrol", "--data", str(world.folder / "hq"), *here)
        await printed("terminal", "enrol", code, "--config", str(world.config))
        await sees(world, "headquarters after enrolling again", online)
        await until_applied(world)
