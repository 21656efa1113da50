"""A card whose key only headquarters has proves itself there, over a site that learns no key."""

from __future__ import annotations

from os import urandom
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from hq.__main__ import main
from hq.boxes import Boxes
from hq.card_auth import STATE_MS, CardAuth, Counters
from hq.masters import MASTERS_FILE, Master, Masters, MastersUnusable, MasterUse, masters_in
from hq.ports import COUNTERS_KEPT, CounterSeen
from hq.refusal import RequestRefused
from terminal.core.aes import (
    cmac,
    decrypted,
    diversified,
    diversified_3des,
    encrypted,
    encrypted_3des,
    session_keys,
    truncated,
)
from terminal.core.values import SiteId
from terminal.core.wire.auth import (
    Auth,
    Begin,
    BeginCpu,
    Finish,
    Question,
    Sun,
    SunLate,
    Verdict,
    Word,
    auth_about,
)
from terminal.core.wire.problem import ProblemCode
from terminal.runtime.box import box_public, opened, sealed_to
from tests.hq.shop import Chain, Shop
from tests.uplink.scripted_hq import BOX_KEY, HQ_BOX_KEY

UID, APPLICATION = bytes.fromhex("04A1B2C3D4E5F6"), "F48E10"
MASTER = bytes(range(16))
OWN = diversified(MASTER, UID + bytes.fromhex(APPLICATION) + b"orchard")


FOLDER, NUMBER = "4D454D424552", "6200000000012345"
META = bytes(range(16, 32))


class OneKey:
    """Headquarters' box key, and the one of every machine."""

    def opened(self, box: bytes, about: bytes) -> bytes:
        return opened(HQ_BOX_KEY, box, about=about)

    async def box_key(self, merchant: str, site: SiteId, instance: str) -> bytes | None:
        _ = merchant, site
        return None if instance == "unknown" else box_public(BOX_KEY)


def knows(chain: Chain, key: bytes = MASTER) -> None:
    """Headquarters has the master key of this merchant's cards."""
    own = OneKey()
    of = chain.merchant
    masters = Masters(
        (
            Master(merchant=of, application=APPLICATION, system="orchard", key=key),
            Master(merchant=of, use=MasterUse.CPU, application=FOLDER, key=MASTER),
            Master(merchant=of, use=MasterUse.SUN, system="orchard", key=MASTER),
            Master(merchant=of, use=MasterUse.SUN_META, key=META),
        )
    )
    chain.exchange._card_auth = CardAuth(
        masters,
        own,
        Boxes(own, own, urandom),
        clock=chain.clock,
        random=urandom,
        counters=Counters(chain.store),
    )


async def said(shop: Shop, question: Question, **other: str) -> Word:
    about = auth_about(shop.name)
    box = sealed_to(box_public(HQ_BOX_KEY), msgspec.json.encode(question), about=about, fresh=urandom(32))
    told = await shop.chain.exchange.auth(Auth(**{**shop.me, **other}, sealed=box))
    return msgspec.json.decode(opened(BOX_KEY, told.sealed, about=about), type=Word)


class Card:
    """The card's half."""

    def __init__(self, key: bytes = OWN) -> None:
        self.key, self.rnd_b, self.rnd_a = key, urandom(16), b""

    def begin(self) -> Begin:
        return Begin(card=UID.hex().upper(), application=APPLICATION, said=encrypted(self.key, self.rnd_b))

    def answered(self, word: Word) -> Finish:
        assert word.verdict is Verdict.SAY
        clear = decrypted(self.key, word.say)
        self.rnd_a = clear[:16]
        said = encrypted(self.key, b"TI#1" + self.rnd_a[1:] + self.rnd_a[:1] + bytes(12))
        return Finish(state=word.state, said=said)

    def takes(self, word: Word) -> bool:
        """Whether who speaks has its key."""
        return decrypted(self.key, word.say)[16:] == self.rnd_b[1:] + self.rnd_b[:1]


async def test_a_genuine_card_and_headquarters_prove_themselves_to_each_other(chain: Chain) -> None:
    shop, card = await chain.shop("S1"), Card()
    knows(chain)
    word = await said(shop, card.begin())
    assert card.takes(word)
    judged = await said(shop, card.answered(word))
    enc, mac = session_keys(OWN, card.rnd_a, card.rnd_b)
    assert judged == Word(verdict=Verdict.GENUINE, ti=b"TI#1", enc=enc, mac=mac)


async def test_a_card_with_another_key_is_told_by_both(chain: Chain) -> None:
    shop, card = await chain.shop("S1"), Card(bytes(16))
    knows(chain)
    word = await said(shop, card.begin())
    assert not card.takes(word)
    assert (await said(shop, card.answered(word))).verdict is Verdict.FALSE


async def test_the_key_of_another_card_proves_nothing(chain: Chain) -> None:
    """Both are genuine, and this one shows the other's UID."""
    shop = await chain.shop("S1")
    knows(chain)
    other = Card(diversified(MASTER, bytes(7) + bytes.fromhex(APPLICATION) + b"orchard"))
    word = await said(shop, other.begin())
    assert (await said(shop, other.answered(word))).verdict is Verdict.FALSE


async def test_a_card_of_an_application_without_a_master_key_is_not_judged(chain: Chain) -> None:
    shop = await chain.shop("S1")
    knows(chain)
    begin = replace(Card().begin(), application="000001")
    assert await said(shop, begin) == Word(verdict=Verdict.UNKNOWN)


async def test_what_was_begun_is_finished_soon_by_the_same_machine_or_not_at_all(chain: Chain) -> None:
    shop, second, card = await chain.shop("S1"), await chain.shop("S2"), Card()
    knows(chain)
    finish = card.answered(await said(shop, card.begin()))
    assert (await said(second, finish)).verdict is Verdict.UNKNOWN
    changed = replace(finish, state=finish.state[:-1] + bytes([finish.state[-1] ^ 1]))
    assert (await said(shop, changed)).verdict is Verdict.UNKNOWN
    chain.clock.now_ms += STATE_MS + 1
    assert (await said(shop, finish)).verdict is Verdict.UNKNOWN


async def test_an_answer_that_was_recorded_does_not_prove_a_second_time(chain: Chain) -> None:
    shop, card = await chain.shop("S1"), Card()
    knows(chain)
    recorded = card.answered(await said(shop, card.begin()))
    again = await said(shop, card.begin())
    assert (await said(shop, replace(recorded, state=again.state))).verdict is Verdict.FALSE


@pytest.mark.parametrize("sealed", [b"", bytes(80)])
async def test_what_is_not_sealed_to_headquarters_is_refused(chain: Chain, sealed: bytes) -> None:
    shop = await chain.shop("S1")
    knows(chain)
    with pytest.raises(RequestRefused) as refused:
        await chain.exchange.auth(Auth(**shop.me, sealed=sealed))
    assert refused.value.code is ProblemCode.MALFORMED


async def test_a_machine_that_does_not_hold_the_site_is_refused(chain: Chain) -> None:
    shop = await chain.shop("S1")
    knows(chain)
    with pytest.raises(RequestRefused) as refused:
        await said(shop, Card().begin(), instance="another")
    assert refused.value.code is ProblemCode.INSTANCE


async def test_headquarters_without_master_keys_says_nothing(chain: Chain) -> None:
    shop = await chain.shop("S1")
    assert (await chain.exchange.auth(Auth(**shop.me, sealed=b""))).sealed == b""


# CPU cards


def cpu_key(number: str = NUMBER) -> bytes:
    key = diversified_3des(MASTER, number)
    assert key is not None
    return key


async def test_a_cpu_card_answers_headquarters_challenge_under_its_own_key_or_is_told(chain: Chain) -> None:
    shop = await chain.shop("S1")
    knows(chain)
    for key, verdict in ((cpu_key(), Verdict.GENUINE), (cpu_key("6200000000012346"), Verdict.FALSE)):
        word = await said(shop, BeginCpu(application=FOLDER, number=NUMBER))
        assert (word.verdict, len(word.say)) == (Verdict.SAY, 8)
        judged = await said(shop, Finish(state=word.state, said=encrypted_3des(key, word.say)))
        assert judged == Word(verdict=verdict)


async def test_an_answer_of_another_kind_or_to_another_challenge_proves_nothing(chain: Chain) -> None:
    shop = await chain.shop("S1")
    knows(chain)
    first, second = [await said(shop, BeginCpu(application=FOLDER, number=NUMBER)) for _ in range(2)]
    recorded = encrypted_3des(cpu_key(), first.say)
    assert (await said(shop, Finish(state=second.state, said=recorded))).verdict is Verdict.FALSE
    assert (await said(shop, Finish(state=first.state, said=bytes(32)))).verdict is Verdict.FALSE
    desfire = await said(shop, Card().begin())
    assert (await said(shop, Finish(state=desfire.state, said=recorded))).verdict is Verdict.FALSE


@pytest.mark.parametrize(
    "begin",
    [
        BeginCpu(application="4D", number=NUMBER),
        BeginCpu(application=FOLDER, number="123"),
        BeginCpu(application=FOLDER, number="620000000001234A"),
    ],
)
async def test_a_cpu_card_that_headquarters_has_no_key_for_is_not_judged(
    chain: Chain, begin: BeginCpu
) -> None:
    shop = await chain.shop("S1")
    knows(chain)
    assert await said(shop, begin) == Word(verdict=Verdict.UNKNOWN)


# NTAG 424 DNA


def sun(counter: int, uid: bytes = UID, key: bytes | None = None, *, shown: str | None = None) -> Sun:
    told = uid + counter.to_bytes(3, "little")
    own = key or diversified(MASTER, uid + b"orchard")
    session = cmac(own, bytes.fromhex("3CC300010080") + told)
    picc = encrypted(META, (b"\xc7" + told).ljust(16, b"\x5a"))
    card = uid.hex().upper() if shown is None else shown
    return Sun(card=card, picc=picc, mac=truncated(cmac(session, b"over")), over=b"over")


async def test_a_url_counts_once_at_whichever_site_it_is_shown(chain: Chain) -> None:
    first, second = await chain.shop("S1"), await chain.shop("S2")
    knows(chain)
    genuine = Word(verdict=Verdict.GENUINE, card=UID.hex().upper())
    assert await said(first, sun(5)) == genuine
    for shop, counter in ((first, 5), (second, 5), (second, 4)):
        assert await said(shop, sun(counter)) == Word(verdict=Verdict.REPLAYED)
    assert await said(second, sun(6, shown="")) == genuine
    other = bytes.fromhex("04A1B2C3D4E5F7")
    assert (await said(second, sun(1, other))).verdict is Verdict.GENUINE


def late(counter: int, report: int = 1, *, asked: bool = False) -> SunLate:
    one = sun(counter)
    return SunLate(
        card=one.card, picc=one.picc, mac=one.mac, over=one.over, report=bytes([report]) * 16, asked=asked
    )


async def test_a_url_that_a_site_took_while_it_was_apart_counts_nowhere_else(chain: Chain) -> None:
    first, second = await chain.shop("S1"), await chain.shop("S2")
    knows(chain)
    genuine = Word(verdict=Verdict.GENUINE, card=UID.hex().upper())
    assert [await said(first, late(counter, counter)) for counter in (5, 6)] == [genuine] * 2
    assert await said(second, sun(6)) == Word(verdict=Verdict.REPLAYED)
    assert await said(second, sun(9)) == genuine
    assert await said(first, late(7, 7)) == genuine  # Between two that were seen: it was there before.
    assert await chain.open_exceptions("replayed") == []


@pytest.mark.parametrize("higher", [False, True])
async def test_a_url_that_was_presented_at_two_sites_is_for_people_to_look_at(
    chain: Chain,
    higher: bool,  # noqa: FBT001  a case
) -> None:
    first, second = await chain.shop("S1"), await chain.shop("S2")
    knows(chain)
    await said(second, sun(5))
    if higher:
        await said(second, sun(6))
    for _ in range(2):  # Its answer was lost.
        assert await said(first, late(5)) == Word(verdict=Verdict.REPLAYED)
    (why,) = await chain.why("replayed")
    assert "presented at S2 too" in why
    assert UID.hex().upper() not in why


async def test_a_url_that_is_told_twice_was_presented_once(chain: Chain) -> None:
    shop = await chain.shop("S1")
    knows(chain)
    for told in (late(5), late(5)):
        assert (await said(shop, told)).verdict is Verdict.GENUINE
    await said(shop, sun(6))
    assert (await said(shop, late(6, asked=True))).verdict is Verdict.GENUINE  # It had waited in vain.
    assert await chain.open_exceptions("replayed") == []
    assert (await said(shop, late(6, 2))).verdict is Verdict.REPLAYED
    assert (await said(shop, late(5, 2, asked=True))).verdict is Verdict.REPLAYED
    assert len(await chain.open_exceptions("replayed")) == 2


async def test_counters_far_below_the_highest_are_forgotten(chain: Chain) -> None:
    token, at = bytes(16), SiteId("S1")
    async with chain.store.turn(chain.merchant, SiteId("")) as turn:
        for counter in (1, 2, COUNTERS_KEPT + 2):
            assert await turn.counter_rises(token, counter, at)
        told = CounterSeen(site=SiteId("S2"), report=b"r" * 16)
        assert await turn.counter_late(token, 1, told) is None
        assert await turn.counter_late(token, 2, told) == CounterSeen(site=at)
        assert await turn.counter_late(token, 3, told) is None
        assert await turn.counter_late(token, 3, replace(told, report=b"s" * 16)) == told
        assert not await turn.counter_rises(token, COUNTERS_KEPT + 2, at)


async def test_what_is_forged_moves_no_counter(chain: Chain) -> None:
    shop = await chain.shop("S1")
    knows(chain)
    for forged in (sun(9, key=bytes(16)), sun(9, shown="04A1B2C3D4E5F7"), replace(sun(9), over=b"")):
        assert await said(shop, forged) == Word(verdict=Verdict.FALSE)
    assert (await said(shop, sun(1))).verdict is Verdict.GENUINE


async def test_another_issuers_url_is_not_judged(chain: Chain) -> None:
    shop = await chain.shop("S1")
    knows(chain)
    theirs = next(
        one
        for at in range(256)
        if decrypted(META, (one := replace(sun(1), picc=bytes([at]) * 16)).picc)[0] != 0xC7
    )
    assert await said(shop, theirs) == Word(verdict=Verdict.UNKNOWN)


async def test_a_counter_that_was_never_committed_was_not_seen(chain: Chain) -> None:
    """A question whose transaction fails may be asked again."""
    token = bytes(16)

    async def fails() -> None:
        async with chain.store.turn(chain.merchant, SiteId("")) as turn:
            assert await turn.counter_rises(token, 3, SiteId("S1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    async with chain.store.turn(chain.merchant, SiteId("")) as turn:
        assert [await turn.counter_rises(token, counter, SiteId("S1")) for counter in (3, 3, 2, 4)] == [
            True,
            False,
            False,
            True,
        ]


# The command


@pytest.mark.parametrize(
    ("words", "good"),
    [
        (["--use", "cpu", "--application", "4d454d424552"], True),
        (["--use", "sun", "--system", "orchard"], True),
        (["--use", "sun_meta"], True),
        (["--use", "sun"], False),
        (["--use", "sun_meta", "--system", "orchard"], False),
        (["--use", "cpu"], False),
        (["--application", "F48E"], False),
    ],
)
def test_each_kind_of_card_has_the_names_that_its_keys_are_made_by(
    tmp_path: Path,
    words: list[str],
    good: bool,  # noqa: FBT001  a case
) -> None:
    command = ["master", "--data", str(tmp_path), "--merchant", "orchard", *words]
    done = CliRunner().invoke(main, command, input=f"{MASTER.hex()}\n")
    assert (done.exit_code == 0) is good, done.output
    assert (tmp_path / MASTERS_FILE).exists() is good


def typed_in(folder: Path, text: str) -> Result:
    words = ["master", "--data", str(folder), "--merchant", "orchard", "--application", "f48e10"]
    return CliRunner().invoke(main, [*words, "--system", "orchard"], input=f"{text}\n")


def test_a_master_key_is_taken_from_standard_input_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    done = typed_in(tmp_path, MASTER.hex())
    assert done.exit_code == 0, done.output
    assert MASTER.hex() not in done.output
    path = tmp_path / MASTERS_FILE
    assert path.stat().st_mode & 0o077 == 0
    kept = masters_in(path).get("orchard", MasterUse.DESFIRE, APPLICATION)
    assert kept is not None
    assert kept.of(UID) == OWN
    assert masters_in(path).get("another", MasterUse.DESFIRE, APPLICATION) is None


@pytest.mark.parametrize("text", ["", "00", "zz" * 16, "00" * 17])
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    done = typed_in(tmp_path, text)
    assert done.exit_code == 1
    assert "not 16 bytes in hex" in done.output
    assert not (tmp_path / MASTERS_FILE).exists()


def test_a_file_that_is_damaged_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / MASTERS_FILE).write_bytes(b"[{")
    with pytest.raises(MastersUnusable, match=MASTERS_FILE):
        masters_in(tmp_path / MASTERS_FILE)
