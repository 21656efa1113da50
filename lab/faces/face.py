"""Hands at the real page of a running counter, by touch or by keys alone, and what they are to do there."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from lab.shop.acting import NUMBER
from lab.shop.counter import way_in
from lab.shop.setting import Stripe
from lab.touching.judging import BY_ITSELF, Books, Judge, Said
from terminal.core.errors import TerminalFault
from terminal.core.values import StaffId

if TYPE_CHECKING:
    from playwright.async_api import Page, Response, Route

    from lab.shop.world import World
    from terminal.core.entry import Entry

PATIENCE_MS: Final = 60_000
_WHEN: Final = """async ([wanted, patience]) => {
  const stage = document.getElementById("stage");
  const text = (one) => stage.querySelector(one)?.textContent ?? "";
  const seen = () => ({
    step: Number(stage.dataset.step ?? 0),
    state: stage.className.split(" ")[0],
    title: text("h1"),
    amount: text(".amount .number"),
    code: text(".answer b") || text(".trouble b"),
    advice: text(".advice") || text(".trouble span"),
    keying: /for-(\\w+)/.exec(stage.querySelector(".keypad")?.className ?? "")?.[1] ?? "",
    text: stage.innerText,
  });
  const taken = () => stage.querySelector('button[data-id]:not([data-id="key:"])')?.ariaDisabled === "true";
  const fits = (now) => stage.dataset.settled === "yes" && document.getElementById("lost").hidden && !taken()
    && now.state !== "processing" && now.step !== wanted.not
    && ["amount", "code"].every((one) => (wanted[one] ?? now[one]) === now[one])
    && now.title.startsWith(wanted.title ?? "");
  const end = performance.now() + patience;
  while (performance.now() < end) {
    const now = seen();
    if (fits(now)) return { ...now, there: true };
    await new Promise((go) => setTimeout(go, 5));
  }
  return { ...seen(), there: false };
}"""
_PLACE: Final = """async ([selector, nth, step, patience]) => {
  const stage = document.getElementById("stage");
  const end = performance.now() + patience;
  while (performance.now() < end) {
    if (step && Number(stage.dataset.step) !== step) return null;
    const button = stage.querySelectorAll(selector)[nth];
    const open = button && (button.dataset.key || button.ariaDisabled === "false");
    if (open && stage.dataset.settled === "yes" && document.getElementById("lost").hidden) {
      button.scrollIntoView({ block: "nearest" });
      const { left, right, top, bottom } = button.getBoundingClientRect();
      const x = (left + right) / 2, y = (top + bottom) / 2;
      const cap = button.querySelector("kbd")?.textContent ?? "";
      return { id: button.dataset.id, x, y, cap, free: button.contains(document.elementFromPoint(x, y)) };
    }
    await new Promise((go) => setTimeout(go, 5));
  }
  return null;
}"""
_KEYS: Final = MappingProxyType({"↵": "Enter", "Esc": "Escape", "␣": " "})
_CHOICES: Final = "#stage button[data-id]"
_TOLD: Final = ("step", "state", "title", "amount", "code", "advice")
_CLAIM: Final = re.compile(r"\b\d{3} \d{3} \d{3}\b")
_TYPED: Final = """async ([wanted, patience]) => {
  const stands = () => {
    const shown = document.getElementById("typed");
    if (shown?.localName === "input") return shown.value.length;
    const digits = shown?.querySelector("span:not(.unit):not(.none)")?.textContent ?? "";
    const isDay = /^\\d{4}-[\\d-]*$/.test(digits);  // Written so for the eye alone.
    return digits.replaceAll(isDay ? "-" : " ", "").length;
  };
  const end = performance.now() + patience;
  while (performance.now() < end) {
    if (stands() === wanted) return true;
    await new Promise((go) => setTimeout(go, 5));
  }
  return false;
}"""
_KEYING: Final = """async (patience) => {
  const asked = () => document.getElementById("typed") !== null;
  const end = performance.now() + patience;
  while (performance.now() < end && !asked()) await new Promise((go) => setTimeout(go, 5));
  return asked();
}"""
_CLAIMED: Final = "claimed"
_TIMES_MAX: Final = 12
_AGAIN_MS: Final = 5_000
_TAKEN, _REFUSED = 204, 409
"""What the terminal answers to a touch."""
_BESIDE: Final = BY_ITSELF - {"shift_open"}
_AGAIN_S: Final = 0.02
_TABS_MAX: Final = 80
_SETTLES: Final = "SETTLE_MS = 250;"
_MORE: Final = "more:"


class NotSo(Exception):
    """Something stands there that should not, or the other way round."""


def _must(so: object, what: object) -> None:
    if not so:
        raise NotSo(str(what))


@dataclass(frozen=True)
class Keyed:
    """On the keypad, then what goes on with it."""

    text: str


@dataclass(frozen=True)
class OfBadge:
    """The PIN of that badge is keyed."""

    badge: str


@dataclass(frozen=True)
class Scanned:
    """`signed:` and the like as they lie on the bench."""

    code: str


@dataclass(frozen=True)
class Receipt:
    """The receipt of that case is scanned."""

    of: str


@dataclass(frozen=True)
class Swiped:
    """Drawn through the stripe reader."""

    card: Stripe


@dataclass(frozen=True)
class Refused:
    """That fault stands there with its sentence, and nothing was booked."""

    fault: type[TerminalFault]


@dataclass(frozen=True)
class Shown:
    """That sum stands there, large."""

    amount: str


@dataclass(frozen=True)
class Does:
    """Something else that happens in the shop meanwhile."""

    what: Callable[[World], Awaitable[object] | None]


@dataclass(frozen=True)
class Comes:
    """An entry of that kind is booked by itself."""

    kind: str


@dataclass(frozen=True)
class Claimed:
    """The claim code that stood there last is keyed."""


Step = str | Keyed | OfBadge | Claimed | Comes | Scanned | Receipt | Swiped | Refused | Shown | Does
"""A text names the button, `pick:#0` the first of its kind."""


@dataclass(frozen=True)
class Case:
    """What is done from the idle page on, what stands there in the end, and what was booked by then."""

    name: str
    steps: Sequence[Step]
    ends: str
    """The last screen's title begins so."""
    books: tuple[str, ...] = ()
    """Kinds of the entries."""


async def opened(page: Page, world: World, *, touches: bool) -> Face:
    """Lets that page in. What settles under a finger has tests of its own: here it settles at once."""

    async def at_once(route: Route) -> None:
        answer = await route.fetch()
        said = await answer.text()
        _must(_SETTLES in said, "the page settles otherwise by now")
        await route.fulfill(response=answer, body=said.replace(_SETTLES, "SETTLE_MS = 20;"))

    await page.route("**/page.js*", at_once)
    await page.goto(way_in(world.link).replace("#", "?lang=en#"))
    await page.wait_for_selector("#stage[data-settled]")
    face = Face(page, world, Books(world.folder / "ledger.db"), touches)
    page.on("response", face.answered)
    await face.look()
    return face


@dataclass
class Face:
    """One pair of hands at one page."""

    page: Page
    world: World
    books: Books
    touches: bool
    judge: Judge = field(default_factory=Judge)
    came: list[Entry] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    """Of each screen what stood there, for whoever reads a failure."""
    answers: dict[int, int] = field(default_factory=dict)
    """What the terminal said of a touch, by the step that was touched."""
    kept: dict[str, str] = field(default_factory=dict)
    """Number of the receipt, by the case; and the last code that something is collected with."""

    async def play(self, case: Case) -> None:
        """From the idle page to the idle page."""
        await self.home()  # Whatever a case before left there.
        self.books.new()
        self.came.clear()
        self.heard.clear()
        self.judge = Judge()
        for step in case.steps:
            await self._step(step)
        await self.look(title=case.ends)
        self._judged([])
        kinds = tuple(one.kind for one in self.came)
        _must(kinds == case.books, (kinds, self.heard))
        if found := NUMBER.findall(self.seen["text"]):
            self.kept[case.name] = found[-1]
        if found := _CLAIM.findall(self.seen["text"]):
            self.kept[_CLAIMED] = found[0].replace(" ", "")
        await self.home()

    async def home(self) -> None:
        """Whatever stands there, back to the idle page by what it offers."""
        for _ in range(12):
            if (await self.look())["state"] == "idle":
                return
            ways = await self.page.eval_on_selector_all(_CHOICES, "all => all.map(one => one.dataset.id)")
            await self.press("done:" if "done:" in ways else "cancel:")
        raise NotSo(self.heard)

    async def look(self, **wanted: str | int) -> dict[str, Any]:
        """What stands there, once all of that does."""
        there = await self._stands(PATIENCE_MS, wanted)
        _must(there, (wanted, self.heard))
        return self.seen

    async def _stands(self, patience_ms: int, wanted: Mapping[str, str | int]) -> bool:
        self.seen = await self.page.evaluate(_WHEN, [wanted, patience_ms])
        self.heard.append(" | ".join(str(self.seen[one]) for one in _TOLD))
        return bool(self.seen["there"])

    async def _step(self, step: Step) -> None:
        match step:
            case str():
                await self.press(step)
            case Keyed() | OfBadge() | Claimed():
                await self._key(self._words(step))
            case Scanned() | Receipt() | Swiped():
                await self._anew(step)
            case Shown(amount):
                await self.look(amount=amount)
            case Refused(fault):
                await self._refused(fault)
            case Comes(kind):
                await self._comes(kind)
            case Does(what):
                if (doing := what(self.world)) is not None:
                    await doing

    def _words(self, step: Keyed | OfBadge | Claimed) -> str:
        match step:
            case Keyed(text):
                return text
            case OfBadge(badge):
                return self.world.pins[StaffId(badge)]
            case Claimed():
                return self.kept[_CLAIMED]

    async def _comes(self, kind: str) -> None:
        for _ in range(round(PATIENCE_MS / 1000 / _AGAIN_S)):
            if kind in {one.kind for one in self.came}:
                return
            await asyncio.sleep(_AGAIN_S)
            self._judged([])
        raise NotSo((kind, self.heard))

    async def _refused(self, fault: type[TerminalFault]) -> None:
        await self.look(code=fault.code)
        said = fault.for_attendant.partition("{")[0]
        _must(self.seen["advice"].startswith(said), self.seen)
        self._judged([])
        _must({one.kind for one in self.came} <= {"intent"}, self.came)
        if self.seen["state"] == "declined":
            await self.press("done:")

    async def _anew(self, step: Scanned | Receipt | Swiped) -> None:
        """Something that the terminal hears of otherwise than by the page."""
        before = (await self.look())["step"]
        match step:
            case Scanned(code):
                self.world.scan(code)
            case Receipt(of):
                self.world.scan(self.kept[of])
            case Swiped(card):
                self.world.present(card)
        await self.look(**{"not": before})

    def answered(self, response: Response) -> None:
        if response.url.endswith("/intent"):
            self.answers[json.loads(response.request.post_data or "{}")["step"]] = response.status

    async def press(self, id_: str) -> None:
        """Again on the next screen where the one that was touched went away under the hand."""
        if id_.startswith("start:") and not await self.page.locator(f'#stage [data-id="{id_}"]').count():
            await self.press(_MORE)
        does, _, value = id_.partition(":")
        nth = int(value[1:]) if value.startswith("#") else 0
        selector = f'[data-id^="{does}:"]' if value.startswith("#") else f'[data-id="{id_}"]'
        for _ in range(_TIMES_MAX):
            there = await self._place(selector, nth)
            _must(there, (selector, self.heard))
            if await self._goes(self._said(there["id"]), selector, nth):
                return
        raise NotSo((id_, self.heard))

    async def _place(self, selector: str, nth: int = 0, step: int = 0) -> dict[str, Any]:
        """Empty where it does not come, or where another screen than `step` stands there by now."""
        place = await self.page.evaluate(_PLACE, [selector, nth, step, PATIENCE_MS])
        await self.look()
        return place or {}

    async def _touch(self, place: Mapping[str, Any]) -> None:
        _must(place["free"], f"something lies over {place}")
        await self.page.touchscreen.tap(place["x"], place["y"])

    async def _by_keys(self, place: Mapping[str, Any]) -> None:
        """By the key that stands on it; without one it is reached by Tab, as everything is."""
        if cap := place["cap"]:
            return await self.page.keyboard.press(_KEYS.get(cap, cap))
        for _ in range(_TABS_MAX):
            await self.page.keyboard.press("Tab")
            if await self.page.evaluate("document.activeElement.dataset?.id ?? ''") == place["id"]:
                return await self.page.keyboard.press("Enter")
        self.heard.append(f"Tab never comes to {place}")
        return None

    async def _key(self, text: str) -> None:
        _must(await self.page.evaluate(_KEYING, PATIENCE_MS), (text, self.heard))
        await self.look()
        said = self._said(f"key:{text}")
        for at, one in enumerate(text.lower() if self.touches else text, 1):
            await self._strike(one, at)
        _must(await self._goes(said, '[data-id="key:"]'), self.heard)

    async def _strike(self, key: str, at: int) -> None:
        """Until so many stand there: a page that hears nothing for a while takes no key either."""
        for _ in range(_TIMES_MAX):
            if self.touches:
                place = await self._place(f'.key[data-key="{key}"]')
                _must(place, (key, self.heard))
                await self._touch(place)
            else:
                await self.page.keyboard.type(key)
            if await self.page.evaluate(_TYPED, [at, _AGAIN_MS]):
                return
        raise NotSo(f"{key} is not taken: {self.heard}")

    def _said(self, id_: str) -> Said:
        does, _, value = id_.partition(":")
        seen = self.seen
        return Said(
            step=int(seen["step"]),
            do=does,
            value=value,
            state=seen["state"],
            amount=seen["amount"],
            title=seen["title"],
            keying=seen["keying"],
        )

    async def _goes(self, said: Said, selector: str, nth: int = 0) -> bool:
        """Presses it until another screen stands there. What is booked by then was confirmed as it stood.

        A page that hears nothing for two seconds takes no touch: on a busy machine it is made again, but not
        on another screen, and not while the terminal has it. False: the terminal refused it.
        """
        for _ in range(_TIMES_MAX):
            if self.answers.get(said.step) != _TAKEN:
                await self._pressed(said, selector, nth)
            if await self._stands(_AGAIN_MS, {"not": said.step}):
                break
        else:
            raise NotSo((said, self.heard))
        refused = await self._answer_to(said.step) == _REFUSED
        self._judged([] if refused else [said])
        return not refused

    async def _pressed(self, said: Said, selector: str, nth: int) -> None:
        if not self.touches and said.do == "key":
            return await self.page.keyboard.press("Enter")
        place = await self._place(selector, nth, said.step)
        if not place:
            return None
        return await (self._touch(place) if self.touches else self._by_keys(place))

    async def _answer_to(self, step: int) -> int | None:
        """The screen that follows may be here before it. None: there was no touch on that step."""
        for _ in range(round(_AGAIN_MS / 1000 / _AGAIN_S)):
            if step in self.answers:
                break
            await asyncio.sleep(_AGAIN_S)
        return self.answers.get(step)

    def _judged(self, said: list[Said]) -> None:
        came = self.books.new()
        self.judge.look(said, came, self.seen["state"])
        self.came += [one for one in came if one.kind not in _BESIDE]
