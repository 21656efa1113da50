"""The maker's side: keys, counts, and what goes into a payload."""

from __future__ import annotations

import json
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab import bundle
from lab.bundle import ROLES, Keys, bundled, main, new_keys, packed, rotate, signed_files
from lab.made_releases import HERE, NOW, machine, nothing, packed_tree, release
from terminal.maintenance.update.taking import taken, trusted_in
from terminal.maintenance.update.trusted import first_root

UNTIL = NOW + timedelta(days=30)


def test_keys_are_made_once_and_seen_by_their_owner_alone(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    new_keys(keys, UNTIL)
    assert {(keys / f"{role}.pem").stat().st_mode & 0o777 for role in ROLES} == {0o600}
    assert (keys / "root.json").read_bytes() == (keys / "1.root.json").read_bytes()
    kept = (keys / "root.pem").read_bytes()
    with pytest.raises(FileExistsError):
        new_keys(keys, UNTIL)
    assert (keys / "root.pem").read_bytes() == kept


def test_no_two_roles_share_a_key(tmp_path: Path) -> None:
    new_keys(tmp_path / "keys", UNTIL)
    roles = json.loads((tmp_path / "keys" / "root.json").read_text())["signed"]["roles"]
    assert len({one["keyids"][0] for one in roles.values()}) == len(ROLES)
    assert {one["threshold"] for one in roles.values()} == {1}


def test_each_bundle_is_newer_than_the_last(tmp_path: Path) -> None:
    keys = new_keys(tmp_path / "keys", UNTIL)
    assert [keys.count() for _ in range(3)] == [1, 2, 3]
    assert Keys(keys.folder).count() == 4


def test_keys_are_read_again_from_their_folder(tmp_path: Path) -> None:
    new_keys(tmp_path / "keys", UNTIL)
    keys, said = Keys(tmp_path / "keys"), release()
    payload = packed_tree()
    file = tmp_path / "bundle"
    bundled(file, signed_files(keys, {"p": (payload, said)}, 1, UNTIL), {"p": payload})
    box = tmp_path / "box"
    slots = machine(box, keys)
    assert taken(slots, file, HERE, nothing) == said


def test_a_key_that_was_changed_leaves_no_trace_of_the_old_one(tmp_path: Path) -> None:
    keys = new_keys(tmp_path / "keys", UNTIL)
    old = keys.signer("snapshot").public_key.keyid
    rotate(keys, "snapshot", UNTIL)
    assert [json.loads(root)["signed"]["version"] for root in keys.roots] == [1, 2]
    assert old in keys.roots[0].decode()
    assert old not in keys.roots[1].decode()
    assert first_root(keys.roots[1]).root == keys.roots[1].decode()


def test_roots_are_in_their_order_beyond_nine(tmp_path: Path) -> None:
    keys = new_keys(tmp_path / "keys", UNTIL)
    for _ in range(10):
        rotate(keys, "targets", UNTIL)
    assert [json.loads(root)["signed"]["version"] for root in keys.roots] == list(range(1, 12))


def test_a_payload_holds_files_of_nobody_and_no_links(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "terminal" / "__pycache__").mkdir(parents=True)
    (tree / "terminal" / "__pycache__" / "x.pyc").write_bytes(b"123")
    (tree / "terminal" / "x.py").write_bytes(b"12345")
    (tree / "link").symlink_to("terminal")
    assert packed(tree, tmp_path / "out") == (5, 2)
    with tarfile.open(tmp_path / "out") as tar:
        assert tar.getnames() == ["terminal", "terminal/x.py"]
        assert {(one.uid, one.gid, one.uname, one.mtime) for one in tar} == {(0, 0, "", 0)}


def test_a_bundle_that_is_made_by_command_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def small(source: Path, tree: Path, machine: str, python: str) -> None:
        (tree / "terminal").mkdir(parents=True)
        (tree / "terminal" / "x.py").write_text(f"{source.name} {machine} {python}")

    monkeypatch.setattr(bundle, "laid", small)
    keys, out = tmp_path / "keys", tmp_path / "out.bundle"
    assert main(["keys", str(keys)]) == 0
    assert main(["rotate", str(keys), "timestamp"]) == 0
    made = ["make", str(keys), str(out), "--machine", "aarch64", "--python", "3.11", "--days", "1"]
    assert main([*made, "--may-replace", "1.0.0"]) == 0
    with pytest.raises(SystemExit):
        main([*made, "--may-replace", "the newest"])
    assert "py3.11.tar.gz, good until" in capsys.readouterr().out
    slots = machine(tmp_path / "box", Keys(keys))
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    found = taken(slots, out, HERE._replace(schema=9_999, clock_ms=now_ms), nothing)
    assert (found.machine, found.python, found.files, found.may_replace) == ("aarch64", "3.11", 2, "1.0.0")
    assert (slots.folder("b") / "terminal" / "x.py").read_text().endswith(" aarch64 3.11")
    assert trusted_in(slots.root).timestamp == 1
