"""A machine that is made up: all of it says what it was asked, and the same each time."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from terminal.core.errors import LedgerDamaged
from terminal.maintenance.doctor_text import as_text
from terminal.maintenance.doctor_zh import ZH
from terminal.maintenance.finding import Finding
from terminal.maintenance.menu.doctor_lines import WHOLE
from terminal.maintenance.menu.root import tree
from terminal.maintenance.menu.tree import Part, Said
from terminal.maintenance.menu.words import spoken, words_of
from terminal.maintenance.sentences import CHINESE, Sentences
from terminal.runtime.log import told
from terminal.technician import CLOSED

WHO, PIN = "T01", "200731"
_DOCTOR = (
    Finding(subject="terminal", well=True, reason="S1/T1 runs, process 812"),
    Finding(subject="front", well=True, reason="reader ready"),
    Finding(
        subject="receipts",
        well=False,
        reason="printer down: paper out (DLE EOT 1-4: 16 32 12 72)",
        next_step="Check power, cable, paper and cover.",
    ),
    Finding(subject="ledger", well=True, reason="1204 entries, the last 512 agree, held by process 812"),
    Finding(subject="backups", well=True, reason="the last one, in /mnt/backup, is of 2026-11-27 UTC"),
    Finding(subject="queue", well=True, reason="0 waiting, 1204 at headquarters, last answer 4 s ago"),
    Finding(subject="enrolment", well=True, reason="as M1/S1/T1, certificate 2026-11-01 to 2027-02-01"),
    Finding(subject="webhook", well=True, reason="takes all entries"),
    Finding(subject="clock", well=True, reason="trust network, synchronised, +0.1 s from headquarters"),
    Finding(subject="disk", well=True, reason="11204 of 14800 MiB free at /var/lib/card-terminal"),
)
_EXPORT = "/tmp/export.csv"  # noqa: S108  a name, and no file
_BUNDLE = "/tmp/support.bundle"  # noqa: S108  a name, and no file
_DATA = "/var/lib/card-terminal"
_COMMANDS = {
    "doctor --print": ("receipts: printed; ready",),
    "print-test receipts": ("receipts: printed; ready",),
    "ledger verify": (
        (
            f"{_DATA}/ledger.db: 1204 entries, 3811 postings and 95 rows beside them agree,"
            " head 41ba08cd15f9a2e7"
        ),
    ),
    "ledger backup /mnt/backup": ("/mnt/backup/ledger-S1-1-1204-1795788300000: written and verified",),
    "ledger secret": (
        "receipts: printed; ready",
        "For the owner's safe, apart from the backups: with both, anybody reads names and phones.",
    ),
    "ledger restore /mnt/backup": (
        "/mnt/backup/ledger-S1-1-1204-1795788300000: 1204 entries restored, epoch 2 begins",
        f"{_DATA}/ledger.before-epoch-2.db: the ledger that was there; 3 entries are only in it",
    ),
    "ledger secret-back -": (
        f"{_DATA}/ledger.before-1.secret: the one that was there",
        "The secret is back. Now the backup: sudo terminal menu, 7, 3",
    ),
    f"ledger export {_EXPORT} --from 2026-11-27": (f"{_EXPORT}: 212 postings",),
    "enrol ABCD": ("not enrolled: a code has 8, 24 and 16 of the characters A-Z and 2-7",),
    f"support {_BUNDLE}": (
        f"{_BUNDLE}: 18220 bytes, for headquarters only: python -m hq support {_BUNDLE} OUT",
    ),
    "withdraw --kind c3 --why misprint --by E01": ("7 withdrawn; 1 that were used come back no more",),
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
}
PROGRAMS = {
    "ip -brief address": (
        "lo               UNKNOWN        127.0.0.1/8 ::1/128",
        "eth0             UP             192.0.2.31/24",
    ),
    "date -u -d 480 minutes +%Y-%m-%d %H:%M:%S": ("2026-11-27 22:05:00",),
    "timedatectl status": (
        "               Local time: Fri 2026-11-27 22:05:00 CST",
        "System clock synchronized: yes",
        "              NTP service: active",
    ),
    "nmcli -t -f DEVICE,TYPE,STATE,CONNECTION device": (
        "eth0:ethernet:connected:Wired connection 1",
        "cdc-wdm0:gsm:connected:card-terminal-mobile",
    ),
    "nmcli -g gsm.apn connection show card-terminal-mobile": ("cmiot",),
    "mmcli -m any": (
        "  Status   |          state: connected",
        "           | signal quality: 71% (recent)",
        "           |    access tech: lte",
    ),
    "nmcli --wait 60 connection up card-terminal-mobile": ("Connection successfully activated",),
    "systemctl --no-ask-password reset-failed terminal": (),
    "systemctl --no-ask-password restart terminal": (),
    "uname -a": ("Linux terminal 6.12.47+rpt-rpi-v8 #1 SMP PREEMPT Debian aarch64 GNU/Linux",),
}
"""What the system's own programs say, in their own words."""
_SAID = {
    "note": ("entry 1205",),
    "served": (),
    "to-read": (),
    "counters": (
        "entries of the journal: 1204, of them since the start 31",
        "waiting for headquarters: 0",
        "receipts that wait for a printer: 1",
        "front: went down 0 times since the start",
        "side: went down 0 times since the start",
        "receipts: went down 1 times since the start",
        "written to disks: 18.4 MiB",
        "written for one entry: 15872 bytes",
    ),
    "drawer": ("the drawer was told to open; that is on record", "Close it again."),
    "send-now": ("it is tried now; look at the queue in a moment",),
    "x": ("booked as T1-1-00031-41BA08CD; the report is printed", "should be in the drawer: ¥412.50"),
    "z": (
        "booked as T1-1-00032-15F9A2E7; the report is printed",
        "should be in the drawer: ¥412.50",
        "counted: ¥1.00",
        "over or short: -¥411.50",
    ),
    "staff": ("E01              manager     王店长", "T01              technician  李师傅"),
    "staff-pin": ("E02: 481516", "Said once. It serves to choose another at the counter."),
    "coupons": ("8 coupons of kind c3 are held here",),
    "cards": (
        "2 cards without value are cancelled",
        "not given out yet, of these: 2",
        "left out, with value: 1, ¥1.50",
        "  PT0002  ¥1.50",
    ),
    "cards-cancel": ("2 cards cancelled, 1 left out; the list is printed",),
    "give-up": ("entry 877 is given up", "nothing is in quarantine"),
    "quarantine": ("entry 877, since 2026-11-26 09:12 UTC: answered 422: no such shop",),
    "training": ("training begins; nothing is booked for the shop",),
    "restart": ("it ends now; systemd starts it again",),
}


class MadeUp:
    """The `Box`. `runs`: whether the terminal does; `closed`: why one that does has no ledger."""

    terminal = "S1/T1"
    utc_offset_min = 480
    screen = True
    misread: Sequence[str] = ()
    earlier = False
    parts: Sequence[Part] = (
        Part(name="front", kind="reader", place="/dev/front"),
        Part(name="side", kind="scanner", place="/dev/side"),
        Part(name="receipts", kind="printer", place="/dev/usb/lp0"),
        Part(name="box", kind="signals"),
    )

    def __init__(self, *, runs: bool = True, closed: str = "", language: str = "en") -> None:
        self._doctors = Sentences(language, ZH).in_chinese if language in CHINESE else str
        self.runs = runs
        self.closed = closed
        self.entered = False
        self.done: list[str] = []

    def enter(self, who: str, pin: str) -> Said:
        self.entered = (who, pin) == (WHO, PIN)
        return Said(lines=() if self.entered else ("55 WrongPin: 4 tries left",), well=self.entered)

    def leave(self) -> None:
        self.entered = False

    def ask(self, what: str, *words: str) -> Said:
        if what == "signal":
            return Said(lines=(f"given: {words[0]}" if words[0] else "silent and dark",))
        return Said(lines=_SAID[what])

    def command(self, *words: str, typed: str = "") -> Said:
        if words in {("doctor",), WHOLE}:
            return Said(lines=tuple(as_text(_DOCTOR, colours=False, words=self._doctors).splitlines()))
        if bool(typed) is not (words[0] == "withdraw" or words[-1] == "-"):
            raise ValueError(words[0])
        return Said(lines=_COMMANDS[" ".join(words)])

    def program(self, *words: str) -> Said:
        return Said(lines=PROGRAMS.get(" ".join(words), ()))

    def look(self, part: Part) -> Said:
        if part.kind == "printer":
            return Said(lines=("   0.120 in     16                                        .",))
        return Said(
            lines=(
                "   1.204 in     02 30 34 30 30 31 41 32 42 33 43 30 39 03 .04001A2B3C09.",
                "             -> card em4100 04001A2B3C open",
            )
        )

    def passing(self, path: str) -> tuple[str, ...]:
        _ = path  # All of it is on a disk.
        return ()

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

    def before(self) -> Said:
        return Said(
            lines=("-log = loud", '+log = "info"'),
            go=lambda: Said(lines=("written; what was there is in terminal.toml.before",)),
        )

    def log(self, word: str) -> Said:
        lines = (
            '{"event":"paper low","printer":"receipts","logger":"terminal.desk.printing"}',
            '{"event":"ready","logger":"terminal.app"}',
        )
        return Said(lines=tuple(one for one in lines if word in one))


def main(arguments: Sequence[str]) -> None:
    """`LANGUAGE TERM ENCODING runs|down|closed`, on this terminal."""
    from terminal.maintenance.menu.screen import Screen  # where it is drawn

    language, kind, encoding, runs = arguments
    heard = spoken(language, kind, encoding)
    closed = CLOSED.format(told(LedgerDamaged("seq 7: the chain breaks here"))) if runs == "closed" else ""
    box = MadeUp(runs=runs == "runs", closed=closed, language=heard)
    Screen(box, tree(box), words_of(heard)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
