"""For campaigns and tests: a maker, their bundles, and a machine with two slots, small."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from lab.bundle import Keys, bundled, new_keys, signed_files
from terminal.install.slots import Release, Slots
from terminal.maintenance.update.taking import Here
from terminal.maintenance.update.trial import Seen

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
UNTIL = NOW + timedelta(days=90)
HERE = Here(machine="aarch64", python="3.11", schema=8, openable_from=8, clock_ms=NOW_MS, ledger_ms=None)
TREE = {
    "terminal/__init__.py": b"",
    "terminal/program.py": b"print('hello')\n" * 50,
    "docs/page.md": b"words",
}


def release(**said: object) -> Release:
    files = tree_of("2.0.0")
    whole: dict[str, object] = {
        "version": "2.0.0",
        "machine": "aarch64",
        "python": "3.11",
        "schema": 8,
        "openable_from": 8,
        "unpacked": sum(map(len, files.values())),
        "files": len(files),
    }
    return Release(**(whole | said))  # type: ignore[arg-type]


def tree_of(version: str) -> dict[str, bytes]:
    return TREE | {"VERSION": version.encode()}


def member(name: str, data: bytes = b"", **said: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in said.items():
        setattr(info, key, value)
    return info, data


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for info, data in members:
            tar.addfile(info, BytesIO(data))
    return out.getvalue()


def packed_tree(version: str = "2.0.0") -> bytes:
    return packed(*[member(name, data) for name, data in tree_of(version).items()])


@dataclass
class Maker:
    """Who signs, in a folder of their own."""

    folder: Path
    keys: Keys = field(init=False)

    def __post_init__(self) -> None:
        self.keys = new_keys(self.folder, NOW + timedelta(days=900))

    def bundle(
        self,
        version: int = 1,
        *,
        payload: bytes | None = None,
        said: Release | None = None,
        until: datetime = UNTIL,
        changed: dict[str, bytes] | None = None,
    ) -> Path:
        """Its file. `changed`: put in place of what was signed."""
        said = said or release()
        payload = packed_tree(said.version) if payload is None else payload
        path = f"card-terminal-{said.version}-{said.machine}.tar.gz"
        files = signed_files(self.keys, {path: (payload, said)}, version, until)
        out = self.folder / f"{version}.bundle"
        bundled(out, files | (changed or {}), {path: payload})
        return out


def machine(root: Path, maker: Maker | Keys) -> Slots:
    """Release 1.0.0 runs from slot a; b is empty."""
    slots = Slots(root)
    for name in ("a", "b"):
        (root / name).mkdir(parents=True)
    for link in ("current", "steady"):
        (root / link).symlink_to("a")
    laid(slots, "a", "1.0.0")
    (root / "root.json").write_bytes((maker.folder / "root.json").read_bytes())
    return slots


def laid(slots: Slots, slot: str, version: str) -> None:
    """That release, whole in that slot."""
    for name, data in tree_of(version).items():
        place = slots.folder(slot) / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    slots.complete(slot, release(version=version))


def nothing(_slot: Path) -> None:
    """What a release of plain files needs to run."""


class Box:
    """A machine on which a release runs as `well` says: `settling.Machine`."""

    def __init__(self, slots: Slots, *, ill: frozenset[str] = frozenset()) -> None:
        self.slots = slots
        self.ill = ill
        """Versions that do not run well."""
        self.runs = slots.current
        self.restarts = 0
        self.followed = ""
        """From which slot the other units began last."""
        self.s = 0.0

    def restart(self) -> None:
        self.runs = self.slots.current
        self.restarts += 1

    def follow(self) -> None:
        self.followed = self.slots.current

    def seen(self) -> Seen:
        version = (self.slots.folder(self.runs) / "VERSION").read_text(encoding="utf-8")
        return Seen(
            active=version not in self.ill,
            slot=self.runs,
            pid=self.restarts + 1,
            fed_us=int(self.s),
            ledger="",
        )

    def mono_s(self) -> float:
        return self.s

    def wait(self, seconds: float) -> None:
        self.s += seconds
