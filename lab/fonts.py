"""The page's Chinese fonts, cut from Noto Sans CJK to the characters that shops and names use.

    python -m lab fonts NotoSansCJK-Regular.ttc NotoSansCJK-Bold.ttc

The two files are those of Debian's fonts-noto-cjk. It needs `pyftsubset` (fonttools with brotli), which
nothing else here does. `hans`: GB 2312; `hant`: the first level of Big5; `more`: what else of GBK there is,
so that a name with a rare character shows; a browser fetches it only where one stands.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from terminal.core.texts import TABLES

PAGE = Path(__file__).parent.parent / "terminal" / "kiosk" / "page"
_SC, _TC = 2, 3
"""Which font of a collection draws as the mainland, and as Taiwan."""
_MARKS = "·—‘’“”…→￥¥ " + "".join(map(chr, (*range(0x3000, 0x3018), *range(0xFF01, 0xFF5F))))
_DROPPED = "vhea,vmtx,VORG,GSUB,GPOS,GDEF,BASE"


def main(arguments: Sequence[str]) -> int:
    regular, bold = arguments
    hans = {*_double("gb2312", range(0xB0, 0xF8)), *_MARKS, *_said("zh-Hans")}
    hant = {*_double("big5", range(0xA4, 0xC7)), *_MARKS, *_said("zh-Hant")}
    gbk = set(map(chr, range(0x4E00, 0x9FA6)))
    _cut(regular, _SC, hans, "hans")
    _cut(bold, _SC, hans, "hans-bold")
    _cut(regular, _TC, hant, "hant")
    _cut(bold, _TC, hant, "hant-bold")
    _cut(regular, _SC, gbk - hans, "more")
    return 0


def _double(encoding: str, leads: range) -> Iterator[str]:
    for lead in leads:
        for trail in range(0x40, 0xFF):
            try:
                yield bytes((lead, trail)).decode(encoding)
            except UnicodeDecodeError:
                continue


def _said(language: str) -> set[str]:
    return {char for sentence in TABLES[language].values() for char in sentence if not char.isascii()}


def _cut(collection: str, number: int, characters: set[str], name: str) -> None:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as listed:
        listed.write("".join(sorted(characters)))
        listed.flush()
        subprocess.run(
            [
                "pyftsubset",
                collection,
                f"--font-number={number}",
                f"--text-file={listed.name}",
                f"--output-file={PAGE / name}.woff2",
                "--flavor=woff2",
                "--layout-features=",
                "--no-hinting",
                "--desubroutinize",
                f"--drop-tables+={_DROPPED}",
            ],
            check=True,
        )
    sys.stdout.write(f"{name}.woff2: {len(characters)} characters\n")
