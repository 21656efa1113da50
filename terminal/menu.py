"""`terminal menu`: the maintenance menu over this machine. What a command does is run as that command."""

from __future__ import annotations

import asyncio
import fcntl
import locale
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from terminal.config import BadConfig, Device, Settings, load
from terminal.drivers.codecs.recordings import BadRecording, Head
from terminal.install.answers import LINK
from terminal.install.box import Box
from terminal.install.firewall import rules_there
from terminal.live_devices import LIVE_RECORDS_MAX, veiled
from terminal.maintenance import network
from terminal.maintenance.doctor_config import unguarded
from terminal.maintenance.menu.doctor_lines import WHOLE, about
from terminal.maintenance.menu.tree import PASSING, Part, Said, noted
from terminal.maintenance.settings_file import NotChanged, before_of, changed, difference, settings_in
from terminal.maintenance.socket import TECHNICIAN, Unanswered, asked, listened
from terminal.recordings import alone, placed, shown_event
from terminal.runtime.durable import lost_at_restart, not_mounted, sync_folder
from terminal.runtime.log import told
from terminal.runtime.trace import Record, What
from terminal.salvaged import salvaged
from terminal.support import UNITS, WITH_TIMES
from terminal.technician import Answer

COMMAND_S = 1_800
"""The longest command is a verification of a large ledger."""
_ASK_S = 60.0
_OPEN_S = 5.0
"""Whoever is too busy for that has work, and so a ledger."""
_LONG_S = 900.0
_LONG = frozenset({"cards", "cards-cancel"})
"""What goes over thousands of cards on a small machine."""
_LOG_LINES = 2_000
_LOG_SEARCHED = 50_000
"""Of some hundred a day, and of a browser that says thousands: what is looked for may be weeks old."""
_LOG_SHOWN = 300
_LOOK_SHOWN = 200
_RAW_BYTES = 14
LISTEN_S = 2.0
_FORGOTTEN_S = 5.0
_SECRET_BYTES = 16
_PROBLEMS_SHOWN = 6
_BEGUN_WITH = frozenset({"ledger.path", "terminal.merchant", "terminal.site", "terminal.id"})
"""What a ledger goes by: it is never changed under one."""
_PATTERN = bytes(range(256))
_LOOP_S = 2.0
_BAUD = 9_600


def menu(config: Path) -> int:
    """Until somebody leaves it, also over a file that cannot be used. Exit 1: this is no console."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write("the menu needs a console: ssh -t, or a serial line\n")
        return 1
    from terminal.maintenance.menu.root import tree  # noqa: PLC0415  where there is a console
    from terminal.maintenance.menu.screen import Screen  # noqa: PLC0415
    from terminal.maintenance.menu.words import spoken, words_of  # noqa: PLC0415

    read = salvaged(config)
    settings = read.settings
    kind, encoding = os.environ.get("TERM", ""), locale.getpreferredencoding()
    language = spoken(settings.file.counter.language, kind, encoding)
    box = Machine(config, settings, language, read.problems)
    screen = Screen(box, tree(box), words_of(language))
    if read.problems:
        screen.begin("Settings and staff", unusable(read.problems))
    screen.run()
    return 0


def unusable(problems: Sequence[str]) -> Said:
    """What the menu begins with."""
    more = len(problems) - _PROBLEMS_SHOWN
    lines = (
        "The configuration cannot be used:",
        *problems[:_PROBLEMS_SHOWN],
        *([f"{more} more lines of it cannot be used"] if more > 0 else []),
        "",
        "This menu goes by what can be read of it. Mend those lines, then start the terminal (0, 1).",
        "What stood there before the menu's last change is put back by 6.",
    )
    return Said(lines=lines, well=False)


class Machine:
    """The `Box` of this machine."""

    def __init__(
        self, config: Path, settings: Settings, language: str = "en", misread: Sequence[str] = ()
    ) -> None:
        """`language`: what the doctor is asked in, which lays out its lines itself.

        `misread`: what is wrong with the file; `settings` are what can be used of it.
        """
        self.misread = misread
        here = settings.file.terminal
        self.terminal = f"{here.site}/{here.id}"
        self.utc_offset_min = here.utc_offset_min
        self.screen = settings.file.kiosk.link_file == LINK
        self.parts: Sequence[Part] = [
            Part(name=one.name, kind=one.kind, place=str(getattr(one.settings, "path", "")))
            for one in settings.devices
        ]
        self._config = config
        self._language = language
        self._settings = settings
        self._devices = {device.name: device for device in settings.devices}
        self._socket = here.socket
        self._token = ""
        self._secret = os.urandom(_SECRET_BYTES)
        self._heard: list[Record] = []
        self._heard_of = ""
        self._opened = False
        self._heard_s = 0.0

    @property
    def runs(self) -> bool:
        return listened(self._socket) and not self.closed

    @property
    def closed(self) -> str:
        try:
            answer = asked(self._socket, TECHNICIAN, Answer, "", "open", within_s=_OPEN_S)
        except Unanswered:
            return ""
        return answer.why if answer.closed else ""

    @property
    def earlier(self) -> bool:
        kept = before_of(self._config)
        try:
            load(kept)
            return kept.read_bytes() != self._config.read_bytes()
        except (OSError, BadConfig):
            return False

    @property
    def entered(self) -> bool:
        return bool(self._token)

    def enter(self, who: str, pin: str) -> Said:
        said, answer = self._ask("enter", who, pin)
        self._token = answer.token
        return said

    def leave(self) -> None:
        if self._token:
            self._ask("leave")
            self._token = ""

    def ask(self, what: str, *words: str) -> Said:
        return self._ask(what, *words)[0]

    def _ask(self, what: str, *words: str) -> tuple[Said, Answer]:
        within_s = _LONG_S if what in _LONG else _ASK_S
        try:
            answer = asked(self._socket, TECHNICIAN, Answer, self._token, what, *words, within_s=within_s)
        except Unanswered as fault:
            answer = Answer(why=f"the terminal cannot be asked: {fault}")
        if answer.enter:
            self._token = ""
        lines = (answer.why,) if answer.why else answer.lines
        return Said(lines=lines, well=not answer.why, enter=answer.enter), answer

    def command(self, *words: str, typed: str = "") -> Said:
        said = ("--language", self._language) if words in {("doctor",), WHOLE} else ()
        # -I: of this release, whatever lies in the folder where root typed `terminal menu`.
        line = (sys.executable, "-I", "-m", "terminal", *words, *said, "--config", str(self._config))
        return _run(line, typed)

    def program(self, *words: str) -> Said:
        return _run(words)

    def look(self, part: Part) -> Said:
        device = self._devices[part.name]
        if self.runs:
            said, answer = self._ask("live", part.name)
            if not said.well:
                return said
            lines = looked(device, answer.records)
            return Said(lines=(*lines, *(["so far: what comes now begins anew"] if answer.full else [])))
        return self._listened(device)

    def _listened(self, device: Device) -> Said:
        """Without the terminal the device is ours, for some seconds each time."""
        now_s = time.monotonic()
        if device.name != self._heard_of or now_s - self._heard_s > _FORGOTTEN_S:
            self._heard, self._heard_of = [], device.name
            self._opened = False
        found = asyncio.run(alone(device, LISTEN_S))
        self._heard_s = time.monotonic()
        opened_before, self._opened = self._opened, not found.why
        if found.why and not opened_before:
            return Said(lines=(found.why,), well=False)
        after_ms = self._heard[-1].at_ms if self._heard else 0
        self._heard += [msgspec.structs.replace(one, at_ms=one.at_ms + after_ms) for one in found.records]
        records = veiled(device, self._heard[-LIVE_RECORDS_MAX:], self._secret)
        head = "The terminal does not use it now: it is listened to two seconds at a time."
        # The port may not be let go of yet since the last time; once more is soon enough.
        return Said(lines=(head, *([found.why] if found.why else []), *looked(device, records)))

    def loopback(self, path: str) -> Said:
        place = os.path.realpath(path)  # Each port has several names.
        if any(one.place and os.path.realpath(one.place) == place for one in self.parts) and self.runs:
            return Said(lines=(f"{path} is used by the terminal: stop it first",), well=False)
        return looped(path)

    def network(self) -> Said:
        url = self._settings.file.headquarters.url
        if not url:
            url = self._enrolled_at()
        if not url:
            return Said(
                lines=("no headquarters is configured, or its file cannot be read: sudo",), well=False
            )
        found = list(network.steps(url, now_s=time.time()))
        lines = [f"{'well ' if well else 'FAULT'} {line}" for well, line in found]
        enrolment = about(self.command(*WHOLE).lines, "enrolment")
        return Said(lines=(url, *lines, *enrolment), well=all(well for well, _ in found))

    def _enrolled_at(self) -> str:
        from terminal.door import credentials_path  # noqa: PLC0415  where no URL is configured
        from terminal.uplink.credentials import Unusable, read  # noqa: PLC0415

        try:
            kept = read(credentials_path(self._settings.file.ledger.path))
        except (OSError, Unusable):
            return ""
        return kept.url if kept else ""

    def passing(self, path: str) -> tuple[str, ...]:
        why = _lost(Path(path))
        return (PASSING, why) if why else ()

    def settings(self) -> Sequence[tuple[str, str]]:
        return settings_in(self._config.read_text(encoding="utf-8", errors="replace"))

    def change(self, name: str, value: str) -> Said:
        """The file that would be is read as a start would; only then it is shown and may be written.

        What is shown is kept here: another menu may ask for something else meanwhile.
        """
        if why := self._fixed(name) or _lost(self._config):
            return Said(lines=(why,), well=False)
        try:
            before = self._text()
            after = changed(before, name, value)
            with self._beside(after) as fresh:
                load(fresh)
        except NotChanged as fault:
            return Said(lines=(str(fault),), well=False)
        except BadConfig as bad:
            return Said(lines=("it could not be used so:", *map(str, bad.problems)), well=False)
        except OSError as fault:
            return Said(lines=(f"{self._config}: {fault.strerror}: sudo terminal menu",), well=False)
        lines = difference(before, after)
        if not lines:
            return Said(lines=("that is what stands there",))
        return Said(
            lines=(*lines, "", "It is used from the next start of the terminal on (0, then 1)."),
            go=lambda: self._confirmed(name, before, after),
        )

    def _text(self) -> str:
        """Raises NotChanged: it is as an editor of Windows may leave it; OSError."""
        try:
            return self._config.read_text(encoding="utf-8")
        except UnicodeDecodeError as fault:
            why = f"{self._config}: not UTF-8 at byte {fault.start}: save it as that"
            raise NotChanged(why) from fault

    def _fixed(self, name: str) -> str:
        """Why that is never changed here; empty: it may be."""
        ledger = self._settings.file.ledger.path
        if name not in _BEGUN_WITH or not _is_there(ledger):
            return ""
        return (
            f"{name} stays: {ledger} was begun with it."
            " With another an empty shop would begin, or nothing be sold"
        )

    @contextmanager
    def _beside(self, text: str) -> Generator[Path, None, None]:
        """A file like ours with that text, and gone afterwards unless it took our file's place."""
        made, name = tempfile.mkstemp(prefix=f".{self._config.name}-", dir=self._config.parent)
        fresh = Path(name)
        try:
            with os.fdopen(made, "w", encoding="utf-8") as written:
                written.write(text)
                shutil.copymode(self._config, fresh)
                kept = self._config.stat()
                os.chown(fresh, kept.st_uid, kept.st_gid)
                written.flush()
                os.fsync(written.fileno())
            yield fresh
        finally:
            fresh.unlink(missing_ok=True)

    def _confirmed(self, name: str, before: str, after: str) -> Said:
        """One menu after the other; what would not be written is no entry either."""
        with _alone_in(self._config.parent):
            if self._config.read_text(encoding="utf-8") != before:
                return Said(lines=("somebody else changed the file meanwhile: look again",), well=False)
            return noted(self, f"settings: {name}", lambda: self._put(after))

    def _put(self, after: str) -> Said:
        old = before_of(self._config)
        try:
            with self._beside(after) as fresh:
                shutil.copy2(self._config, old)
                fresh.replace(self._config)
            sync_folder(self._config.parent)
        except OSError as fault:
            return Said(lines=(f"{self._config}: {fault.strerror}",), well=False)
        left = [line for one in unguarded(after, rules_there()) for line in (one.reason, one.next_step)]
        return Said(lines=(f"written; what was there is in {old}", *left))

    def before(self) -> Said:
        """`go` needs no PIN where nobody can key one: who may write that file is root already."""
        kept = before_of(self._config)
        try:
            now, then = (one.read_text(encoding="utf-8", errors="replace") for one in (self._config, kept))
            load(kept)
        except OSError as fault:
            return Said(lines=(f"{kept}: {fault.strerror}",), well=False)
        except BadConfig:
            return Said(lines=(f"{kept}: cannot be used either",), well=False)
        lines = (*difference(now, then), *self.passing(str(self._config)))
        return Said(lines=lines, go=lambda: self._put_back(now, then))

    def _put_back(self, now: str, then: str) -> Said:
        if self.runs:
            done = self._confirmed("before", now, then)
        else:
            with _alone_in(self._config.parent):
                done = self._put(then)
        if done.well:
            self.misread = ()
        return done

    def log(self, word: str) -> Said:
        units = (f"--unit={one}" for one in (*UNITS, "terminal-kiosk"))
        lines = _LOG_SEARCHED if word else _LOG_LINES
        said = self.program("journalctl", *units, *WITH_TIMES, "-n", str(lines))
        found = [line for line in said.lines if word.casefold() in line.casefold()]
        return Said(lines=tuple(found[-_LOG_SHOWN:]), well=said.well)


@contextmanager
def _alone_in(folder: Path) -> Generator[None, None, None]:
    """While no other menu writes there."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _is_there(ledger: Path) -> bool:
    """Or was, or may be: whoever asks may not look, or its disk is not mounted."""
    try:
        return ledger.stat().st_size > 0 or ledger.with_suffix(".made").exists()
    except FileNotFoundError:
        return ledger.with_suffix(".made").exists() or bool(not_mounted(ledger))
    except OSError:
        return True


def _lost(path: Path) -> str:
    """Why what is written there would not be there after a restart; empty: it would, or no machine starts."""
    return lost_at_restart(path) if Box().runs else ""


def _run(line: Sequence[str], typed: str = "") -> Said:
    """What a program says, whichever way it says it."""
    try:
        done = subprocess.run(
            line,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=COMMAND_S,
            check=False,
        )
    except OSError as fault:
        return Said(lines=(f"{line[0]}: {fault.strerror}",), well=False)
    except subprocess.TimeoutExpired:
        return Said(lines=(f"{line[0]}: did not end in time",), well=False)
    return Said(lines=tuple(done.stdout.splitlines()), well=done.returncode == 0)


def looked(device: Device, records: Sequence[Record]) -> list[str]:
    """Each record as bytes and as text, and behind it what the driver made of it; the last ones."""
    head = Head(
        device=device.name,
        driver=device.driver,
        settings=msgspec.to_builtins(device.settings, enc_hook=str),
        masked=True,
        cut=False,
    )
    rows = [(one.at_ms, 0, line) for one in records for line in _raw(one)]
    if device.kind != "printer":
        try:
            events = asyncio.run(placed(head, records))
        except (BadRecording, TimeoutError) as fault:
            return [line for _, _, line in rows] + [f"it cannot be told what that was: {fault}"]
        rows += [(at_ms, 1, f"             -> {shown_event(event)}") for at_ms, event in events]
    rows.sort(key=lambda row: row[:2])
    return [line for _, _, line in rows[-_LOOK_SHOWN:]]


def _raw(record: Record) -> list[str]:
    """`   1.234 in     02 30 31  .01`, as many lines as it needs."""
    head = f"{record.at_ms / 1000:8.3f} {record.what:6} "
    if record.what is What.SENT:
        return [f"{head}{int.from_bytes(record.data)} bytes"]
    data = record.data or b""
    lines = []
    for at in range(0, max(1, len(data)), _RAW_BYTES):
        some = data[at : at + _RAW_BYTES]
        text = "".join(chr(one) if 32 <= one < 127 else "." for one in some)  # noqa: PLR2004  printable ASCII
        lines.append(f"{head if not at else ' ' * len(head)}{some.hex(' '):{3 * _RAW_BYTES}}{text}")
    return lines


def looped(path: str) -> Said:
    """All bytes are sent, and must come back."""
    import serial  # noqa: PLC0415  seldom tested

    try:
        with serial.Serial(path, _BAUD, timeout=_LOOP_S, write_timeout=_LOOP_S, exclusive=True) as port:
            port.reset_input_buffer()
            port.write(_PATTERN)
            back: bytes = port.read(len(_PATTERN))
    except (OSError, ValueError) as fault:
        return Said(lines=(f"{path}: {told(fault)}",), well=False)
    if back == _PATTERN:
        return Said(lines=(f"{path}: {len(back)} bytes sent, all of them came back",))
    why = (
        "nothing came back: are its lines joined?" if not back else f"{len(back)} bytes came back, or others"
    )
    return Said(lines=(f"{path}: {why}",), well=False)
