"""One seed's steps: what the hands do next, and what they are drawn to."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from lab.shop import goods
from lab.shop.acting import NUMBER
from lab.shop.benefits import CAMPAIGN
from lab.shop.chips import CHIPS
from lab.shop.hands import Hands
from lab.shop.members import MEMBERS
from lab.shop.setting import BADGES, CODES, GOODS, PAYING, WHOLE_SHOPS, Stripe, stripe
from lab.shop.world import CARDS, World
from lab.touching.judging import Books, Judge, Said, Violation
from lab.touching.person import Person
from lab.touching.wants import LEADS, Wants
from terminal.core.values import StaffId

_SETTLE_S: Final = 0.35
_KEYED: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "amount": ("12.5", "100", "100", "20", "8", "8", "8", "0", "999999"),
        "cash": ("1000", "1000", "1000", "100", "1"),
        "phone": ("13800138000", "19000000301", "19000000302", *(one.phone for one in MEMBERS), "1"),
        "litres": ("30", "10", "5", "0"),
        "kilograms": ("30", "10", "5", "0"),
        "cubic_metres": ("30", "10", "5", "0"),
        "total": ("1234567.89", "1000", "0"),
        "weight": ("2", "1", "0"),
        "pieces": ("1", "1", "2", "0"),
        "count": ("100", "1", "0"),
        "day": ("19900830", "19900830", "20991231", "1"),
        "search": ("a", "w", "k", "6901234567892"),
        "receipt": ("12.50", "1"),
        "text": ("Wang", "PT", "CK-WATER", "A1", "12345678"),
    }
)
_ANSWERS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "Letters before": ("PT", "PT", "1"),
        "First and last number": ("PT0001-PT0002", "PT0001", "1"),
        "Number of the document": ("E12345678", "E12345679", "1"),
        "name": ("Wang", "Li"),
    }
)
"""To whoever reads what is asked, by what stands in the title."""
_BACK: Final = 1
"""To what is begun often, from the page of what is not: it has the same button."""
_KEYS, _LIFTS, _OBEYS, _KNOWN = 0.6, 0.9, 0.85, 0.8
_SELLS, _OURS_AGAIN, _THE_SAME = 0.25, 0.3, 0.5
"""How often a count card goes into the cart, and a card that was handed out in this walk is presented;
under Cards also one that was stopped before, or that lies in the box by its number."""
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
        "cards": 12,
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


Shown = str | Stripe
"""A card on the bench by its id, a code that is scanned, or a card out of the box."""
_BOXED: Final = ("PT0001", "PT0002")
"""Numbers that are issued before anybody has such a card."""
_STOPS: Final = frozenset({"lost", "freeze"})
_MALFORMED: Final = "answered 400"


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
        self._wants = Wants()
        self._flow = ""
        self._shown: Shown = _OURS[0]
        self._stopped: list[Shown] = []
        """Cards that were lost or frozen, and may pay again."""
        self.done: Counter[str] = Counter()
        self.booked: Counter[str] = Counter()
        self.flows: Counter[str] = Counter()

    @property
    def changed(self) -> Counter[str]:
        """How often each change of a card was booked."""
        return self._wants.booked

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
        for entry in came:
            self.booked[entry.kind] += 1
            self._notes(self._wants.books(entry))
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
        self._flow = screen["flow"]
        self._within = self._within + 1 if self._flow else 0
        if self._within == 1:
            self.flows[self._flow] += 1
        if self._within < _LONG and self._draw.random() < _OBEYS and await self._obeys(screen):
            return
        if screen["keying"] and self._within < _LONG and self._draw.random() < _KEYS:
            await self._went(person.key(self._keyed(screen)))
            return
        ids = await person.may_be_pressed()
        if not ids:
            self.done["nothing to press"] += 1
            return
        id_ = self._draw.choices(ids, [self._weight(one, ids) for one in ids])[0]
        if self._is_change(id_):
            self._wants.begins(id_.partition(":")[2])
        await self._went(person.press(id_))

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
            asked = self._draw.choices(_BADGES, _ASKED_OF)[0]
            self._badge = _BADGES[-1] if "manager" in title else asked
            await self._hands.act("scan", self._badge)
        elif "handed out" in title:
            self._given.append(stripe(_BOX + len(self._given)))
            self._world.present(self._given[-1])
        elif state == "ready":
            await self._presents(self._some())
        else:
            return False
        self.done["obeyed"] += 1
        return True

    def _weight(self, id_: str, beside: Sequence[str]) -> float:
        """A hand that wants something goes on more often than back, and begins what it did not begin yet."""
        does, _, value = id_.partition(":")
        if does == "start":
            return _BEGUN.get(value, 6) / (1 + self.flows[value]) + self._wants.leads(value)
        if does == "more" and "start:card" in beside:
            return _BACK
        if does == "more" and not self._flow:
            return _WEIGHTS[does] + sum(map(self._wants.leads, LEADS)) / 2
        if self._is_change(id_):
            return self._wants.weight(value)
        return _WEIGHTS.get(does, 4) * (_TIRED if does == "cancel" and self._within > _LONG else 1)

    def _is_change(self, id_: str) -> bool:
        does, _, value = id_.partition(":")
        return does == "pick" and value in LEADS.get(self._flow, ())

    def _keyed(self, screen: Mapping[str, Any]) -> str:
        keying, title = screen["keying"], screen["title"]["text"]
        if keying == "pin":
            of_badge = self._world.pins.get(StaffId(self._badge), _PIN)
            return _PIN if "member" in title or "again" in title else of_badge
        if keying == "text":
            read = next((said for asked, said in _ANSWERS.items() if asked in title), _KEYED["text"])
            return self._draw.choice(read)
        return self._draw.choice(_KEYED[keying])

    def _notes(self, change: str) -> None:
        """What became of the card that was shown."""
        if change in _STOPS:
            self._stopped.append(self._shown)
        elif change and self._shown in self._stopped:
            self._stopped.remove(self._shown)

    def _some(self) -> Shown:
        boxed = _BOXED if self.changed["issue"] else ()
        again: list[Shown] = [*self._stopped, *boxed] if self._flow == "card" else []
        if again and self._draw.random() < _THE_SAME:
            return self._draw.choice(again)
        if self._given and self._draw.random() < _OURS_AGAIN:
            return self._draw.choice(self._given)
        return self._draw.choice(_OURS if self._draw.random() < _KNOWN else _PRESENTED)

    async def _presents(self, one: Shown) -> None:
        self._shown = one
        if isinstance(one, Stripe):
            self._world.present(one)
        elif one in CARDS:
            await self._shows(one)
        else:
            await self._hands.act("scan", one)

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
