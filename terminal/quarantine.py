"""`terminal webhook`: what the shop's own cloud does not take; a person sends it again, or gives one up."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.config import load
from terminal.core.values import Value
from terminal.maintenance.facts import HookFacts
from terminal.maintenance.socket import Unanswered, asked
from terminal.runtime.log import legible
from terminal.uplink.courier import Unreachable

if TYPE_CHECKING:
    from terminal.outside import Outside

_ANSWER_S = 900.0
_BY_CHARS_MAX = 64


class Outcome(Value, frozen=True, kw_only=True):
    """What was done, and how it stands after that."""

    done: str = ""
    why: str = ""
    """Why it was not done."""
    facts: HookFacts | None = None
    """None: this shop has no cloud of its own, or nothing was sent yet."""


async def decided(outside: Outside, said: tuple[str, ...]) -> Outcome:
    """The terminal's end. `said`: `again`; `give-up`, the entry and who decides; or nothing."""
    webhook = outside.webhook
    match said:
        case ("again",) if webhook is not None:
            try:
                outcome = Outcome(done=f"{await webhook.again()} were taken")
            except Unreachable as fault:
                outcome = Outcome(why=str(fault))
        case ("give-up", seq, by) if webhook is not None and seq.isdecimal() and _named(by):
            done = await webhook.give_up(int(seq), by=by)
            outcome = Outcome(done=f"entry {seq} is given up") if done else Outcome(why=f"{seq} is not held")
        case ():
            outcome = Outcome()
        case _:
            outcome = Outcome(why="not understood, or there is no [webhook]")
    return Outcome(done=outcome.done, why=outcome.why, facts=await outside.hook_now())


def decide(config: Path, what: str, seq: int | None, by: str) -> int:
    """Exit 1 where it was not done, or something is in quarantine. Raises BadConfig."""
    if what == "give-up" and (seq is None or not _named(by)):
        sys.stderr.write("say which entry, and who decides: terminal webhook give-up SEQ --by NAME\n")
        return 2
    said = {"again": ("again",), "give-up": ("give-up", str(seq), by)}.get(what, ())
    path = load(config).file.terminal.socket
    try:
        outcome = asked(path, "webhook", Outcome, *said, within_s=_ANSWER_S)
    except Unanswered as why:
        outcome = Outcome(why=str(why))
    sys.stderr.writelines(f"{line}\n" for line in [outcome.why] if line)
    sys.stdout.writelines(f"{line}\n" for line in _lines(outcome))
    return int(bool(outcome.why or (outcome.facts and outcome.facts.held)))


def lines(outcome: Outcome) -> list[str]:
    """For the menu, with why it was not done."""
    return [*filter(None, [outcome.why]), *_lines(outcome)]


def _lines(outcome: Outcome) -> Iterator[str]:
    if outcome.done:
        yield outcome.done
    if (facts := outcome.facts) is None:
        if not outcome.why:
            yield "there is no [webhook], or nothing was sent to it yet"
        return
    if not facts.online:
        yield f"waits: {legible(facts.why)}"
    for held in facts.held:
        since = datetime.fromtimestamp(held.since_ms // 1000, UTC)
        yield f"entry {held.seq}, since {since:%Y-%m-%d %H:%M} UTC: {legible(held.why)}"
    if not facts.held:
        yield "nothing is in quarantine"


def _named(by: str) -> bool:
    return bool(by.strip()) and by.isprintable() and len(by) <= _BY_CHARS_MAX
