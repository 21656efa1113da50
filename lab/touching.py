"""Touches the counter's page at random, and books nothing that was not confirmed.

    python -m lab touching [--steps N] [--seed S]

The whole shop of `./run`: terminal, headquarters, devices, two pages in Chromium of which one is touched and
the other worked by keys. Each step does something that a hand can do: presses a button that may be pressed,
keys what is asked for, holds a card there, scans a code, fills at the pump, cuts the network, takes the paper
out, reloads a page. What is said to the terminal is overheard between page and terminal, what stood on the
page is read from the page, and what was booked from the journal; the three are compared after each step:
whatever moves value has a *Confirm* of its own before it, pressed on a screen that showed that sum. In the
end both ledgers are verified. Prints seed and counts; exit 1 at the first violation. The same seed draws the
same numbers, but what it meets depends on how quickly the machine answers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lab.screens.pictures import chromium
from lab.shop.counter import way_in
from lab.shop.hands import Hands
from lab.shop.processes import told
from lab.shop.setting import CODES, WHOLE_SHOPS
from lab.shop.world import CARDS, World, opened
from terminal.core.canonical import decoded

if TYPE_CHECKING:
    from playwright.async_api import Page, Request, Response

    from terminal.core.entry import Entry

STEPS: Final = 300
_SETTLE_S: Final = 0.35
_PATIENCE_MS: Final = 2_000
_SEEN: Final = """() => {
  const stage = document.getElementById("stage");
  return {
    step: Number(stage.dataset.step ?? 0),
    state: stage.className.split(" ")[0],
    title: stage.querySelector("h1")?.textContent ?? "",
    amount: stage.querySelector(".amount .number")?.textContent ?? "",
  };
}"""
_OVERHEARD: Final = """
const plain = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (name, does, ...more) {
  const told = name !== "view" ? does : (event) => {
    window.toldView = JSON.parse(event.data);
    return does(event);
  };
  return plain.call(this, name, told, ...more);
};
"""


_PRESSABLE: Final = """() => [...document.querySelectorAll('#stage button[aria-disabled="false"]')]
  .filter((one) => one.dataset.id && one.offsetParent).map((one) => one.dataset.id)"""
_KEYED: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "amount": ("12.5", "100", "8", "0", "999999"),
        "cash": ("1000", "100", "1"),
        "phone": ("13800138000", "19000000301", "19000000302", "1"),
        "litres": ("30", "0"),
        "weight": ("2", "0"),
        "pieces": ("1", "2", "0"),
        "search": ("a", "w", "k", "6901234567892"),
        "receipt": ("12.50", "1"),
    }
)
_KEYS, _LIFTS = 0.7, 0.8
_LONG, _TIRED = 14, 60
"""After so many presses in one flow the hand gives up, more likely than not."""


_WEIGHTS: Final = {
    "cancel": 0.5,
    "remove": 0.5,
    "park": 0.5,
    "find": 0.5,
    "change": 0.5,
    "confirm": 20,
    "done": 16,
    "skip": 8,
}


class Violation(Exception):
    """Something was booked that nobody confirmed, or not as it stood there."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A touch that the terminal took."""

    step: int
    do: str
    value: str
    state: str
    amount: str
    """As it stood on the page that was touched."""
    title: str


_UNSEEN: Final = {"state": "unseen", "amount": "", "title": ""}
"""Of a screen that came between the look and the touch: what is booked upon it, nobody confirmed."""


class Person:
    """In front of one page: by touch or by keys."""

    def __init__(self, page: Page, link: Path, taken: list[Said], *, touches: bool) -> None:
        self._page = page
        self._link = link
        self._taken = taken
        self._touches = touches
        self._seen: dict[int, dict[str, Any]] = {}

    async def enter(self) -> None:
        await self._page.add_init_script(_OVERHEARD)
        self._page.on("response", self._answered)
        await self._page.goto(way_in(str(self._link)).replace("#", "?lang=en#"))
        await self._page.wait_for_selector('#stage[data-settled="yes"]')

    async def look(self) -> dict[str, Any]:
        """What stands there, as soon as it may be touched."""
        await self._page.wait_for_selector('#stage[data-settled="yes"]')
        seen: dict[str, Any] = await self._page.evaluate(_SEEN)
        self._seen[seen["step"]] = seen
        return seen

    async def view(self) -> dict[str, Any]:
        """What the terminal told this page last."""
        told: dict[str, Any] = await self._page.evaluate("window.toldView")
        return told

    async def may_be_pressed(self) -> list[str]:
        found: list[str] = await self._page.evaluate(_PRESSABLE)
        return found

    async def press(self, id_: str) -> bool:
        """False: it went away meanwhile."""
        from playwright.async_api import TimeoutError as Gone

        button = self._page.locator(f'#stage [data-id="{id_}"]').first
        try:
            if self._touches:
                await button.click(timeout=_PATIENCE_MS)
            else:
                await button.focus(timeout=_PATIENCE_MS)
                await self._page.keyboard.press("Enter")
        except Gone:
            return False
        return True

    async def key(self, text: str) -> None:
        await self._page.keyboard.type(text)
        await self._page.keyboard.press("Enter")

    async def reload(self) -> None:
        await self._page.reload()
        await self._page.wait_for_selector('#stage[data-settled="yes"]')

    def _answered(self, response: Response) -> None:
        request: Request = response.request
        if request.url.endswith("/intent") and response.status == 204:  # noqa: PLR2004  No Content: taken
            said = json.loads(request.post_data or "{}")
            seen = self._seen.get(said["step"], _UNSEEN)
            self._taken.append(
                Said(
                    step=said["step"],
                    do=said["do"],
                    value=said["value"],
                    state=seen["state"],
                    amount=seen["amount"],
                    title=seen["title"],
                )
            )


class Books:
    """The journal, read beside the terminal that writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.head = self._head()

    def _head(self) -> int:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT max(seq) FROM entries").fetchone()[0])

    def new(self) -> list[Entry]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT seq, body FROM entries WHERE seq > ? ORDER BY seq", (self.head,))
            found = rows.fetchall()
        self.head = found[-1][0] if found else self.head
        return [decoded(body) for _, body in found]


BY_ITSELF: Final = frozenset(
    {"directive", "expiry", "guest", "rights_back", "intent_end", "release", "shift_open"}
)
"""What is booked without anybody at the counter, or as the first of a shift, before what is confirmed."""
_BY_THE_CUSTOMER: Final = frozenset({"intent", "sale", "recharge"})
"""The attendant says what is to be paid, and the customer pays it at the bank's terminal or on a phone."""
_ASKS: Final = frozenset({"pick", "key"})
_ANEW: Final = frozenset({"idle", "cart", "approved", "declined"})


def _fen(shown: str) -> int | None:
    """Of a sum as it stands on the page; None where there is none."""
    digits = shown.strip("-¥")
    return int(Decimal(digits) * 100) if digits else None


def _sums(entry: Entry) -> set[int]:
    """All that is of so many fen in it, whichever way it goes."""
    fields = msgspec.to_builtins(entry.payload).values()
    return {abs(credit) for _, credit in entry.postings} | {
        abs(value) for value in fields if isinstance(value, int)
    }


class Judge:
    """Holds what was booked against what was confirmed before it."""

    def __init__(self) -> None:
        self._agreed: Said | None = None

    def look(self, said: Sequence[Said], came: Sequence[Entry], state: str) -> None:
        """What was said and booked since the last time, and the screen that stands there now.

        Raises Violation: something of it was not confirmed, or not as it stood there.
        """
        for one in said:
            if one.do == "confirm":
                self._agreed = one if one.state == "confirm" else None
            elif one.do in _ASKS and one.amount:
                self._agreed = one
        by_hand = [entry for entry in came if entry.kind not in BY_ITSELF]
        for entry in by_hand:
            self._weigh(entry)
        if by_hand or state in _ANEW:
            self._agreed = None

    def _weigh(self, entry: Entry) -> None:
        agreed = self._agreed
        if agreed is None:
            raise Violation(f"{entry.kind} {entry.seq} was booked, and nobody confirmed it")
        if agreed.do != "confirm" and entry.kind not in _BY_THE_CUSTOMER:
            raise Violation(f"{entry.kind} {entry.seq} was booked upon {agreed}, which confirms nothing")
        sum_ = _fen(agreed.amount)
        if sum_ is not None and sum_ not in _sums(entry):
            raise Violation(
                f"{entry.kind} {entry.seq} is of {sorted(_sums(entry))}, but there stood {agreed}"
            )


class Walk:
    """One seed's steps."""

    def __init__(self, world: World, pages: Sequence[Person], taken: list[Said], draw: random.Random) -> None:
        self._world = world
        self._hands = Hands(world)
        self._pages = pages
        self._taken = taken
        self._draw = draw
        self._books = Books(world.folder / "ledger.db")
        self._judge = Judge()
        self._within = 0
        """So many presses in one flow."""
        self.done: Counter[str] = Counter()
        self.booked: Counter[str] = Counter()
        self.flows: Counter[str] = Counter()

    async def step(self) -> None:
        """Raises Violation."""
        does = self._draw.choices(
            (self._presses, self._scans, self._holds, self._fills, self._breaks, self._reloads),
            (76, 6, 10, 4, 2, 2),
        )[0]
        self.done[does.__name__.strip("_")] += 1
        await does()
        await asyncio.sleep(_SETTLE_S)
        # The screen first: what it calls approved is in the books by then.
        state = (await self._pages[0].view())["screen"]["state"]
        came = self._books.new()
        self.booked.update(entry.kind for entry in came)
        self._judge.look(self._taken, came, state)
        self._taken.clear()

    async def _presses(self) -> None:
        person = self._draw.choice(self._pages)
        await person.look()
        view = await person.view()
        screen = view["screen"]
        self._within = self._within + 1 if screen["flow"] else 0
        if self._within == 1:
            self.flows[screen["flow"]] += 1
        if screen["keying"] and self._within < _LONG and self._draw.random() < _KEYS:
            return await person.key(self._keyed(screen["keying"]))
        ids = await person.may_be_pressed()
        if not ids:
            self.done["nothing to press"] += 1
        elif not await person.press(self._draw.choices(ids, [self._weight(one) for one in ids])[0]):
            self.done["gone before it was pressed"] += 1
        return None

    def _weight(self, id_: str) -> float:
        """A hand that wants something goes on more often than back, and begins what it did not begin yet."""
        does, _, value = id_.partition(":")
        if id_ == "start:training":  # The terminal begins anew, at another ledger and another address.
            return 0
        if does == "start":
            return 12 / (1 + self.flows[value]) ** 2
        return _WEIGHTS.get(does, 4) * (_TIRED if does == "cancel" and self._within > _LONG else 1)

    def _keyed(self, keying: str) -> str:
        keyed = tuple(self._world.pins.values()) if keying == "pin" else _KEYED.get(keying, ("Wang",))
        return self._draw.choice(keyed)

    async def _scans(self) -> None:
        await self._hands.act("scan", self._draw.choice((*CODES, *WHOLE_SHOPS)).text)

    async def _holds(self) -> None:
        card = self._draw.choice(list(CARDS))
        for other in CARDS.values():  # Two tags in one field garble each other.
            if other.id != card and self._world.lies(other):
                await self._world.take_away(other)
        await self._hands.act("card", card)
        await asyncio.sleep(_SETTLE_S)
        if self._world.lies(CARDS[card]) and self._draw.random() < _LIFTS:
            await self._hands.act("card", card)

    async def _fills(self) -> None:
        await self._hands.act("switch", f"nozzle-{self._draw.choice(list(self._world.pumps.nozzles))}")

    async def _breaks(self) -> None:
        """And mends it a little later."""
        what = self._draw.choice(("network", "paper", "printer", "scanner", "stripe", "rfid"))
        await self._hands.act("switch", what)
        await asyncio.sleep(2 * _SETTLE_S)
        await self._hands.act("switch", what)

    async def _reloads(self) -> None:
        await self._draw.choice(self._pages).reload()


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2_000:]


async def walked(folder: Path, steps: int, seed: int) -> Walk:
    """Raises Violation."""
    taken: list[Said] = []
    async with opened(folder, whole=True, sets=False, chips=False) as world, chromium() as browser:
        pages = []
        for touches in (True, False):
            page = await browser.new_page(viewport={"width": 1024, "height": 600}, has_touch=touches)
            pages.append(Person(page, Path(world.link), taken, touches=touches))
            await pages[-1].enter()
        walk = Walk(world, pages, taken, random.Random(seed))
        for _ in range(steps):
            try:
                await walk.step()
            except Exception as fault:
                raise Violation(f"{fault}\n{_tail(folder / 'terminal.log')}") from fault
    verdict = await told("terminal", "ledger", "verify", "--config", str(world.config), "--json")
    held = await told("hq", "verify", "--data", str(folder / "hq"))
    if verdict["fault"] or held["hq"] != "ok":
        raise Violation(f"the terminal's ledger: {verdict}; headquarters: {held}")
    return walk


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab touching", description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=None)
    chosen = parser.parse_args(arguments)
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="touching-") as folder:
        try:
            walk = asyncio.run(walked(Path(folder), chosen.steps, seed))
        except Violation as violation:
            print(violation)
            return 1
    for what, counts in (("done", walk.done), ("flows", walk.flows), ("booked", walk.booked)):
        print(f"{what}: {', '.join(f'{name} {count}' for name, count in counts.most_common())}")
    return 0
