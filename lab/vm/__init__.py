"""A machine of its own under the product: Debian's kernel, emulated, with snapshots.

`python -m lab vm build` makes it, `devices` tries the product's drivers in it on devices that its kernel
makes (USB keyboards, serial lines and printers on a simulated bus, and GPIO pins), `install` makes a terminal
of it, `powercut` lets the disk of a ledger under load lose its power, or pulls that terminal's plug.
"""

from __future__ import annotations


def main(arguments: list[str]) -> int:
    """What is run in the guest needs none of this."""
    from lab.vm import command

    return command.main(arguments)
