"""A machine of its own under the product's drivers: Debian's kernel, emulated, with snapshots.

`python -m lab vm build` makes it, `python -m lab vm devices` tries the product's drivers in it on devices
that its kernel makes: USB keyboards, serial lines and printers on a simulated bus, and GPIO pins.
"""

from __future__ import annotations

from lab.vm.command import main

__all__ = ["main"]
