"""The golden transcripts: every specimen, in each language, at each width, as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lab.receipts.specimens import LANGUAGES, SPECIMENS, WIDTHS
from terminal.core.receipts import as_text, drawn

GOLDEN = Path(__file__).parents[2] / "tests" / "golden" / "receipts"


def transcripts() -> Iterator[tuple[str, str]]:
    """(file name, text) of each."""
    for name, specimen in SPECIMENS.items():
        for language in LANGUAGES:
            for columns in WIDTHS:
                page = drawn(specimen.document(language), columns)
                yield f"{name}.{language}.{columns}.txt", as_text(page)


def write_golden() -> int:
    """Write them all anew; the difference is for a person to read before it is committed."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for old in GOLDEN.glob("*.txt"):
        old.unlink()
    count = 0
    for name, text in transcripts():
        (GOLDEN / name).write_text(text, encoding="utf-8")
        count += 1
    return count
