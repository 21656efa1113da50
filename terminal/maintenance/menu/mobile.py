"""3, the mobile network: a modem as NetworkManager and ModemManager know it, and its APN."""

from __future__ import annotations

import re
from collections.abc import Sequence

from terminal.maintenance.menu.tree import Box, Field, Item, Said, lasting, noted

NAME = "card-terminal-mobile"
"""Of the one connection that is ours; others are left alone."""
_APN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,98}[A-Za-z0-9])?")
"""3GPP TS 23.003, 9.1: labels of letters, digits and hyphens, at most 100 octets."""
_KNOWN = ("nmcli", "-t", "-f", "DEVICE,TYPE,STATE,CONNECTION", "device")
_MODEM = ":gsm:"
_KEPT = "/etc/NetworkManager/system-connections"
"""Where NetworkManager writes what it is told to keep."""
_UP_S = "60"


def mobile(box: Box) -> Sequence[Item]:
    return (
        Item(label="Mobile network (4G)", do=lambda _: _seen(box)),
        Item(
            label="Set the APN",
            locked=True,
            fields=(
                Field(label="APN, as the provider says"),
                Field(label="User (or empty)"),
                Field(label="Password (or empty)", hidden=True),
            ),
            do=lambda words: _asked(box, *words),
        ),
    )


def _modems(box: Box) -> Said:
    """Not well, and why, where there is none."""
    known = box.program(*_KNOWN)
    if not known.well:
        why = "This machine has no NetworkManager that runs: what brings it online is set up elsewhere."
        return Said(lines=(why, "", *known.lines), well=False)
    found = tuple(line for line in known.lines if _MODEM in line)
    if not found:
        why = "NetworkManager knows no modem: is it plugged in, and ModemManager installed?"
        return Said(lines=(why,), well=False)
    return Said(lines=found)


def _seen(box: Box) -> Said:
    modems = _modems(box)
    if not modems.well:
        return modems
    apn = box.program("nmcli", "-g", "gsm.apn", "connection", "show", NAME)
    said = f"APN: {apn.lines[0]}" if apn.well and apn.lines else "No APN was set here."
    state = box.program("mmcli", "-m", "any")
    return Said(lines=(*modems.lines, said, "", *state.lines), well=state.well)


def _asked(box: Box, apn: str, user: str, password: str) -> Said:
    if not _APN.fullmatch(apn):
        return Said(lines=("That is no APN: letters, digits, dots and hyphens.",), well=False)
    modems = _modems(box)
    if not modems.well:
        return modems
    return Said(
        lines=(f"The modem connects anew, with APN {apn}.", *box.passing(_KEPT)),
        go=lambda: noted(box, "network: apn", lambda: _set(box, apn, user, password)),
    )


def _set(box: Box, apn: str, user: str, password: str) -> Said:
    """Empty ones are taken out. Providers give everybody the same user and password: no secret."""
    settings = ("gsm.apn", apn, "gsm.username", user, "gsm.password", password)
    if box.program("nmcli", "-g", "connection.id", "connection", "show", NAME).well:
        done = box.program("nmcli", "connection", "modify", NAME, *settings)
    else:
        one = ("type", "gsm", "con-name", NAME, "ifname", "*")
        done = box.program("nmcli", "connection", "add", *one, *settings)
    if not done.well:
        return done
    up = box.program("nmcli", "--wait", _UP_S, "connection", "up", NAME)
    return lasting(box, _KEPT, Said(lines=(*done.lines, *up.lines), well=up.well))
