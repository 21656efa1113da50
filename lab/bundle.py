"""The maker's side of an update: keys, and bundles that they sign. Needs the network for packages alone.

    python -m lab bundle keys KEYS [--days 3650]           new keys, and root.json for the boxes
    python -m lab bundle make KEYS OUT [--machine M] [--python V] [--days 90] [--tree DIR]
                                [--may-replace VERSION]
    python -m lab bundle rotate KEYS ROLE                   another key for targets, snapshot or timestamp

KEYS is a folder outside of the tree, best on a stick that is locked away. `root.pem` in it is needed
for `keys` and `rotate` alone: move it elsewhere meanwhile. `made.json` counts what was given out: without it
the next bundle would be older than the last, and refused.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Role,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from lab.environment import ROOT
from terminal.install.release import PARTS
from terminal.install.slots import Release
from terminal.maintenance.update.version import order
from terminal.store.migrations import Schema

ROLES = ("root", "targets", "snapshot", "timestamp")
_PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
"""Debian 12 has glibc 2.36; wheels are tagged by the oldest they run on."""


@dataclass
class Keys:
    """A maker's folder."""

    folder: Path
    signers: dict[str, CryptoSigner] = field(default_factory=dict)

    def signer(self, role: str) -> CryptoSigner:
        if role not in self.signers:
            private = load_pem_private_key((self.folder / f"{role}.pem").read_bytes(), None)
            if not isinstance(private, Ed25519PrivateKey):
                raise TypeError(f"{role}.pem is no Ed25519 key")
            self.signers[role] = CryptoSigner(private)
        return self.signers[role]

    def make(self, role: str) -> None:
        """A new one, for its owner's eyes."""
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = self.folder / f"{role}.pem"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        self.signers[role] = CryptoSigner(private)

    @property
    def roots(self) -> list[bytes]:
        """All, oldest first."""
        found = sorted(self.folder.glob("*.root.json"), key=lambda path: int(path.name.partition(".")[0]))
        return [path.read_bytes() for path in found]

    def count(self) -> int:
        """The version of what is signed now; one more each time."""
        path = self.folder / "made.json"
        made = json.loads(path.read_text(encoding="utf-8")) + 1 if path.exists() else 1
        path.write_text(json.dumps(made), encoding="utf-8")
        return int(made)


def new_keys(folder: Path, until: datetime) -> Keys:
    """Raises FileExistsError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = Keys(folder)
    if (folder / "1.root.json").exists():
        raise FileExistsError(folder / "1.root.json")
    for role in ROLES:
        keys.make(role)
    root = Root(version=1, expires=until, consistent_snapshot=False)
    for role in ROLES:
        root.add_key(keys.signer(role).public_key, role)
    data = _signed(root, keys.signer("root"))
    (folder / "1.root.json").write_bytes(data)
    (folder / "root.json").write_bytes(data)
    return keys


def rotate(keys: Keys, role: str, until: datetime) -> None:
    """Another key for that role, in a root of the next version; boxes take it with the next bundle."""
    old = Metadata[Root].from_bytes(keys.roots[-1]).signed
    old.roles[role] = Role([], 1)
    keys.make(role)
    old.add_key(keys.signer(role).public_key, role)
    used = {keyid for one in old.roles.values() for keyid in one.keyids}
    old.keys = {keyid: key for keyid, key in old.keys.items() if keyid in used}
    old.version, old.expires = old.version + 1, until
    (keys.folder / f"{old.version}.root.json").write_bytes(_signed(old, keys.signer("root")))


def _signed(what: Signed, *signers: CryptoSigner) -> bytes:
    metadata: Metadata[Any] = Metadata(what)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def signed_files(
    keys: Keys, payloads: dict[str, tuple[bytes | Path, Release]], version: int, until: datetime
) -> dict[str, bytes]:
    """The maker's metadata for those payloads, as a bundle has it."""
    targets = Targets(version=version, expires=until)
    for path, (payload, release) in payloads.items():
        if isinstance(payload, Path):
            target = TargetFile.from_file(path, str(payload), ["sha256"])
        else:
            target = TargetFile.from_data(path, payload, ["sha256"])
        target.unrecognized_fields["custom"] = msgspec.to_builtins(release)
        targets.targets[path] = target
    files = {"targets.json": _signed(targets, keys.signer("targets"))}
    snapshot = Snapshot(version=version, expires=until)
    snapshot.meta["targets.json"] = _listed(version, files["targets.json"])
    files["snapshot.json"] = _signed(snapshot, keys.signer("snapshot"))
    timestamp = Timestamp(version=version, expires=until)
    timestamp.snapshot_meta = _listed(version, files["snapshot.json"])
    files["timestamp.json"] = _signed(timestamp, keys.signer("timestamp"))
    return files | {f"{number}.root.json": root for number, root in enumerate(keys.roots, 1)}


def _listed(version: int, data: bytes) -> MetaFile:
    return MetaFile(version, len(data), {"sha256": hashlib.sha256(data).hexdigest()})


def bundled(out: Path, files: dict[str, bytes], payloads: dict[str, bytes | Path]) -> None:
    """Metadata first: who is told a lie need not read the rest."""
    with tarfile.open(out, "w") as tar:
        for name, data in (files | payloads).items():
            if isinstance(data, Path):
                tar.add(data, name, recursive=False, filter=_plain)
            else:
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, BytesIO(data))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    return member


def packed(tree: Path, out: Path) -> tuple[int, int]:
    """The tree as tar.gz; (bytes, files and folders) of it, which are signed."""
    size = count = 0
    with tarfile.open(out, "w:gz", compresslevel=6) as tar:
        for path in sorted(tree.rglob("*")):
            if path.is_symlink() or "__pycache__" in path.parts:
                continue
            tar.add(path, str(path.relative_to(tree)), recursive=False, filter=_plain)
            count += 1
            size += path.stat().st_size if path.is_file() else 0
    return size, count


def laid(source: Path, tree: Path, machine: str, python: str) -> None:
    """The program, and beside it in `site` all that it imports, for that machine."""
    tree.mkdir()
    for name in PARTS:
        if (source / name).is_dir():
            shutil.copytree(source / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        elif (source / name).exists():
            shutil.copy2(source / name, tree / name)
    platforms = [word for tag in _PLATFORMS for word in ("--platform", f"{tag}_{machine}")]
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--require-hashes", "--only-binary", ":all:", "--no-compile", "--target", str(tree / "site")),
            *("--implementation", "cp", "--python-version", python, *platforms),
            *("-r", str(source / "requirements.lock")),
        ],
        check=True,
    )


def release_of(source: Path, machine: str, python: str, *, may_replace: str = "") -> Release:
    """What is signed of the tree at `source`, but for its size and the moment."""
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    schema = Schema(source / "terminal" / "store" / "schema")
    return Release(
        version=project["version"],
        machine=machine,
        python=python,
        schema=schema.version,
        openable_from=schema.openable_from,
        may_replace=may_replace,
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab bundle")
    what = parser.add_subparsers(dest="what", required=True)
    for name in ("keys", "make", "rotate"):
        one = what.add_parser(name)
        one.add_argument("keys", type=Path)
        one.add_argument("--days", type=int, default=90 if name == "make" else 3650)
        if name == "rotate":
            one.add_argument("role", choices=ROLES[1:])
        if name == "make":
            one.add_argument("out", type=Path)
            one.add_argument("--machine", default=platform.machine())
            one.add_argument("--python", default="{}.{}".format(*sys.version_info[:2]))
            one.add_argument("--tree", type=Path, default=ROOT)
            one.add_argument(
                "--may-replace",
                type=_version,
                default="",
                metavar="VERSION",
                help="also over newer ones up to that; else over none that is newer",
            )
    wanted = parser.parse_args(arguments)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=wanted.days)
    if wanted.what == "keys":
        new_keys(wanted.keys, until)
        print(f"root.json in {wanted.keys} goes to /opt/card-terminal/root.json of every box")
    elif wanted.what == "rotate":
        rotate(Keys(wanted.keys), wanted.role, until)
    else:
        meant = release_of(wanted.tree, wanted.machine, wanted.python, may_replace=wanted.may_replace)
        print(given_out(Keys(wanted.keys), wanted.out, wanted.tree, meant, until))
    return 0


def _version(text: str) -> str:
    """Raises ValueError."""
    order(text)
    return text


def given_out(keys: Keys, out: Path, source: Path, meant: Release, until: datetime) -> str:
    """The bundle of that tree, signed; what it is, for people. `meant`: as `release_of` gives it."""
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
        tree, payload = Path(folder, "tree"), Path(folder, "payload.tar.gz")
        laid(source, tree, meant.machine, meant.python)
        unpacked, files_ = packed(tree, payload)
        made_s = int(datetime.now(UTC).timestamp())
        release = replace(meant, unpacked=unpacked, files=files_, made_s=made_s)
        path = f"card-terminal-{release.version}-{release.machine}-py{release.python}.tar.gz"
        files = signed_files(keys, {path: (payload, release)}, keys.count(), until)
        bundled(out, files, {path: payload})
    return f"{out}: {out.stat().st_size >> 20} MiB, {path}, good until {until:%Y-%m-%d}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
