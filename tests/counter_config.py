"""The least that a counter's file says."""

from __future__ import annotations

COUNTER = """
[terminal]
merchant = "M1"
site = "S1"
id = "T1"
socket = "t.sock"

[shop]
name = "便利店"

[ledger]
path = "data/ledger.db"

[kiosk]
port = 0
"""
