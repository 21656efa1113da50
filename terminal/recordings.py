"""`terminal trace` and `terminal replay`: what a device said, into a file; and the file in its place."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

import msgspec

from terminal.config import Device, Settings, built_input, built_printer, load
from terminal.core.catalogue import Listed
from terminal.core.errors import DeviceMissing, PrinterFault
from terminal.core.events import CardPresented, CodeScanned, DeviceChanged, DeviceEvent, Unreadable
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.drivers.codecs.escpos_status import QUESTIONS, PrinterStatus, StatusDecoder
from terminal.drivers.codecs.recordings import BadRecording, Head, read, written
from terminal.drivers.codecs.veil import Scans, Veil
from terminal.maintenance.socket import Silent, Unanswered, asked
from terminal.runtime.clock import SystemClock
from terminal.runtime.trace import Record, What, playing, recorded

SECONDS_MAX = 600
_ANSWER_S = 5.0
_PLAY_S = 30.0
"""A recording plays in a time of its own; one that takes so long hangs."""
_SECRET_BYTES = 16
_A_CODE = Scans("", "", frozenset())
_MODE = 0o600
_SILENT = frozenset({"signals", "display", "voice", "sam"})


class Traced(Value, frozen=True, kw_only=True):
    """What the running terminal answers. Never leaves the machine as it is."""

    records: tuple[Record, ...] = ()
    full: bool = False
    why: str = ""
    """Why there is none."""


async def traced(device: str, seconds: int, clock: Clock) -> Traced:
    """What that device, which somebody has open, says from now on."""
    try:
        with recorded(device, clock) as recording:
            await asyncio.sleep(min(seconds, SECONDS_MAX))
    except ValueError as fault:
        return Traced(why=str(fault))
    return Traced(records=tuple(recording.records), full=recording.full)


def trace(path: Path, name: str, file: Path, seconds: int, *, unmasked: bool) -> int:
    """While the terminal runs or not. Exit 1: nothing was recorded, and why. Raises BadConfig."""
    settings = load(path)
    device = next((one for one in settings.devices if one.name == name), None)
    if device is None:
        known = ", ".join(one.name for one in settings.devices) or "none"
        sys.stderr.write(f"no device is called {name!r}; there are: {known}\n")
        return 1
    if device.kind in _SILENT:
        sys.stderr.write(f"{name}: it says nothing that could be recorded\n")
        return 1
    sys.stdout.write(f"recording {name} for {seconds} s: use it now\n")
    sys.stdout.flush()
    found = _traced(settings, device, seconds)
    if found.why or not found.records:
        sys.stderr.write(f"{name}: {found.why or 'it said nothing'}\n")
        return 1
    articles = _codes(settings)
    head, records = asyncio.run(covered(device, found, articles, unmasked=unmasked))
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as opened:
            opened.write(written(head, records))
    except OSError as fault:
        sys.stderr.write(f"{file}: {fault.strerror}\n")
        return 1
    sys.stdout.write(f"{file}: {len(records)} records, {_covers(head)}\n")
    return 0


def _codes(settings: Settings) -> frozenset[str]:
    """What stands on the shop's goods."""
    from terminal.store.catalogue import CatalogueFiles  # noqa: PLC0415  a replay has nothing to do with it
    from terminal.store.ledger import THREADS  # noqa: PLC0415

    own = CatalogueFiles(settings.file.ledger.path, Listed(settings.articles), THREADS).own()
    return frozenset(code for article in own.each() for code in article.barcodes)


def _covers(head: Head) -> str:
    if not head.masked:
        return "with the numbers of cards as they are: keep it to yourself"
    return f"numbers replaced; plays otherwise: {head.otherwise}" if head.otherwise else "numbers replaced"


def _traced(settings: Settings, device: Device, seconds: int) -> Traced:
    socket = settings.file.terminal.socket
    try:
        return asked(socket, "trace", Traced, device.name, str(seconds), within_s=seconds + _ANSWER_S)
    except Silent as why:  # The device is not ours.
        return Traced(why=str(why))
    except Unanswered:
        return asyncio.run(alone(device, seconds))


async def alone(device: Device, seconds: float) -> Traced:
    """No terminal runs: the device is ours."""
    clock = SystemClock()
    with recorded(device.name, clock) as recording:
        try:
            async with asyncio.timeout(seconds):
                if device.kind != "printer":
                    async with aclosing(built_input(device, clock).events()) as events:
                        async for _ in events:
                            pass
                else:
                    await built_printer(device, clock).status()
        except TimeoutError:
            pass
        except (DeviceMissing, PrinterFault) as fault:
            if not recording.records:
                return Traced(why=str(fault))
    return Traced(records=tuple(recording.records), full=recording.full)


async def covered(
    device: Device, found: Traced, articles: frozenset[str], *, unmasked: bool
) -> tuple[Head, Sequence[Record]]:
    """With other numbers, and seen whether it plays as before. What is of a bank is never kept."""
    module = importlib.import_module(f"terminal.drivers.{device.driver}")
    head = Head(
        device=device.name,
        driver=device.driver,
        settings=msgspec.to_builtins(device.settings, enc_hook=str),
        masked=not unmasked,
        cut=found.full,
    )
    veil = Veil(os.urandom(_SECRET_BYTES))
    records: Sequence[Record] = found.records
    if unmasked:
        if hide := getattr(module, "banks_veiled", None):
            records = hide(records, device.settings, veil)
    elif cover := getattr(module, "veiled", None):
        records = cover(records, device.settings, veil, articles)
        before, after = await events_of(head, found.records), await events_of(head, records)
        head = msgspec.structs.replace(head, otherwise=_otherwise(before, after))
    return head, records


def _otherwise(before: Sequence[DeviceEvent], after: Sequence[DeviceEvent]) -> str:
    """Empty: the same happens, only with other numbers, and the same numbers are the same."""
    if [_kind(one) for one in before] != [_kind(one) for one in after]:
        return "other events than on the original"
    pairs = {(_number(one), _number(other)) for one, other in zip(before, after, strict=True)}
    if len({one for one, _ in pairs}) != len(pairs) or len({other for _, other in pairs}) != len(pairs):
        return "one number became several, or several one"
    return ""


def _kind(event: DeviceEvent) -> tuple[str, str]:
    match event:
        case CardPresented(credential=card):
            return "card", f"{card.medium} {card.trust}"
        case CodeScanned(text=text):
            return _A_CODE.comes_to(text), str(len(text))
        case Unreadable(code=code):
            return "unreadable", code
        case _:
            return type(event).__name__, ""


def _number(event: DeviceEvent) -> str:
    match event:
        case CardPresented(credential=card):
            return card.number
        case CodeScanned(text=text):
            return text
        case _:
            return ""


async def events_of(head: Head, records: Iterable[Record]) -> list[DeviceEvent]:
    """What the driver makes of them, to their end. Raises BadRecording."""
    return [event for _, event in await placed(head, records)]


async def placed(head: Head, records: Iterable[Record]) -> list[tuple[int, DeviceEvent]]:
    """The same, each with how many milliseconds of the recording had passed. Raises BadRecording."""
    device = device_of(head)
    found: list[tuple[int, DeviceEvent]] = []
    with playing(head.device, records) as playback, suppress(DeviceMissing):
        async with asyncio.timeout(_PLAY_S), aclosing(built_input(device, playback).events()) as events:
            async for event in events:
                found.append((playback.now_ms, event))  # noqa: PERF401  what came before it ended is kept
    return found


def device_of(head: Head) -> Device:
    """Raises BadRecording."""
    known = importlib.import_module("terminal.config").drivers()
    if head.driver not in known:
        raise BadRecording(f"no driver is called {head.driver!r}")
    module = importlib.import_module(f"terminal.drivers.{head.driver}")
    try:
        settings: Any = msgspec.convert(head.settings, module.Settings, dec_hook=lambda kind, one: kind(one))
    except (msgspec.ValidationError, TypeError, ValueError) as fault:
        raise BadRecording(f"settings: {fault}") from None
    return Device(name=head.device, driver=head.driver, kind=module.KIND, settings=settings)


def replay(file: Path, config: Path | None) -> int:
    """Exit 1: it cannot be played. With a configuration also what the attendant sees. Raises BadConfig."""
    settings = load(config) if config else None
    try:
        head, records = read(file.read_bytes())
        said = asyncio.run(told(head, records, settings))
    except OSError as fault:
        sys.stderr.write(f"{file}: {fault.strerror}\n")
        return 1
    except (BadRecording, TimeoutError) as fault:
        sys.stderr.write(f"{file}: {fault or 'it hangs'}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in said))
    return 0


async def told(head: Head, records: Sequence[Record], settings: Settings | None) -> list[str]:
    """A line for everything that happens. Raises BadRecording."""
    device = device_of(head)
    if device.kind == "printer":
        return _answers(records)
    events = await events_of(head, records)
    if settings is None:
        return [shown_event(one) for one in events]
    from terminal.rehearsed import screens_of  # noqa: PLC0415  only where there is a shop

    seen = await screens_of(events, device.name, device.kind, settings, SystemClock())
    return [f"{shown_event(event)}{f' -> {screen}' if screen else ''}" for event, screen in seen]


def shown_event(event: DeviceEvent) -> str:
    """One line, with the number as it was read."""
    match event:
        case CardPresented(credential=card):
            return f"card {card.medium} {card.number} {card.trust}"
        case CodeScanned(text=text):
            return f"code {text!r}"
        case Unreadable(code=code, why=why):
            return f"unreadable {code}: {why}"
        case DeviceChanged(health=health, why=why):
            return f"{health} {why}".strip()
        case _:
            return "card gone"


def _answers(records: Iterable[Record]) -> list[str]:
    """What a printer said of itself, in fours, as it is asked."""
    decoder, said = StatusDecoder(), list[str]()
    asked_for: list[int] = []
    for one in records:
        if one.what is not What.IN:
            continue
        for answer in decoder.feed(one.data):
            if answer.queued:
                said.append(f"printed to its end ({answer.byte:02x})")
                continue
            asked_for.append(answer.byte)
            if len(asked_for) == len(QUESTIONS):
                printer, offline, error, paper = asked_for
                asked_for.clear()
                status = PrinterStatus(printer=printer, offline=offline, error=error, paper=paper)
                said.append(status.shown)
    if asked_for:
        said.append(f"cut off: {len(asked_for)} of {len(QUESTIONS)} answers")
    return said
