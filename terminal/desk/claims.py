"""What a receipt offers the customer to claim an invoice by; nothing, where it has one or may have none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from terminal.core.claims import ClaimForm
from terminal.core.commands import Booked, BookRecharge, BookSale
from terminal.core.errors import TerminalFault
from terminal.core.invoiceable import invoiceable
from terminal.core.ports import Committer
from terminal.core.values import EntryId
from terminal.runtime.log import told

log = logging.getLogger(__name__)


class Claims:
    """Asked before each print: on a copy of what was invoiced meanwhile there is none any more."""

    def __init__(
        self,
        form: ClaimForm,
        committer: Committer,
        *,
        at_use: bool,
        asked: Callable[[EntryId], object | None] = lambda _of: None,
    ) -> None:
        """`at_use`: value on cards is invoiced when it is used. `asked`: the request that waits, if any."""
        self._asked = asked
        self._form = form
        self._committer = committer
        self._at_use = at_use

    async def of(self, booked: Booked) -> str:
        """As the QR code holds it; empty: none. Raises nothing: the receipt comes out without it."""
        if not isinstance(booked.command, BookSale | BookRecharge):
            return ""
        entry = booked.command.id
        if self._asked(entry) is not None:
            return ""
        try:
            one = await self._committer.ask(partial(invoiceable, of=entry, at_use=self._at_use))
        except TerminalFault as fault:
            log.warning("no claim on the receipt: id=%s why=%s", entry, told(fault))
            return ""
        return self._form.of(entry, one.amount) if one is not None and one.amount > 0 else ""
