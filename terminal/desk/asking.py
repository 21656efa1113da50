"""The questions of the `Desk` port, each one screen until it has an answer that can be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from terminal.core.cart import Article, Cart, Fill, centilitres
from terminal.core.codes import ArticleCode, JoinCode, phone
from terminal.core.commands import TenderKind
from terminal.core.errors import Cancelled, NothingDue, OverLimit, Refused, TooLittleCash, UnknownArticle
from terminal.core.money import Fen, amount, plain, shown
from terminal.core.policy import Policy
from terminal.core.pricing import Priced, filled, priced
from terminal.core.screens import (
    Choice,
    HolderShown,
    Intent,
    Keying,
    Line,
    Message,
    State,
    holder_shown,
    sale_lines,
    says,
)
from terminal.core.trust import Credential, Holder, masked
from terminal.core.values import StaffId
from terminal.desk.heard import Badge, Card, Heard, Touched
from terminal.desk.question import CANCEL, Question, Questions

_TENDERS: Mapping[TenderKind, Message] = MappingProxyType(
    {
        TenderKind.STORED: says("Stored value"),
        TenderKind.CASH: says("Cash"),
        TenderKind.CODE: says("Outside code payment"),
    }
)
_LYING = says("A card lies on the reader. Lift it, then present it again.")


class Asking:
    """Waiting for people. Knows the inbox and the stage, and nothing of ledger or printer."""

    def __init__(self, questions: Questions, policy: Policy, catalogue: Mapping[str, Article]) -> None:
        self._questions = questions
        self._policy = policy
        self._catalogue = catalogue

    @property
    def policy(self) -> Policy:
        return self._policy

    def _shown(self, holder: Holder) -> HolderShown:
        return holder_shown(holder)

    async def fill_cart(self, prompt: str) -> Cart:
        cart = Cart()
        with self._questions.asking(ArticleCode) as question:
            while True:
                bill = priced(cart)
                self._show_cart(prompt, bill, question)
                heard = await question.heard()
                if question.trouble is None:
                    question.wait()
                try:
                    if isinstance(heard, Touched) and heard.intent.do == "done":
                        return _worth(cart, bill)
                    longer = self._with(cart, heard)
                    priced(longer)
                except Refused as refusal:
                    question.refuse(refusal)
                else:
                    cart = longer

    def _with(self, cart: Cart, heard: Heard) -> Cart:
        match heard:
            case ArticleCode(code=code):
                article = self._catalogue.get(code)
                if article is None:
                    raise UnknownArticle(f"{len(code)} digits")
                return cart.scanned(article)
            case Touched(intent=intent) if intent.do == "key":
                return cart.keyed(amount(intent.value), self._policy.keyed_article)
            case Touched(intent=intent) if intent.do == "remove":
                return cart.without(int(intent.value))
            case _:
                return cart

    def _show_cart(self, prompt: str, bill: Priced, question: Question) -> None:
        done = Choice(do="done", label=says("That is all"), key="Enter")
        first = self._questions.opening_card
        advice = says("Card presented: {number}", number=masked(first.number)) if first else None
        self._questions.ask(
            State.CART,
            says(prompt),
            question,
            amount=shown(bill.due),
            lines=sale_lines(bill.lines, removable=True),
            choices=(done, CANCEL) if bill.lines else (CANCEL,),
            keying=Keying.AMOUNT,
            advice=advice,
        )

    async def read_card(self, prompt: str) -> Credential:
        card = await self._card(prompt, None, "")
        if card is None:
            raise Cancelled
        return card

    async def offer_card(self, prompt: str, *, skip: str, amount: Fen) -> Credential | None:
        return await self._card(prompt, Choice(do="skip", label=says(skip)), shown(amount))

    async def _card(self, prompt: str, skip: Choice | None, large: str) -> Credential | None:
        with self._questions.asking(Card) as question:
            while True:
                self._questions.ask(
                    State.READY,
                    says(prompt),
                    question,
                    amount=large,
                    choices=(skip, CANCEL) if skip else (CANCEL,),
                    advice=_LYING if self._questions.presence.any else None,
                )
                match await question.heard():
                    case Card(credential=credential):
                        self._questions.stage.show(State.READING, says("Reading the card. Leave it there."))
                        return credential
                    case Touched():
                        return None
                    case _:
                        continue

    async def read_badge(self, prompt: str) -> StaffId:
        with self._questions.asking(Badge) as question:
            while True:
                self._questions.ask(State.READY, says(prompt), question, choices=(CANCEL,))
                heard = await question.heard()
                if isinstance(heard, Badge):
                    return heard.staff

    async def offer_phone(self, prompt: str, *, skip: str) -> Credential | None:
        choices = (Choice(do="skip", label=says(skip)), CANCEL)
        with self._questions.asking(JoinCode) as question:
            while True:
                self._questions.ask(
                    State.KEYING, says(prompt), question, choices=choices, keying=Keying.PHONE
                )
                heard = await question.heard()
                try:
                    match heard:
                        case JoinCode(phone=number):
                            return phone(number)
                        case Touched(intent=Intent(do="key", value=keyed)):
                            return phone(keyed)
                        case Touched():
                            return None
                        case _:
                            continue
                except Refused as refusal:
                    question.refuse(refusal)

    async def read_fill(self, prompt: str, **values: str) -> Fill:
        title = says(prompt, **values)
        grades = {grade.grade: grade for grade in self._policy.grades}
        grade = grades[
            await self._questions.picked(title, [_button(at, each.name) for at, each in grades.items()])
        ]

        def keyed(text: str) -> Fill:
            fill = Fill(grade=grade, centilitres=centilitres(text))
            filled(fill)  # Refuses what one transaction may not be.
            return fill

        price = Line(label=says("{name}", name=grade.name), value=shown(grade.price))
        return await self._questions.keyed(title, keyed, keying=Keying.LITRES, lines=(price,))

    async def ask_amount(self, prompt: str, *, at_most: Fen, holder: Holder | None = None) -> Fen:
        def keyed(text: str) -> Fen:
            fen = amount(text)
            if fen > at_most:
                raise OverLimit(f"{fen} is above {at_most}")
            return fen

        limit = Line(label=says("At most"), value=shown(at_most))
        whose = self._shown(holder) if holder else None
        return await self._questions.keyed(
            says(prompt), keyed, keying=Keying.AMOUNT, lines=(limit,), holder=whose
        )

    async def ask_cash(self, prompt: str, *, due: Fen) -> Fen:
        def keyed(text: str) -> Fen:
            fen = amount(text)
            if fen < due:
                raise TooLittleCash(f"{fen} for {due}")
            return fen

        exact = Choice(do="pick", value=plain(due), label=says("Exactly {sum}", sum=shown(due)))
        return await self._questions.keyed(
            says(prompt), keyed, keying=Keying.CASH, choices=(exact,), amount=shown(due)
        )

    async def choose_tender(
        self,
        prompt: str,
        kinds: Sequence[TenderKind],
        *,
        due: Fen,
        lines: Sequence[Line] = (),
        holder: Holder | None = None,
    ) -> TenderKind:
        if len(kinds) == 1:
            return kinds[0]
        buttons = [Choice(do="pick", value=kind, label=_TENDERS[kind]) for kind in kinds]
        whose = self._shown(holder) if holder else None
        picked = await self._questions.picked(
            says(prompt), buttons, amount=shown(due), lines=tuple(lines), holder=whose
        )
        return TenderKind(picked)

    async def confirm(
        self,
        prompt: str,
        *,
        amount: Fen,
        lines: Sequence[Line] = (),
        holder: Holder | None = None,
        **values: str,
    ) -> bool:
        yes = Choice(do="confirm", label=says("Confirm"), key="Enter")
        with self._questions.asking() as question:
            self._questions.ask(
                State.CONFIRM,
                says(prompt, **values),
                question,
                amount=shown(amount) if amount else "",
                lines=tuple(lines),
                holder=self._shown(holder) if holder else None,
                choices=(yes, CANCEL),
            )
            try:
                await question.heard()
            except Cancelled:
                return False
        return True

    def still_there(self, card: Credential) -> None:
        self._questions.presence.insist(card, lying=self._policy.card_stays)


def _worth(cart: Cart, bill: Priced) -> Cart:
    """Raises NothingDue: no way of paying takes nothing."""
    if not bill.due:
        raise NothingDue(f"{len(cart.lines)} lines")
    return cart


def _button(value: str, name: str) -> Choice:
    return Choice(do="pick", value=value, label=says("{name}", name=name))
