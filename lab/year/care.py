"""Cards and whose they are, in a year: handed out without a name, given away, cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.days.answers import one_way
from lab.days.flow import Declined
from lab.days.hand import PIN, Act, key, pick, scan, tap, touch
from lab.days.people import noted
from lab.days.till import Person
from lab.year import oracle, shop
from terminal.core.commands import BookCardState, BookMerge, BookPin, BookRecharge, BookTransfer
from terminal.core.money import plain
from terminal.core.trust import Credential, Medium

if TYPE_CHECKING:
    from lab.year.walk import Year

_WHOSE = "Present the card, or key the phone of whoever lost it"
_PIN_OF = "Present the card whose PIN is chosen, or key the phone"
_STAYS = "Present a card of the membership that stays"
_VOUCHED = {"Scan your badge: you vouch for the member": scan(shop.BADGE)}
_KEPT = {"A189", "A362"}
"""What the counter says of a card without a name on which more lies than gifts."""


_NAMELESS = 4
"""Cards without a name at a time."""


class Care:
    def __init__(self, year: Year) -> None:
        self._year = year
        self._handed = 0

    async def drawn(self, one: oracle.Member) -> oracle.Member:
        """With whom it was done."""
        year = self._year
        had = [year.members[name] for name, _, sale in year.may_come_back() if sale.soaps]
        one = year.dice.choice([each for each in had if each.named] or [one])
        nameless = [each for each in year.living() if not each.named]
        if len(nameless) < _NAMELESS and year.often(40):
            return await self._hands_out()
        if nameless and year.often(60):
            one = year.dice.choice([each for each in nameless if not each.keeps_the_card()] or nameless)
            await (self._cancels(one) if year.often(60) else self._gives_away(one))
        elif year.often(50) and (stays := self._same_person(one)) is not None:
            await self._merges(one, stays)
            one = stays
        else:
            await self._gives_away(one)
        return one

    def _shown(self, person: Person, asked: str) -> dict[str, list[Act]]:
        if person.shows.medium is Medium.PHONE:
            return {asked: [touch("phone")], "Key the member's phone number": [key(person.shows.number)]}
        return {asked: [tap(person.shows)]}

    async def _hands_out(self) -> oracle.Member:
        """A card that nobody knows becomes one without a name by its first recharge."""
        year, amount = self._year, self._year.dice.choice((1_000, 5_000))
        self._handed += 1
        name, plastic = f"C{self._handed}", Credential(medium=Medium.UID, number=f"06{self._handed:012X}")
        asked = {
            "Present the card to recharge": [tap(plastic)],
            "How much is recharged?": [key(plain(amount))],
            **one_way("code", {}),
        }
        came = await year.counter.booked(BookRecharge, "recharge", asked)
        opens = came.command.opens
        if opens is None:
            raise LookupError(name)
        noted(year.till, name, plastic, opens)
        year.members[name] = one = oracle.Member(name=name, named=False)
        one.recharges(amount, year.day)
        year.done["handed out"] += 1
        return one

    async def _gives_away(self, one: oracle.Member) -> None:
        year, person = self._year, self._year.till.people[one.name]
        phone = f"137{year.done['given away']:08}"
        answers = {
            **self._shown(person, _WHOSE),
            "What about the card?": [pick("transfer")],
            "Key the phone number of whoever gets it": [key(phone)],
            "The member's name": [key("王新")],
        }
        await year.counter.booked(BookTransfer, "card", answers, _VOUCHED)
        was = one.named
        one.goes_to_another(year.day)
        person.key = Credential(medium=Medium.PHONE, number=phone)
        if person.card is None or not was:
            person.shows = person.key if person.shows.medium is Medium.PHONE else person.shows
        year.done["given away"] += 1
        await self._chooses_pin(person)

    async def _chooses_pin(self, person: Person) -> None:
        answers = {
            **self._shown(person, _PIN_OF),
            "The member chooses a PIN of six digits": [key(PIN)],
            "The same PIN once more": [key(PIN)],
        }
        await self._year.counter.booked(BookPin, "pin", answers, _VOUCHED)

    async def _cancels(self, one: oracle.Member) -> None:
        """Where more lies on it than gifts it stays."""
        year, person = self._year, self._year.till.people[one.name]
        answers = {**self._shown(person, _WHOSE), "What about the card?": [pick("cancel")]}
        try:
            await year.counter.booked(BookCardState, "card", answers, _VOUCHED)
        except Declined as refused:
            year.differs(f"{one.name} cancelled", one.keeps_the_card(), refused.code in _KEPT)
            year.done["card kept"] += 1
            return
        year.differs(f"{one.name} cancelled", told=one.keeps_the_card(), came=False)
        one.ends_with_the_card()
        year.done["card cancelled"] += 1

    def _same_person(self, one: oracle.Member) -> oracle.Member | None:
        """Another, who may be them: neither brought the other, and nobody turned out to be who goes."""
        if one.merged:
            return None
        before = [*one.named_before()]
        there = [
            each
            for each in self._year.living()
            if each is not one
            and each.named >= one.named
            and each not in before
            and one not in each.named_before()
        ]
        return self._year.dice.choice(there) if there else None

    async def _merges(self, goes: oracle.Member, stays: oracle.Member) -> None:
        year, people = self._year, self._year.till.people
        answers = {"What about the card?": [pick("merge")]}
        for one, asked in ((goes, _WHOSE), (stays, _STAYS)):
            for title, acts in self._shown(people[one.name], asked).items():
                answers[title] = [*answers.get(title, ()), *acts]
        entries = len(year.till.entries)
        await year.counter.booked(BookMerge, "card", answers, _VOUCHED)
        goes.becomes_one_with(stays, year.day)
        year.sold[:] = [
            (stays.name, number, sale.of_one_with(goes, stays)) if name == goes.name else (name, number, sale)
            for name, number, sale in year.sold
        ]
        year.done["became one"] += 1
        year.done["became one in parts"] += len(year.till.entries) > entries + 1
        await year.same(goes.name)
