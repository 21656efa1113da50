"""The page against the rules of WCAG 2.2, levels A and AA, as axe-core reads them."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from lab.screens.front import ScriptedFront
from lab.screens.pictures import TYPED, appeared
from lab.screens.scenes import OFFLINE, STATUS, scenes
from terminal.core.errors import LedgerClosed
from terminal.core.screens import says

if TYPE_CHECKING:
    from playwright.async_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
ASKED = """async (tags) => (await axe.run(document, {
  runOnly: tags,
  // What a scrolling edge cuts looks small to it; that each is 48 px is measured by `measured.js`.
  rules: { "target-size": { enabled: innerWidth >= 1000 } },
})).violations.map(
  (one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(" ").slice(0, 300)}`)"""


async def against(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(ASKED, RULES)
    return found


@pytest.mark.parametrize(("width", "height", "language"), [(1024, 600, "zh-Hans"), (360, 740, "en")])
async def test_no_screen_breaks_a_rule(
    open_page: Any, front: ScriptedFront, width: int, height: int, language: str
) -> None:
    page = await open_page(width, height, language, reduced_motion="reduce")
    await page.evaluate(AXE)
    found = {}
    for name, screen in scenes(language).items():
        await appeared(page, front.show(screen))
        for key in TYPED.get(name, ""):
            await page.keyboard.press(key)
        found[name] = await against(page)
    front.tell(replace(STATUS, training=True))
    found["training"] = await against(page)
    front.tell(replace(OFFLINE, halted=says(LedgerClosed.for_attendant), halted_code=LedgerClosed.code))
    await appeared(page, front.show(scenes(language)["idle"]))
    found["halted"] = await against(page)
    assert {name: broken for name, broken in found.items() if broken} == {}


async def test_a_broken_rule_is_found(open_page: Any) -> None:
    page = await open_page()
    await page.evaluate(AXE)
    await page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert any(one.startswith("image-alt") for one in await against(page))
