"""Questions of the `Desk` port that are answered in words: names, documents, what somebody says."""

from __future__ import annotations

from collections.abc import Callable

from terminal.core.codes import CampaignCode
from terminal.core.errors import Refused
from terminal.core.policy import Campaign
from terminal.core.screens import Choice, Intent, Keying, State, says
from terminal.desk.heard import Touched
from terminal.desk.question import CANCEL, Questions

_WORDS_MS = 300_000
"""Somebody looks for their document meanwhile."""


class Wording:
    """Keyed on the page, with whatever input method it has."""

    _questions: Questions

    async def ask_campaign(self, prompt: str, known: Callable[[str], Campaign]) -> Campaign:
        with self._questions.asking(CampaignCode) as question:
            while True:
                self._questions.ask(
                    State.KEYING, says(prompt), question, choices=(CANCEL,), keying=Keying.TEXT
                )
                heard = await question.heard()
                try:
                    match heard:
                        case CampaignCode(code=code) | Touched(intent=Intent(do="key", value=code)):
                            return known(code)
                        case _:
                            continue
                except Refused as refusal:
                    question.refuse(refusal)

    async def ask_text(
        self, prompt: str, usable: Callable[[str], str], *, skip: str = "", keying: Keying = Keying.TEXT
    ) -> str | None:
        choices = (Choice(do="skip", label=says(skip)), CANCEL) if skip else (CANCEL,)
        with self._questions.asking(patience_ms=_WORDS_MS) as question:
            while True:
                self._questions.ask(State.KEYING, says(prompt), question, choices=choices, keying=keying)
                heard = await question.heard()
                try:
                    match heard:
                        case Touched(intent=Intent(do="key", value=keyed)):
                            return usable(keyed)
                        case Touched():
                            return None
                        case _:
                            continue
                except Refused as refusal:
                    question.refuse(refusal)
