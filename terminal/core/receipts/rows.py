"""A receipt as a document: typed rows, before anybody knows how wide the paper is."""

from __future__ import annotations

from terminal.core.values import Value


class Centred(Value, frozen=True, kw_only=True, tag="centred"):
    """Text in the middle; wrapped where it is too long."""

    text: str
    big: bool = False
    """Twice as wide and twice as high."""
    bold: bool = False


class Text(Value, frozen=True, kw_only=True, tag="text"):
    """Text from the left; wrapped, with further lines indented like the first."""

    text: str
    indent: int = 0
    bold: bool = False


class Columns(Value, frozen=True, kw_only=True, tag="columns"):
    """A label and, at the right edge, its value. The value is never cut: it takes lines of its own."""

    left: str
    right: str
    indent: int = 0
    big: bool = False
    bold: bool = False


class Rule(Value, frozen=True, kw_only=True, tag="rule"):
    """A line across the paper."""


class Feed(Value, frozen=True, kw_only=True, tag="feed"):
    """Empty lines."""

    lines: int = 1


class QrCode(Value, frozen=True, kw_only=True, tag="qr"):
    """A QR code in the middle."""

    text: str


Row = Centred | Text | Columns | Rule | Feed | QrCode


class Document(Value, frozen=True, kw_only=True):
    """What a receipt says. The same document becomes bytes, text and the preview on the page."""

    language: str
    """BCP 47: `zh-Hans`, `en`."""
    rows: tuple[Row, ...] = ()
    """Empty where the kind prints nothing."""
