"""The bill of materials: whole, of the form that it names, and the same twice."""

import hashlib
import importlib.resources
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from lab import sbom
from lab.environment import ROOT


def _schema(name: str) -> Any:
    folder = importlib.resources.files("cyclonedx.schema") / "_res"
    return json.loads((folder / name).read_text(encoding="utf-8"))


def _tree(tmp_path: Path, lock: str) -> Path:
    (tmp_path / "requirements.lock").write_text(lock, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (tmp_path / "terminal" / "kiosk").mkdir(parents=True)
    (tmp_path / "terminal" / "kiosk" / "page").symlink_to(ROOT / "terminal" / "kiosk" / "page")
    return tmp_path


def test_it_is_valid_cyclonedx() -> None:
    registry = jsonschema_rs.Registry(
        [
            ("http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json", _schema("spdx.SNAPSHOT.schema.json")),
            (
                "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json",
                _schema("jsf-0.82.SNAPSHOT.schema.json"),
            ),
        ]
    )
    valid = jsonschema_rs.Draft7Validator(_schema("bom-1.6.SNAPSHOT.schema.json"), registry=registry)
    told = json.loads(sbom.bill(ROOT))
    assert [str(error) for error in valid.iter_errors(told)] == []
    told["specVersion"] = 6
    assert not valid.is_valid(told)


def test_it_names_every_pinned_package_with_every_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([\w.-]+)==([\w.+-]+)", lock, re.MULTILINE))
    told = json.loads(sbom.bill(ROOT))
    named = [part for part in told["components"] if part["bom-ref"].startswith("pkg:pypi/")]
    assert {(part["name"], part["version"]) for part in named} == pinned
    assert sum(len(part["hashes"]) for part in named) == lock.count("--hash=sha256:")


def test_it_says_what_needs_what_and_where(tmp_path: Path) -> None:
    told = json.loads(sbom.bill(ROOT))
    needs = {line["ref"]: set(line.get("dependsOn", [])) for line in told["dependencies"]}
    by_name = {part["name"]: part for part in told["components"]}
    assert by_name["multidict"]["bom-ref"] in needs[by_name["aiohttp"]["bom-ref"]]
    assert needs["card-terminal"] == {part["bom-ref"] for part in told["components"]}
    assert by_name["colorama"]["properties"] == [
        {"name": "card-terminal:where", "value": "sys_platform == 'win32'"}
    ]
    assert "properties" not in by_name["aiohttp"]
    assert "http://" not in sbom.bill(_tree(tmp_path, "one==1 \\\n    --hash=sha256:" + "0" * 64)).replace(
        told["$schema"], ""
    )


def test_fonts_are_known_by_their_bytes() -> None:
    (inter,) = (part for part in json.loads(sbom.bill(ROOT))["components"] if part["name"] == "Inter")
    file = ROOT / "terminal" / "kiosk" / "page" / "inter.woff2"
    assert inter["hashes"][0]["content"] == hashlib.sha256(file.read_bytes()).hexdigest()
    page = {file.name for file in (ROOT / "terminal" / "kiosk" / "page").glob("*.woff2")}
    assert page == {file for _, files in sbom._FONTS.values() for file in files}


def test_debian_packages_have_the_version_that_is_here() -> None:
    parts = {part["name"]: part for part in json.loads(sbom.bill(ROOT))["components"]}
    assert re.search(r"\d", parts["pcscd"]["version"])
    assert parts["pcscd"]["purl"].startswith("pkg:deb/debian/pcscd@")
    assert sbom._installed("no-such-package") is None


def test_the_same_tree_gives_the_same_bytes_and_another_another_number(tmp_path: Path) -> None:
    assert sbom.bill(ROOT) == sbom.bill(ROOT)
    number = json.loads(sbom.bill(ROOT))["serialNumber"]
    one = _tree(tmp_path, "one==1 \\\n    --hash=sha256:" + "0" * 64)
    first = json.loads(sbom.bill(one))["serialNumber"]
    (tmp_path / "requirements.lock").write_text("one==1 \\\n    --hash=sha256:" + "1" * 64)
    assert len({number, first, json.loads(sbom.bill(one))["serialNumber"]}) == 3


def test_a_lock_that_pins_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a pinned package"):
        sbom.bill(_tree(tmp_path, "aiohttp>=3"))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bom.json"
    assert sbom.main([str(file)]) == 0
    assert sbom.main([]) == 0
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")
    assert sbom.main([str(tmp_path / "no" / "bom.json")]) == 1
    assert "No such file" in capsys.readouterr().err
    assert sbom.main(["--help"]) == 2
    assert sbom.main(["a", "b"]) == 2
