"""What a swipe means to the desk, whichever reader it came through."""

from __future__ import annotations

import logging

from terminal.core.errors import BankCardRefused, CardTorn, UnknownCard
from terminal.core.events import CardPresented, CardRemoved, DeviceEvent, Unreadable
from terminal.drivers.codecs.stripe import BadSwipe, BankCard, Swiped, Where, credential_of

log = logging.getLogger(__name__)


def said(reader: str, found: Swiped, where: Where) -> list[DeviceEvent]:
    """A stripe passes by: what was presented has left at once."""
    match found:
        case BankCard():
            log.info("bank card refused: reader=%s", reader)
            return [Unreadable(device=reader, code=BankCardRefused.code, why="a bank card")]
        case BadSwipe(why=why):
            log.warning("swipe dropped: reader=%s why=%s", reader, why)
            return [Unreadable(device=reader, code=CardTorn.code, why=why)]
        case _:
            pass
    try:
        card = credential_of(found, where)
    except UnknownCard as fault:
        log.warning("swipe dropped: reader=%s why=%s", reader, fault)
        return [Unreadable(device=reader, code=fault.code, why=str(fault))]
    return [CardPresented(reader=reader, credential=card), CardRemoved(reader=reader)]
