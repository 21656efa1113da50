"""A page drawn as dots, with a font of this machine, for printers without a Chinese font."""

from __future__ import annotations

import shutil
import subprocess

from PIL import Image, ImageDraw, ImageFont

from terminal.core.receipts import Page, PageCode, PageLine, text_of
from terminal.drivers.codecs.escpos import Bitmap

_LINE_DOTS = 30
_CELL_DOTS = 12
"""One column; a Chinese character is two."""
_SIZE = 24
_CODE_MODULE_DOTS = 6
_CODE_QUIET = 4
_WHITE, _BLACK = 1, 0


def picture_of(page: Page, dots: int) -> Bitmap:
    """Every character in the cell where the printer's own font would stand."""
    parts = [_drawn(line, page.columns) if isinstance(line, PageLine) else _code(line) for line in page.lines]
    wide = -(-dots // 8) * 8
    whole = Image.new("1", (wide, sum(part.height for part in parts)), _WHITE)
    top = 0
    for part in parts:
        whole.paste(part, ((dots - part.width) // 2, top))
        top += part.height
    white = whole.tobytes()
    return Bitmap(bytes_wide=wide // 8, rows=bytes(byte ^ 0xFF for byte in white))


def _drawn(line: PageLine, columns: int) -> Image.Image:
    """One line at its own size; big ones are drawn small and doubled, as printers do."""
    text = text_of(line, columns)
    times = 2 if line.big else 1
    image = Image.new("1", (columns * _CELL_DOTS // times, _LINE_DOTS), _WHITE)
    pen = ImageDraw.Draw(image)
    if line.rule:
        pen.line((0, _LINE_DOTS // 2, image.width, _LINE_DOTS // 2), fill=_BLACK)
    left = 0
    for char in "" if line.rule else text:
        cell = _CELL_DOTS * (1 if char.isascii() else 2)
        font = _font(":spacing=mono" if char.isascii() else ":lang=zh-cn")
        place = (left + (cell - font.getlength(char)) / 2, _baseline())
        pen.text(place, char, font=font, fill=_BLACK, anchor="ls")
        if line.bold:
            pen.text((place[0] + 1, place[1]), char, font=font, fill=_BLACK, anchor="ls")
        left += cell
    return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)


def _baseline() -> int:
    return _LINE_DOTS - 8


def _code(code: PageCode) -> Image.Image:
    import segno

    rows = segno.make(code.text, error="m", micro=False).matrix
    side = (len(rows) + 2 * _CODE_QUIET) * _CODE_MODULE_DOTS
    image = Image.new("1", (side, side), _WHITE)
    pen = ImageDraw.Draw(image)
    for y, row in enumerate(rows, _CODE_QUIET):
        for x, dark in enumerate(row, _CODE_QUIET):
            if dark:
                at = (x * _CODE_MODULE_DOTS, y * _CODE_MODULE_DOTS)
                pen.rectangle(
                    (*at, at[0] + _CODE_MODULE_DOTS - 1, at[1] + _CODE_MODULE_DOTS - 1), fill=_BLACK
                )
    return image


_fonts: dict[str, ImageFont.FreeTypeFont] = {}


def _font(pattern: str) -> ImageFont.FreeTypeFont:
    """What fontconfig takes for the pattern. Raises RuntimeError without fontconfig."""
    if pattern not in _fonts:
        finder = shutil.which("fc-match")
        if finder is None:
            raise RuntimeError("fc-match is missing: apt-get install fontconfig fonts-wqy-zenhei")
        found = subprocess.run(
            [finder, "--format=%{file}|%{index}", pattern], capture_output=True, text=True, check=True
        ).stdout
        file, _, index = found.partition("|")
        size = _SIZE if "zh" in pattern else _SIZE * 5 // 6
        _fonts[pattern] = ImageFont.truetype(file, size, index=int(index or 0))
    return _fonts[pattern]
