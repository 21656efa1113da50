"""6 to 8: settings and staff, the ledger and its copies, training."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from terminal.maintenance.menu.looking import SECOND
from terminal.maintenance.menu.tree import Box, Field, Item, Said, each, lasting, noted

_BACKUPS = "/mnt/backup"


def settings(box: Box) -> Item:
    return Item(
        label="Settings and staff",
        locked=True,
        alone=lambda: _before(box),
        items=lambda: (
            *_before(box),
            Item(label="Change a setting", items=lambda: _settings(box)),
            Item(
                label="Add a setting",
                fields=(Field(label="Name, as counter.notice_s"), Field(label="Value, as the file has it")),
                do=lambda words: box.change(*words),
            ),
            Item(label="Who works here", do=lambda _: box.ask("staff")),
            Item(
                label="Give somebody a PIN",
                fields=(Field(label="Id of who works here"),),
                do=lambda words: _pin(box, words[0]),
            ),
        ),
    )


def data(box: Box) -> Item:
    return Item(
        label="Data",
        items=each(
            Item(label="Verify the ledger", do=lambda _: box.command("ledger", "verify")),
            Item(
                label="Back up",
                locked=True,
                fields=(Field(label="Folder", filled=_BACKUPS),),
                do=lambda words: noted(box, "backup", lambda: box.command("ledger", "backup", *words)),
            ),
            Item(
                label="Restore a backup (while the terminal does not run)",
                fields=(Field(label="Backup, or their folder", filled=_BACKUPS),),
                do=lambda words: _restored(box, words[0]),
            ),
            Item(
                label="Export days as CSV",
                locked=True,
                fields=(
                    Field(label="New file", filled="/tmp/export.csv"),  # noqa: S108  a new file only
                    Field(label="First day, as 2026-11-27"),
                    Field(label="Last day"),
                ),
                do=lambda words: _exported(box, *words),
            ),
            Item(
                label="End coupons of a kind",
                locked=True,
                fields=(
                    Field(label="Kind"),
                    Field(label="Why (is kept)"),
                    Field(label="The manager's id"),
                    Field(label="The manager's PIN", hidden=True),
                ),
                do=lambda words: _withdrawn(box, *words),
            ),
            Item(
                label="Cancel cards by number",
                locked=True,
                fields=(
                    Field(label="First and last number, as PT0001-PT0100"),
                    Field(label="The manager's id"),
                    Field(label="The manager's PIN", hidden=True),
                    *SECOND,
                ),
                do=lambda words: _cancelled(box, *words),
            ),
            Item(
                label="Take the secret for the owner's safe",
                locked=True,
                fields=(Field(label="Folder on another stick (empty: print it)"),),
                do=lambda words: _secret(box, words[0].strip()),
                typed="sudo terminal ledger secret",
            ),
            Item(
                label="Put that secret back (while the terminal does not run)",
                fields=(
                    Field(label="Its file (empty: key the code)"),
                    Field(label="Its code, scanned or line after line", hidden=True),
                ),
                do=lambda words: _secret_back(box, *words),
            ),
        ),
    )


def training(box: Box) -> Item:
    return Item(
        label="Training",
        locked=True,
        items=each(
            Item(
                label="Begin, or end it",
                do=lambda _: Said(
                    lines=("In training nothing is booked for the shop, and all it prints says so.",),
                    go=lambda: box.ask("training"),
                ),
            )
        ),
    )


def _settings(box: Box) -> Sequence[Item]:
    return [
        Item(
            label=f"{name} = {value}",
            fields=(Field(label=f"{name} (empty: as usual)", filled=value),),
            do=partial(_changed, box, name),
        )
        for name, value in box.settings()
    ]


def _changed(box: Box, name: str, words: Sequence[str]) -> Said:
    return box.change(name, words[0])


def _pin(box: Box, who: str) -> Said:
    return Said(
        lines=(f"{who} gets another PIN; the one they have counts no more.",),
        go=lambda: box.ask("staff-pin", who),
    )


def _before(box: Box) -> Sequence[Item]:
    """Where a change has left a file that cannot be used, or with which nothing is sold."""
    if not box.misread and (box.runs or not box.earlier):
        return ()
    return (Item(label="Put back the settings before the last change", do=lambda _: box.before()),)


def _restored(box: Box, folder: str) -> Said:
    if box.misread:
        lines = (
            "The configuration cannot be used, so it is not sure where the ledger is. Say it:",
            f"sudo terminal ledger restore {folder} --ledger FILE",
        )
        return Said(lines=lines, well=False)
    if (held := _held(box)) is not None:
        return held
    return Said(
        lines=(
            f"The newest backup in {folder} takes the place of the ledger.",
            "The ledger that is there is kept beside it. What was sold since that backup is lost here,",
            "unless headquarters or the second copy has it.",
        ),
        go=lambda: box.command("ledger", "restore", folder),
    )


def _held(box: Box) -> Said | None:
    """By whom the ledger is; None: its files may be put in its place."""
    if box.runs:
        return Said(lines=("The terminal runs. Stop it first: sudo systemctl stop terminal",), well=False)
    if closed := box.closed:
        step = "Stop it first: sudo systemctl stop terminal; then again."
        return Said(lines=(closed, step), well=False)
    return None


def _secret_back(box: Box, file: str, code: str) -> Said:
    """What is keyed goes to the command as its input, and stands in no list of processes."""
    if box.misread:
        why = "The configuration cannot be used, so it is not sure where the ledger is. Mend it first."
        return Said(lines=(why,), well=False)
    if (held := _held(box)) is not None:
        return held
    if bool(file) is bool(code):
        return Said(lines=("Say its file, or key its code.",), well=False)
    return Said(
        lines=(
            "It takes the place of the secret that a new terminal began with, which is kept beside it.",
            "Then the backup: 3.",
        ),
        go=lambda: box.command("ledger", "secret-back", file or "-", typed="" if file else f"{code}\n"),
    )


def _secret(box: Box, folder: str) -> Said:
    return Said(
        lines=(
            "Without the secret no backup opens on another disk. With a backup it tells names and phones.",
            "It belongs into the owner's safe, apart from the backups.",
        ),
        go=lambda: noted(
            box, "secret", lambda: box.command("ledger", "secret", *([folder] if folder else []))
        ),
    )


def _exported(box: Box, file: str, first: str, last: str) -> Said:
    words = ["ledger", "export", file, "--from", first, *(["--to", last] if last else [])]
    return noted(box, "export", lambda: lasting(box, file, box.command(*words)))


def _cancelled(box: Box, numbers: str, *signed: str) -> Said:
    """`signed`: the manager's id and PIN, and those of whoever is second."""
    seen = box.ask("cards", numbers)
    if not seen.well:
        return seen
    return Said(
        lines=(*seen.lines, "A card that is cancelled is never used again. That cannot be undone."),
        go=lambda: box.ask("cards-cancel", numbers, seen.lines[0], *signed),
    )


def _withdrawn(box: Box, kind: str, why: str, by: str, pin: str) -> Said:
    seen = box.ask("coupons", kind)
    if not seen.well:
        return seen
    return Said(
        lines=(*seen.lines, "All of them end. That cannot be undone."),
        go=lambda: box.command("withdraw", "--kind", kind, "--why", why, "--by", by, typed=f"{pin}\n"),
    )
