"""A machine that is made up: all of it says what it was asked, and the same each time."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from terminal.maintenance.menu.root import tree
from terminal.maintenance.menu.tree import Part, Said
from terminal.maintenance.menu.words import words_for

WHO, PIN = "T01", "200731"
_DOCTOR = (
    "green terminal         S1/T1 runs, process 812",
    "green front            reader ready",
    "RED   receipts         printer down: paper is out",
    "                       -> Check power, cable, paper and cover.",
    "green ledger           1204 entries, the last 512 agree, held by process 812",
    "green queue            0 waiting, 1204 at headquarters, last answer 4 s ago",
    "green enrolment        as M1/S1/T1, certificate 2026-11-01 to 2027-02-01",
    "green webhook          takes all entries",
    "green clock            trust network, synchronised, +0.1 s from headquarters",
    "green disk             11204 of 14800 MiB free at /var/lib/card-terminal",
)
_COMMANDS = {
    "doctor": _DOCTOR,
    "doctor --print": ("receipts: printed",),
    "ledger verify": (
        "ledger.db: 1204 entries, 3811 postings and 95 rows beside them agree, head 41ba08cd15f9a2e7",
    ),
    "update status": (
        "slot a: release 0.1.0, schema 8; runs, proved well",
        "slot b: release 0.0.9, schema 8",
        "release 0.1.0 proved well",
    ),
    "update /media/card-terminal.bundle": (
        "release 0.2.0 is whole in slot b; it is tried now, which takes a minute or more",
        "release 0.2.0 proved well",
    ),
    "update back": (
        "release 0.0.9 is whole in slot b; it is tried now, which takes a minute or more",
        "release 0.0.9 proved well",
    ),
    "ledger backup /mnt/backup": ("/mnt/backup/S1-20261127T140500Z: written and verified",),
}
_SAID = {
    "note": ("entry 1205",),
    "drawer": ("the drawer was told to open; that is on record", "Close it again."),
    "x": ("booked as T1-1-00031-41BA08CD; the report is printed", "should be in the drawer: ¥412.50"),
    "staff": ("E01              manager     王店长", "T01              technician  李师傅"),
    "quarantine": ("entry 877, since 2026-11-26 09:12 UTC: answered 422: no such shop",),
}


class MadeUp:
    """The `Box`. `runs`: whether the terminal does."""

    terminal = "S1/T1"
    parts: Sequence[Part] = (
        Part(name="front", kind="reader", place="/dev/front"),
        Part(name="side", kind="scanner", place="/dev/side"),
        Part(name="receipts", kind="printer", place="/dev/usb/lp0"),
        Part(name="box", kind="signals"),
    )

    def __init__(self, *, runs: bool = True) -> None:
        self.runs = runs
        self.entered = False
        self.done: list[str] = []

    def enter(self, who: str, pin: str) -> Said:
        self.entered = (who, pin) == (WHO, PIN)
        return Said(lines=() if self.entered else ("55 WrongPin: 4 tries left",), well=self.entered)

    def leave(self) -> None:
        self.entered = False

    def ask(self, what: str, *words: str) -> Said:
        return Said(lines=_SAID.get(what, (f"{what}: {' '.join(words) or 'done'}",)))

    def command(self, *words: str, typed: str = "") -> Said:
        line = " ".join(words)
        read = f"; it read {len(typed.strip())} characters" if typed else ""
        return Said(lines=_COMMANDS.get(line, (f"terminal {line}: done{read}",)))

    def program(self, *words: str) -> Said:
        return Said(lines=(f"{' '.join(words)}: done",))

    def look(self, part: Part) -> Said:
        if part.kind == "printer":
            return Said(lines=("   0.120 in     16                                        .",))
        return Said(
            lines=(
                "   1.204 in     02 30 34 30 30 31 41 32 42 33 43 30 39 03 .04001A2B3C09.",
                "             -> card em4100 04001A2B3C open",
            )
        )

    def loopback(self, path: str) -> Said:
        return Said(lines=(f"{path}: 256 bytes sent, all of them came back",))

    def network(self) -> Said:
        return Said(
            lines=(
                "https://hq.example",
                "well  name hq.example: 192.0.2.7",
                "well  port 443: open after 31 ms",
                "well  TLS: TLSv1.3",
                "FAULT headquarters' certificate: 2025-11-01 to 2026-11-01, OVER; by CN=hq",
            ),
            well=False,
        )

    def settings(self) -> Sequence[tuple[str, str]]:
        return (("terminal.log", '"info"'), ("counter.notice_s", "8"), ("shop.name", '"河边便利店"'))

    def change(self, name: str, value: str) -> Said:
        return Said(
            lines=(f"-{name} = ...", f"+{name} = {value}"),
            go=lambda: Said(lines=("written; what was there is in terminal.toml.before",)),
        )

    def log(self, word: str) -> Said:
        lines = (
            '{"event":"paper low","printer":"receipts","logger":"terminal.desk.printing"}',
            '{"event":"ready","logger":"terminal.app"}',
        )
        return Said(lines=tuple(one for one in lines if word in one))


def main(arguments: Sequence[str]) -> None:
    """`LANGUAGE TERM ENCODING runs|down`, on this terminal."""
    from terminal.maintenance.menu.screen import Screen  # where it is drawn

    language, kind, encoding, runs = arguments
    box = MadeUp(runs=runs == "runs")
    Screen(box, tree(box), words_for(language, kind, encoding)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
