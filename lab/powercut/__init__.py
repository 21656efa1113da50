"""The power fails before every operation of the disk, and the product's own start opens what is left."""

from __future__ import annotations

from lab.powercut.campaign import main

__all__ = ["main"]
