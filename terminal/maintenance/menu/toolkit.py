"""urwid, as the screen needs it. It looks for GLib, whose Debian package Python warns of; we use none."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ImportWarning)
    import urwid

__all__ = ["urwid"]
