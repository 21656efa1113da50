"""A member without card or phone at hand is found by name, first letters or last digits (product.md A10)."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.errors import NobodyFound, NoPhoneKnown, Refused
from terminal.core.ports import Books
from terminal.core.screens import Choice, Keying, Message, says
from terminal.core.trust import Credential, Person
from terminal.desk.question import Questions

SHOWN_MAX = 8
"""On one screen."""


class Finding:
    """Who is picked stands there as if they had said their phone: it identifies, it does not pay."""

    def __init__(self, questions: Questions, books: Books) -> None:
        self._questions = questions
        self._books = books

    async def found(self) -> Credential | None:
        """The phone of whoever was picked; None: they present something after all."""
        why: Refused | None = None
        while (said := await self._said(why)) is not None:
            people = await self._books.found(said)
            if not people:
                why = NobodyFound(f"{len(said)} characters")
                continue
            person = await self._picked(people)
            phone = await self._books.phone_of(person)
            if phone is not None:
                return phone
            why = NoPhoneKnown("by name only")
        return None

    async def _said(self, why: Refused | None) -> str | None:
        instead = Choice(do="skip", label=says("Card or code"))

        def keyed(text: str) -> str:
            if text and not text.strip():
                raise NobodyFound("nothing keyed")
            return text

        title = says("Name, its first letters, or the phone's last four digits")
        text = await self._questions.keyed(title, keyed, keying=Keying.SEARCH, choices=(instead,), again=why)
        return text or None

    async def _picked(self, people: Sequence[Person]) -> Person:
        buttons = [Choice(do="pick", value=one.wallet, label=_shown(one)) for one in people[:SHOWN_MAX]]
        more = says("There are more: key more of the name, or the last digits too")
        hint = more if len(people) > SHOWN_MAX else None
        picked = await self._questions.picked(says("Which member?"), buttons, hint=hint)
        return next(person for person in people if person.wallet == picked)


def _shown(person: Person) -> Message:
    """Masked; of whom no name is kept the phone alone."""
    if person.name_shown == person.phone_shown:
        return says("{name}", name=person.phone_shown)
    return says("{name} {number}", name=person.name_shown, number=person.phone_shown)
