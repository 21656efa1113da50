"""`terminal staff-pin ID`: the console gives a PIN, first of all to the manager, who then gives the others.

It is drawn at random, said once, and serves for nothing but choosing another at the counter. There is no
default: whoever was given none has none.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.config import load
from terminal.core.commands import STAFF_PIN, BookNote, Private
from terminal.core.errors import TerminalFault, WeakPin
from terminal.core.pin import Pins, chosen
from terminal.core.ports import Committer
from terminal.core.values import StaffId, Value
from terminal.maintenance.socket import Unanswered, asked
from terminal.runtime.log import legible, told

if TYPE_CHECKING:
    from terminal.desk.counter import Counter

CONSOLE = StaffId("console")
"""Who gave it where nobody is known: root, by the command."""
VERIFIER = "verifier"
IN_TRAINING = "It counts in training alone: end that first where it is for the shop."
_ANSWER_S = 60.0
_MANY = 1_000_000


class Given(Value, frozen=True, kw_only=True):
    pin: str = ""
    """Or the verifier, where that was asked for."""
    why: str = ""
    """Why none was given."""
    training: bool = False
    """It counts in training alone."""


async def given(  # noqa: PLR0913  whom it asks, and who asks whom
    counter: Counter,
    committer: Committer,
    pins: Pins,
    said: Sequence[str],
    *,
    staff: Sequence[StaffId],
    by: StaffId = CONSOLE,
) -> Given:
    """The terminal's end. `said`: to whom, one of `staff`; then `VERIFIER`, where only that is asked.

    `by`: who gives it, as the entry says.
    """
    who = StaffId(said[0]) if said else StaffId("")
    if who not in staff:
        return Given(why=f"nobody who works here has that id; there are: {', '.join(staff) or 'none'}")
    if VERIFIER in said:
        verifier = await pins.staff_verifier(who)
        return Given(pin=verifier, why="" if verifier else "they chose no PIN here yet")
    pin = drawn()
    note = BookNote(id=counter.new_id(), at=counter.occasion(by), what=STAFF_PIN, detail=who)
    try:
        await committer.submit(note, Private(pin=await pins.verifier(pin)))
    except TerminalFault as fault:
        return Given(why=told(fault))
    return Given(pin=pin, training=counter.view().status.training)


def give(config: Path, who: str, *, verifier: bool) -> int:
    """Exit 0 with the PIN on standard output, 1 where none was given. Raises BadConfig.

    `verifier`: gives none, and writes what the one that they chose is checked against.
    """
    path = load(config).file.terminal.socket
    try:
        answer = asked(path, "staff-pin", Given, who, *([VERIFIER] if verifier else []), within_s=_ANSWER_S)
    except Unanswered as why:
        answer = Given(why=str(why))
    if answer.why:
        sys.stderr.write(f"{legible(answer.why)}\n")
        return 1
    sys.stdout.write(f"{answer.pin}\n")
    if answer.training:
        sys.stderr.write(f"{IN_TRAINING}\n")
    return 0


def drawn() -> str:
    while True:
        try:
            return chosen(f"{secrets.randbelow(_MANY):06}")
        except WeakPin:
            continue
