"""AUTH: a card whose key is not here proves itself to headquarters; this site only carries what they say."""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from terminal.core.chips import Begun, Judged, SunJudged
from terminal.core.hexes import hex_bytes
from terminal.core.sun import Proof
from terminal.core.wire.auth import (
    AUTH_PATH,
    REPORT_BYTES,
    SUN_OVER_BYTES_MAX,
    Auth,
    Authed,
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
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.link import LinkTrouble
from terminal.runtime.box import BoxSpoilt, opened, sealed_to
from terminal.uplink.courier import Unreachable
from terminal.uplink.late_urls import LateUrls
from terminal.uplink.talk import NotTheSite, Talk

log = logging.getLogger(__name__)

_FRESH_BYTES = 32
_OF_A_URL = frozenset({Verdict.GENUINE, Verdict.FALSE, Verdict.REPLAYED})
_UNJUDGED = Word(verdict=Verdict.UNKNOWN)
"""Headquarters judges no cards: it has nothing to learn of them either."""
_authed = msgspec.json.Decoder(Authed)
_word = msgspec.json.Decoder(Word)


class Proving:
    """`far_prover.Asking`: never raises; None where headquarters cannot say."""

    def __init__(  # noqa: PLR0913  all that it asks by
        self,
        talk: Talk,
        *,
        reachable: Callable[[], bool],
        box_key: Callable[[], bytes | None],
        hq_box_key: Callable[[], bytes | None],
        random: Callable[[int], bytes],
        late: LateUrls | None = None,
    ) -> None:
        """`late`: keeps the URLs that headquarters did not judge in time; None: nobody does."""
        self._talk = talk
        self._reachable = reachable
        self._box_key = box_key
        self._hq_box_key = hq_box_key
        self._random = random
        self._late = late

    async def begin(self, uid: bytes, application: str, said: bytes) -> Begun | None:
        word = await self._asked(Begin(card=uid.hex().upper(), application=application, said=said))
        if word is None or word.verdict is not Verdict.SAY:
            return None
        return Begun(say=word.say, state=word.state)

    async def begin_cpu(self, application: str, number: str) -> Begun | None:
        word = await self._asked(BeginCpu(application=application, number=number))
        if word is None or word.verdict is not Verdict.SAY:
            return None
        return Begun(say=word.say, state=word.state)

    async def sun(self, uid: bytes, proof: Proof) -> SunJudged | None:
        if len(proof.over) > SUN_OVER_BYTES_MAX:
            return None
        shown, heard = uid.hex().upper(), False
        try:
            word = await self._asked(Sun(card=shown, picc=proof.picc, mac=proof.mac, over=proof.over))
            heard = word is not None
        finally:  # Also where the reader waits no longer.
            if not heard:
                self._keep(shown, proof)
        if word is None or word.verdict not in _OF_A_URL:
            return None
        genuine, replayed = word.verdict is Verdict.GENUINE, word.verdict is Verdict.REPLAYED
        return SunJudged(genuine=genuine, replayed=replayed, uid=hex_bytes(word.card))

    async def finish(self, state: bytes, said: bytes) -> Judged | None:
        word = await self._asked(Finish(state=state, said=said))
        if word is None or word.verdict not in {Verdict.GENUINE, Verdict.FALSE}:
            return None
        genuine = word.verdict is Verdict.GENUINE
        return Judged(genuine=genuine, ti=word.ti, enc=word.enc, mac=word.mac)

    async def tell(self, box: bytes) -> bool:
        """`late_urls.Tell`. What headquarters makes of it is its own: here the card has long gone."""
        try:
            await self._talk.ask(AUTH_PATH, self._auth(box), _authed)
        except Unreachable as fault:
            log.info("headquarters was told of a card's URL in vain: %s", fault)
            # What it cannot read it never will, and others wait behind.
            return fault.trouble is LinkTrouble.REFUSED and not isinstance(fault, NotTheSite)
        return True

    def _keep(self, shown: str, proof: Proof) -> None:
        theirs = self._hq_box_key()
        if theirs is None or self._late is None:
            return
        late = SunLate(
            card=shown,
            picc=proof.picc,
            mac=proof.mac,
            over=proof.over,
            report=self._random(REPORT_BYTES),
            asked=self._reachable(),
        )
        self._late.add(self._sealed(theirs, late))

    def _sealed(self, theirs: bytes, question: Question) -> bytes:
        about, fresh = auth_about(self._talk.who.site), self._random(_FRESH_BYTES)
        return sealed_to(theirs, msgspec.json.encode(question), about=about, fresh=fresh)

    def _auth(self, box: bytes) -> Auth:
        who = self._talk.who
        return Auth(merchant=who.merchant, site=who.site, instance=who.instance, sealed=box)

    async def _asked(self, question: Question) -> Word | None:
        mine, theirs = self._box_key(), self._hq_box_key()
        if mine is None or theirs is None or not self._reachable():
            return None
        about = auth_about(self._talk.who.site)
        try:
            answer = await self._talk.ask(AUTH_PATH, self._auth(self._sealed(theirs, question)), _authed)
            return _word.decode(opened(mine, answer.sealed, about=about)) if answer.sealed else _UNJUDGED
        except Unreachable as fault:
            log.info("headquarters was asked about a card in vain: %s", fault)
        except (BoxSpoilt, *UNREADABLE) as fault:
            log.warning("what headquarters says of a card cannot be read: %s", type(fault).__name__)
        return None
