"""A support bundle: files that one terminal packs, and only its headquarters opens.

bundle = HEAD || box (see `runtime.box`, about ABOUT) of a tar archive, compressed by gzip
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping
from typing import Final

from terminal.runtime.box import sealed_to

HEAD: Final = b"card-terminal support bundle 1\n"
ABOUT: Final = b"support bundle"
BYTES_MAX: Final = 16 << 20


class NoBundle(Exception):
    """It is none, or is cut short."""


def sealed(files: Mapping[str, bytes], key: bytes, *, at_s: int, fresh: bytes) -> bytes:
    """`key`: headquarters' box key (32 bytes). `at_s`: Unix. `fresh`: 32 random bytes, for this alone."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(data), at_s
            archive.addfile(member, io.BytesIO(data))
    return HEAD + sealed_to(key, packed.getvalue(), about=ABOUT, fresh=fresh)


def archive_in(bundle: bytes, opened: Callable[[bytes, bytes], bytes]) -> bytes:
    """The archive as it was packed. `opened`: opens a box, given what it is about. Raises NoBundle."""
    if not bundle.startswith(HEAD):
        raise NoBundle("that is no support bundle")
    return opened(bundle.removeprefix(HEAD), ABOUT)
