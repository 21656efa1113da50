"""A page as HTML, for the preview beside the sale."""

from __future__ import annotations

from html import escape

from terminal.core.receipts.page import Page, PageCode, PageLine

_QUIET_MODULES = 4
"""Free modules around a QR code (ISO/IEC 18004 section 9.1)."""


def as_html(page: Page) -> str:
    """One `<div class="receipt receipt-32" lang="...">`; every text in it is escaped.

    Classes: `line` (one a printed line; with `big`, `bold`, `centred`, `rule`, `empty`), in it
    `<bdi class="left">` and `<bdi class="right">` whose spaces matter; `code` holds an SVG. No inline style.
    """
    inside = "".join(_line(line) if isinstance(line, PageLine) else _code(line) for line in page.lines)
    head = f'<div class="receipt receipt-{page.columns}" lang="{escape(page.language)}">'
    return f"{head}{inside}</div>"


def _line(line: PageLine) -> str:
    names = ["line"]
    names += [name for name in ("big", "bold", "centred", "rule") if getattr(line, name)]
    if not (line.left or line.right or line.rule):
        names.append("empty")
    inside = f'<bdi class="left">{escape(line.left)}</bdi>' if line.left else ""
    if line.right:
        inside += f'<bdi class="right">{escape(line.right)}</bdi>'
    return f'<div class="{" ".join(names)}">{inside}</div>'


def _code(code: PageCode) -> str:
    import segno  # noqa: PLC0415  50 ms of import, and only where a code is shown

    symbol = segno.make(code.text, error="m", micro=False)
    rows = symbol.matrix
    side = len(rows) + 2 * _QUIET_MODULES
    path = "".join(
        f"M{x + _QUIET_MODULES} {y + _QUIET_MODULES}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return (
        f'<div class="code"><svg viewBox="0 0 {side} {side}" role="img" aria-label="{escape(code.text)}">'
        f'<path d="{path}"/></svg></div>'
    )
