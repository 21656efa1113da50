"""Chinese shows on a machine that has no Chinese font: the page brings its own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from lab.screens.front import ScriptedFront
from terminal.core.texts import TABLES

if TYPE_CHECKING:
    from playwright.async_api import Page

RARE = "喆堃珺淼龘昇"
"""Characters of names that GB 2312 lacks."""
PUT = """async ([text, weight]) => {
  const node = document.createElement("p");
  node.id = "drawn";
  node.style.fontWeight = weight;
  node.textContent = text;
  document.body.replaceChildren(node);
  await Promise.all([...document.fonts].map((face) => face.load()));
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""


async def drawn_by(page: Page, text: str, weight: int) -> Counter[str]:
    """How many characters each font drew; of the machine's own fonts with a mark in front."""
    await page.evaluate(PUT, [text, str(weight)])
    session = await page.context.new_cdp_session(page)
    await session.send("DOM.enable")
    await session.send("CSS.enable")
    root = await session.send("DOM.getDocument")
    node = await session.send("DOM.querySelector", {"nodeId": root["root"]["nodeId"], "selector": "#drawn"})
    fonts = await session.send("CSS.getPlatformFontsForNode", {"nodeId": node["nodeId"]})
    found: Counter[str] = Counter()
    for one in fonts["fonts"]:
        found[("" if one["isCustomFont"] else "local ") + one["familyName"]] += round(one["glyphCount"])
    return found


@pytest.mark.parametrize("weight", [400, 700])
@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
async def test_every_character_is_drawn_by_the_pages_own_fonts(
    open_page: Page, front: ScriptedFront, language: str, weight: int
) -> None:
    page = await open_page(language=language)
    _ = front
    sentences = TABLES["zh-Hans" if language == "en" else language].values()
    text = "".join(sorted({char for sentence in sentences for char in sentence if char.isprintable()}))
    found = await drawn_by(page, text + RARE, weight)
    assert not [name for name in found if name.startswith("local ")]
    assert sum(found.values()) >= len(text + RARE) - 1
