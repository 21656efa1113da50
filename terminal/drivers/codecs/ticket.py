"""A ticket by which a technician sees what the printer's firmware makes of each character set."""

from __future__ import annotations

from terminal.core.receipts import PageCode
from terminal.drivers.codecs.escpos import (
    ASCII_OF_USA,
    INIT,
    UTF8_ON,
    Bitmap,
    Charset,
    Profile,
    ended,
    headed,
    qr,
    spelled,
)

SAMPLE = "会员充值 會員儲值 ￥12.30"
_ADVICE = ("Set charset to the one whose", "line reads as Chinese. The ruler", "must fit on one line.")


def trial(name: str, profile: Profile, logo: Bitmap | None = None) -> bytes:
    """Logo, the sample in each character set under its name, a ruler as wide as the page, a QR code.

    Raises ValueError: the logo is wider than the paper.
    """
    out = bytearray(INIT + ASCII_OF_USA)
    if logo is not None:
        out += headed(logo, profile)
    for line in (f"printer {name}", *_ADVICE):
        out += spelled(line[: profile.columns], Charset.GBK) + b"\n"
    for charset in Charset:
        # From the beginning each time: what one leaves behind must not spoil the next.
        out += INIT + ASCII_OF_USA + spelled(f'charset = "{charset}"', Charset.GBK) + b"\n"
        out += (UTF8_ON if charset is Charset.UTF8 else b"") + spelled(SAMPLE, charset) + b"\n"
    ruler = "".join(str(place % 10) for place in range(1, profile.columns + 1))
    out += INIT + ASCII_OF_USA + ruler.encode() + b"\n" + qr(PageCode(text=f"printer {name}"))
    return bytes(out) + ended(profile)
