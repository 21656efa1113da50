"""Training: the same counter over a ledger of its own, which nothing of the shop's meets (product.md G6).

Its entries are those of a site of their own, so no headquarters, backup or adopted file takes them for the
shop's. Nothing is forwarded, no drawer opens, no card is written, and what it prints says what it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from terminal.config import Device, Settings
from terminal.core.values import TRAINING
from terminal.desk.prices import Offer
from terminal.uplink import settings as uplink

_APART = frozenset({"rewriter", "display", "voice", "bank_terminal", "forecourt"})
"""A face would be written on a card, a bank's terminal takes real money, a nozzle lets real fuel flow; two
short lines and a voice have no room to say what it is."""


def trained(settings: Settings, offer: Offer) -> Settings:
    """For an attendant who learns. `offer`: what the shop sells by just now."""
    file = settings.file
    apart = replace(
        file.ledger,
        path=file.ledger.path.parent / "training" / "ledger.db",
        second=None,
        second_required=False,
    )
    devices = tuple(_devices(settings.devices))
    return replace(
        settings,
        training=True,
        shop_ledger=file.ledger.path,
        file=replace(
            file,
            terminal=replace(file.terminal, site=TRAINING),
            ledger=apart,
            headquarters=uplink.Settings(),
            webhook=uplink.Hook(),
            acquirer=uplink.Acquirer(),
            group_buy=uplink.GroupBuy(),
            invoice=uplink.Invoices(),
        ),
        sold=offer.articles,
        tariff=offer.tariff,
        devices=devices,
        printer=next(
            (one for one in devices if settings.printer and one.name == settings.printer.name), None
        ),
    )


def _devices(devices: tuple[Device, ...]) -> Iterator[Device]:
    """All that can do no harm; of those that have a drawer all but the drawer."""
    for device in devices:
        if device.kind in _APART:
            continue
        if device.kind == "printer":
            yield replace(device, settings=replace(device.settings, drawer=False))
        elif device.kind == "signals":
            yield replace(device, settings=replace(device.settings, drawer=None))
        else:
            yield device
