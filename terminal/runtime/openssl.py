"""What OpenSSL can do and Python's `ssl` does not name."""

from __future__ import annotations

from typing import Final

NO_CHECK_TIME: Final = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: certificates are not judged by the machine's clock, believed or not."""
