"""4 and 5: what waits for headquarters or the shop's own cloud, and the shift."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.maintenance.menu.doctor_lines import WHOLE, about
from terminal.maintenance.menu.looking import SECOND
from terminal.maintenance.menu.tree import Box, Field, Item, Said, each


def sync(box: Box) -> Item:
    return Item(
        label="Sync",
        items=each(
            Item(label="What waits", do=lambda _: _queue(box)),
            Item(label="Send now", do=lambda _: box.ask("send-now")),
            Item(label="Entries in quarantine", do=lambda _: box.ask("quarantine")),
            Item(label="Send those again", do=lambda _: box.ask("quarantine", "again")),
            Item(
                label="Give one up",
                locked=True,
                fields=(Field(label="Number of the entry"),),
                do=lambda words: box.ask("give-up", *words),
            ),
            Item(
                label="Join headquarters",
                fields=(Field(label="Code that headquarters printed"), Field(label="Address (or empty)")),
                do=lambda words: _enrol(box, *words),
            ),
        ),
    )


def shift(box: Box) -> Item:
    return Item(
        label="Shift",
        locked=True,
        items=lambda: (
            Item(label="X report", fields=SECOND, do=lambda words: box.ask("x", *words)),
            _z(box),
        ),
    )


def _z(box: Box) -> Item:
    """At a station with a field for each totaliser that no dispenser tells."""
    asked = box.ask("to-read")
    nozzles = asked.lines if asked.well else ()
    return Item(
        label="Z: close the shift",
        fields=(
            Field(label="Counted, in yuan"),
            Field(label="Of it stays in the drawer"),
            *(Field(label=f"Totaliser of nozzle {one}") for one in nozzles),
        ),
        do=lambda words: _closed(box, nozzles, *words),
    )


def _queue(box: Box) -> Said:
    seen = box.command(*WHOLE)
    found = about(seen.lines, "queue", "enrolment", "webhook", "invoices")
    return Said(lines=found or seen.lines, well=bool(found))


def _enrol(box: Box, code: str, url: str) -> Said:
    if closed := box.closed:
        return Said(lines=(closed,), well=False)
    if not box.runs:  # Alone it would open the ledger, and nobody's PIN was asked for.
        return Said(
            lines=("The terminal does not run. Start it first, or: sudo terminal enrol CODE",), well=False
        )
    return box.command("enrol", code, *(["--url", url] if url else []))


def _closed(box: Box, nozzles: Sequence[str], counted: str, left: str, *totals: str) -> Said:
    read = tuple(zip(nozzles, totals, strict=True))
    return Said(
        lines=(
            f"Counted: {counted} yuan. Of it {left} stays in the drawer.",
            *(f"Totaliser of nozzle {nozzle}: {total}" for nozzle, total in read),
            "The shift is closed, and cannot be opened again.",
        ),
        go=lambda: box.ask("z", counted, left, *(f"{nozzle}={total}" for nozzle, total in read)),
    )
