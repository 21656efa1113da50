"""What the `Desk` port asks about invoices that somebody outside writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from terminal.core.buyer import AskedFor, Buyer
from terminal.core.commands import Booked, BookIntentEnd, BookInvoice, Command, Listed, Private
from terminal.core.invoicing import Request
from terminal.core.values import EntryId
from terminal.desk.invoicing import Invoicing


class AskingInvoices(ABC):
    _invoicing: Invoicing | None

    @abstractmethod
    async def _book(
        self,
        command: Command,
        private: Private | None,
        listed: Listed | None = None,
        asked: AskedFor | None = None,
    ) -> Booked: ...

    @property
    def asks_invoices(self) -> bool:
        return self._invoicing is not None

    def invoices_asked(self) -> Sequence[Request]:
        return self._invoicing.all() if self._invoicing else ()

    async def book_invoice(self, invoice: BookInvoice) -> Booked:
        booked = await self._book(invoice, None)
        if self._invoicing is not None:
            self._invoicing.look()
        return booked

    async def ask_invoice(self, request: Request) -> Booked:
        """Whom it is for is durable before the journal knows that it is asked for."""
        invoicing = self._there()
        await invoicing.begin(request)
        try:
            asked = AskedFor(receipt=request.receipt, buyer=request.buyer) if request.buyer else None
            return await self._book(request.begun, None, asked=asked)
        finally:
            invoicing.begun(
                request.intent
            )  # What was not booked is forgotten: the journal knows nothing of it.

    async def ask_invoice_anew(self, request: EntryId, buyer: Buyer) -> None:
        await self._there().anew(request, buyer)

    async def withdraw_invoice(self, end: BookIntentEnd) -> Booked:
        invoicing = self._there()
        async with invoicing.sending:  # An answer that is on its way may bring the number.
            booked = await self._book(end, None)
        invoicing.look()
        return booked

    def _there(self) -> Invoicing:
        if self._invoicing is None:
            raise RuntimeError("nobody is asked for invoices here")
        return self._invoicing
