"""A hand at the counter's page: sees what the page sees, touches what it shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp

_PATIENCE_S = 60
_ENTRIES = 5
SHORT_OF_TIME_S = 15
"""For a hand that has something else to do when a screen does not come."""


class NotSeen(Exception):
    """A screen that should have come did not; says what stands there instead."""

    def __init__(self, what: str, instead: str = "") -> None:
        """`what`: without anything that a person said or showed; `instead`: may hold it."""
        super().__init__(f"{what}; there is {instead}" if instead else what)
        self.what = what


class Hand:
    """Follows the page's events and sends its intents."""

    def __init__(self, client: aiohttp.ClientSession, url: str, patience_s: float | None) -> None:
        self._client = client
        self._patience_s = patience_s
        self._url = url.rstrip("/")
        self._run = ""
        self._changed = asyncio.Condition()
        self.view: dict[str, Any] = {}
        self.gone = False

    @property
    def screen(self) -> dict[str, Any]:
        found: dict[str, Any] = self.view.get("screen", {})
        return found

    @property
    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.view.get("status", {})
        return found

    async def follow(self) -> None:
        """Until cancelled, or the terminal is gone."""
        try:
            await self._follow()
        finally:
            async with self._changed:
                self.gone = True
                self._changed.notify_all()

    async def _follow(self) -> None:
        async with self._client.get(
            f"{self._url}/events", timeout=aiohttp.ClientTimeout(total=None)
        ) as answer:
            event = ""
            async for line in answer.content:
                name, _, data = line.decode().strip().partition(": ")
                if name == "event":
                    event = data
                elif name == "data" and data:
                    await self._hear(event, json.loads(data))

    async def _hear(self, event: str, said: dict[str, Any]) -> None:
        async with self._changed:
            if event == "hello":
                self._run = str(said["run"])
            else:
                self.view = said
            self._changed.notify_all()

    async def until(self, what: str, seen: Callable[[Self], bool]) -> Self:
        """Waits for a screen. Raises NotSeen."""
        try:
            async with asyncio.timeout(self._patience_s), self._changed:
                await self._changed.wait_for(
                    lambda: self.gone or bool(self.view and self._run and seen(self))
                )
        except TimeoutError:
            raise NotSeen(f"waited for {what}", f"{self.screen} {self.status}") from None
        if self.gone:
            raise NotSeen(f"waited for {what}; the terminal is gone")
        return self

    async def state(self, state: str) -> Self:
        return await self.until(f"the screen {state}", lambda hand: hand.screen["state"] == state)

    async def touch(self, do: str, value: str = "") -> None:
        """Raises NotSeen when the terminal no longer shows that screen.

        What is begun seldom may be behind one more touch.
        """
        shown = [(one["do"], one["value"]) for one in self.screen["choices"]]
        if do == "start" and (do, value) not in shown and ("more", "") in shown:
            await self.touch("more")
        intent = {"step": self.screen["step"], "do": do, "value": value}
        headers = {"X-Terminal-Run": self._run, "Origin": self._url}
        async with self._client.post(f"{self._url}/intent", json=intent, headers=headers) as answer:
            if answer.status != 204:  # noqa: PLR2004  No Content: taken
                raise NotSeen(f"{do}: {answer.status}", f"{self.screen}")
        before = intent["step"]
        await self.until(f"an answer to {do}", lambda hand: hand.screen["step"] != before)


def drained(hand: Hand) -> bool:
    """Headquarters holds all that is booked."""
    return hand.status["waiting"] == 0 and bool(hand.status["online"])


def way_in(link: str) -> str:
    """What the file says now: the link for one more browser."""
    return Path(link).read_text(encoding="ascii").strip()


async def entered(client: aiohttp.ClientSession, link: str) -> str:
    """Lets that browser in by the newest link in the file; the page's address, without the slash.

    Raises NotSeen where it is not let in.
    """
    for _ in range(_ENTRIES):  # Somebody else may have used the link meanwhile: then there is another.
        url, _, word = way_in(link).partition("/enter#")
        async with client.post(f"{url}/enter", json={"word": word}, headers={"Origin": url}) as answer:
            if answer.status == 204:  # noqa: PLR2004  No Content: let in
                return url
    raise NotSeen(f"not let in by the link in {link}")


@asynccontextmanager
async def watching(link: str, patience_s: float | None = _PATIENCE_S) -> AsyncGenerator[Hand, None]:
    """Somebody stands at the counter. `link`: the file that says how a browser gets in.

    `patience_s`: None where whoever waits looks himself whether anything moves (lab.shop.going).
    """
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        hand = Hand(client, await entered(client, link), patience_s)
        following = asyncio.create_task(hand.follow())
        try:
            await hand.until("the first screen", lambda seen: bool(seen.screen))
            yield hand
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
