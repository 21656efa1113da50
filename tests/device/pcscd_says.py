"""What pcscd itself says of its readers: it looks a few times a second, and tests must not be ahead of it."""

from __future__ import annotations

_WITHIN_S = 60


def seen(reader: str, *, occupied: bool) -> None:
    """Returns when pcscd itself says so."""
    from smartcard import scard

    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    state = scard.SCARD_STATE_UNAWARE
    for _ in range(_WITHIN_S):
        _, [(_, state, _)] = scard.SCardGetStatusChange(context, 1_000, [(reader, state)])
        if bool(state & scard.SCARD_STATE_PRESENT) is occupied:
            break
    scard.SCardReleaseContext(context)
    assert bool(state & scard.SCARD_STATE_PRESENT) is occupied
