"""Every question that no scene shows, small, several to a sheet; and the list of which is where."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

from lab.screens.front import ScriptedFront
from lab.screens.pictures import appeared, chromium, served
from lab.screens.scenes import STATUS, scenes
from lab.screens.sentences import heads
from terminal.core.screens import Keying, Screen
from terminal.flows import FLOWS

if TYPE_CHECKING:
    from playwright.async_api import Page

LIST: Final = "questions.json"
"""By the English words of each: the scene that shows it, or sheet and place, as `questions-03/5`."""
LANGUAGES: Final = ("zh-Hans", "en")
SIZE: Final = (1024, 600)
PRINT: Final = (768, 450)
"""Of one picture on its sheet, so that its numbers can be read."""
COLUMNS: Final = 2
ROWS: Final = 3
_COLOURS: Final = 32
"""Weight counts for more here than soft edges: half of what `pictures.COLOURS` would take as PNG."""
_EDGE: Final = 8
_NUMBERED: Final = 26
"""The strip above each, with its place."""
_TYPED: Final[Mapping[Keying, str]] = {
    Keying.AMOUNT: "137.5",
    Keying.CASH: "200",
    Keying.PHONE: "1380013",
    Keying.LITRES: "35.2",
    Keying.KILOGRAMS: "48.25",
    Keying.CUBIC_METRES: "27.1",
    Keying.TOTAL: "2310007.65",
    Keying.PIECES: "12",
    Keying.COUNT: "1200",
    Keying.DAY: "199008",
    Keying.WEIGHT: "0.745",
    Keying.PIN: "2007",
    Keying.SEARCH: "wxm",
}
"""What stands on the keypad in the picture."""


async def taken_of_questions(folder: Path) -> list[Path]:
    """`questions-NN.LANGUAGE.webp` and the list. Raises RuntimeError: no test leads to some question."""
    from lab.screens.asked import every_screen

    found, asked = await asyncio.to_thread(every_screen), heads()
    if unled := asked - found.keys():
        raise RuntimeError(f"no test of the flows or the desk leads to {sorted(unled)}")
    screens = {head: screen for head, screen in found.items() if head in asked}
    shown = in_scenes()
    drawn, many = list(_by_flow(screens, shown)), COLUMNS * ROWS
    sheets = [drawn[at : at + many] for at in range(0, len(drawn), many)]
    _without_old(folder)
    made: list[Path] = []
    async with chromium() as browser:
        for language in LANGUAGES:
            page = await browser.new_page(
                viewport={"width": SIZE[0], "height": SIZE[1]}, reduced_motion="reduce"
            )
            made += await _in_language(page, folder, language, sheets)
            await page.close()
    places = {
        screen.title.text: f"{_called(sheet)}/{place}"
        for sheet, all_ in enumerate(sheets, 1)
        for place, screen in enumerate(all_, 1)
    }
    listed = json.dumps(shown | places, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / LIST).write_text(f"{listed}\n", encoding="utf-8")
    return [*made, folder / LIST]


def _without_old(folder: Path) -> None:
    """There may be fewer sheets than before."""
    for old in folder.glob("questions-*.webp"):
        old.unlink()


def in_scenes() -> dict[str, str]:
    """What scenes are headed by, and the first of each."""
    named: dict[str, str] = {}
    for name, screen in scenes("en").items():
        named.setdefault(screen.title.text, name)
    return named


def _by_flow(screens: Mapping[str, Screen], shown: Mapping[str, str]) -> Iterator[Screen]:
    for flow in (*FLOWS, ""):
        yield from (one for head, one in screens.items() if one.flow == flow and head not in shown)


def _called(sheet: int) -> str:
    return f"questions-{sheet:02d}"


async def _in_language(
    page: Page, folder: Path, language: str, sheets: Sequence[Sequence[Screen]]
) -> list[Path]:
    made: list[Path] = []
    front = ScriptedFront(scenes(language)["idle"], STATUS)
    async with served(front) as place:
        await page.goto(place.link(language))
        for number, screens in enumerate(sheets, 1):
            prints = [await _print(page, front, screen) for screen in screens]
            path = folder / f"{_called(number)}.{language}.webp"
            _sheet(prints).quantize(_COLOURS).convert("RGB").save(path, lossless=True, quality=100, method=4)
            made.append(path)
    return made


async def _print(page: Page, front: ScriptedFront, screen: Screen) -> Image.Image:
    await appeared(page, front.show(screen), settled=False)
    for key in _TYPED.get(screen.keying, "") if screen.keying else "":
        await page.keyboard.press(key)
    await page.evaluate("document.fonts.ready")
    with Image.open(BytesIO(await page.screenshot())) as picture:
        return picture.convert("RGB").resize(PRINT, Image.Resampling.LANCZOS)


def _sheet(prints: Sequence[Image.Image]) -> Image.Image:
    width, height = PRINT[0] + _EDGE, PRINT[1] + _NUMBERED
    rows = -(-len(prints) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * width + _EDGE, rows * height + _EDGE), "white")
    pen = ImageDraw.Draw(sheet)
    for at, picture in enumerate(prints):
        left, top = _EDGE + at % COLUMNS * width, at // COLUMNS * height
        pen.text((left, top + 3), str(at + 1), fill="black", font=ImageFont.load_default(size=18))
        sheet.paste(picture, (left, top + _NUMBERED))
    return sheet
