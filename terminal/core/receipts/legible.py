"""Text that may stand on paper, and how wide it is there.

On a printer with a Chinese font everything that is not ASCII is drawn in a cell of two columns (GB/T
2312 and Big5 have Latin and Greek letters in full width too), so that is how it is counted.
"""

from __future__ import annotations

import unicodedata

TEXT_CHARS_MAX = 200
"""Longer text is cut, and shows it: a name must not take a roll of paper."""

_CUT_MARK = "..."
_ILLEGIBLE = "?"
_FULL_WIDTH_YEN = "\N{FULLWIDTH YEN SIGN}"
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Mc"}
_SPACES = {"Zs", "Zl", "Zp"}


def legible(text: str) -> str:
    """The text as it may be printed: composed (NFC), one line, no control, format or bidi character.

    What cannot be drawn becomes `?`, so that it is seen. The yen sign becomes the full-width one,
    which every Chinese character set holds; U+00A5 itself is in none of them, nor is the small three of m³.
    """
    clean = "".join(map(_drawable, unicodedata.normalize("NFC", text[: 2 * TEXT_CHARS_MAX])))
    if len(clean) > TEXT_CHARS_MAX:
        return clean[: TEXT_CHARS_MAX - len(_CUT_MARK)] + _CUT_MARK
    return clean


def _drawable(char: str) -> str:
    if " " <= char <= "~":
        return char
    if char == "¥":
        return _FULL_WIDTH_YEN
    if char == "³":
        return "3"
    category = unicodedata.category(char)
    if category in _SPACES:
        return "  " if char == "\N{IDEOGRAPHIC SPACE}" else " "
    if char in "\t\n\r":
        return " "
    return _ILLEGIBLE if category in _HIDDEN else char


def width(text: str) -> int:
    """Columns that legible text takes."""
    return sum(1 if char.isascii() else 2 for char in text)


def wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most `columns` (at least 2), broken at spaces or wide characters if possible."""
    lines: list[str] = []
    line = ""
    used = 0
    for word in _words(text):
        wide = width(word)
        if used + wide <= columns:
            line, used = line + word, used + wide
            continue
        if line.strip():
            lines.append(line.rstrip(" "))
        line = word.lstrip(" ")
        while width(line) > columns:  # A word longer than a line is broken anywhere.
            head = _fitting(line, columns)
            lines.append(head)
            line = line[len(head) :]
        used = width(line)
    if line.strip() or not lines:
        lines.append(line.rstrip(" "))
    return lines


def _words(text: str) -> list[str]:
    """Pieces that stay together: a run of ASCII without spaces, one space, one wide character."""
    words: list[str] = []
    for char in text:
        joins = char.isascii() and char != " "
        if joins and words and words[-1].isascii() and words[-1] != " ":
            words[-1] += char
        else:
            words.append(char)
    return words


def _fitting(text: str, columns: int) -> str:
    used = 0
    for place, char in enumerate(text):
        used += 1 if char.isascii() else 2
        if used > columns:
            return text[:place]
    return text
