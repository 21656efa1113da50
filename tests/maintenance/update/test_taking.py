"""What is taken, and what is refused: nothing that runs was touched then."""

from __future__ import annotations

import errno
import os
import shutil
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from lab.bundle import bundled, rotate
from lab.made_releases import (
    HERE,
    NOW,
    NOW_MS,
    UNTIL,
    Maker,
    laid,
    machine,
    member,
    nothing,
    packed,
    packed_tree,
    release,
    tree_of,
)
from terminal.core.errors import BundleRefused, NoUpdateHere
from terminal.install.slots import Slots, Wanted
from terminal.maintenance.update import bundle as bundles
from terminal.maintenance.update import unpack
from terminal.maintenance.update.taking import taken, trusted_in
from terminal.maintenance.update.trusted import Trusted, judged_ms

UNTIL_MS = int(UNTIL.timestamp() * 1000)


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "maker")


@pytest.fixture
def slots(tmp_path: Path, maker: Maker) -> Slots:
    return machine(tmp_path / "box", maker)


def files_in(slots: Slots, name: str) -> dict[str, bytes]:
    folder = slots.folder(name)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "release.json"
    }


def refused(slots: Slots, file: Path, here: object = HERE) -> str:
    with pytest.raises(BundleRefused) as why:
        taken(slots, file, here, nothing)  # type: ignore[arg-type]
    assert (slots.current, slots.steady, slots.wanted()) == ("a", "a", None)
    assert files_in(slots, "a") == tree_of("1.0.0")
    assert slots.release_in("a") is not None
    assert slots.release_in("b") is None
    assert not (slots.root / "incoming").exists()
    return str(why.value)


def test_a_release_lies_whole_in_the_slot_that_does_not_run(maker: Maker, slots: Slots) -> None:
    assert taken(slots, maker.bundle(), HERE, nothing) == release()
    assert slots.release_in("b") == release()
    assert files_in(slots, "b") == tree_of("2.0.0")
    assert (slots.current, slots.steady, slots.wanted()) == ("a", "a", None)
    assert not (slots.root / "incoming").exists()


def refuses(_: Path) -> None:
    raise NoUpdateHere("it does not load")


def test_files_are_ours_and_run_only_where_the_maker_said_so(maker: Maker, slots: Slots) -> None:
    members = [member(name, data) for name, data in tree_of("2.0.0").items() if name != "docs/page.md"]
    odd = member("docs/page.md", b"words", mode=0o6777, uid=4711)
    taken(slots, maker.bundle(payload=packed(*members, odd)), HERE, nothing)
    page = slots.folder("b") / "docs" / "page.md"
    assert oct(page.stat().st_mode) == "0o100755"
    assert page.stat().st_uid == slots.root.stat().st_uid
    assert oct((slots.folder("b") / "VERSION").stat().st_mode) == "0o100644"


def test_the_same_bundle_may_be_taken_again(maker: Maker, slots: Slots) -> None:
    taken(slots, maker.bundle(), HERE, nothing)
    taken(slots, maker.bundle(), HERE, nothing)
    assert files_in(slots, "b") == tree_of("2.0.0")


def test_an_old_bundle_is_refused_after_a_newer_one(maker: Maker, slots: Slots, tmp_path: Path) -> None:
    old = maker.bundle(1)
    taken(slots, maker.bundle(2, said=release(version="2.1.0")), HERE, nothing)
    slots.clear("b")
    assert refused(slots, old) == "it is old: timestamp 1, and 2 was here already"
    assert not (tmp_path / "box" / "incoming").exists()


@pytest.mark.parametrize(("name", "role"), [("snapshot", "snapshot"), ("targets", "targets")])
def test_no_part_of_it_may_be_older_than_what_was_here(
    name: str, role: str, maker: Maker, slots: Slots
) -> None:
    known = trusted_in(slots.root)
    newer = msgspec.structs.replace(known, **{role: 2})
    (slots.root / "trusted.json").write_bytes(msgspec.json.encode(newer))
    assert refused(slots, maker.bundle(1)) == f"it is old: {name} 1, and 2 was here already"


def test_an_expired_bundle_is_refused_from_its_end_on(maker: Maker, slots: Slots) -> None:
    late = HERE._replace(clock_ms=UNTIL_MS)
    assert refused(slots, maker.bundle(), late) == "it has expired: timestamp was good until 2027-02-25"
    taken(slots, maker.bundle(), HERE._replace(clock_ms=UNTIL_MS - 1), nothing)


def test_a_root_that_ended_vouches_for_nobody(maker: Maker, slots: Slots) -> None:
    late = HERE._replace(clock_ms=NOW_MS + 900 * 86_400_000)
    bundle = maker.bundle(until=NOW + timedelta(days=2000))
    assert refused(slots, bundle, late).startswith("it has expired: root was good until")


def test_without_a_clock_it_is_judged_by_the_last_time_that_was_believed(maker: Maker, slots: Slots) -> None:
    blind = HERE._replace(clock_ms=None)
    assert refused(slots, maker.bundle(), blind._replace(ledger_ms=UNTIL_MS)).startswith("it has expired")
    taken(slots, maker.bundle(), blind._replace(ledger_ms=UNTIL_MS - 1), nothing)
    assert trusted_in(slots.root).believed_ms == UNTIL_MS - 1


def test_the_time_of_the_last_update_is_remembered(maker: Maker, slots: Slots) -> None:
    taken(slots, maker.bundle(1), HERE, nothing)
    assert trusted_in(slots.root).believed_ms == NOW_MS
    short = maker.bundle(2, until=NOW)
    slots.clear("b")
    assert refused(slots, short, HERE._replace(clock_ms=None)).startswith("it has expired")


@pytest.mark.parametrize(
    ("clock", "kept", "ledger", "sure", "judged"),
    [
        (5, 9, 9, None, 5),
        (None, 9, 7, None, 9),
        (None, 7, 9, None, 9),
        (None, 7, None, None, 7),
        (None, 0, None, None, 0),
        (0, 7, 7, None, 0),
        (5, 9, 9, 8, 8),
        (9, 0, 0, 8, 9),
        (None, 7, 6, 8, 8),
    ],
)
def test_which_time_counts(
    clock: int | None, kept: int, ledger: int | None, sure: int | None, judged: int
) -> None:
    assert judged_ms(clock, kept_ms=kept, ledger_ms=ledger, sure_ms=sure) == judged


def test_another_makers_bundle_is_refused(slots: Slots, tmp_path: Path) -> None:
    assert "signed" in refused(slots, Maker(tmp_path / "other").bundle())


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_what_one_wrong_key_signed_is_refused(role: str, maker: Maker, slots: Slots) -> None:
    maker.keys.make(role)
    assert f"{role} was signed by 0/1 keys" in refused(slots, maker.bundle())


def test_a_new_key_counts_by_a_new_root_and_the_old_one_no_more(maker: Maker, slots: Slots) -> None:
    old = maker.bundle(7)
    taken(slots, old, HERE, nothing)
    slots.clear("b")
    rotate(maker.keys, "timestamp", NOW + timedelta(days=900))
    taken(slots, maker.bundle(1), HERE, nothing)  # Whoever had the old key may have counted ahead.
    slots.clear("b")
    assert "timestamp was signed by 0/1 keys" in refused(slots, old)
    rotate(maker.keys, "targets", NOW + timedelta(days=900))
    taken(slots, maker.bundle(2), HERE, nothing)
    assert '"version":3' in trusted_in(slots.root).root
    # Another key for the targets alone begins nothing anew.
    slots.clear("b")
    assert refused(slots, maker.bundle(1)).startswith("it is old: timestamp 1, and 2")


def test_a_root_that_the_one_before_did_not_sign_is_refused(
    maker: Maker, slots: Slots, tmp_path: Path
) -> None:
    thief = Maker(tmp_path / "thief")
    rotate(thief.keys, "targets", NOW + timedelta(days=900))
    false = (tmp_path / "thief" / "2.root.json").read_bytes()
    assert "root was signed by 0/1 keys" in refused(slots, maker.bundle(changed={"2.root.json": false}))


def test_a_root_out_of_turn_is_refused(maker: Maker, slots: Slots) -> None:
    for _ in range(2):
        rotate(maker.keys, "targets", NOW + timedelta(days=900))
    third = (maker.folder / "3.root.json").read_bytes()
    assert refused(slots, maker.bundle(changed={"2.root.json": third})) == "2.root.json is version 3"


def test_a_bundle_for_another_machine_is_refused(maker: Maker, slots: Slots) -> None:
    other = maker.bundle(said=release(machine="x86_64"))
    assert refused(slots, other) == ("it is for x86_64 with Python 3.11; this is aarch64 with Python 3.11")


def test_a_bundle_for_another_python_is_refused(maker: Maker, slots: Slots) -> None:
    assert refused(slots, maker.bundle(2, said=release(python="3.13"))).startswith(
        "it is for aarch64 with Python 3.13"
    )


def test_a_bundle_that_leaves_no_way_back_is_refused(maker: Maker, slots: Slots) -> None:
    assert "no way back" in refused(slots, maker.bundle(said=release(schema=9, openable_from=9)))
    taken(slots, maker.bundle(2, said=release(schema=9, openable_from=8)), HERE, nothing)


def test_a_bundle_that_could_not_open_the_ledger_is_refused(maker: Maker, slots: Slots) -> None:
    said = release(schema=7, openable_from=7)
    assert refused(slots, maker.bundle(said=said)) == (
        "it has schema 7, and the ledger is opened from schema 8 on: it could not open it. Take a newer one"
    )
    taken(slots, maker.bundle(said=said), HERE._replace(openable_from=7), nothing)


@pytest.mark.parametrize("slot", ["a", "b"])
def test_a_bundle_older_than_what_an_installation_laid_is_refused(
    slot: str, maker: Maker, slots: Slots
) -> None:
    """Nothing was ever taken here: no version of the maker's metadata is known."""
    slots.complete(slot, release(version="3.0.0", made_of="x"))
    with pytest.raises(BundleRefused, match=f"it is old: version 2.10.0, and 3.0.0 lies here in slot {slot}"):
        taken(slots, maker.bundle(said=release(version="2.10.0")), HERE, nothing)
    assert slots.release_in(slot) == release(version="3.0.0", made_of="x")
    assert taken(slots, maker.bundle(2, said=release(version="3.0.0")), HERE, nothing).version == "3.0.0"


@pytest.mark.parametrize(
    ("version", "up_to", "taken_"),
    [
        ("2.9.0", "3.0.0", True),
        ("2.9.0", "3.0", True),
        ("2.9.0", "3.1.0", True),
        ("2.9.0", "3.0.0rc1", False),
        ("2.9.0", "", False),
        ("3.0.1", "2.0.0", True),
        ("the newest", "", False),
        ("3.0.1", "the newest", False),
    ],
)
def test_an_older_one_is_taken_where_the_maker_signed_over_what(
    version: str, up_to: str, *, taken_: bool, maker: Maker, slots: Slots
) -> None:
    laid(slots, "a", "3.0.0")
    bundle = maker.bundle(said=release(version=version, may_replace=up_to), payload=packed_tree())
    if taken_:
        assert taken(slots, bundle, HERE, nothing).version == version
        return
    with pytest.raises(BundleRefused, match=r"it is old|cannot be compared"):
        taken(slots, bundle, HERE, nothing)


def test_what_an_older_one_may_replace_is_no_way_round_what_was_taken(maker: Maker, slots: Slots) -> None:
    laid(slots, "a", "3.0.0")
    old = maker.bundle(1, said=release(version="2.9.0", may_replace="3.0.0"))
    taken(slots, maker.bundle(2, said=release(version="3.0.0")), HERE, nothing)
    slots.clear("b")
    with pytest.raises(BundleRefused, match="it is old: timestamp 1, and 2 was here already"):
        taken(slots, old, HERE, nothing)


def test_over_a_version_that_no_maker_gives_nothing_is_laid_by_a_bundle(maker: Maker, slots: Slots) -> None:
    slots.complete("a", release(version="mine"))
    with pytest.raises(BundleRefused, match=r"slot a holds a version that cannot be compared.*a checkout"):
        taken(slots, maker.bundle(), HERE, nothing)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.97])
def test_a_bundle_that_was_cut_short_is_refused(share: float, maker: Maker, slots: Slots) -> None:
    file = maker.bundle()
    whole = file.read_bytes().rstrip(b"\0")
    file.write_bytes(whole[: int(len(whole) * share)])
    assert "cut short" in refused(slots, file)


@pytest.mark.parametrize("missing", ["timestamp.json", "snapshot.json", "targets.json"])
def test_a_part_that_is_missing_is_named(missing: str, maker: Maker, slots: Slots, tmp_path: Path) -> None:
    whole, less = maker.bundle(), tmp_path / "less"
    with tarfile.open(whole) as old, tarfile.open(less, "w") as new:
        for one in old:
            if one.name != missing:
                new.addfile(one, old.extractfile(one))
    assert refused(slots, less) == f"it is cut short: {missing} is missing"


@pytest.mark.parametrize("name", ["1.root.json", "timestamp.json", "snapshot.json", "targets.json"])
def test_one_changed_byte_is_noticed(name: str, maker: Maker, slots: Slots) -> None:
    whole = maker.bundle()
    with tarfile.open(whole) as tar:
        file = tar.extractfile(name)
        assert file is not None
        data = file.read()
    changed = data.replace(b'"2029', b'"2099').replace(b'"2027', b'"2028')
    assert changed != data
    bundle = maker.bundle(changed={name: changed})
    if name == "1.root.json":  # The one that is trusted lies here.
        taken(slots, bundle, HERE, nothing)
    else:
        refused(slots, bundle)


def test_another_payload_than_the_signed_is_refused(maker: Maker, slots: Slots) -> None:
    path = "card-terminal-2.0.0-aarch64.tar.gz"
    other = maker.bundle(changed={path: packed_tree("6.6.6")})
    with tarfile.open(other) as tar:
        assert tar.getnames().count(path) == 1
    # `bundled` puts the payload last: make one whose payload is the other.
    files = {name.name: tar_file for name, tar_file in _members(other)}
    files[path] = packed_tree("6.6.6")
    bundled(other, files, {})
    assert "is not what was signed" in refused(slots, other)


def _members(file: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(file) as tar:
        return [(one, found.read()) for one in tar if (found := tar.extractfile(one))]


LINKS = [
    ("symbolic", {"type": tarfile.SYMTYPE, "linkname": "/etc"}),
    ("hard", {"type": tarfile.LNKTYPE, "linkname": "VERSION"}),
    ("device", {"type": tarfile.CHRTYPE}),
    ("pipe", {"type": tarfile.FIFOTYPE}),
]


@pytest.mark.parametrize(("name", "said"), LINKS)
def test_only_files_and_folders_are_unpacked(
    name: str, said: dict[str, object], maker: Maker, slots: Slots
) -> None:
    signed = maker.bundle(payload=packed(member(name, **said)), said=release(unpacked=0, files=1))
    assert refused(slots, signed) == f"{name!r} is neither file nor folder"


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "docs/../../x",
        "release.json",
        "release.json-new",
        ".venv/bin/python",
        "x" * 401,
    ],
)
def test_no_path_leads_out_or_to_what_we_write_ourselves(
    name: str, maker: Maker, slots: Slots, tmp_path: Path
) -> None:
    signed = maker.bundle(payload=packed(member(name, b"1")), said=release(unpacked=1, files=1))
    assert "no place in a release" in refused(slots, signed)
    assert not list(tmp_path.rglob("x"))


def test_a_path_may_be_long_but_not_longer(maker: Maker, slots: Slots) -> None:
    name = "/".join(["x" * 100] * 3) + "/" + "x" * 97
    taken(
        slots,
        maker.bundle(payload=packed(member(name, b"1")), said=release(unpacked=1, files=1)),
        HERE,
        nothing,
    )


def test_a_file_that_comes_twice_is_refused(maker: Maker, slots: Slots) -> None:
    twice = packed(member("docs/x", b"1"), member("docs/x", b"2"))
    assert refused(slots, maker.bundle(payload=twice, said=release(unpacked=2, files=2))) == (
        "'docs/x' is in it twice"
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"unpacked": 4, "files": 2}, "it is too large: more is in it than was signed"),
        ({"unpacked": 5, "files": 1}, "it is too large: more is in it than was signed"),
        ({"unpacked": 6, "files": 2}, "it is cut short: less is in it than was signed"),
        ({"unpacked": 5, "files": 3}, "it is cut short: less is in it than was signed"),
    ],
)
def test_it_is_as_large_as_was_signed(said: dict[str, object], why: str, maker: Maker, slots: Slots) -> None:
    payload = packed(member("x", b"12"), member("y", b"345"))
    assert refused(slots, maker.bundle(payload=payload, said=release(**said))) == why


@pytest.mark.parametrize("limit", ["UNPACKED_BYTES_MAX", "FILES_MAX"])
def test_a_release_may_be_so_large_and_no_larger(
    limit: str, maker: Maker, slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = release()
    size = whole.unpacked if limit == "UNPACKED_BYTES_MAX" else whole.files
    monkeypatch.setattr(unpack, limit, size - 1)
    assert refused(slots, maker.bundle()) == (
        f"it is too large: {whole.unpacked} bytes in {whole.files} files"
    )
    monkeypatch.setattr(unpack, limit, size)
    taken(slots, maker.bundle(2), HERE, nothing)


def plain() -> bytes:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("x"))
    return out.getvalue()


@pytest.mark.parametrize("payload", [b"", b"no archive", plain(), packed_tree()[:100]])
def test_what_was_signed_and_cannot_be_unpacked_is_refused(
    payload: bytes, maker: Maker, slots: Slots
) -> None:
    assert "it c" in refused(slots, maker.bundle(payload=payload))


def test_a_disk_that_does_not_take_it_is_no_fault_of_the_bundle(
    maker: Maker, slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "_put", full)
    with pytest.raises(OSError, match="No space left"):
        taken(slots, maker.bundle(), HERE, nothing)
    assert slots.release_in("b") is None


@pytest.mark.parametrize("how", ["unpacked", "loaded", "full", "cut", "killed"])
def test_what_the_other_slot_held_is_there_again_after_one_that_is_refused(
    how: str, maker: Maker, slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was cleared before the bundle was unpacked: nothing was left to go back to."""
    laid(slots, "b", "0.9.0")
    bundle, told = maker.bundle(), list[str]()
    if how == "unpacked":
        bundle = maker.bundle(2, payload=packed(member("../x", b"1")), said=release(unpacked=1, files=1))
    if how == "cut":
        bundle = maker.bundle(2, payload=packed_tree()[:100])
    if how == "full":
        monkeypatch.setattr(unpack, "_put", full)
    with pytest.raises((BundleRefused, NoUpdateHere, OSError, KeyboardInterrupt)), slots.held(told.append):
        taken(slots, bundle, HERE, refuses if how == "loaded" else killed)
    assert (slots.release_in("b"), files_in(slots, "b")) == (release(version="0.9.0"), tree_of("0.9.0"))
    assert told == ["b"]
    assert not (slots.root / "b.aside").exists()
    monkeypatch.undo()
    with slots.held(told.append):
        taken(slots, maker.bundle(3), HERE, nothing)
    assert (slots.release_in("b"), told) == (release(), ["b"])
    assert not (slots.root / "b.aside").exists()


def killed(_: Path) -> None:
    raise KeyboardInterrupt


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_where_there_is_no_room_for_it_nothing_of_the_other_slot_goes(
    maker: Maker, slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(slots, "b", "0.9.0")
    held = slots.bytes_in("b")
    free = [1 << 40, (64 << 20) + release().unpacked - held - 1]
    monkeypatch.setattr(bundles.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, free.pop(0)))
    with pytest.raises(NoUpdateHere, match="MiB are free"), slots.held(lambda _: None):
        taken(slots, maker.bundle(), HERE, nothing)
    assert (slots.release_in("b"), files_in(slots, "b")) == (release(version="0.9.0"), tree_of("0.9.0"))


def test_without_room_for_three_it_is_said_that_the_one_before_is_not_kept(
    maker: Maker, slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(slots, "b", "0.9.0")
    free = [1 << 40, (64 << 20) + release().unpacked - slots.bytes_in("b"), 0]
    monkeypatch.setattr(bundles.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, free.pop(0)))
    said = list[str]()
    with slots.held(said.append):
        taken(slots, maker.bundle(), HERE, nothing, say=said.append)
    assert (slots.release_in("b"), said) == (release(), ["no room to keep what slot b held meanwhile"])


def test_folders_are_made_whoever_names_them_first_and_seen_by_all(maker: Maker, slots: Slots) -> None:
    kept = os.umask(0o077)
    try:
        members = (
            member("docs/more", type=tarfile.DIRTYPE, mode=0o700),
            member("docs/more/x", b"1"),
            member("docs/more", type=tarfile.DIRTYPE),
        )
        said = release(unpacked=1, files=3)
        taken(slots, maker.bundle(payload=packed(*members), said=said), HERE, nothing)
    finally:
        os.umask(kept)
    folder = slots.folder("b")
    modes = {oct(path.stat().st_mode & 0o777) for path in (folder / "docs", folder / "docs" / "more")}
    assert modes == {"0o755"}
    assert oct((folder / "docs" / "more" / "x").stat().st_mode & 0o777) == "0o644"


def test_a_bundle_may_be_so_large_and_no_larger(
    maker: Maker, slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = maker.bundle()
    size = file.stat().st_size
    monkeypatch.setattr(bundles, "BUNDLE_BYTES_MAX", size - 1)
    assert refused(slots, file) == f"it is too large: {size} bytes"
    monkeypatch.setattr(bundles, "BUNDLE_BYTES_MAX", size)
    taken(slots, file, HERE, nothing)


def test_metadata_may_be_so_large_and_no_larger(
    maker: Maker, slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = maker.bundle()
    size = max(info.size for info, _ in _members(file) if info.name.endswith(".json"))
    monkeypatch.setattr(bundles, "_METADATA_BYTES_MAX", size - 1)
    assert refused(slots, file).startswith("it is too large: ")
    monkeypatch.setattr(bundles, "_METADATA_BYTES_MAX", size)
    taken(slots, file, HERE, nothing)


ODD: list[Callable[[], tuple[tarfile.TarInfo, bytes]]] = [
    lambda: member("folder/timestamp.json", b"{}"),
    lambda: member("timestamp.json", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    lambda: member("targets.json", b"{}"),
]


@pytest.mark.parametrize("odd", ODD)
def test_a_bundle_holds_plain_files_once(
    odd: Callable[[], tuple[tarfile.TarInfo, bytes]], maker: Maker, slots: Slots, tmp_path: Path
) -> None:
    file = tmp_path / "odd"
    with tarfile.open(file, "w") as tar:
        for info, data in [*_members(maker.bundle()), odd()]:
            tar.addfile(info, BytesIO(data))
    assert "has no place in a bundle" in refused(slots, file)


def test_what_is_no_bundle_is_refused(slots: Slots, tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(b"JFIF" * 1000)
    assert refused(slots, tmp_path / "photo").startswith("it is no bundle, or cut short")


def test_nothing_is_taken_while_a_release_is_tried(maker: Maker, slots: Slots) -> None:
    slots.want(Wanted(slot="b", boot="1"))
    with pytest.raises(NoUpdateHere, match="is being tried"):
        taken(slots, maker.bundle(), HERE, nothing)
    slots.forget_wanted()
    taken(slots, maker.bundle(), HERE, nothing)


def test_a_machine_that_nobody_told_whom_to_trust_takes_nothing(maker: Maker, slots: Slots) -> None:
    (slots.root / "root.json").unlink()
    with pytest.raises(NoUpdateHere, match="no maker is trusted here"):
        taken(slots, maker.bundle(), HERE, nothing)


def test_what_was_believed_and_cannot_be_read_is_not_begun_anew(maker: Maker, slots: Slots) -> None:
    (slots.root / "trusted.json").write_bytes(b"{")
    with pytest.raises(NoUpdateHere, match="cannot be read"):
        taken(slots, maker.bundle(), HERE, nothing)


def test_a_root_that_does_not_vouch_for_itself_is_refused(maker: Maker, slots: Slots) -> None:
    data = (slots.root / "root.json").read_bytes()
    (slots.root / "root.json").write_bytes(data.replace(b'"2029', b'"2099'))
    assert "cannot be used" in refused(slots, maker.bundle())


def test_no_room_leaves_all_as_it_was(maker: Maker, slots: Slots, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "_SPARE_BYTES", 1 << 60)
    with pytest.raises(NoUpdateHere, match="MiB are free"):
        taken(slots, maker.bundle(), HERE, nothing)
    assert slots.release_in("a") is not None


def test_what_is_believed_is_kept_in_one_piece(maker: Maker, slots: Slots) -> None:
    taken(slots, maker.bundle(3), HERE, nothing)
    found = trusted_in(slots.root)
    assert msgspec.structs.replace(found, root="") == Trusted(
        root="", timestamp=3, snapshot=3, targets=3, believed_ms=NOW_MS
    )


def test_the_times_are_those_that_are_meant() -> None:
    assert datetime.fromtimestamp(NOW_MS / 1000, UTC) == NOW
