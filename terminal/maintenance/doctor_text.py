"""How what the doctor found is laid out: on a screen of 80 columns, what presses first."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.core.receipts.legible import width, wrapped
from terminal.maintenance.finding import Finding

if TYPE_CHECKING:
    from terminal.maintenance.sentences import Words


_GREEN, _AMBER, _RED = "green", "amber", "RED"
_COLOURS = {_GREEN: 32, _AMBER: 33, _RED: 31}
_WORD_CHARS = 5
_MORE = " ..."
_COLUMNS = 80
ROWS = 23
_GREEN_ROWS = 6
_FINDING_ROWS = 6
"""For a reason, and for a next step."""
_NAME_CHARS = 16


def as_text(found: tuple[Finding, ...], *, colours: bool, words: Words = str, rows: int | None = ROWS) -> str:
    """What is red first, then amber, each with its next step; the rest as far as the screen goes.

    `words`: translates each part. `rows`: of a screen, 80 columns wide; None: all of it, whatever it takes.
    """
    said = [in_words(finding, words) for finding in found]
    pressing = [one for level in (_RED, _AMBER) for one in said if _level(one) == level]
    green = [one for one in said if _level(one) == _GREEN]
    room = rows - 1 if rows is not None else _FINDING_ROWS * 2 * len(said)
    lines = _spread(pressing, room - min(len(green), _GREEN_ROWS), words, colours=colours)
    room = max(room - len(lines), 1)
    shown = green if len(green) <= room else green[: room - 1]
    rest = [finding.subject for finding in green[len(shown) :]]
    lines += _spread(shown, room - bool(rest), words, colours=colours)
    if rest:
        lines.append(_cut(words(f"green {len(rest)} more: {', '.join(rest)}"), _COLUMNS))
    red = sum(not one.well for one in said)
    amber = len(pressing) - red
    counts = f"{len(green)} green, {amber} amber, {red} red" if amber else f"{len(green)} green, {red} red"
    return "\n".join([*lines, words(counts)])


def _level(finding: Finding) -> str:
    if not finding.well:
        return _RED
    return _AMBER if finding.amber else _GREEN


def in_words(finding: Finding, words: Words) -> Finding:
    """A reason is one sentence, or several with `; ` between them; some are lists of facts."""
    return replace(
        finding,
        subject=words(finding.subject),
        reason=_parts(finding.reason, words),
        next_step=words(finding.next_step),
    )


def _parts(reason: str, words: Words) -> str:
    said = words(reason)
    for between in ("; ", ", "):
        if said == reason:
            said = between.join(map(words, reason.split(between)))
    return said


def _spread(found: list[Finding], room: int, words: Words, *, colours: bool) -> list[str]:
    """One row each for reason and next step; then row by row as many as they need, while there is room."""
    blocks = [_lines(finding, words, rows=1, colours=colours) for finding in found]
    for rows in range(2, _FINDING_ROWS + 1):
        for place, finding in enumerate(found):
            grown = _lines(finding, words, rows=rows, colours=colours)
            if sum(map(len, blocks)) - len(blocks[place]) + len(grown) <= room:
                blocks[place] = grown
    return [line for block in blocks for line in block]


def _lines(finding: Finding, words: Words, *, rows: int, colours: bool) -> list[str]:
    """The reason beside its subject, and the next step below it, each on so many rows at most."""
    subject = _padded(_cut(finding.subject, _NAME_CHARS), _NAME_CHARS)
    indent = " " * (_NAME_CHARS + 7)
    reason = _wrapped(finding.reason, _COLUMNS - len(indent), rows)
    level = _level(finding)
    head = _padded(words(level), _WORD_CHARS)
    painted = f"\x1b[{_COLOURS[level]}m{head}\x1b[0m" if colours else head
    shown = [f"{painted} {subject} {reason[0]}", *(f"{indent}{line}" for line in reason[1:])]
    step = _wrapped(finding.next_step, _COLUMNS - len(indent) - 3, rows) if finding.next_step else []
    shown += [f"{indent}{'   ' if place else '-> '}{line}" for place, line in enumerate(step)]
    return shown


def _wrapped(text: str, columns: int, rows: int) -> list[str]:
    """A Chinese sentence has no spaces, and each of its characters takes two columns."""
    if text.isascii():
        return textwrap.wrap(text, columns, max_lines=rows, placeholder=_MORE) or [""]
    lines = wrapped(text, columns)
    if len(lines) <= rows:
        return lines
    last = wrapped(lines[rows - 1], columns - len(_MORE))[0]
    return [*lines[: rows - 1], f"{last}{_MORE}"]


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def _cut(text: str, columns: int) -> str:
    return text if width(text) <= columns else f"{wrapped(text, columns - 3)[0]}..."
