"""The bill of materials: what a terminal and headquarters are made of, as CycloneDX 1.6 in JSON.

    python -m lab sbom [FILE]

Packages of `requirements.lock` with their hashes; what Debian gives, with the version that is installed where
the command runs (none where it is not); the fonts that the page brings. The same tree on the same machine
gives the same bytes: no time stands in it, and its serial number is made of what it lists.
Source: ECMA-424 (CycloneDX 1.6), purl-spec for the names.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from lab.environment import ROOT
from terminal.install.steps import PACKAGES, PINS_PACKAGE, SCREEN_PACKAGES

BOX_PACKAGES = ("python3", PINS_PACKAGE, *PACKAGES, *SCREEN_PACKAGES, "usbguard")
"""What a box has of Debian: what its installer brings, and an option."""

_FONTS = {
    "inter": ("Inter", ("inter.woff2",)),
    "cjk": (
        "Noto Sans CJK",
        ("hans.woff2", "hans-bold.woff2", "hant.woff2", "hant-bold.woff2", "more.woff2"),
    ),
}
_PINNED = re.compile(r"^([\w.-]+)==([^\s;\\]+)(?: ; ([^\\\n]+?))? *\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NAMESPACE = uuid.UUID("6d8b1f1e-6a55-5e0e-9d0e-0c9a7b2f4c11")


def main(arguments: Sequence[str]) -> int:
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print("usage: python -m lab sbom [FILE]", file=sys.stderr)
        return 2
    made = bill(ROOT)
    if not arguments:
        print(made)
        return 0
    try:
        Path(arguments[0]).write_text(made + "\n", encoding="utf-8")
    except OSError as fault:
        print(f"{arguments[0]}: {fault.strerror}", file=sys.stderr)
        return 1
    return 0


def bill(root: Path) -> str:
    """The bill of the tree at `root`, as JSON."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ours = Component(
        type=ComponentType.APPLICATION,
        name=project["name"],
        version=project["version"],
        bom_ref=project["name"],
        licenses=[LicenseFactory().make_with_expression(project["license"])],
    )
    parts = [*_locked(root / "requirements.lock"), *_debian(), *_fonts(root / "terminal" / "kiosk" / "page")]
    listed = "\n".join(
        sorted(f"{part.bom_ref.value} {sorted(h.content for h in part.hashes)}" for part in parts)
    )
    bom = Bom(
        components=parts,
        metadata=BomMetaData(component=ours),
        serial_number=uuid.uuid5(_NAMESPACE, f"{project['version']}\n{listed}"),
    )
    bom.register_dependency(ours, parts)
    by_name = {part.name: part for part in parts}
    for part in parts:
        bom.register_dependency(part, [by_name[name] for name in _needs(part) if name in by_name])
    told: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    told["metadata"].pop("timestamp")
    return json.dumps(told, indent=2, ensure_ascii=False)


def _locked(lock: Path) -> Iterator[Component]:
    """Each package that is pinned, with every hash that the lock accepts: one a wheel."""
    for block in re.split(r"\n(?=[\w.-]+==)", lock.read_text(encoding="utf-8")):
        head = _PINNED.match(block.splitlines()[0])
        if head is None:
            raise ValueError(f"{lock.name}: not a pinned package: {block.splitlines()[0]!r}")
        name, version, where = head.groups()
        purl = PackageURL("pypi", name=name, version=version)
        yield Component(
            type=ComponentType.LIBRARY,
            name=name,
            version=version,
            purl=purl,
            bom_ref=str(purl),
            licenses=_licence(name),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=found) for found in _HASH.findall(block)],
            properties=[Property(name="card-terminal:where", value=where)] if where else [],
        )


def _debian() -> Iterator[Component]:
    for name in sorted(BOX_PACKAGES):
        version = _installed(name)
        purl = PackageURL("deb", namespace="debian", name=name, version=version)
        yield Component(type=ComponentType.LIBRARY, name=name, version=version, purl=purl, bom_ref=str(purl))


def _fonts(page: Path) -> Iterator[Component]:
    for key, (name, files) in _FONTS.items():
        yield Component(
            type=ComponentType.FILE,
            name=name,
            bom_ref=f"font:{key}",
            licenses=[LicenseFactory().make_with_expression("OFL-1.1")],
            hashes=[
                HashType(
                    alg=HashAlgorithm.SHA_256, content=hashlib.sha256((page / file).read_bytes()).hexdigest()
                )
                for file in files
            ],
        )


def _licence(name: str) -> list[Any]:
    """As the package says it, where it is installed and says it as SPDX does."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    if "License-Expression" not in told:
        return []
    return [LicenseFactory().make_with_expression(told["License-Expression"])]


def _needs(part: Component) -> list[str]:
    """What a package of the lock asks for by itself, without its extras."""
    if part.purl is None or part.purl.type != "pypi":
        return []
    try:
        asked = metadata.requires(part.name) or []
    except metadata.PackageNotFoundError:
        return []
    names = [re.match(r"[\w.-]+", line) for line in asked if "extra ==" not in line]
    return [re.sub(r"[-_.]+", "-", found.group()).lower() for found in names if found]


def _installed(package: str) -> str | None:
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Version}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, version = done.stdout.partition("  ")
    return version.strip() if state == "ii" else None
