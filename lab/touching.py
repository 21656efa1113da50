"""Touches the counter's page at random, and books nothing that was not confirmed.

    python -m lab touching [--steps N] [--seed S]

The whole shop of `./run`: terminal, headquarters, devices, two pages in Chromium of which one is touched and
the other worked by keys. Each step does something that a hand can do: presses a button that may be pressed,
keys what is asked for, holds a card there, scans a code, fills at the pump, cuts the network, takes the paper
out, reloads a page. More often than not it does what the screen asks for, so that flows come to an end. What
is said to the terminal is overheard between page and terminal, what stood on the page is read from the page,
and what was booked from the journal; the three are compared after each step: whatever moves value has a
*Confirm* of its own before it, pressed on a screen that showed that sum; a fill that settles by itself takes
no more than the hold that was confirmed. Count cards are sold, and cards are replaced, lost, frozen, given to
others, merged, cancelled and issued by the number: new ones come out of a box that does not end. Work on many
cards, and a card that goes onto another membership, is more than one entry, and confirmed once. In the end
both ledgers are verified. Prints seed and counts, also how often each kind of entry was booked; exit 1 at the
first violation. The same seed draws the same numbers, but what it meets depends on how quickly the machine
answers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from lab.screens.pictures import chromium
from lab.shop import goods
from lab.shop.acting import NUMBER
from lab.shop.benefits import CAMPAIGN
from lab.shop.chips import CHIPS
from lab.shop.counter import way_in
from lab.shop.hands import Hands
from lab.shop.members import MEMBERS
from lab.shop.processes import told
from lab.shop.setting import BADGES, CODES, GOODS, PAYING, WHOLE_SHOPS, Stripe, stripe
from lab.shop.world import CARDS, World, opened
from terminal.core.canonical import decoded
from terminal.core.commands import (
    BATCH,
    STAFF_PIN,
    BookCardState,
    BookHold,
    BookIssue,
    BookMerge,
    BookNote,
    BookSale,
    BookTransfer,
    TenderKind,
)
from terminal.core.values import StaffId

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
    keying: /for-(\\w+)/.exec(stage.querySelector(".keypad")?.className ?? "")?.[1] ?? "",
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
        "amount": ("12.5", "100", "100", "20", "8", "8", "8", "0", "999999"),
        "cash": ("1000", "1000", "1000", "100", "1"),
        "phone": ("13800138000", "19000000301", "19000000302", *(one.phone for one in MEMBERS), "1"),
        "litres": ("30", "10", "5", "0"),
        "weight": ("2", "1", "0"),
        "pieces": ("1", "1", "2", "0"),
        "search": ("a", "w", "k", "6901234567892"),
        "receipt": ("12.50", "1"),
        "text": ("Wang", "19900830", "100", "PT", "CK-WATER", "A1", "12345678"),
    }
)
_ANSWERS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "Letters before": ("PT", "PT", "1"),
        "First and last number": ("PT0001-PT0002", "PT0001", "1"),
        "Number of the document": ("E12345678", "E12345679", "1"),
        "in eight digits": ("19900830", "19900830", "1"),
        "name": ("Wang", "Li"),
    }
)
"""To whoever reads what is asked, by what stands in the title."""
_BACK: Final = 1
"""To what is begun often, from the page of what is not: it has the same button."""
_KEYS, _LIFTS, _OBEYS, _KNOWN = 0.6, 0.9, 0.85, 0.8
_SELLS, _OURS_AGAIN = 0.25, 0.3
"""How often a count card goes into the cart, and a card that was handed out in this walk is presented."""
_LONG, _TIRED = 24, 60
"""After so many presses in one flow the hand gives up, more likely than not."""


_BOX: Final = 7_030_000
"""Number of the first card in it."""
_PIN: Final = "482915"
"""That every member chooses."""
_BADGES: Final = tuple(one.text for one in WHOLE_SHOPS if one.group == BADGES)
_ASKED_OF: Final = (1, 1, 2, 4)
"""How often which of them: most that is asked of a second one only the last may approve."""
_GOODS: Final = tuple(one.text for one in (*CODES, *WHOLE_SHOPS) if one.group == GOODS)
_COUNT_CARDS: Final = tuple(one.barcode for one in goods.GOODS if one.uses_of)
_PHONES: Final = tuple(one.text for one in WHOLE_SHOPS if one.group == PAYING)
_NOBODYS: Final = frozenset({"bank"})
_PRESENTED: Final = tuple(one for one in CARDS if one not in _NOBODYS and CARDS[one] not in CHIPS)
"""Cards that a reader here reads, and that are the shop's, or may become so."""
_OURS: Final = tuple(one for one in _PRESENTED if CARDS[one].known)
_BEGUN: Final[Mapping[str, float]] = MappingProxyType(
    {
        "checkout": 24,
        "recharge": 24,
        "refund": 18,
        "join": 18,
        "release": 12,
        "shift": 12,
        "card": 150,
        "cards": 18,
        "points": 18,
        "recharge_refund": 12,
        "member": 12,
        "training": 0,  # The terminal begins anew, at another ledger and another address.
    }
)
"""What moves value or whom it belongs to is begun oftener than the rest, which has 6."""
_WEIGHTS: Final = {
    "more": 60,
    "cancel": 0.5,
    "remove": 0.5,
    "park": 0.5,
    "find": 0.5,
    "change": 0.5,
    "confirm": 20,
    "done": 16,
    "skip": 8,
}


_MALFORMED: Final = "answered 400"


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
    keying: str = ""
    """What is keyed there."""


_UNSEEN: Final = {"state": "unseen", "amount": "", "title": "", "keying": ""}
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

    async def key(self, text: str) -> bool:
        """On the page's own keys, where it has them all. False: the screen went away meanwhile."""
        from playwright.async_api import TimeoutError as Gone

        if not self._touches or await self._page.locator("#stage .keypad input").count():
            await self._page.keyboard.type(text)
            await self._page.keyboard.press("Enter")
            return True
        try:
            for one in text.lower():
                await self._page.locator(f'#stage .key[data-key="{one}"]').click(timeout=_PATIENCE_MS)
            await self._page.locator('#stage [data-id="key:"]').click(timeout=_PATIENCE_MS)
        except Gone:
            return False
        return True

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
                    keying=seen["keying"],
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
    {
        "directive",
        "expiry",
        "guest",
        "rights_back",
        "intent_end",
        "release",
        "shift_open",
        "tier",
        "legal_hold",
    }
)
"""What is booked without anybody at the counter, or as the first of a shift, before what is confirmed; and
with a sale the tier that it reaches, and what the law keeps of somebody who asked to be forgotten."""
_BY_THE_CUSTOMER: Final = frozenset({"intent", "sale", "recharge"})
"""The attendant says what is to be paid, and the customer pays it at the bank's terminal or on a phone."""
_NOTED: Final = frozenset({"pin", "profile"})
_ASKS: Final = frozenset({"pick", "key"})
_ANEW: Final = frozenset({"idle", "cart", "approved", "declined"})


def keyed_alone(entry: Entry) -> bool:
    """What is said twice, or chosen, and moves nothing: a PIN, and what the shop notes of a member."""
    of_staff = isinstance(entry.payload, BookNote) and entry.payload.what == STAFF_PIN
    return not entry.postings and (of_staff or entry.kind in _NOTED)


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
        self._held: dict[str, int] = {}
        """By the hold's id, what may be taken of it by itself, in its own unit."""
        self._batches: set[str] = set()
        """Work on many cards that was confirmed once for all of them, and for the note at its end."""
        self._onto: set[tuple[str, str]] = set()
        """Wallets that were given to a member, and theirs: they become one next."""

    def look(self, said: Sequence[Said], came: Sequence[Entry], state: str) -> None:
        """What was said and booked since the last time, and the screen that stands there now.

        Raises Violation: something of it was not confirmed, or not as it stood there.
        """
        for one in said:
            if one.do == "confirm":
                self._agreed = one if one.state == "confirm" else None
            elif one.do in _ASKS and one.amount and one.keying != "pin":
                self._agreed = one
            elif one.do == "key" and one.keying == "amount":  # How it is paid is asked afterwards.
                self._agreed = replace(one, amount=one.value)
        by_hand = [
            entry
            for entry in came
            if entry.kind not in BY_ITSELF and not keyed_alone(entry) and not self._settles(entry)
        ]
        for entry in by_hand:
            if not self._goes_on(entry):
                self._weigh(entry)
                self._leads_to(entry)
        if any(entry.kind != "intent" for entry in by_hand) or state in _ANEW:
            self._agreed = None

    def _settles(self, entry: Entry) -> bool:
        """A fill that value was held for, and that takes no more: it is booked once it is hung up."""
        sale = entry.payload
        if not isinstance(sale, BookSale) or {one.kind for one in sale.tenders} != {TenderKind.HELD}:
            return False
        held = [(self._held.pop(one.of, 0), one.units or one.amount) for one in sale.tenders]
        return all(taken <= most for most, taken in held)

    def _leads_to(self, entry: Entry) -> None:
        match entry.payload:
            case BookHold(id=hold, amount=amount):
                self._held[hold] = amount
            case BookIssue(batch=str(batch)) | BookCardState(batch=str(batch)) if batch:
                self._batches.add(batch)
            case BookTransfer(wallet=wallet, onto=str(onto)) if onto:
                self._onto.add((wallet, onto))

    def _goes_on(self, entry: Entry) -> bool:
        """What was confirmed with an entry that is weighed already."""
        match entry.payload:
            case BookIssue(batch=batch) | BookCardState(batch=batch):
                return batch in self._batches
            case BookNote(id=of, what=what) if what == BATCH:
                return of in self._batches
            case BookMerge(wallet=wallet, into=into):
                return (wallet, into) in self._onto
        return False

    def _weigh(self, entry: Entry) -> None:
        agreed = self._agreed
        if agreed is None:
            raise Violation(f"{entry.kind} {entry.seq} was booked, and nobody confirmed it: {entry.postings}")
        if agreed.do != "confirm" and entry.kind not in _BY_THE_CUSTOMER:
            raise Violation(f"{entry.kind} {entry.seq} was booked upon {agreed}, which confirms nothing")
        sum_, sums = _fen(agreed.amount), _sums(entry)
        if entry.kind == "intent" and sum_ is not None and any(0 < one <= sum_ for one in sums):
            return  # A part of it; how much stands among the parts.
        if sum_ is not None and sum_ not in sums:
            raise Violation(f"{entry.kind} {entry.seq} is of {sorted(sums)}, but there stood {agreed}")


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
        self._badge = _BADGES[0]
        self._given: list[Stripe] = []
        """Cards out of the box, that somebody has by now or had before them."""
        self._receipts: list[str] = []
        self.done: Counter[str] = Counter()
        self.booked: Counter[str] = Counter()
        self.flows: Counter[str] = Counter()

    async def step(self) -> None:
        """Raises Violation."""
        does = self._draw.choices(
            (self._presses, self._scans, self._holds, self._fills, self._breaks, self._reloads),
            (84, 4, 3, 5, 2, 2),
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
        if _MALFORMED in (self._world.folder / "terminal.log").read_text("utf-8", "replace"):
            raise Violation("headquarters could not read what this terminal sent")

    async def _presses(self) -> None:
        person = self._draw.choice(self._pages)
        await person.look()
        view = await person.view()
        screen = view["screen"]
        self._receipts += NUMBER.findall(screen["receipt"])
        self._within = self._within + 1 if screen["flow"] else 0
        if self._within == 1:
            self.flows[screen["flow"]] += 1
        if self._within < _LONG and self._draw.random() < _OBEYS and await self._obeys(screen):
            return
        if screen["keying"] and self._within < _LONG and self._draw.random() < _KEYS:
            await self._went(person.key(self._keyed(screen)))
            return
        ids = await person.may_be_pressed()
        if not ids:
            self.done["nothing to press"] += 1
            return
        await self._went(person.press(self._draw.choices(ids, [self._weight(one, ids) for one in ids])[0]))

    async def _went(self, touch: Awaitable[bool]) -> None:
        if not await touch:
            self.done["gone before it was pressed"] += 1

    async def _obeys(self, screen: Mapping[str, Any]) -> bool:
        """Shows what the screen asks for; False where it asks for nothing to be shown."""
        title, state = screen["title"]["text"], screen["state"]
        if screen["keying"] == "receipt" and self._receipts:
            await self._hands.act("scan", self._draw.choice(self._receipts))
        elif state == "cart" and not screen["lines"]:
            of = _COUNT_CARDS if self._draw.random() < _SELLS else _GOODS
            await self._hands.act("scan", self._draw.choice(of))
        elif state != "ready" and not title.startswith("Scan"):
            return False
        elif "campaign" in title:
            await self._hands.act("scan", CAMPAIGN)
        elif "payment code" in title:
            await self._hands.act("scan", self._draw.choice(_PHONES))
        elif "badge" in title or title.startswith("Who"):
            self._badge = self._draw.choices(_BADGES, _ASKED_OF)[0]
            await self._hands.act("scan", self._badge)
        elif "handed out" in title:
            self._given.append(stripe(_BOX + len(self._given)))
            self._world.present(self._given[-1])
        elif state == "ready" and self._given and self._draw.random() < _OURS_AGAIN:
            self._world.present(self._draw.choice(self._given))
        elif state == "ready":
            await self._shows(self._draw.choice(_OURS if self._draw.random() < _KNOWN else _PRESENTED))
        else:
            return False
        self.done["obeyed"] += 1
        return True

    def _weight(self, id_: str, beside: Sequence[str]) -> float:
        """A hand that wants something goes on more often than back, and begins what it did not begin yet."""
        does, _, value = id_.partition(":")
        if does == "start":
            return _BEGUN.get(value, 6) / (1 + self.flows[value])
        if does == "more" and "start:card" in beside:
            return _BACK
        return _WEIGHTS.get(does, 4) * (_TIRED if does == "cancel" and self._within > _LONG else 1)

    def _keyed(self, screen: Mapping[str, Any]) -> str:
        keying, title = screen["keying"], screen["title"]["text"]
        if keying == "pin":
            of_badge = self._world.pins.get(StaffId(self._badge), _PIN)
            return _PIN if "member" in title or "again" in title else of_badge
        if keying == "text":
            read = next((said for asked, said in _ANSWERS.items() if asked in title), _KEYED["text"])
            return self._draw.choice(read)
        return self._draw.choice(_KEYED[keying])

    async def _scans(self) -> None:
        await self._hands.act("scan", self._draw.choice((*CODES, *WHOLE_SHOPS)).text)

    async def _holds(self) -> None:
        await self._shows(self._draw.choice(list(CARDS)))

    async def _shows(self, card: str) -> None:
        for other in CARDS.values():  # Two tags in one field garble each other.
            if other.id != card and self._world.lies(other):
                await self._world.take_away(other)
        if not self._world.lies(CARDS[card]):
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
                logs = f"{_tail(folder / 'terminal.log')}\n{_tail(folder / 'hq.log')}"
                raise Violation(f"{fault}\n{logs}") from fault
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
