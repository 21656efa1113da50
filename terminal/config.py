"""The terminal's own file: TOML in, frozen settings out, or everything that is wrong with it at once.

Each part says what it can be set to in its own `Settings`; here they are put together. A device's
table names its driver, which is a module of `terminal.drivers`; only configured ones are imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

import msgspec

from terminal.contradictions import contradictions, texts
from terminal.core.called import IDENT
from terminal.core.cart import Article
from terminal.core.catalogue import Articles
from terminal.core.policy import Policy
from terminal.core.ports import Clock, InputDevice, PosPrinter
from terminal.core.pricing import Tariff
from terminal.core.receipts.sections import ShopHead
from terminal.core.shape import Problem, did_you_mean, joined, problems
from terminal.core.values import SiteId, TerminalId, Value
from terminal.desk import settings as desk
from terminal.drivers.codecs.escpos import Bitmap
from terminal.kiosk import settings as kiosk
from terminal.kiosk.settings import JoinPage, TillPage
from terminal.promoted import promoted
from terminal.runtime.durable import laid_over, not_mounted
from terminal.store import settings as store
from terminal.uplink import settings as uplink

FILE_BYTES_MAX = 4 << 20
_DRIVERS = "terminal.drivers"
_MODULE = re.compile(r"[a-z][a-z0-9_]{0,40}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")
_LOOPED = {"printer", "display"}

Ident = Annotated[str, msgspec.Meta(pattern=IDENT, description="1 to 16 letters, digits or _")]


class BadConfig(Exception):
    """The file cannot be used. `problems` names every mistake."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Here(Value, frozen=True, kw_only=True):
    """`[terminal]`: which one this is."""

    merchant: Ident
    site: Ident
    id: Ident
    operator: str = ""
    """Who stands at the drawer, an id of `[[counter.staff]]`. Empty: the first of them."""
    utc_offset_min: Annotated[int, msgspec.Meta(ge=-720, le=840)] = 480
    day_cut_min: Annotated[int, msgspec.Meta(ge=0, lt=1440)] = 240
    """Minutes after midnight at which the business day begins."""
    log: Literal["debug", "info", "warning"] = "info"
    socket: Path = Path("/run/card-terminal/terminal.sock")
    """Where `terminal doctor` asks the running terminal."""

    @property
    def site_id(self) -> SiteId:
        return SiteId(self.site)

    @property
    def terminal_id(self) -> TerminalId:
        return TerminalId(self.id)


Promotions = dict[str, dict[str, Any]]
"""`[promotion.ID]`: one of `core.pricing.rules` each, with what it can be set to."""


class Catalogue(Value, frozen=True, kw_only=True):
    """`[catalogue]`: what is sold, here or in a file of its own with `[[article]]` tables."""

    file: Path | None = None
    article: tuple[Article, ...] = ()


class Receipt(Value, frozen=True, kw_only=True):
    """`[receipt]`: where receipts come out."""

    printer: str = ""
    """Name of a device. Empty: the only printer there is, or none."""
    logo: Path | None = None
    """A PBM picture (P4), no wider than the paper."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """`[device.NAME]` with the `Settings` of its driver."""

    name: str
    driver: str
    kind: Literal[
        "reader",
        "scanner",
        "printer",
        "rewriter",
        "signals",
        "display",
        "voice",
        "sam",
        "bank_terminal",
        "forecourt",
    ]
    settings: Any


class File(Value, frozen=True, kw_only=True):
    """The whole file, as it is written."""

    terminal: Here
    shop: ShopHead
    counter: desk.Settings = desk.Settings()
    kiosk: kiosk.Settings = kiosk.Settings()
    join_page: JoinPage = JoinPage()
    till_page: TillPage = TillPage()
    headquarters: uplink.Settings = uplink.Settings()
    webhook: uplink.Hook = uplink.Hook()
    acquirer: uplink.Acquirer = uplink.Acquirer()
    group_buy: uplink.GroupBuy = uplink.GroupBuy()
    invoice: uplink.Invoices = uplink.Invoices()
    ledger: store.Settings = store.Settings()
    policy: Policy = Policy()
    catalogue: Catalogue = Catalogue()
    promotion: Promotions = {}
    receipt: Receipt = Receipt()
    device: dict[str, dict[str, Any]] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the terminal is told before it starts."""

    file: File
    articles: tuple[Article, ...]
    tariff: Tariff
    devices: tuple[Device, ...]
    printer: Device | None
    """Where receipts come out."""
    logo: Bitmap | None = None
    """Above each of them."""
    training: bool = False
    """Nothing of it is the shop's. See `terminal.training`."""
    shop_ledger: Path | None = None
    """Of training: where the shop's own ledger is, whose command sheet is good here too."""
    sold: Articles | None = None
    """What the shop sells, for training; else what was imported, or `articles`."""
    version: str = ""
    """SHA-256 of the file, and of that of the articles, as they were read; in hex."""


class _ArticlesFile(Value, frozen=True, kw_only=True):
    article: tuple[Article, ...] = ()
    promotion: Promotions = {}


def load(path: Path) -> Settings:
    """Reads and checks. Relative paths in the file start from its own folder.

    Raises:
        BadConfig: with all that is wrong, in whichever part: one that is broken hides no other.
    """
    found: list[Problem] = []
    digest = sha256()
    data = _tables(path, str(path), found, digest.update)
    if found:
        raise BadConfig(found)
    file = converted(data, File, "", path.parent, found)
    devices = devices_in(data.get("device"), path.parent, found)
    more, articles = _articles(data, path.parent, found, digest.update)
    tariff, wrong = promoted(data, more)
    found += wrong
    found += contradictions(data, more, path.parent)
    found += _printer_problems(data, devices)
    found += _sam_problems(devices)
    found += _port_twice(devices)
    found += _more_than_one(devices, "bank_terminal", "there is a bank's terminal already: one a till")
    found += _more_than_one(devices, "forecourt", "there is a forecourt controller already")
    if file is None or found:
        raise BadConfig(found)
    articles = file.catalogue.article + articles
    printer = _printer(file, devices)
    logo = _logo(file.receipt.logo, printer, found) if file.receipt.logo else None
    if found:
        raise BadConfig(found)
    return Settings(
        file=file,
        articles=articles,
        tariff=tariff,
        devices=devices,
        printer=printer,
        logo=logo,
        version=digest.hexdigest(),
    )


def load_in_place(path: Path) -> Settings:
    """As `load`, for whatever writes beside the ledger.

    Raises:
        BadConfig: also where the partition that the ledger lies on is not mounted. In the empty folder
            under it another ledger, another secret would begin, and be hidden once it is. And where an
            overlay in memory lies over it, which loses all that is written.
    """
    settings = load(path)
    ledger = settings.file.ledger.path
    if why := not_mounted(ledger) or laid_over(ledger):
        raise BadConfig([Problem(where="ledger.path", what=why)])
    return settings


def _tables(path: Path, where: str, found: list[Problem], read: Callable[[bytes], None]) -> dict[str, Any]:
    try:
        with path.open("rb") as opened:
            data = opened.read(FILE_BYTES_MAX + 1)
        read(data)
        if len(data) <= FILE_BYTES_MAX:
            return tomllib.loads(data.decode())
        found.append(Problem(where=where, what=f"longer than {FILE_BYTES_MAX} bytes"))
    except OSError as fault:
        found.append(Problem(where=where, what=fault.strerror or "cannot be read"))
    except UnicodeDecodeError as fault:
        found.append(Problem(where=where, what=f"not UTF-8 at byte {fault.start}"))
    except ValueError as fault:  # TOML's own, with line and column
        found.append(Problem(where=where, what=str(fault)))
    except RecursionError:
        found.append(Problem(where=where, what="nested too deeply"))
    return {}


def converted(data: object, wanted: type[Any], where: str, folder: Path, found: list[Problem]) -> Any:  # noqa: ANN401  what it is follows from `wanted`
    """None where it cannot be, and why in `found`. Paths start from `folder`."""

    def custom(kind: type, value: object) -> object:
        if kind is Path and isinstance(value, str) and value and "\0" not in value:
            return folder / value
        raise TypeError("not a path")

    try:
        return msgspec.convert(data, wanted, dec_hook=custom)
    except msgspec.ValidationError as fault:
        found += problems(data, wanted, where, custom) or [Problem(where=where, what=str(fault))]
    return None


def _articles(
    data: Mapping[str, Any], folder: Path, found: list[Problem], read: Callable[[bytes], None]
) -> tuple[Mapping[str, Any], tuple[Article, ...]]:
    """The articles in a file of their own, as it has them and as far as they can be used."""
    for name in texts(data, "catalogue", "file"):
        if "\0" in name:
            continue  # Said already, by the shape of the whole file.
        path = folder / name
        before = len(found)
        more = _tables(path, f"catalogue.file: {path}", found, read)
        if len(found) > before:
            return {}, ()
        file = converted(more, _ArticlesFile, path.name, path.parent, found)
        return more, file.article if file is not None else ()
    return {}, ()


def devices_in(tables: object, folder: Path, found: list[Problem]) -> tuple[Device, ...]:
    """Those that can be used; what is wrong with others comes into `found`."""
    if not isinstance(tables, Mapping):
        return ()  # Said already, by the shape of the whole file.
    devices = []
    for name, table in tables.items():
        where = joined("device", name)
        if not _NAME.fullmatch(name):
            found.append(Problem(where=where, what="a name has 1 to 31 of a-z, 0-9, _ and -"))
        elif isinstance(table, Mapping) and (device := _device(name, table, where, folder, found)):
            devices.append(device)
    return tuple(devices)


def _device(
    name: str, table: Mapping[str, Any], where: str, folder: Path, found: list[Problem]
) -> Device | None:
    driver = table.get("driver")
    if not isinstance(driver, str):
        found.append(Problem(where=f"{where}.driver", what=f"missing: one of {', '.join(drivers())}"))
        return None
    module = _driver(driver, where, found)
    if module is None:
        return None
    rest = {key: value for key, value in table.items() if key != "driver"}
    settings = converted(rest, module.Settings, where, folder, found)
    if settings is None:
        return None
    return Device(name=name, driver=driver, kind=module.KIND, settings=settings)


def drivers() -> list[str]:
    """The names that `driver = ` may take."""
    import pkgutil  # noqa: PLC0415  only somebody who made a mistake waits for it

    package = importlib.import_module(_DRIVERS)
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)


def _driver(driver: str, where: str, found: list[Problem]) -> ModuleType | None:
    where = f"{where}.driver"
    spec = importlib.util.find_spec(f"{_DRIVERS}.{driver}") if _MODULE.fullmatch(driver) else None
    if spec is None or spec.submodule_search_locations is not None:
        known = drivers()
        near = did_you_mean(driver.replace("-", "_"), known) or f" (there are {', '.join(known)})"
        found.append(Problem(where=where, what=f"no driver is called {driver!r}{near}"))
        return None
    try:
        return importlib.import_module(f"{_DRIVERS}.{driver}")
    except ImportError as fault:
        found.append(Problem(where=where, what=f"{driver} cannot be loaded: {fault}"))
        return None


def built_input(device: Device, clock: Clock) -> InputDevice:
    """By the name of its driver, which was imported when the file was read."""
    module = importlib.import_module(f"terminal.drivers.{device.driver}")
    built: InputDevice = module.build(device.name, device.settings, clock)
    return built


def built_printer(device: Device, clock: Clock) -> PosPrinter:
    module = importlib.import_module(f"terminal.drivers.{device.driver}")
    built: PosPrinter = module.build(device.name, device.settings, clock)
    return built


def _printer_problems(data: Mapping[str, Any], devices: tuple[Device, ...]) -> Iterator[Problem]:
    """A device that cannot be used, as was said, may be the printer that is meant."""
    printers = [device.name for device in devices if device.kind == "printer"]
    others = {device.name for device in devices} - set(printers)
    tables = data.get("device")
    meant = printers + [
        name for name in (tables if isinstance(tables, Mapping) else ()) if name not in others
    ]
    wanted = next(texts(data, "receipt", "printer"), "")
    if wanted and wanted not in meant:
        near = did_you_mean(wanted, printers)
        yield Problem(where="receipt.printer", what=f"no printer is called {wanted!r}{near}")
    if not wanted and len(printers) > 1:
        yield Problem(where="receipt.printer", what=f"missing: one of {', '.join(printers)}")


def _more_than_one(devices: tuple[Device, ...], kind: str, why: str) -> Iterator[Problem]:
    """Nobody would be asked which of two is told what to do."""
    for device in [one for one in devices if one.kind == kind][1:]:
        yield Problem(where=joined("device", device.name), what=why)


def _port_twice(devices: tuple[Device, ...]) -> Iterator[Problem]:
    """Of two that read one port each gets a part of what comes. A display may be looped through a printer."""
    of: dict[Path, Device] = {}
    for device in devices:
        path = getattr(device.settings, "path", None)
        other = of.setdefault(path, device) if isinstance(path, Path) else device
        if other is not device and not {other.kind, device.kind} <= _LOOPED:
            what = f"{other.name} is there already: one device a port"
            yield Problem(where=f"{joined('device', device.name)}.path", what=what)


def _sam_problems(devices: tuple[Device, ...]) -> Iterator[Problem]:
    """A reader of cards that is called as the SAM's slot is would take the SAM for a card."""
    slots = [device.settings.reader for device in devices if device.kind == "sam"]
    for device in devices:
        if device.driver != "pcsc":
            continue
        called: str = device.settings.reader
        if any(called.casefold() in slot.casefold() for slot in slots):
            what = f"{called!r} may be the SAM's slot: say what is not in the slot's name"
            yield Problem(where=f"{joined('device', device.name)}.reader", what=what)


def _logo(path: Path, printer: Device | None, found: list[Problem]) -> Bitmap | None:
    from terminal.drivers.codecs.pbm import BadPicture, bitmap_of  # noqa: PLC0415  only where there is one

    where = "receipt.logo"
    try:
        logo = bitmap_of(path.read_bytes())
    except OSError as fault:
        found.append(Problem(where=where, what=f"{path}: {fault.strerror or 'cannot be read'}"))
        return None
    except BadPicture as bad:
        found.append(Problem(where=where, what=f"{path}: {bad}"))
        return None
    room: int = printer.settings.profile.dots if printer else logo.bytes_wide * 8
    if logo.bytes_wide * 8 > room:
        wide = f"{path}: {logo.bytes_wide * 8} dots wide; the paper has {room}"
        found.append(Problem(where=where, what=wide))
    return logo


def _printer(file: File, devices: tuple[Device, ...]) -> Device | None:
    printers = [device for device in devices if device.kind == "printer"]
    named = [device for device in printers if device.name == file.receipt.printer]
    return next(iter(named or printers), None)
