"""`terminal support FILE`: what whoever helps needs to see, without personal data, for headquarters only.

What goes in is chosen, not what stays out: the doctor's facts without members and without what others'
servers answered, the last lines of the log, single settings of the file, and versions. Behind that lies the
net of the log: long numbers are taken out.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from terminal.checkup import seen, seen_from_here
from terminal.door import credentials_path
from terminal.install.box import NotInstalled
from terminal.maintenance.doctor import findings
from terminal.maintenance.doctor_text import as_text
from terminal.maintenance.facts import Facts
from terminal.maintenance.settings_file import settings_in
from terminal.maintenance.socket import NotAllowed
from terminal.runtime.bundle import sealed
from terminal.runtime.log import allowed
from terminal.salvaged import salvaged
from terminal.uplink.credentials import Unusable, read

LOG_LINES = 5_000
UNITS = (
    "terminal", "terminal-update", "terminal-back", "terminal-backup", "terminal-maintenance",
    "terminal-firewall",
)  # fmt: skip
"""What an update and a backup said lies under their own units. A browser's words are nobody's to send."""
WITH_TIMES = ("-o", "short-iso", "--no-hostname", "--no-pager")
"""Our own lines say none: journald keeps it."""
_OF_UNITS = tuple(f"--unit={one}" for one in UNITS)
_LOG_S = 30.0
_LOG_BYTES_MAX = 4 << 20
_FRESH_BYTES = 32
_MODE = 0o600
_KEPT = "(kept here)"
_KEPT_HERE = re.compile(r"staff|secret|pin|phone|token|key|companies|card|code|pass|psk", re.IGNORECASE)
"""Names of settings whose values stay here, whatever they are."""
_WORDS = re.compile(
    r"terminal\.(merchant|site|id|log|socket)|.+\.(driver|ends_with|host|language|layout|path|second)"
)
"""Names of those whose words go along; other words may name somebody, or be what lets somebody in."""
_URL = re.compile(r".+\.url")
BY_DOCTOR = "Mend the lines above, ledger.path first, or read the lines of terminal doctor to who helps you"
_HOST = re.compile(r"[0-9A-Za-z.:-]{1,253}")
"""A name or an address, without anybody who would be let in."""
_STATUS = re.compile(r"answered \d{3}\b")


def support(config: Path, file: Path) -> int:
    """Exit 1: no bundle was made, and why. A file that cannot be used is no hindrance, and said."""
    found = salvaged(config)
    settings = found.settings
    for problem in found.problems:
        sys.stderr.write(f"{problem}\n")
    path = credentials_path(settings.file.ledger.path)
    try:
        enrolment = read(path)
    except Unusable as fault:
        return _failed(str(fault))
    if enrolment is None and found.problems:
        return _failed(f"{path}: headquarters' key was looked for here. {BY_DOCTOR}")
    if enrolment is None:
        return _failed("not enrolled: there is no headquarters that could open it")
    try:
        facts = seen_from_here(seen(settings))
    except NotAllowed as refused:
        return _failed(str(refused))
    now_s = int(time.time())
    files = packed(found.text, facts, _log(), found.places)
    bundle = sealed(files, enrolment.hq_box_key, at_s=now_s, fresh=os.urandom(_FRESH_BYTES))
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as written:
            written.write(bundle)
    except OSError as fault:
        return _failed(f"{file}: {fault.strerror}")
    sys.stdout.write(
        f"{file}: {len(bundle)} bytes, for headquarters only: python -m hq support {file.name} OUT\n"
    )
    return 0


def packed(config: str, facts: Facts, log: str, places: Sequence[str] = ()) -> Mapping[str, bytes]:
    """What is in it, by name. Nothing of a person: see above.

    `places`: where the text of `config` cannot be used, as `terminal.salvaged` says it.
    """
    clear = without_people(facts)
    files = {
        "doctor.txt": as_text(findings(clear), colours=False, rows=None),
        "log.txt": log[-_LOG_BYTES_MAX:],
        "settings.txt": "".join(f"{line}\n" for line in _settings(config, places)),
        "versions.txt": "".join(f"{line}\n" for line in _versions()),
    }
    told = msgspec.json.encode(_words_netted(msgspec.to_builtins(clear)))
    return {name: _netted(text).encode() for name, text in files.items()} | {"facts.json": told}


def without_people(facts: Facts) -> Facts:
    """Members who wait to be forgotten are counted; what other people's servers answered stays here.

    So does what handhelds are called: mostly after who carries them.
    """
    webhook, invoices = facts.webhook, facts.invoices
    return replace(
        facts,
        handhelds=tuple(
            replace(one, name=f"handheld-{place}") for place, one in enumerate(facts.handhelds, 1)
        ),
        invoices=replace(invoices, why=_status(invoices.why)) if invoices else None,
        ledger=replace(
            facts.ledger,
            erasures=tuple(replace(one, member="member") for one in facts.ledger.erasures),
        ),
        webhook=replace(
            webhook,
            why=_status(webhook.why),
            held=tuple(replace(one, why=_status(one.why)) for one in webhook.held),
        )
        if webhook
        else None,
    )


def _status(why: str) -> str:
    """What was answered, without its words; empty where nothing was."""
    found = _STATUS.match(why)
    return found[0] if found else "answered" if why else ""


def _settings(config: str, places: Sequence[str]) -> Iterator[str]:
    yield from (f"cannot be used: {place}" for place in places)
    try:
        tomllib.loads(config)
        whole = True
    except (tomllib.TOMLDecodeError, RecursionError):
        whole = False  # A value may stand under another's heading.
    for name, value in settings_in(config):
        yield f"{name} = {_shown(name, value) if whole else _KEPT}"


def _shown(name: str, value: str) -> str:
    """Lists and tables may hold people, and so may words, of which only some are known to hold none."""
    meant = tomllib.loads(f"x = {value}")["x"]
    if _KEPT_HERE.search(name) or isinstance(meant, list | dict):
        return _KEPT
    if not isinstance(meant, str):
        return value
    if _WORDS.fullmatch(name):
        return value if not name.endswith(".host") or _HOST.fullmatch(meant) else _KEPT
    return _origin(meant) if _URL.fullmatch(name) else _KEPT


def _origin(url: str) -> str:
    """Who is asked and how; path, query and user may be what lets us in."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return _KEPT
    return f'"{parts.scheme}://{parts.hostname}{port}"' if parts.hostname else _KEPT


def _netted(text: str) -> str:
    """Long numbers inside of words are taken out, line by line, as in the log."""
    return "".join(f"{allowed(line)}\n" for line in text.splitlines())


def _words_netted(value: object) -> object:
    """The same of words alone: times are long numbers, too."""
    if isinstance(value, dict):
        return {name: _words_netted(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_words_netted(one) for one in value]
    return allowed(value) if isinstance(value, str) else value


def _log() -> str:
    line = ("journalctl", *_OF_UNITS, *WITH_TIMES, "-n", str(LOG_LINES))
    try:
        done = subprocess.run(
            line, capture_output=True, encoding="utf-8", errors="replace", timeout=_LOG_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        return f"no log: {type(fault).__name__}\n"
    return done.stdout or done.stderr


def _versions() -> list[str]:
    found = sorted(f"{one.name} {one.version}" for one in distributions())
    return [f"{platform.system()} {platform.release()} {platform.machine()}", sys.version, *_slots(), *found]


def _slots() -> list[str]:
    """What became of updates, where this is a machine that was installed."""
    from terminal.install.slots import HOME, Slots  # noqa: PLC0415  seldom asked for
    from terminal.updating import status  # noqa: PLC0415  seldom asked for

    with suppress(NotInstalled):
        return list(status(Slots(Path(HOME))))
    return []


def _failed(why: str) -> int:
    sys.stderr.write(f"no bundle was made: {why}\n")
    return 1
