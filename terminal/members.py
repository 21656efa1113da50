"""`terminal members import` and `export`: people from a table become members, and all members a table.

The file is read here, row by row; what can be used goes to the terminal in small parts, each of which is
booked in one commit. What was cut short is simply done again: who is a member already stays as they are.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec.structs import replace

from terminal.config import Device, Settings, load_in_place
from terminal.core.cells import BadCell, BadHead, RefusedRow
from terminal.core.commands import BookGrant, BookJoin, BookNote, BookTier, Kept, Occasion
from terminal.core.errors import TerminalFault
from terminal.core.known_tiers import known_tiers
from terminal.core.membership import Recruited, Told, joining, without_pack
from terminal.core.policy import Policy
from terminal.core.ports import Committer
from terminal.core.receipts.words import spoken
from terminal.core.register import (
    ROWS_MAX,
    Column,
    Entered,
    Reading,
    cells_of,
    entered,
    fits,
    head_of,
    heads,
    other_purposes,
)
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, StaffId, Value
from terminal.desk.session import business_day
from terminal.drivers.codecs.em4100 import TELLS, Spelling
from terminal.drivers.codecs.listed import form_of
from terminal.known_time import NotBelieved, past_ms
from terminal.maintenance.socket import Unanswered, asked
from terminal.runtime.bounds import bound_memory
from terminal.runtime.durable import put
from terminal.runtime.log import legible, told
from terminal.store.intake import Coming, Met
from terminal.store.people import FilePeople
from terminal.store.tables import Report, rows_of, write_rows
from terminal.tier_tables import TiersHere, tiers_known, words_for, written
from terminal.uplink.tier_order import chain_tiers

if TYPE_CHECKING:
    from terminal.desk.counter import Counter
    from terminal.store.ledger import Ledger

CONSOLE = StaffId("console")
"""Who brought them, as the entry says."""
AT_ONCE = 200
"""In one commit: whoever pays at the counter waits no longer for it."""
_PART_S = 120.0
_PART_BYTES_MAX = 1 << 20
_SALT_BYTES = 16
_IMPORT = "import"
EXPORTED = "members_exported"
"""What a note is called that says: all members' data began to be written into a file."""
_rows = msgspec.json.Decoder(list[Entered])
_OTHER = RefusedRow(
    row=0,
    column=Column.PHONE,
    why="a member has this phone, and what is known of them differs",
    do="see whether it is the same person, and correct the member or the row",
)
_CARD = RefusedRow(
    row=0, column=Column.CARD, why="another wallet has this card", do="see whose it is, and take it off one"
)
_TIER = RefusedRow(
    row=0,
    column=Column.TIER,
    why="a member has this phone, and another tier",
    do="correct the row, or give the tier at the counter",
)
_AGREED = RefusedRow(
    row=0,
    column=Column.PHONE,
    why="a member has this phone, and said yes or no otherwise",
    do="correct the row, or: terminal member consent WHO PURPOSE yes|no",
)
_TOLD = {Met.OTHER: _OTHER, Met.CARD: _CARD, Met.TIER: _TIER, Met.AGREED: _AGREED}


class Came(Value, frozen=True, kw_only=True):
    """What came of one part, in its order."""

    met: tuple[Met, ...] = ()
    why: str = ""
    """Why none of it was booked."""


class Page(Value, frozen=True, kw_only=True):
    """Some members, in the order of their ids."""

    people: tuple[Kept, ...] = ()
    on: str = ""
    """The member after whom to go on; empty: that was all."""
    why: str = ""
    """Why there are none."""


@dataclass
class Outcome:
    """What an import came to, beside the rows that were refused."""

    passed_over: tuple[str, ...] = ()
    new: int = 0
    same: int = 0


class NotImported(Exception):
    """What was booked before stays."""


Send = Callable[[list[Entered]], Came]


def take(  # noqa: PLR0913  what was typed
    config: Path, file: Path, *, cards: str, dry: bool, report: Path | None, vouched: bool = False
) -> int:
    """Exit 0: every row was taken; 1: some were refused, or not all could be. Raises BadConfig.

    `vouched`: dates are judged by the clock also where it is not believed.
    """
    settings = load_in_place(config)
    bound_memory()
    try:
        refused = Report(report)
    except OSError as fault:
        return _failed(f"nothing was imported: {report}: {fault.strerror}")
    done = Outcome()
    try:
        reading = _reading(settings, cards, vouched=vouched)
        send = _nobody if dry else _to_terminal(settings)
        for _ in imported(file, reading, refused, done, send):
            pass
    except NotImported as why:
        _tell(done, refused, report, dry=dry)
        return _failed(f"the rest was not imported: {why}; do it again once that is mended")
    finally:
        refused.close()
    _tell(done, refused, report, dry=dry)
    return 1 if refused.count else 0


def imported(file: Path, reading: Reading, refused: Report, done: Outcome, send: Send) -> Iterator[int]:
    """How many rows were looked at, after each part. Raises NotImported."""
    try:
        rows = rows_of(file, fits, ROWS_MAX)
        _, first = next(rows)
        head = head_of(() if isinstance(first, RefusedRow) else first, reading)
        done.passed_over = head.passed_over
        good = _good(rows, lambda number, cells: entered(head, number, cells, reading), refused)
        while part := list(islice(good, AT_ONCE)):
            _count(part, send(part), refused, done)
            yield part[-1].row
    except MemoryError:
        raise NotImported(f"{file}: too large for this machine; save it as CSV UTF-8") from None
    except BadHead as fault:
        raise NotImported(f"{file}: {fault}") from fault
    except OSError as fault:
        raise NotImported(f"{fault.filename or file}: {fault.strerror}") from fault


def _good(
    rows: Iterator[tuple[int, Sequence[str] | RefusedRow]],
    read: Callable[[int, Sequence[str]], Entered],
    refused: Report,
) -> Iterator[Entered]:
    for number, cells in rows:
        if isinstance(cells, RefusedRow):
            refused.add(cells)
            continue
        try:
            yield read(number, cells)
        except BadCell as bad:
            refused.add(RefusedRow(row=number, column=bad.column, why=bad.why, do=bad.do))


def _count(part: list[Entered], came: Came, refused: Report, done: Outcome) -> None:
    if came.why:
        raise NotImported(came.why)
    for row, met in zip(part, came.met, strict=True):
        done.new += met is Met.NEW
        done.same += met is Met.SAME
        if met in _TOLD:
            refused.add(replace(_TOLD[met], row=row.row))


def _reading(settings: Settings, cards: str, *, vouched: bool) -> Reading:
    """Raises NotImported."""
    try:
        form = form_of(cards, _tag_bytes(settings.devices)) if cards else None
    except ValueError as why:
        raise NotImported(f"--cards takes {why}") from None
    here, there = settings.file.terminal, tiers_known(settings)
    try:
        now_ms = past_ms(here.socket, vouched=vouched, say=sys.stdout.write)
    except NotBelieved as why:
        raise NotImported(str(why)) from None
    return Reading(
        today=business_day(now_ms, here.utc_offset_min, here.day_cut_min),
        consent_version=settings.file.policy.consent_version,
        cards=form.read if form else None,
        tiers=there.names,
        tier_words=words_for(there),
        purposes=other_purposes(settings.file.policy.consents),
    )


def _tag_bytes(devices: Sequence[Device]) -> int | None:
    """By how many bytes of a tag the readers here know it, the least; None: none of them says."""
    readers = [
        one.settings for one in devices if isinstance(getattr(one.settings, "spelling", None), Spelling)
    ]
    told = [one.number_bytes or TELLS[one.spelling] for one in readers]
    return min((count for count in told if count is not None), default=None)


def _nobody(part: list[Entered]) -> Came:
    """For who only wants to know."""
    return Came(met=tuple(Met.NEW for _ in part))


def _to_terminal(settings: Settings) -> Send:
    """By a file beside its socket, which lies in memory: what people are called is on no disk unsealed."""
    here = settings.file.terminal.socket
    path = here.with_name(f"{here.stem}.members-{os.getpid()}").absolute()

    def send(part: list[Entered]) -> Came:
        try:
            put(path, msgspec.json.encode(part))
            return asked(here, "members", Came, str(path), within_s=_PART_S)
        except (OSError, Unanswered) as why:
            return Came(why=f"the terminal must run, and not in training: {why}")
        finally:
            path.unlink(missing_ok=True)

    return send


def _tell(done: Outcome, refused: Report, report: Path | None, *, dry: bool) -> None:
    say = sys.stdout.write
    for name in done.passed_over:
        say(f"column passed over: {name}\n")
    refused.tell(say, report)
    said = f"{done.new} new members, {done.same} known already, {refused.count} refused"
    say(f"{said}{'; nothing was booked' if dry else ''}\n")


def _failed(why: str) -> int:
    sys.stderr.write(f"{legible(why)}\n")
    return 1


def give(config: Path, target: Path) -> int:
    """`terminal members export`: what an import reads as the same again, but for cards. Raises BadConfig.

    Whoever has no wallet any more is no member: an import would make them one again.
    """
    settings = load_in_place(config)
    language = spoken(settings.file.counter.language)
    chinese = language != "en"
    purposes = other_purposes(settings.file.policy.consents)
    there = tiers_known(settings)
    words = words_for(there)
    rows = (
        cells_of(
            one.private,
            written(one.purses[0].tier, there, words, language),
            {said.consent.purpose: said.consent.given for said in one.agreed},
            purposes,
            chinese=chinese,
        )
        for one in everybody(settings.file.terminal.socket)
        if one.purses
    )
    try:
        count = write_rows(target, heads(purposes, chinese=chinese), rows, personal=True)
    except OSError as fault:
        return _failed(f"nothing was exported: {target}: {fault.strerror}")
    except Unanswered as why:
        return _failed(f"nothing was exported: {why}")
    sys.stdout.write(f"{target}: {count} members, in the clear: lock it away\n")
    return 0


def everybody(socket: Path) -> Iterator[Kept]:
    """Raises Unanswered."""
    after = ""
    while True:
        page = asked(socket, "members-after", Page, after, within_s=_PART_S)
        if page.why:
            raise Unanswered(page.why)
        yield from page.people
        if not (after := page.on):
            return


# The terminal's end.


async def handed_out(counter: Counter, ledger: Ledger, said: Sequence[str]) -> Page:
    """`said`: the member after whom. That somebody began to take all of them along stands in the journal."""
    return await page_after(
        said[0],
        ledger.people,
        ledger.committer,
        BookNote(id=counter.new_id(), at=counter.occasion(CONSOLE), what=EXPORTED),
    )


async def page_after(member: str, people: FilePeople, committer: Committer, note: BookNote) -> Page:
    try:
        if not member:
            await committer.submit(note)
        on, found = await people.after(member, AT_ONCE)
        return Page(people=tuple(found), on=on)
    except TerminalFault as fault:
        return Page(why=told(fault))


async def tiers_here(counter: Counter, ledger: Ledger, policy: Policy) -> TiersHere:
    """What the shop's rules name, and headquarters' order."""
    order = await chain_tiers(ledger.link, ledger.sets)
    shown = dict(counter.tier_names)
    return TiersHere(names=(*known_tiers(policy, counter.offer.tariff), *order, *shown), shown=shown)


async def taken(counter: Counter, ledger: Ledger, policy: Policy, said: Sequence[str]) -> Came:
    """`said`: the file with one part."""
    part = _rows.decode(await asyncio.to_thread(_read, Path(said[0])))
    return await booked(part, ledger.intake, policy, counter.new_id, counter.occasion(CONSOLE))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_PART_BYTES_MAX)


class Takes(Protocol):
    """See `store.intake.Intake`."""

    async def take(self, coming: Sequence[Coming]) -> list[Met]: ...


async def booked(
    part: Sequence[Entered], intake: Takes, policy: Policy, new_id: Callable[[], EntryId], at: Occasion
) -> Came:
    """One part of a table, in one commit."""
    policy = without_pack(policy)  # It is for who joins at the counter.
    coming = [_coming(one, policy, new_id, at) for one in part]
    try:
        return Came(met=tuple(await intake.take(coming)))
    except TerminalFault as fault:
        return Came(why=told(fault))


def _coming(one: Entered, policy: Policy, new_id: Callable[[], EntryId], at: Occasion) -> Coming:
    begins = joining(
        Credential(medium=Medium.PHONE, number=one.phone),
        policy=policy,
        recruited=Recruited(by=CONSOLE, channel=_IMPORT),
        new_id=new_id,
        salt=secrets.token_bytes(_SALT_BYTES),
        business_day=at.business_day,
        told=Told(answers=one.answers, consents=one.consents, card=one.card),
    )
    join = BookJoin(id=new_id(), at=at, opens=begins.opens)
    tier, counts = None, None
    if one.tier not in {"", policy.tiers.base}:
        tier = BookTier(id=new_id(), at=at, wallet=begins.wallet, tier=one.tier, why=_IMPORT)
    if needs := policy.tiers.needs(one.tier):
        grants = (policy.tiers.granted(needs, at.business_day),)
        counts = BookGrant(id=new_id(), at=at, wallet=begins.wallet, why=_IMPORT, grants=grants)
    return Coming(join=join, private=begins.private, tier=tier, counts=counts, tier_said=one.tier)
