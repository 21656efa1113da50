"""Where something is sent: read as addresses are read, never compared as text."""

from __future__ import annotations

from urllib.parse import urlsplit

THIS_MACHINE = "127.0.0.1"


def unfit(url: str, *, path: bool = False, here: bool = False) -> str:
    """Why nothing is sent there; empty where it may be.

    `path`: it may name more than a host and a port. `here`: this machine itself will do without TLS.
    """
    try:
        where = urlsplit(url)
        host, _ = where.hostname or "", where.port
    except ValueError:
        return "is no address"
    if not host or not url.isprintable() or any(sign in url for sign in " \\"):
        return "is no address"
    if "@" in where.netloc:
        return "names a user: what follows that would be the host"
    if where.scheme != "https" and not (here and where.scheme == "http" and host == THIS_MACHINE):
        return "does not begin with https://" + (f", nor is it {THIS_MACHINE} itself" if here else "")
    if where.fragment or (not path and (where.path.strip("/") or where.query)):
        return "has more than a host and a port" if not path else "has a fragment"
    return ""
