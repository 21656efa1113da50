"""What a box must be told once: read from a file, or asked, and written as its configuration."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from ipaddress import IPv6Address
from typing import Any

from terminal.core.called import CODE_CHARS_MAX, IDENT, TRAINING_IS, TRAINING_SITE, code_parts
from terminal.install.box import NotInstalled
from terminal.runtime.address import unfit

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
COLUMNS = {58: 32, 80: 48}
"""Characters of a line, by the paper's width in millimetres."""
DRIVERS = (
    "pcsc", "serial_reader", "serial_scanner", "serial_stripe", "keyboard_reader", "keyboard_scanner",
    "keyboard_stripe",
)  # fmt: skip
LINK = "/run/card-terminal-page/link"
"""`kiosk.link_file` of a terminal with a screen of its own."""
_IDENT = re.compile(IDENT)
_HOST = re.compile(r"([A-Za-z0-9][A-Za-z0-9.-]{0,252})(?::([1-9][0-9]{0,4}))?")
_PORT_MAX = 65_535
_SOCKET = re.compile(r"[0-9]{1,3}-[0-9]{1,3}(\.[0-9]{1,3}){0,6}")
"""As the kernel calls it: bus, port of the root hub, ports of the hubs behind it."""
_PATH = re.compile(r"/dev/[!-~]{1,200}")
_URL_CHARS_MAX = 500
_LINE_CHARS_MAX = 200
_READERS_MAX = 32


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One device that reads, by the driver that it is for."""

    driver: str
    path: str = ""
    """Under /dev; none for `pcsc`."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """All that is not asked again."""

    merchant: str = ""
    site: str = ""
    terminal: str = ""
    shop: str = ""
    """Above every receipt, as are the next two."""
    address: str = ""
    phone: str = ""
    language: str = LANGUAGES[0]
    printer: str = "none"
    """`none`, `usb`, `usb:PORT` (1-1.3) of several, `tcp:HOST`, `tcp:HOST:PORT` or `serial:/dev/...`"""
    paper_mm: int = 80
    readers: tuple[Reader, ...] = ()
    found: bool = False
    """Of a file: also the readers that are found and leave no question what they are."""
    headquarters: str = ""
    code: str = ""
    """From headquarters, for one enrolment."""
    screen: bool = True
    """The page is shown on this machine's own screen."""
    data: str = ""
    """A partition for the ledger, /dev/...; empty: the one that is labelled `terminal`, or a plain folder."""


def problems(answers: Answers) -> Iterator[str]:
    """All that is wrong, each with its name."""
    for name, why in _SHAPES.items():
        if wrong := why(getattr(answers, name)):
            yield f"{name}: {wrong}"
    if len(answers.readers) > _READERS_MAX:
        yield f"readers: at most {_READERS_MAX}"
    kind, _, where = answers.printer.partition(":")
    taken = {where: "the printer"} if kind == "serial" else {}
    for at, reader in enumerate(answers.readers, 1):
        other = taken.setdefault(reader.path, f"readers[{at}]")
        if wrong := _wrong(reader):
            yield f"readers[{at}].{wrong}"
        elif other != f"readers[{at}]":
            yield f"readers[{at}].{_twice(reader, other)}"
    if answers.code and not answers.headquarters:
        yield "code: of no headquarters"


def _printer(printer: str) -> bool:
    kind, _, where = printer.partition(":")
    if printer in {"none", "usb"}:
        return True
    if kind == "usb":
        return _SOCKET.fullmatch(where) is not None
    if kind == "tcp":
        return bool(_reached(where))
    return kind == "serial" and _PATH.fullmatch(where) is not None


def _reached(where: str) -> tuple[str, int] | tuple[()]:
    """Host and port of what was typed after `tcp:`, port 0 where it says none; nothing: it is no address.

    A name or an IPv4 address may have a port; with more than one colon it is an IPv6 address, and has none.
    """
    found = _HOST.fullmatch(where)
    if found is not None:
        port = int(found[2] or 0)
        return (found[1], port) if port <= _PORT_MAX else ()
    try:
        return IPv6Address(where).compressed, 0
    except ValueError:
        return ()


def _ident(text: str) -> bool:
    return _IDENT.fullmatch(text) is not None


def _site(text: str) -> str:
    if text == TRAINING_SITE:
        return f"{TRAINING_IS}: another one, as headquarters gave it"
    return "" if _ident(text) else _AS_GIVEN


def _headquarters(url: str) -> str:
    """By what the terminal itself says of it."""
    if not url:
        return ""
    why = unfit(url) or ("" if len(url) <= _URL_CHARS_MAX else "is too long")
    return f"{why}: https://HOST or https://HOST:PORT" if why else ""


def _code(text: str) -> str:
    if not text:
        return ""
    try:
        code_parts(text)
    except ValueError as fault:
        return f"{fault}, as headquarters made it"
    return "" if len(text) <= CODE_CHARS_MAX else f"at most {CODE_CHARS_MAX} characters"


def _named(text: str) -> str:
    shown = text.strip() and len(text) <= _LINE_CHARS_MAX and text.isprintable()
    return "" if shown else f"the shop's name, as it stands above receipts: 1 to {_LINE_CHARS_MAX} characters"


def _printed(text: str) -> str:
    if not text.isprintable():
        return "holds what cannot be printed"
    return "" if len(text) <= _LINE_CHARS_MAX else f"at most {_LINE_CHARS_MAX} characters"


def _or_else(good: Callable[[Any], bool], wanted: str) -> Callable[[Any], str]:
    return lambda value: "" if good(value) else wanted


_AS_GIVEN = "1 to 16 letters, digits or _, as headquarters gave it"
_SHAPES: dict[str, Callable[[Any], str]] = {
    "merchant": _or_else(_ident, _AS_GIVEN),
    "site": _site,
    "terminal": _or_else(_ident, _AS_GIVEN),
    "shop": _named,
    "address": _printed,
    "phone": _printed,
    "language": _or_else(LANGUAGES.__contains__, f"one of {', '.join(LANGUAGES)}"),
    "printer": _or_else(_printer, "none, usb, usb:PORT, tcp:HOST, tcp:HOST:PORT or serial:/dev/..."),
    "paper_mm": _or_else(COLUMNS.__contains__, f"one of {', '.join(map(str, COLUMNS))}"),
    "headquarters": _headquarters,
    "code": _code,
    "data": _or_else(lambda path: not path or _PATH.fullmatch(path) is not None, "/dev/..."),
}
"""What is wrong with an answer; empty: nothing is."""


def _wrong(reader: Reader) -> str:
    """Empty: nothing is."""
    if reader.driver not in DRIVERS:
        return f"driver: one of {', '.join(DRIVERS)}"
    if reader.driver == "pcsc":
        return "path: pcscd knows where it is: leave it out" if reader.path else ""
    return "" if _PATH.fullmatch(reader.path) else "path: /dev/..."


def _twice(reader: Reader, other: str) -> str:
    if reader.driver == "pcsc":
        return f"driver: one pcsc reads at all chip card readers, and {other} is one: leave it out"
    return f"path: {other} is there already: each device under a name of its own"


def read(text: str, box: str) -> Answers:
    """A file of answers. What stands under `[box.NAME]` is for the machine of that host name alone.

    Raises NotInstalled: with all that is wrong; also where there are boxes, and this is none of them.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise NotInstalled(f"the answers are no TOML: {fault}") from None
    except (ValueError, RecursionError):  # A number of 5,000 digits, a thousand brackets.
        raise NotInstalled("the answers are no TOML that anybody wrote") from None
    boxes = tables.pop("box", {})
    own: object = {}
    if boxes:
        own = boxes.get(box) if isinstance(boxes, dict) else None
        if not isinstance(own, dict):
            raise NotInstalled(f"the answers have no [box.{box}], which is this machine's host name")
        tables |= own
    found: list[str] = []
    answers = _of(tables, found)
    found += problems(answers)
    if found:
        raise NotInstalled("the answers cannot be used:\n" + "\n".join(found))
    return answers


def _of(tables: Mapping[str, Any], found: list[str]) -> Answers:
    """What has the right shape; the rest is said."""
    kinds = {field.name: type(field.default) for field in fields(Answers)}
    values: dict[str, Any] = {}
    for name, value in tables.items():
        if name not in kinds:
            found.append(f"{name}: not known")
        elif name == "readers":
            values[name] = _readers(value, found)
        elif type(value) is not kinds[name]:
            found.append(f"{name}: expected {_WORDS[kinds[name]]}")
        else:
            values[name] = value
    return Answers(**values)


_WORDS = {str: "text", int: "a whole number", bool: "true or false"}


def _readers(value: object, found: list[str]) -> tuple[Reader, ...]:
    rows = value if isinstance(value, list) else [None]
    made = []
    for at, row in enumerate(rows, 1):
        fit = isinstance(row, dict) and all(isinstance(one, str) for one in row.values())
        if not fit or not {"driver"} <= row.keys() <= {"driver", "path"}:
            found.append(f'readers[{at}]: expected {{ driver = "...", path = "/dev/..." }}')
        else:
            made.append(Reader(**row))
    return tuple(made)


def has_screen(text: str) -> bool:
    """Of a configuration as it stands: the page is shown on this machine's own screen."""
    try:
        kiosk = tomllib.loads(text).get("kiosk")
    except tomllib.TOMLDecodeError:
        return False  # What is wrong with it is said where it is tried.
    return isinstance(kiosk, dict) and kiosk.get("link_file") == LINK


def with_found(answers: Answers, readers: tuple[Reader, ...]) -> Answers:
    """Those that were found, behind those that were named, each once."""
    named = {reader.path for reader in answers.readers}
    return replace(answers, readers=answers.readers + tuple(one for one in readers if one.path not in named))


def configuration(answers: Answers) -> str:
    """`terminal.toml`: what was answered. Everything else has a default or comes from headquarters."""
    lines = [
        "# Made by install.sh from what it was told. docs/configuration.md says what else there is.",
        *_table("terminal", merchant=answers.merchant, site=answers.site, id=answers.terminal),
        *_table("shop", name=answers.shop, address=answers.address, phone=answers.phone),
        *_table("counter", language=answers.language),
        *_table("kiosk", link_file=LINK if answers.screen else "", language=answers.language),
    ]
    if answers.headquarters:
        lines += _table("headquarters", url=answers.headquarters, code=answers.code)
    for at, reader in enumerate(answers.readers, 1):
        lines += _table(f"device.{_NAMES[reader.driver]}-{at}", driver=reader.driver, path=reader.path)
    kind, _, where = answers.printer.partition(":")
    if kind != "none":
        host, port = (kind == "tcp" and _reached(where)) or ("", 0)
        path = where if kind == "serial" else ""
        socket = where if kind == "usb" else ""
        lines += _table("device.printer", driver=f"{kind}_printer", host=host, path=path, port=socket)
        lines += [f"port = {port}"] if port else []
        lines.append(f"columns = {COLUMNS[answers.paper_mm]}")
    return "\n".join(lines) + "\n"


_NAMES = {
    "pcsc": "cards", "serial_reader": "reader", "keyboard_reader": "reader", "serial_scanner": "scanner",
    "keyboard_scanner": "scanner", "serial_stripe": "stripe", "keyboard_stripe": "stripe",
}  # fmt: skip


def _table(table: str, /, **values: str) -> list[str]:
    """A text of JSON is one of TOML, where nothing in it is a control character."""
    pairs = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value]
    return ["", f"[{table}]", *pairs]
