"""The questions of the `Desk` port, each one screen until it has an answer that can be used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from terminal.core.cart import Article, Cart
from terminal.core.codes import JoinCode, phone
from terminal.core.commands import TenderKind
from terminal.core.errors import (
    Cancelled,
    CodeUsed,
    NotAskedNow,
    NotInSteps,
    OverLimit,
    PhoneInTheShop,
    Refused,
    TooFewPoints,
    TooLittleCash,
)
from terminal.core.member_codes import Once
from terminal.core.membership import Driver
from terminal.core.money import Fen, amount, plain, shown
from terminal.core.parked import ParkedCarts
from terminal.core.payment import TENDERS
from terminal.core.points import PointsWorth, points_keyed
from terminal.core.policy import Policy
from terminal.core.pricing import HeldCoupon, Priced
from terminal.core.screens import (
    Choice,
    HolderShown,
    Intent,
    Keying,
    Line,
    Message,
    State,
    Toggles,
    holder_shown,
    says,
)
from terminal.core.tier_names import Shown, word_of
from terminal.core.trust import Credential, Holder, Medium
from terminal.desk.carting import Carting
from terminal.desk.codes import MemberCodes
from terminal.desk.heard import Card, Heard, Touched
from terminal.desk.prices import Prices
from terminal.desk.question import CANCEL, Questions

_SPLIT = "split"
_TURN = "turn:"
"""In front of what is turned over beside them."""
LYING = says("A card lies on the reader. Lift it, then present it again.")


class Asking:
    """Waiting for people. Knows the inbox and the stage, and nothing of ledger or printer."""

    def __init__(
        self, questions: Questions, policy: Policy, prices: Prices, parked: ParkedCarts, codes: MemberCodes
    ) -> None:
        self._questions = questions
        self._policy = policy
        self._tier_names: Shown = policy.tiers.shown
        self._prices = prices
        self._carting = Carting(questions, policy, prices, parked)
        self._codes = codes
        self._by_name: Callable[[], Awaitable[Credential | None]] | None = None
        """Finds a member by what they are called; None: nobody can here."""
        self._charges = False
        """Whether a customer's payment code can be charged."""

    @property
    def policy(self) -> Policy:
        return self._policy

    @property
    def tier_names(self) -> Shown:
        """The shop's own before its chain's."""
        return self._tier_names

    def calls(self, chain: Shown) -> None:
        """What headquarters calls the chain's tiers."""
        self._tier_names = {**chain, **self._policy.tiers.shown}

    def _tier(self, holder: Holder) -> Message | None:
        """In words; None: by its id."""
        return word_of(holder.tier, self._tier_names)

    def _shown(self, holder: Holder) -> HolderShown:
        return holder_shown(holder, tier=self._tier(holder))

    async def fill_cart(self, prompt: str) -> Cart:
        return await self._carting.filled(prompt)

    def article(self, sku: str) -> Article | None:
        return self._prices.offer.articles.named(sku)

    async def price(
        self, cart: Cart, holder: Holder | None = None, coupons: Sequence[HeldCoupon] = ()
    ) -> Priced:
        return await self._prices.of(cart, holder, coupons)

    async def price_listed(self, cart: Cart, holder: Holder) -> Priced:
        return await self._prices.listed(cart, holder)

    async def price_tier(self, cart: Cart, tier: str) -> Priced:
        return self._prices.by_tier(cart, tier)

    async def read_card(self, prompt: str) -> Credential:
        card = await self._card(prompt, (), "")
        if not isinstance(card, Credential):
            raise Cancelled
        return card

    async def offer_card(
        self, prompt: str, *, skip: str, amount: Fen, at_pumps: bool = False
    ) -> Credential | None:
        others = (Choice(do="skip", label=says(skip)),)
        return await self._card_or_phone(prompt, others, shown(amount), at_pumps=at_pumps)

    async def read_member(self, prompt: str, *, at_pumps: bool = False) -> Credential:
        card = await self._card_or_phone(prompt, (), "", at_pumps=at_pumps)
        if card is None:
            raise Cancelled
        return card

    async def _card_or_phone(
        self, prompt: str, others: tuple[Choice, ...], large: str, *, at_pumps: bool
    ) -> Credential | None:
        others = (*others, Choice(do="phone", label=says("By phone")))
        if self._by_name is not None:
            others = (*others, Choice(do="find", label=says("By name")))
        while True:
            card = await self._card(prompt, others, large, at_pumps=at_pumps)
            if card == "find" and self._by_name is not None:
                phone = await self._by_name()
            elif card == "phone":
                phone = await self.offer_phone("Key the member's phone number", skip="Card or code")
            else:
                return card if isinstance(card, Credential) else None
            if phone is not None:
                self._questions.presence.came(phone)
                return phone

    async def offer_new_card(self, prompt: str, *, skip: str) -> Credential | None:
        card = await self._card(prompt, (Choice(do="skip", label=says(skip)),), "")
        return card if isinstance(card, Credential) else None

    async def _card(
        self, prompt: str, others: tuple[Choice, ...], large: str, *, at_pumps: bool = False
    ) -> Credential | str:
        """What was presented, or which of the other buttons was touched."""
        with self._questions.asking(Card) as question:
            while True:
                self._questions.ask(
                    State.READY,
                    says(prompt),
                    question,
                    amount=large,
                    choices=(*others, CANCEL),
                    advice=LYING if self._questions.presence.any else None,
                )
                match await question.heard():
                    case Card(credential=credential, once=once):
                        try:
                            self._check_phone(on_phone=at_pumps and once is not None)
                            card = await self._taken(credential, once)
                        except (CodeUsed, PhoneInTheShop) as refusal:
                            question.refuse(refusal)
                            continue
                        self._questions.stage.show(State.READING, says("Reading the card. Leave it there."))
                        return card
                    case Touched(intent=intent):
                        return intent.do
                    case _:
                        continue

    async def _taken(self, card: Credential, once: Once | None) -> Credential:
        """From now on it is the one that pays. Raises CodeUsed."""
        if once is None:
            return card
        taken = await self._codes.taken(card, once)
        if self._questions.presence.is_latest(card):
            self._questions.presence.came(taken)
        return taken

    async def offer_phone(self, prompt: str, *, skip: str = "") -> Credential | None:
        said = await self._phone(prompt, skip, JoinCode)
        return said.card if said else None

    async def read_newcomer(self, prompt: str) -> Driver:
        driver = await self._phone(prompt, "", JoinCode)
        if driver is None:
            raise Cancelled
        return driver

    async def offer_driver(self, prompt: str, *, skip: str) -> Driver | None:
        driver = await self._phone(prompt, skip, JoinCode, Card, at_pumps=True)
        if driver is not None and driver.card.medium is Medium.PHONE:
            self._questions.presence.came(driver.card)
        return driver

    def _check_phone(self, *, on_phone: bool) -> None:
        """Raises PhoneInTheShop: it was shown on one, at the pumps."""
        if on_phone and not self._policy.phones_at_pumps:
            raise PhoneInTheShop("a code on a phone")

    async def _phone(
        self, prompt: str, skip: str, *kinds: type[Heard], at_pumps: bool = False
    ) -> Driver | None:
        choices = (Choice(do="skip", label=says(skip)), CANCEL) if skip else (CANCEL,)
        with self._questions.asking(*kinds) as question:
            while True:
                self._questions.ask(
                    State.KEYING, says(prompt), question, choices=choices, keying=Keying.PHONE
                )
                heard = await question.heard()
                try:
                    match heard:
                        case JoinCode(phone=number, plate=plate, won_by=by):
                            self._check_phone(on_phone=at_pumps)
                            return Driver(card=phone(number), plate=plate, by_code=True, won_by=by)
                        case Card(credential=credential, once=once):
                            self._check_phone(on_phone=at_pumps and once is not None)
                            return Driver(card=await self._taken(credential, once))
                        case Touched(intent=Intent(do="key", value=keyed)):
                            return Driver(card=phone(keyed))
                        case Touched():
                            return None
                        case _:
                            continue
                except Refused as refusal:
                    question.refuse(refusal)

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

    async def ask_part(self, prompt: str, kind: TenderKind, *, at_most: Fen) -> Fen:
        def keyed(text: str) -> Fen:
            fen = amount(text)
            if fen > at_most:
                raise OverLimit(f"{fen} is above {at_most}")
            return fen

        whole = Choice(do="pick", value=plain(at_most), label=says("All: {sum}", sum=shown(at_most)))
        return await self._questions.keyed(
            says(prompt),
            keyed,
            keying=Keying.AMOUNT,
            choices=(whole,),
            lines=(Line(label=TENDERS[kind]), Line(label=says("At most"), value=shown(at_most))),
        )

    async def ask_points(self, prompt: str, worth: PointsWorth, *, at_most: int) -> int:
        def keyed(text: str) -> int:
            points = points_keyed(text)
            if points > at_most:
                raise TooFewPoints(f"{points} are above {at_most}")
            if not worth.pays(points):
                raise NotInSteps(f"{points} are not usable at once")
            return points

        whole = says("All: {points} points", points=str(at_most))
        each = says("{points} points are", points=str(worth.points))
        return await self._questions.keyed(
            says(prompt),
            keyed,
            keying=Keying.COUNT,
            choices=(Choice(do="pick", value=str(at_most), label=whole),),
            lines=(
                Line(label=each, value=shown(worth.fen)),
                Line(label=says("At most"), value=str(at_most)),
                Line(label=says("They pay"), value=shown(worth.of(at_most))),
            ),
        )

    async def ask_cash(self, prompt: str, *, due: Fen) -> Fen:
        def keyed(text: str) -> Fen:
            fen = amount(text)
            if fen < due:
                raise TooLittleCash(f"{fen} for {due}")
            return fen

        again = None
        if (came := self._questions.cash_beforehand(due)) is not None:
            if came >= due:
                return came
            again = TooLittleCash(f"{came} for {due}")
        exact = Choice(do="pick", value=plain(due), label=says("Exactly {sum}", sum=shown(due)))
        return await self._questions.keyed(
            says(prompt), keyed, keying=Keying.CASH, choices=(exact,), amount=shown(due), again=again
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
        return TenderKind(await self._way(says(prompt), _ways(kinds), due, lines=lines, holder=holder))

    async def choose_way(  # noqa: PLR0913  what stands on the screen, each by its name
        self,
        prompt: str,
        kinds: Sequence[TenderKind],
        *,
        due: Fen,
        lines: Sequence[Line] = (),
        holder: Holder | None = None,
        toggles: Toggles | None = None,
    ) -> TenderKind | None:
        again = None
        try:
            if (way := self._questions.way_beforehand(kinds)) is not None:
                return way
        except NotAskedNow as refusal:
            again = refusal
        ways = _ways(kinds)
        if len(ways) > 1:
            ways.append(Choice(do="pick", value=_SPLIT, label=says("In parts")))
        picked = await self._way(
            says(prompt),
            ways,
            due,
            lines=lines,
            holder=holder,
            toggles=toggles,
            pays=self._charges and TenderKind.CODE in kinds,
            again=again,
        )
        return None if picked == _SPLIT else TenderKind(picked)

    async def _way(  # noqa: PLR0913  the same
        self,
        title: Message,
        ways: Sequence[Choice],
        due: Fen,
        *,
        lines: Sequence[Line],
        holder: Holder | None,
        toggles: Toggles | None = None,
        pays: bool = False,
        again: Refused | None = None,
    ) -> str:
        if len(ways) == 1 and not toggles:
            return ways[0].value
        whose = self._shown(holder) if holder else None
        while True:
            others = toggles.labels.items() if toggles else ()
            turns = (Choice(do="pick", value=f"{_TURN}{name}", label=label) for name, label in others)
            now = (*lines, *(toggles.lines if toggles else ()))
            picked = await self._questions.picked_or_paid(
                title, (*ways, *turns), pays=pays, again=again, amount=shown(due), lines=now, holder=whose
            )
            if picked is None:
                return TenderKind.CODE
            again = None
            if toggles is None or not picked.startswith(_TURN):
                return picked
            toggles.turn(picked.removeprefix(_TURN))

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


def _ways(kinds: Sequence[TenderKind]) -> list[Choice]:
    return [Choice(do="pick", value=kind, label=TENDERS[kind]) for kind in kinds]
