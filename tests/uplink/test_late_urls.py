"""What a site took while headquarters did not answer it tells when the way is back, after a power cut too."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from os import urandom
from pathlib import Path

import pytest

from terminal.core.errors import CardReplayed
from terminal.runtime.box import box_public
from terminal.uplink.backoff import Backoff
from terminal.uplink.far_prover import FarProver
from terminal.uplink.late_urls import KEPT_MAX, LateUrls
from terminal.uplink.proving import Proving
from tests.uplink.scripted_hq import BOX_KEY, HQ_BOX_KEY
from tests.uplink.test_proving import META, OPEN, SIGNED, UID, VirtualNtag424, ntag, read
from tests.uplink.test_proving import Road as Headquarters


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not so():
            await breath()


async def breath() -> None:
    await asyncio.sleep(0)


class Site:
    """Readers, and a way to headquarters that is cut until `greeted` is set."""

    def __init__(self, road: Headquarters, path: Path | None = None) -> None:
        self.greeted = asyncio.Event()
        self.late = LateUrls(path)
        self.proving = Proving(
            road,  # type: ignore[arg-type]
            reachable=self.greeted.is_set,
            box_key=lambda: BOX_KEY,
            hq_box_key=lambda: box_public(HQ_BOX_KEY),
            random=urandom,
            late=self.late,
        )
        self.prover = FarProver()
        self.prover.connect(asyncio.get_running_loop(), self.proving)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        async def soon(_: float) -> None:
            await asyncio.sleep(0)

        backoff = Backoff(urandom, longest_s=60)
        run = self.late.run(self.proving.tell, reachable=self.greeted, backoff=backoff, sleep=soon)
        task = asyncio.create_task(run)
        try:
            yield
        finally:
            task.cancel()

    async def told(self) -> None:
        await until(lambda: not self.late.waiting)


class Copy(VirtualNtag424):
    """Says again what the tag said first."""

    def _made(self) -> bytes:
        self.counter = 1
        return super()._made()


def copy_of(tag: VirtualNtag424) -> Copy:
    return Copy(UID, meta_key=META, mac_key=tag._mac_key, url=tag._url)


async def test_a_url_that_was_taken_apart_counts_nowhere_else_once_the_way_is_back() -> None:
    road = Headquarters()
    here, there, tag = Site(road), Site(road), ntag()
    there.greeted.set()
    async with here.running():
        assert await read(here.prover, tag) == OPEN
        assert (here.late.waiting, road.questions) == (1, 0)
        here.greeted.set()
        await here.told()
        with pytest.raises(CardReplayed):
            await read(there.prover, copy_of(tag))
        assert await read(there.prover, tag) == SIGNED


async def test_what_waits_survives_the_process_and_a_line_that_broke_off(tmp_path: Path) -> None:
    path, road, tag = tmp_path / "ledger.late-urls", Headquarters(), ntag()
    first = Site(road, path)
    async with first.running():
        for _ in range(3):
            assert await read(first.prover, tag) == OPEN
        await until(lambda: path.exists() and len(path.read_bytes().split()) == 3)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(path.read_bytes() + b"AAAA=broken")

    second = Site(road, path)
    second.greeted.set()
    async with second.running():
        await until(lambda: not path.read_bytes())
    assert road.questions == 3
    with pytest.raises(CardReplayed):
        await read(second.prover, copy_of(tag))


async def test_a_question_that_headquarters_heard_and_whose_answer_came_too_late_is_no_replay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Slow(Headquarters):
        async def ask(self, *question: object) -> object:
            answer = await super().ask(*question)  # type: ignore[arg-type]
            if self.questions == 1:
                await asyncio.Event().wait()
            return answer

    monkeypatch.setattr("terminal.uplink.far_prover.WAIT_S", 0.05)
    road = Slow()
    here = Site(road)
    here.greeted.set()
    assert await read(here.prover, ntag()) == OPEN
    assert here.late.waiting == 1
    async with here.running():
        await here.told()
    assert road.replayed == 0


async def test_a_url_that_headquarters_judged_is_not_told_again() -> None:
    road = Headquarters()
    here, tag = Site(road), ntag()
    here.greeted.set()
    assert await read(here.prover, tag) == SIGNED
    with pytest.raises(CardReplayed):
        await read(here.prover, copy_of(tag))
    assert here.late.waiting == 0


async def test_while_the_way_breaks_off_it_is_tried_again() -> None:
    road = Headquarters()
    here, tag = Site(road), ntag()
    for _ in range(3):
        await read(here.prover, tag)
    road.lost_from = 2
    here.greeted.set()
    async with here.running():
        await until(lambda: here.late.waiting == 2 and road.questions >= 5)
        assert here.late.waiting == 2
        road.lost_from = 10**9
        await here.told()


async def test_no_more_are_kept_than_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "late"
    late = LateUrls(path)
    async with cut_off(late):
        for number in range(KEPT_MAX + 3):
            late.add(number.to_bytes(4, "big"))
        await until(lambda: path.exists() and len(path.read_bytes().split()) == KEPT_MAX)
        late.add(b"last")
        await until(lambda: path.read_bytes().split()[-1] == b64encode(b"last"))
    assert late.waiting == KEPT_MAX
    kept = [b64decode(line) for line in path.read_bytes().split()]
    assert kept == [*(number.to_bytes(4, "big") for number in range(4, KEPT_MAX + 3)), b"last"]


@asynccontextmanager
async def cut_off(late: LateUrls) -> AsyncGenerator[None, None]:
    async def never(_: object) -> bool:
        raise AssertionError("there is no way")

    run = late.run(never, reachable=asyncio.Event(), backoff=Backoff(urandom, longest_s=60), sleep=never)
    task = asyncio.create_task(run)
    try:
        yield
    finally:
        task.cancel()


async def test_what_comes_while_headquarters_is_silent_is_kept_at_once(tmp_path: Path) -> None:
    """A power cut in a long pause between two tries loses none."""
    path = tmp_path / "late"
    late, reachable, pause = LateUrls(path), asyncio.Event(), asyncio.Event()
    reachable.set()
    paused = asyncio.Event()

    async def unheard(_box: bytes) -> bool:
        return False

    async def sleep(_s: float) -> None:
        paused.set()
        await pause.wait()

    run = late.run(unheard, reachable=reachable, backoff=Backoff(urandom, longest_s=60), sleep=sleep)
    task = asyncio.create_task(run)
    late.add(b"first")
    await paused.wait()
    late.add(b"second")
    await until(lambda: path.exists() and len(path.read_bytes().split()) == 2)
    task.cancel()
    assert path.read_bytes().split() == [b64encode(b"first"), b64encode(b"second")]


async def test_none_goes_twice_or_is_lost_while_more_come_than_are_kept(tmp_path: Path) -> None:
    late, reachable = LateUrls(tmp_path / "late"), asyncio.Event()
    reachable.set()
    heard: list[bytes] = []

    async def tell(box: bytes) -> bool:
        if not heard:
            for number in range(KEPT_MAX):
                late.add(b"%d" % number)
            await until(lambda: late.waiting == KEPT_MAX)
        heard.append(box)
        return True

    async def sleep(_s: float) -> None:
        raise AssertionError("everything was heard")

    run = late.run(tell, reachable=reachable, backoff=Backoff(urandom, longest_s=60), sleep=sleep)
    task = asyncio.create_task(run)
    late.add(b"first")
    await until(lambda: not late.waiting)
    task.cancel()
    assert heard == [b"first", *(b"%d" % number for number in range(KEPT_MAX))]
