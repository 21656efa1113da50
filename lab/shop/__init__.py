"""A shop on this machine: the real terminal and headquarters, with devices that are not there."""

from __future__ import annotations

from lab.shop.command import main

__all__ = ["main"]
