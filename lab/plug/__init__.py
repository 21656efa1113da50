"""Devices that come and go at any moment, under the product's own supervisor, while the others work on."""

from __future__ import annotations

from lab.plug.campaign import main

__all__ = ["main"]
