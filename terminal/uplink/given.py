"""Keys that the shop was given (`secret_file`): whether each can be read, before anything else is begun.

One that cannot is a fault of the configuration. Starting again would not mend it.
"""

from __future__ import annotations

from pathlib import Path

from terminal.core.shape import Problem
from terminal.uplink import bearer, webhook
from terminal.uplink.settings import Acquirer, GroupBuy, Hook, Invoices

_HANDED = "/run/credentials/terminal.service/keys_"
_KEPT = "/etc/card-terminal/keys/"
"""As systemd/terminal.service says it (LoadCredential=)."""


def problems_of(*, hook: Hook, invoices: Invoices, acquirer: Acquirer, group_buy: GroupBuy) -> list[Problem]:
    """Of what is configured, all that cannot be used. Never what stands in one."""
    found: list[Problem] = []
    for section, settings, used in (
        ("webhook", hook, hook.url),
        ("invoice", invoices, invoices.url or invoices.claim),
        ("acquirer", acquirer, acquirer.url),
        ("group_buy", group_buy, group_buy.url),
    ):
        if not used:
            continue
        where = f"{section}.secret_file"
        try:
            if isinstance(settings, Acquirer | GroupBuy):
                bearer.secret_of(settings, section)
            else:
                webhook.secret_of(settings)
        except OSError as fault:
            found.append(Problem(where=where, what=_unread(str(settings.secret_file), fault)))
        except ValueError as fault:
            found.append(Problem(where=where, what=str(fault)))
    return found


def _unread(path: str, fault: OSError) -> str:
    what = f"{path}: {fault.strerror}"
    if path.startswith(_HANDED):
        return f"{what}. Put the key into {Path(_KEPT, path.removeprefix(_HANDED))}"
    return what
