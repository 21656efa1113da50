"""1 to 3: status, devices, network and clock. Looking, so without PIN but for the drawer and the clock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from terminal.core.signals import Cue
from terminal.maintenance.menu.doctor_lines import WHOLE, about
from terminal.maintenance.menu.mobile import mobile
from terminal.maintenance.menu.tree import Box, Field, Item, Part, Said, each, lasting, noted

_SILENT = {"signals", "display", "voice", "sam"}
_CARDS, _CODES = {"reader", "rewriter", "bank_terminal"}, {"scanner"}
SECOND = (Field(label="Who approves it (empty: nobody)"), Field(label="Their PIN", hidden=True))
_TRIED = "Use {name} now. It works when a line with -> names it. Numbers are changed."
_STOPPING_S = 10
"""So long whoever keeps the clock may take to end."""
_STILL_KEPT = ("Previous request is not finished", "Automatic time synchronization is enabled")
"""As systemd-timedated says it, in every language."""
_WHEN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", re.ASCII)
_YEARS = range(2025, 2100)
"""In which a terminal may run: what lies outside was mistyped."""
_BEGINS = "/etc/systemd/system"
"""Where systemd keeps that a service begins with the machine."""
_STAMP = "/var/lib/systemd/timesync/clock"
"""Where systemd-timesyncd begins, when that is later: a clock that was ahead would be so again."""
_PRINTER = "It is asked how it is from time to time; open its cover and close it."


def status(box: Box) -> Item:
    return Item(
        label="Status",
        items=each(
            Item(label="Everything at one look", do=lambda _: _everything(box)),
            Item(label="Print it", do=lambda _: box.command("doctor", "--print")),
            Item(label="Counters", do=lambda _: box.ask("counters")),
        ),
    )


def _everything(box: Box) -> Said:
    seen, closed = box.command("doctor"), box.closed
    return Said(lines=(closed, "", *seen.lines), well=False) if closed else seen


def devices(box: Box) -> Item:
    return Item(
        label="Devices",
        items=each(
            Item(label="What they say, live", items=lambda: _lives(box, box.parts)),
            Item(label="Test: read a card", items=lambda: _lives(box, _of(box, _CARDS))),
            Item(label="Test: scan a code", items=lambda: _lives(box, _of(box, _CODES))),
            Item(label="Test: print", items=lambda: [_printed(box, one) for one in _of(box, {"printer"})]),
            Item(
                label="Test: drawer",
                locked=True,
                fields=SECOND,
                do=lambda words: box.ask("drawer", *words),
            ),
            Item(label="Test: lamps and buzzer", items=lambda: [_cue(box, cue) for cue in (*Cue, None)]),
            Item(
                label="Test: serial port with its lines joined",
                fields=(Field(label="Port", filled="/dev/ttyUSB0"),),
                do=lambda words: box.loopback(words[0]),
            ),
        ),
    )


def network(box: Box) -> Item:
    return Item(
        label="Network and clock",
        items=each(
            Item(label="Reach headquarters, step by step", do=lambda _: box.network()),
            Item(label="Addresses of this machine", do=lambda _: box.program("ip", "-brief", "address")),
            Item(label="Clock", do=lambda _: _clock(box)),
            Item(
                label="Take the network's time",
                locked=True,
                typed="sudo timedatectl set-ntp true",
                do=lambda _: noted(
                    box,
                    "clock: network",
                    lambda: lasting(box, _BEGINS, box.program("timedatectl", "set-ntp", "true")),
                ),
            ),
            Item(
                label="Set the clock by hand",
                locked=True,
                typed="sudo timedatectl set-ntp 0; sudo timedatectl set-time"
                f" '{_in_utc(box, '2026-11-27 14:05:00')}'",
                fields=(Field(label="As 2026-11-27 14:05:00"),),
                do=lambda words: _set(box, words[0]),
            ),
            *mobile(box),
        ),
    )


def _of(box: Box, kinds: set[str]) -> Sequence[Part]:
    return [one for one in box.parts if one.kind in kinds]


def _lives(box: Box, parts: Sequence[Part]) -> Sequence[Item]:
    """Nine at most have a key; the others are reached by arrows."""
    said = [one for one in parts if one.kind not in _SILENT]
    return [Item(label=f"{one.kind} {one.name}", live=partial(_looked, box, one)) for one in said]


def _looked(box: Box, part: Part) -> Said:
    seen = box.look(part)
    head = _PRINTER if part.kind == "printer" else _TRIED.format(name=part.name)
    return Said(lines=(head, "", *seen.lines), well=seen.well)


def _printed(box: Box, part: Part) -> Item:
    return Item(label=part.name, do=lambda _: box.command("print-test", part.name))


def _cue(box: Box, cue: Cue | None) -> Item:
    label = f"as for: {cue}" if cue else "silent and dark"
    return Item(label=label, do=lambda _: box.ask("signal", cue or ""))


def _clock(box: Box) -> Said:
    seen, kernel = box.command(*WHOLE), box.program("timedatectl", "status")
    found = about(seen.lines, "clock")
    shops = box.program("date", "-u", "-d", f"{box.utc_offset_min} minutes", "+%Y-%m-%d %H:%M:%S")
    there = [f"The shop's time: {line}" for line in shops.lines[:1]]
    return Said(lines=(*found, *there, "", *kernel.lines), well=bool(found) and kernel.well)


def _set(box: Box, typed: str) -> Said:
    """What is no time is on no record: whatever was typed would stand there for good.

    It is the shop's, as receipts have it: the machine may be set to any time zone, and mostly is to UTC.
    """
    when = typed.strip()
    if not _is_time(when):
        return Said(
            lines=(
                f"It is no time of {_YEARS[0]} to {_YEARS[-1]}, such as 2026-11-27 14:05:00.",
                "Nothing was set.",
            ),
            well=False,
        )
    return Said(
        lines=(
            f"The system's clock is set to {when} of the shop, which is {_in_utc(box, when)}.",
            "The terminal sells on; it believes the clock again when headquarters or the network agree.",
        ),
        go=lambda: noted(box, f"clock: {when}", lambda: _set_now(box, _in_utc(box, when))),
    )


def _is_time(when: str) -> bool:
    try:
        return bool(_WHEN.fullmatch(when)) and datetime.fromisoformat(when).year in _YEARS
    except ValueError:  # Of a day, or an hour, that there is not.
        return False


def _in_utc(box: Box, when: str) -> str:
    """As timedatectl reads it in every time zone of the machine (systemd.time(7))."""
    there = datetime.fromisoformat(when) - timedelta(minutes=box.utc_offset_min)
    return f"{there:%Y-%m-%d %H:%M:%S} UTC"


def _set_now(box: Box, when: str) -> Said:
    """Nobody sets a clock that the network's time is kept for, also where no server was ever heard."""
    kept = box.program("timedatectl", "show", "--property=NTP", "--value")
    if "yes" not in kept.lines:
        return box.program("timedatectl", "set-time", when)
    off = box.program("timedatectl", "set-ntp", "false")
    if not off.well:
        return off
    done = box.program("timedatectl", "set-time", when)
    for _ in range(_STOPPING_S):
        if not any(sign in line for sign in _STILL_KEPT for line in done.lines):
            break
        box.program("sleep", "1")
        done = box.program("timedatectl", "set-time", when)
    if done.well:
        box.program("touch", "-c", _STAMP)
    on = box.program("timedatectl", "set-ntp", "true")
    return Said(lines=(*done.lines, *on.lines), well=done.well and on.well)
