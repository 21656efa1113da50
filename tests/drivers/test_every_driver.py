"""Every module of `terminal.drivers` keeps to the shape by which the configuration finds it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from msgspec.inspect import FloatType, IntType, StructType, type_info

from lab.receipts.specimens import SPECIMENS
from terminal import drivers
from terminal.core.ports import Clock
from terminal.core.receipts import drawn
from terminal.core.values import Value
from terminal.drivers import tcp_printer
from terminal.drivers.codecs.escpos import encoded

NAMES = sorted(module.name for module in pkgutil.iter_modules(drivers.__path__) if not module.ispkg)
ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("smartcard", "evdev", "serial", "PIL", "aiohttp", "RPi")


def test_the_sweep_sees_the_drivers() -> None:
    assert {"pcsc", "serial_reader", "serial_scanner", "keyboard_scanner", "usb_printer"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_driver_says_its_kind_its_settings_and_how_it_is_built(name: str) -> None:
    module = importlib.import_module(f"terminal.drivers.{name}")
    kinds = {
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
    }
    assert module.KIND in kinds
    settings = module.Settings
    assert issubclass(settings, Value)
    assert settings.__struct_config__.frozen
    assert settings.__struct_config__.forbid_unknown_fields
    wanted = {"name": "str", "settings": "Settings", "clock": Clock.__name__}
    given = {key: one.annotation for key, one in inspect.signature(module.build).parameters.items()}
    assert given == wanted
    assert module.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_a_driver_is_built_of_what_it_must_be_told_alone(name: str) -> None:
    module = importlib.import_module(f"terminal.drivers.{name}")
    required = {field.name: "x" for field in msgspec.structs.fields(module.Settings) if field.required}
    settings = msgspec.convert(required, module.Settings, dec_hook=lambda kind, text: kind(text))

    class Still:
        trust = None

        def wall_ms(self) -> int:
            return 0

        def mono_ms(self) -> int:
            return 0

    device = module.build("front", settings, Still())
    assert device.name == "front"
    wanted = {"printer": ("print", "status")}.get(module.KIND, ("events",))
    assert all(callable(getattr(device, one)) for one in wanted)


@pytest.mark.parametrize("name", NAMES)
def test_no_number_of_a_driver_is_without_bounds(name: str) -> None:
    """A port of eleven digits or a time below nothing is refused before the first receipt meets it."""
    settings = importlib.import_module(f"terminal.drivers.{name}").Settings
    told = type_info(settings)
    assert isinstance(told, StructType)
    for field in told.fields:
        if isinstance(field.type, IntType | FloatType):
            assert field.type.ge is not None or field.type.gt is not None, field.name
            assert field.type.le is not None or field.type.lt is not None, field.name


@pytest.mark.parametrize(
    "settings",
    [
        {"port": 13_783_137_831},
        {"port": 0},
        {"columns": -3},
        {"columns": 3},
        {"columns": 100},
        {"connect_ms": -5},
        {"answer_ms": 0},
        {"print_ms": 0},
        {"host": ""},
    ],
)
def test_a_printer_that_cannot_be_is_refused_by_its_settings(settings: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"host": "192.0.2.7", **settings}, tcp_printer.Settings)


@pytest.mark.parametrize("columns", [16, 32, 42, 48, 64])
def test_every_width_that_a_printer_may_have_can_be_printed(columns: int) -> None:
    told = msgspec.convert({"host": "192.0.2.7", "columns": columns}, tcp_printer.Settings)
    for specimen in SPECIMENS.values():
        document = specimen.document("zh-Hans")
        assert encoded(drawn(document, told.columns), told.profile)


@pytest.mark.parametrize("name", NAMES)
def test_importing_a_driver_imports_nothing_heavy(name: str) -> None:
    """The configuration imports it to read its settings, before the first reader opens."""
    program = (
        f"import sys, terminal.drivers.{name}; "
        f"sys.exit(' '.join(one for one in {HEAVY!r} if one in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stderr.strip() == ""
    assert done.returncode == 0
