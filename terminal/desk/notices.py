"""What should be known beside the sale: one sentence, that of what somebody can mend soonest."""

from __future__ import annotations

from terminal.core.errors import (
    CaseOpen,
    CopyBehind,
    FillsUnpaid,
    FillUnclear,
    HookRefuses,
    InvoiceWaits,
    PaymentStands,
    ShiftOfBefore,
    TerminalFault,
)
from terminal.core.screens import says
from terminal.desk.invoicing import Invoicing
from terminal.desk.printer_state import PrinterState
from terminal.desk.stage import Stage


class Notices:
    """Set what is so, then `tell`."""

    def __init__(self, stage: Stage, invoicing: Invoicing | None = None) -> None:
        self._stage = stage
        if invoicing is not None:
            invoicing.on_people = self._invoices_told
        self._invoice_waits = False
        """A request for an invoice was refused, or can go on only by somebody's hand."""
        self.paper: PrinterState | None = None
        self.copy_behind = False
        """The second copy of the journal is not written."""
        self.hook_refuses = False
        """The shop's own cloud does not take some entries."""
        self.case_opened = False
        """Since this start, whether it is closed again or not."""
        self.payment_stands = False
        """Of a payment outside nobody knows the end."""
        self.fills_unclear = False
        """A dispenser's record cannot be sold as it is, and stays so."""
        self.fills_unpaid = False
        """Fuel flowed that nobody has paid."""
        self.shift_of_before = False
        """It was opened on an earlier business day."""

    def tell(self) -> None:
        if self.paper is not None and self.paper.advice:
            self._stage.tell(notice=says(self.paper.advice), notice_code=self.paper.code)
            return
        fault = self._beside_paper()
        self._stage.tell(
            notice=says(fault.for_attendant) if fault else None, notice_code=fault.code if fault else ""
        )

    def _beside_paper(self) -> type[TerminalFault] | None:
        """The first that is so."""
        faults: dict[type[TerminalFault], bool] = {
            PaymentStands: self.payment_stands,
            CopyBehind: self.copy_behind,
            HookRefuses: self.hook_refuses,
            CaseOpen: self.case_opened,
            FillUnclear: self.fills_unclear,
            FillsUnpaid: self.fills_unpaid,
            InvoiceWaits: self._invoice_waits,
            ShiftOfBefore: self.shift_of_before,
        }
        return next((fault for fault, so in faults.items() if so), None)

    def _invoices_told(self, waits: bool) -> None:  # noqa: FBT001  what it is told of
        self._invoice_waits = waits
        self.tell()
