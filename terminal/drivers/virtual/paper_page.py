"""What came out of the virtual printer, for a browser: lines, codes and pictures as they stand on paper."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from terminal.drivers.virtual.escpos_reader import PaperCode, PaperItem, PaperPicture, PaperReceipt, PaperText

_QUIET_MODULES = 4


def as_html(receipt: PaperReceipt) -> str:
    """`<div class="paper">`, with `torn` where it was not cut; every text is escaped, no inline style.

    In it `<pre class="line">` (with `big`, `bold`, `centred`), `<svg class="code">`, `<img class="dots">`
    and, for bytes that no manual explains, `<p class="unknown">`.
    """
    inside = "".join(_item(item) for item in receipt.items)
    if receipt.unknown:
        inside += f'<p class="unknown">{escape(" ".join(receipt.unknown))}</p>'
    return f'<div class="paper{"" if receipt.cut else " torn"}">{inside}</div>'


def _item(item: PaperItem) -> str:
    match item:
        case PaperText(text=text):
            names = ["line", *(name for name in ("big", "bold", "centred") if getattr(item, name))]
            return f'<pre class="{" ".join(names)}">{escape(text) or " "}</pre>'
        case PaperCode(text=text):
            return _code(text)
        case PaperPicture(width=width, height=height, png=png):
            source = f"data:image/png;base64,{b64encode(png).decode('ascii')}"
            return f'<img class="dots" width="{width}" height="{height}" alt="" src="{source}">'


def _code(text: str) -> str:
    import segno  # noqa: PLC0415  50 ms of import, and only where a code is shown

    try:
        rows = segno.make(text, error="m", micro=False).matrix
    except segno.DataOverflowError:
        return f'<p class="unknown">QR code too long: {len(text)} characters</p>'
    side = len(rows) + 2 * _QUIET_MODULES
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows, _QUIET_MODULES)
        for x, dark in enumerate(row, _QUIET_MODULES)
        if dark
    )
    head = f'<svg class="code" viewBox="0 0 {side} {side}" role="img" aria-label="{escape(text)}">'
    return f'{head}<path d="{path}"/></svg>'
