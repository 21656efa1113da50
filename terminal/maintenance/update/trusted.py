"""Whether the maker gave a bundle out, and whether it is the newest that this machine heard of.

The client workflow of The Update Framework 1.0 (theupdateframework.github.io/specification, section 5.3 to
5.6) over the top-level roles; signatures, canonical bytes and hashes are python-tuf's. Its own client is not
used: it judges by the machine's clock, and what it keeps a power cut may take (decision 70).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from terminal.core.errors import BundleRefused
from terminal.core.values import Value

ROTATIONS_MAX = 256
_Signed = TypeVar("_Signed", Root, Timestamp, Snapshot, Targets)


class Trusted(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What this machine believes; kept in one file, so that no part of it is newer than another."""

    root: str
    """The newest root, as the maker signed it."""
    timestamp: int = 0
    snapshot: int = 0
    targets: int = 0
    """Versions that were accepted; none below them is again."""
    believed_ms: int = 0
    """The last time that was believed here, Unix; 0: none yet."""


def judged_ms(
    clock_ms: int | None, *, kept_ms: int, ledger_ms: int | None, sure_ms: int | None = None
) -> int:
    """The time by which a bundle is judged: what the clock says where it is believed (None: it is not).

    Else the latest time that was: it is surely later than that, and what ended before then has ended. Never
    before `sure_ms`, which was signed: whoever answers for the network's time can set a clock back.
    """
    heard_ms = clock_ms if clock_ms is not None else max(kept_ms, ledger_ms or 0)
    return max(heard_ms, sure_ms or 0)


def accepted(
    known: Trusted, files: Mapping[str, bytes], now_ms: int
) -> tuple[Trusted, Mapping[str, TargetFile]]:
    """What is believed from now on, and what the maker gives out: path to length, hashes and `custom`.

    Args:
        known: what was believed until now.
        files: `N.root.json`, `timestamp.json`, `snapshot.json`, `targets.json`.
        now_ms: Unix, as `judged_ms` says.

    Raises:
        BundleRefused: and why; then nothing of it is believed.
    """
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    try:
        return _accepted(known, files, now)
    except (RepositoryError, ValueError) as fault:
        raise BundleRefused(str(fault)) from fault


def first_root(data: bytes) -> Trusted:
    """The root that whoever set the machine up trusts. Raises BundleRefused: it does not vouch for itself."""
    try:
        root = Metadata[Root].from_bytes(data)
        root.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
    except (RepositoryError, ValueError) as fault:
        raise BundleRefused(f"the root that is trusted here cannot be used: {fault}") from fault
    return Trusted(root=data.decode())


def _accepted(
    known: Trusted, files: Mapping[str, bytes], now: datetime
) -> tuple[Trusted, Mapping[str, TargetFile]]:
    before = Metadata[Root].from_bytes(known.root.encode()).signed
    root, root_text = _newest_root(before, known.root, files)
    _in_time(root, now)
    # 5.3.11: with other keys for these two somebody may have run ahead with the old ones.
    anew = _keys(before) != _keys(root)
    floor = Trusted(root=root_text) if anew else known

    timestamp = _signed(Timestamp, files, root)
    _not_older("timestamp", timestamp.version, floor.timestamp)
    _not_older("snapshot", timestamp.snapshot_meta.version, floor.snapshot)
    _in_time(timestamp, now)

    snapshot = _signed(Snapshot, files, root, timestamp.snapshot_meta)
    listed = snapshot.meta.get("targets.json")
    if listed is None:
        raise BundleRefused("its snapshot does not list targets.json")
    _not_older("targets", listed.version, floor.targets)
    _in_time(snapshot, now)

    targets = _signed(Targets, files, root, listed)
    _in_time(targets, now)
    believed = Trusted(
        root=root_text,
        timestamp=timestamp.version,
        snapshot=snapshot.version,
        targets=targets.version,
        believed_ms=known.believed_ms,
    )
    return believed, targets.targets


def _newest_root(root: Root, text: str, files: Mapping[str, bytes]) -> tuple[Root, str]:
    """Each signed by the one before it and by itself."""
    for _ in range(ROTATIONS_MAX):
        version = root.version + 1
        data = files.get(f"{version}.root.json")
        if data is None:
            break
        new = Metadata[Root].from_bytes(data)
        root.verify_delegate(Root.type, new.signed_bytes, new.signatures)
        new.signed.verify_delegate(Root.type, new.signed_bytes, new.signatures)
        if new.signed.version != version:
            raise BundleRefused(f"{version}.root.json is version {new.signed.version}")
        root, text = new.signed, data.decode()
    return root, text


def _signed(
    kind: type[_Signed], files: Mapping[str, bytes], root: Root, listed: MetaFile | None = None
) -> _Signed:
    name = f"{kind.type}.json"
    data = files.get(name)
    if data is None:
        raise BundleRefused(f"it is cut short: {name} is missing")
    if listed is not None:
        listed.verify_length_and_hashes(data)
    found: Metadata[Any] = Metadata.from_bytes(data)
    if not isinstance(found.signed, kind):
        raise BundleRefused(f"{name} is of another kind")
    root.verify_delegate(kind.type, found.signed_bytes, found.signatures)
    if listed is not None and found.signed.version != listed.version:
        raise BundleRefused(f"{name} is version {found.signed.version}, not {listed.version}")
    return found.signed


def _keys(root: Root) -> list[list[str]]:
    return [sorted(root.roles[role].keyids) for role in (Timestamp.type, Snapshot.type)]


def _not_older(what: str, version: int, floor: int) -> None:
    if version < floor:
        raise BundleRefused(f"it is old: {what} {version}, and {floor} was here already")


def _in_time(signed: Root | Timestamp | Snapshot | Targets, now: datetime) -> None:
    if signed.is_expired(now):
        raise BundleRefused(f"it has expired: {signed.type} was good until {signed.expires:%Y-%m-%d}")
