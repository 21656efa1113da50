"""The header of a Pi, simulated by the kernel's gpio-sim: levels are set and read back through sysfs.

Kernel documentation: admin-guide/gpio/gpio-sim, trace/ftrace.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

_CHIPS = Path("/sys/kernel/config/gpio-sim")
_LINES = 58
_LABEL = "pinctrl-bcm2711"
"""As the chip of the 40-pin header is called on a Pi 4."""
_LOOK_S = 0.005
_TRACING = Path("/sys/kernel/tracing")
_SET = re.compile(r"gpio_value: (\d+) set (\d)")


class Header:
    """Pins by their BCM numbers. Only one at a time."""

    def __init__(self) -> None:
        chip = _CHIPS / "pi"
        bank = chip / "bank0"
        if not bank.exists():  # Else another process made it.
            bank.mkdir(parents=True)
            (bank / "num_lines").write_text(str(_LINES))
            (bank / "label").write_text(_LABEL)
            (chip / "live").write_text("1")
        self.chip = (bank / "chip_name").read_text().strip()
        """Such as gpiochip1."""
        device = (chip / "dev_name").read_text().strip()
        self._lines = Path("/sys/devices/platform") / device / self.chip

    @property
    def environment(self) -> dict[str, str]:
        """With which rpi-lgpio takes it for the header of a Pi 4."""
        return {"RPI_LGPIO_CHIP": self.chip.removeprefix("gpiochip"), "RPI_LGPIO_REVISION": "c03114"}

    def level(self, pin: int) -> int:
        """What the terminal drives the pin to."""
        return int((self._lines / f"sim_gpio{pin}/value").read_text())

    def pull(self, pin: int, *, up: bool) -> None:
        """What a button or a switch does to the pin."""
        (self._lines / f"sim_gpio{pin}/pull").write_text("pull-up" if up else "pull-down")

    def becomes(self, pin: int, level: int, within_s: float) -> bool:
        until = time.monotonic() + within_s
        while self.level(pin) != level:
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_S)
        return True

    def notes(self) -> None:
        """From here on the kernel notes what is driven: what `went` asks."""
        (_TRACING / "events/gpio/gpio_value/enable").write_text("1")
        (_TRACING / "trace").write_text("")

    def went(self, pin: int, level: int, within_s: float) -> bool:
        """Whether the pin was driven so since `notes`, however short and however late one looks."""
        base = next(
            int((one / "base").read_text())
            for one in Path("/sys/class/gpio").glob("gpiochip*")
            if (one / "label").read_text().strip() == _LABEL
        )
        until = time.monotonic() + within_s
        while (str(base + pin), str(level)) not in _SET.findall((_TRACING / "trace").read_text()):
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_S)
        return True
