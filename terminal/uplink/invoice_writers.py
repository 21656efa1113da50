"""Who writes invoices for a shop, as its settings say."""

from __future__ import annotations

from terminal.core.invoicing import Asker, Writer
from terminal.core.ports import Clock
from terminal.uplink.invoice_folder import FolderWriter
from terminal.uplink.invoice_hook import HookWriter
from terminal.uplink.posting import HttpsPost
from terminal.uplink.settings import Invoices
from terminal.uplink.webhook import secret_of


def writer_of(settings: Invoices, asker: Asker, clock: Clock) -> Writer:
    """Raises OSError or ValueError: nobody would know who asks, or it is nobody's."""
    if settings.folder is not None:
        return FolderWriter(settings.folder, asker)
    post = HttpsPost(settings.url, deadline_s=settings.deadline_s, ca_file=settings.ca_file, hears=True)
    return HookWriter(post, asker, secret=secret_of(settings), clock=clock)
