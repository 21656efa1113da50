"""Small files that appear whole or not at all, whatever the power does."""

from __future__ import annotations

import os
from pathlib import Path


def put(path: Path, data: bytes) -> None:
    """Only its owner may read it. Durable when it returns; what was there before stays until then."""
    fresh = path.with_name(f"{path.name}-new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)  # A leftover of an older one may have been wider.
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
    sync_folder(path.parent)


def put_link(path: Path, target: str) -> None:
    """A symbolic link in place of whatever lies there, by one rename. Durable when it returns."""
    fresh = path.with_name(f"{path.name}-new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(path)
    sync_folder(path.parent)


def read_or_make(path: Path, size: int) -> bytes:
    """So many random bytes, made at the first call. Raises ValueError when others are there."""
    try:
        kept = path.read_bytes()
    except FileNotFoundError:
        kept = os.urandom(size)
        put(path, kept)
    if len(kept) != size:
        raise ValueError(f"{path}: {len(kept)} bytes instead of {size}")
    return kept


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
