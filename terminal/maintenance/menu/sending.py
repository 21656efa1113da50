"""4 and 5: what waits for headquarters or the shop's own cloud, and the shift."""

from __future__ import annotations

from terminal.maintenance.menu.doctor_lines import about
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
        items=each(
            Item(label="X report", fields=SECOND, do=lambda words: box.ask("x", *words)),
            Item(
                label="Z: close the shift",
                fields=(Field(label="Counted, in yuan"), Field(label="Of it stays in the drawer")),
                do=lambda words: _closed(box, *words),
            ),
        ),
    )


def _queue(box: Box) -> Said:
    seen = box.command("doctor")
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


def _closed(box: Box, counted: str, left: str) -> Said:
    return Said(
        lines=(
            f"Counted: {counted} yuan. Of it {left} stays in the drawer.",
            "The shift is closed, and cannot be opened again.",
        ),
        go=lambda: box.ask("z", counted, left),
    )
