"""Many cards that end at once: what is said of them first, and an entry for each (product.md B11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from terminal.core.batches import Batch, CutShort, Step
from terminal.core.cards import CardState
from terminal.core.commands import BATCH, BookCardState, BookNote, Occasion
from terminal.core.values import EntryId


class Fact(StrEnum):
    """What is counted, as whoever decides is told it: at the counter and in the menu alike."""

    CANCELS = "cancels"
    POINTS = "points"  # Of them, such that end with them.
    NEW = "new"  # Of them, never given out.
    BEFORE = "before"  # Done before it was cut short, and on the same list.
    LEFT_OUT = "left_out"
    OF_HEADQUARTERS = "of_headquarters"  # Of those, nobody's that only headquarters ends.
    PARTLY = "partly"  # Of those, members' who may have value elsewhere.


_ALWAYS = frozenset({Fact.CANCELS, Fact.LEFT_OUT})


def facts(batch: Batch, cut: CutShort | None) -> Iterator[tuple[Fact, int]]:
    """In their order; of what is none only the first and what is left out."""
    counted = {
        Fact.CANCELS: len(batch.cancels),
        Fact.POINTS: batch.with_points,
        Fact.NEW: batch.new,
        Fact.BEFORE: len(cut.done) if cut is not None else 0,
        Fact.LEFT_OUT: len(batch.left_out),
        Fact.OF_HEADQUARTERS: batch.of_headquarters,
        Fact.PARTLY: batch.partly,
    }
    return ((fact, count) for fact, count in counted.items() if count or fact in _ALWAYS)


def closing(cut: CutShort | None, at: Occasion, new_id: Callable[[], EntryId]) -> BookNote:
    """At its end. What was cut short goes on: then one list has all."""
    return BookNote(id=cut.of if cut is not None else new_id(), at=at, what=BATCH)


def cancelling(batch: Batch, note: BookNote, new_id: Callable[[], EntryId]) -> tuple[Step, ...]:
    """By whoever signs the note at its end."""
    return tuple(
        Step(
            command=BookCardState(
                id=new_id(),
                at=note.at,
                card=one.card,
                state=CardState.CANCELLED,
                batch=note.id,
                ends=one.ends,
            ),
            shown=one.shown,
        )
        for one in batch.cancels
    )
