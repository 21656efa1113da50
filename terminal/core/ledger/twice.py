"""What came back of a sale twice: on two branches of a journal, or where the right to it had gone."""

from __future__ import annotations

from collections.abc import Iterable

from terminal.core import accounts as chart
from terminal.core.accounts import FEN, Account, measure_of
from terminal.core.commands import BookRefund, BookReversal, BookSale, BookVoid, Command
from terminal.core.entry import Entry
from terminal.core.ledger.back import undoing
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.shares import part_of, whole_of
from terminal.core.ledger.state import State


def beyond_sold(sale: BookSale, before: Iterable[Command], undo: Command) -> tuple[int, int]:
    """Of all that `undo` brought back, how much had come back already; and all of it. As lines say it."""
    wholes = [whole_of(line.net) for line in sale.lines]
    came = [0] * len(wholes)
    for one in before:
        came = [had + part for had, part in zip(came, _parts(one, sale), strict=True)]
    parts = _parts(undo, sale)
    over = (
        min(part, max(0, had + part - whole)) for had, part, whole in zip(came, parts, wholes, strict=True)
    )
    return sum(over), sum(parts)


def _parts(undo: Command, sale: BookSale) -> list[int]:
    """Line by line; what is no refund undid the whole."""
    if not isinstance(undo, BookRefund):
        return [whole_of(line.net) for line in sale.lines]
    parts = [0] * len(sale.lines)
    for one in undo.returned:
        parts[one.line] += part_of(one, sale.lines[one.line].net)
    return parts


def came_twice(entry: Entry, came: int, state: State) -> int:
    """Of so much that it brought back, what it had no right to on this branch; rather a fen too much."""
    undo = entry.payload
    if not isinstance(undo, BookRefund | BookReversal | BookVoid):
        return 0
    if state.sale_left(undo.of):
        return came
    found, before = state.entry(undo.of), [one.payload for one in undoing(undo.of, state)]
    if found is None or not isinstance(found.payload, BookSale):
        return came if before else 0
    over, whole = beyond_sold(found.payload, before, undo)
    return -(-came * over // whole) if over else 0


def claimed_back(draft: Draft, account: Account, amount: int) -> None:
    """It came onto that account, where it may have been spent since: owed like what is spent beyond rights.

    So the income that it took back a second time is there again.
    """
    draft.overdraw(account, amount)
    if measure_of(account.unit) == FEN:
        draft.move(chart.refund_compensation(draft.site), amount)
    else:
        draft.issue(measure_of(account.unit), -amount)
