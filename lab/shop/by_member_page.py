"""A member shows the code of their phone page at a counter that is cut off from headquarters."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import aiohttp

from lab.shop.acting import JUICE, PATIENCE_S, Day, Differs, approve, exactly, scan_goods
from lab.shop.setting import MERCHANT
from lab.shop.world import CODES_FILE, World
from terminal.core.trust import masked_phone

_DRIVER = "19000000301"
_SHOWN = re.compile(r'data-code="(MS-[A-Z2-7]+)"')
_LOOK_S = 0.1


async def shown_offline(day: Day) -> None:
    """The terminal knows the member by the code alone, and the same code is refused the second time."""
    world, hand = day.world, day.hand
    world.road.cut()
    await hand.until("offline", lambda seen: not seen.status["online"])
    code = await _code_of(world)
    await scan_goods(world, hand, JUICE)
    world.scan(code)
    await hand.state("choosing")
    if (found := hand.screen["holder"])["number"] != masked_phone(_DRIVER):
        raise Differs(f"the code led to {found['number']}")
    await exactly(hand)
    await approve(day, "9.90", sound="high, low", cash=9_90)
    await hand.state("idle")
    await scan_goods(world, hand, JUICE)
    world.scan(code)
    await hand.until("A120", lambda seen: seen.screen["code"] == "A120")
    await hand.touch("skip")
    await exactly(hand)
    await approve(day, "9.90", sound="high, low", cash=9_90)
    world.road.mend()
    await hand.until("online", lambda seen: bool(seen.status["online"]))


async def _code_of(world: World) -> str:
    """As the driver's phone shows it, signed in by what was sent to it."""
    url = str(world.hq.said["phones"])
    home, jar = f"{url}/m/{MERCHANT}", aiohttp.CookieJar(unsafe=True)  # Of an address too.
    async with aiohttp.ClientSession(cookie_jar=jar, headers={"Origin": url}) as phone:
        async with phone.post(f"{home}/code", data={"phone": _DRIVER}, ssl=False):
            sent = await _sent(world.folder / "hq" / CODES_FILE)
        async with phone.post(f"{home}/in", data={"phone": _DRIVER, "code": sent}, ssl=False):
            pass
        async with phone.get(f"{home}/code.svg", ssl=False) as shown:
            found = _SHOWN.search(await shown.text())
    if found is None:
        raise Differs("the driver's phone shows no code")
    return found[1]


async def _sent(path: Path) -> str:
    """The code that is on the phone by now: it is sent beside the answer."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await asyncio.to_thread(path.exists):  # noqa: ASYNC110  another process writes it
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise Differs("headquarters sent the driver no code") from None
    return str(json.loads((await asyncio.to_thread(path.read_text, "utf-8")).splitlines()[-1])["code"])
