"""Headquarters changes the keys that it signs with, and no site that is told in time is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from hq.keys import Keys, keys_in
from hq.rotation import NotRetired, Rotation, announce, retire, standing
from terminal.core.directives import KeyUse
from terminal.core.site import believed
from tests.hq.shop import Chain, Shop

NOW_MS = 1_795_000_000_000


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return keys_in(tmp_path, serial=1, now_ms=NOW_MS)


@pytest.fixture(autouse=True)
def alone(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside other tests' merchants, whose sites are not here any more."""

    async def merchants_known() -> list[str]:
        return [chain.merchant]

    monkeypatch.setattr(chain.store, "merchants_known", merchants_known)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def mine(chain: Chain, found: Rotation) -> dict[str, tuple[bool, bool]]:
    """What the sites of this merchant were told, and have applied."""
    return {one.site: (one.told, one.applied) for one in found.sites if one.merchant == chain.merchant}


def believes(shop: Shop, enrolled: bytes, use: KeyUse = KeyUse.HQ) -> frozenset[bytes]:
    return believed(shop.ledger.standing().keys, use, {enrolled})


@pytest.mark.parametrize("use", KeyUse)
async def test_a_new_key_is_believed_beside_the_old_one_and_then_alone(
    chain: Chain, keys: Keys, tmp_path: Path, use: KeyUse
) -> None:
    def now() -> bytes:
        return keys.hq_key if use is KeyUse.HQ else keys.code_key

    old = now()
    shop = await chain.shop("S1")
    await shop.sync()
    new = bytes.fromhex((await announce(chain.exchange, tmp_path, use)).next)
    assert now() == old
    await shop.sync()
    assert believes(shop, old, use) == {old, new}
    assert mine(chain, await standing(chain.exchange, tmp_path, use)) == {"S1": (True, True)}
    done = await retire(chain.exchange, tmp_path, use)
    assert (done.current, done.next) == (new.hex(), "")
    assert now() == new
    await shop.sync()
    assert believes(shop, old, use) == {new}


async def test_the_old_key_stays_until_every_site_has_applied_the_new_one(
    chain: Chain, keys: Keys, tmp_path: Path
) -> None:
    quick, slow = await chain.shop("S1"), await chain.shop("S2")
    old = keys.hq_key
    await announce(chain.exchange, tmp_path, KeyUse.HQ)
    await quick.sync()
    with pytest.raises(NotRetired, match="S2"):
        await retire(chain.exchange, tmp_path, KeyUse.HQ)
    assert keys.hq_key == old
    await slow.sync()
    await retire(chain.exchange, tmp_path, KeyUse.HQ)
    assert keys.hq_key != old


async def test_a_site_that_came_after_the_announcement_is_told_by_the_next(
    chain: Chain, keys: Keys, tmp_path: Path
) -> None:
    first = await chain.shop("S1")
    await announce(chain.exchange, tmp_path, KeyUse.HQ)
    await first.sync()
    later = await chain.shop("S2")
    with pytest.raises(NotRetired, match="`rotate` again"):
        await retire(chain.exchange, tmp_path, KeyUse.HQ)
    again = await announce(chain.exchange, tmp_path, KeyUse.HQ)
    assert mine(chain, again) == {"S1": (True, True), "S2": (True, False)}
    await later.sync()
    assert believes(later, keys.hq_key) == {keys.hq_key, bytes.fromhex(again.next)}


async def test_nobody_is_told_twice(chain: Chain, keys: Keys, tmp_path: Path) -> None:
    del keys
    shop = await chain.shop("S1")
    await announce(chain.exchange, tmp_path, KeyUse.HQ)
    await announce(chain.exchange, tmp_path, KeyUse.HQ)
    await shop.sync()
    assert shop.ledger.standing().fed == 1


async def test_a_switch_that_was_interrupted_is_gone_on_with(
    chain: Chain, keys: Keys, tmp_path: Path
) -> None:
    """The new key signs already; its other file is still there, and no site knows that the old one ended."""
    shop = await chain.shop("S1")
    old = keys.hq_key
    await announce(chain.exchange, tmp_path, KeyUse.HQ)
    await shop.sync()
    following = (tmp_path / "hq.next.key").read_bytes()
    (tmp_path / "hq.retired").write_text(old.hex())
    (tmp_path / "hq.key").write_bytes(following)
    await retire(chain.exchange, tmp_path, KeyUse.HQ)
    await shop.sync()
    assert believes(shop, old) == {keys.hq_key}
    assert not (tmp_path / "hq.next.key").exists()


async def test_of_the_old_key_nothing_is_left_that_could_sign(
    chain: Chain, keys: Keys, tmp_path: Path
) -> None:
    del keys
    seed = (tmp_path / "hq.key").read_bytes()
    await announce(chain.exchange, tmp_path, KeyUse.HQ)
    await retire(chain.exchange, tmp_path, KeyUse.HQ, anyway=True)
    assert not [name for name, kept in contents(tmp_path).items() if seed in kept]


async def test_without_an_announcement_there_is_nothing_to_retire(
    chain: Chain, keys: Keys, tmp_path: Path
) -> None:
    del keys
    with pytest.raises(NotRetired, match="no new key was announced"):
        await retire(chain.exchange, tmp_path, KeyUse.HQ)
