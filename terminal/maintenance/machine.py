"""What the machine under the terminal says of itself: its power, warmth and memory. Nothing is written."""

from __future__ import annotations

from pathlib import Path

from terminal.maintenance.facts import MachineFacts

_MODELS = ("proc/device-tree/model", "sys/class/dmi/id/product_name")
_WARMTH = "sys/class/thermal/thermal_zone0/temp"
"""Thousandths of a degree Celsius (Documentation/driver-api/thermal/sysfs-api)."""
_THROTTLED = "sys/devices/platform/soc*/soc*:firmware/get_throttled"
"""Of a Raspberry Pi: the bits of `vcgencmd get_throttled`, in hex. A Pi 5 calls it `soc@107c000000`."""
_SENSORS, _VOLTAGE, _ALARM = "sys/class/hwmon/hwmon*/name", "rpi_volt", "in0_lcrit_alarm"
"""Where the kernel says no bits: 1 while the power is too weak (Documentation/hwmon/raspberrypi-hwmon)."""
_MEMORY = "proc/meminfo"
_AVAILABLE = "MemAvailable:"
_UPTIME = "proc/uptime"
_TEXT_BYTES_MAX = 8_192


def machine_of(root: Path = Path("/")) -> MachineFacts:
    """`root`: where /proc and /sys are. What a machine does not say stays unknown."""
    warmth, uptime = _first(root / _WARMTH), _first(root / _UPTIME)
    return MachineFacts(
        model=next(filter(None, (_text(root / one).strip("\0 \n") for one in _MODELS)), ""),
        celsius=int(warmth) // 1000 if warmth.lstrip("-").isdecimal() else None,
        throttled=_throttled(root),
        free_kib=_available(_text(root / _MEMORY)),
        up_s=int(uptime.partition(".")[0]) if uptime.replace(".", "", 1).isdecimal() else None,
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_TEXT_BYTES_MAX).decode("ascii", "replace")
    except OSError:
        return ""


def _first(path: Path) -> str:
    """Word of it."""
    return next(iter(_text(path).split()), "")


def _throttled(root: Path) -> int | None:
    """By its bits, else by the alarm of its voltage, which is the lowest of them."""
    alarms = (one.with_name(_ALARM) for one in root.glob(_SENSORS) if _first(one) == _VOLTAGE)
    said = (_hex(_first(one)) for places in (root.glob(_THROTTLED), alarms) for one in places)
    return next((bits for bits in said if bits is not None), None)


def _hex(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None


def _available(text: str) -> int | None:
    """KiB that programs can still have."""
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == _AVAILABLE and words[1].isdecimal():
            return int(words[1])
    return None
