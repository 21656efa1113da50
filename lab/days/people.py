"""Who is known to the shop: booked as they stand when the day begins, and looked up again after each line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

from msgspec.structs import replace

from lab.days.house import House
from lab.days.rules import CASHBACK_CARD
from lab.days.till import Person, Till
from lab.days.told import Day, Facts
from terminal.core.accounts import TIER_UNIT
from terminal.core.batches import keys
from terminal.core.cart import Article, Cart
from terminal.core.commands import (
    STAFF_PIN,
    BookCard,
    BookFleetFunds,
    BookGrant,
    BookImport,
    BookIssue,
    BookJoin,
    BookNote,
    BookSale,
    BookTier,
    CouponGrant,
    Grant,
    Opens,
    PaidBy,
    PointsEarned,
    Private,
    Reward,
    Tender,
    TenderKind,
    card_of,
)
from terminal.core.entry import Entry
from terminal.core.ledger.state import Lot, State
from terminal.core.locks import lock_unit
from terminal.core.membership import Newcomer, Recruited, Told, joining, unnamed
from terminal.core.particulars import Calendar, Particular
from terminal.core.policy import Policy
from terminal.core.pricing import Priced, Tariff, Visit, priced
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId, ShiftId, StaffId, WalletId
from terminal.core.vouchers import cashback
from terminal.core.wire.people import Known

PERSONAL = frozenset({"name", "phone", "plate", "born"})
"""What is known of who they are."""
KEPT = PERSONAL | frozenset(
    {
        "joined",
        "card",
        "issued",
        "principal",
        "bonus",
        "points",
        "points_petrol",
        "points_diesel",
        "points_goods",
        "counts",
        "coupons",
        "deposit",
        "cashback",
        "cashback_tomorrow",
        "tier",
        "spent_365",
        "last_bought",
        "lock",
    }
)
"""What the day says of a member and the ledger keeps; the rest is named in the report."""
_OF_A_COMPANY = frozenset(
    {"used_today", "principal", "bonus", "points_petrol", "points_diesel", "points_goods"}
)
_SECOND = "second"
COUNTED_FACT = "spent_365"
"""What counts towards their tier."""
_VOUCHER = "voucher:"
_YUAN = 100
_A_DAY = len("08-15")
_LEAP_YEAR = 2000
_DOT = "·"
"""As plates are painted, and not kept."""
_BY_MOON = {"lunar": Calendar.MOON, "leap": Calendar.LEAP}
_POINTS = {"points": "goods", "points_goods": "goods", "points_petrol": "petrol", "points_diesel": "diesel"}


def points_unit(fact: str) -> str:
    return f"points:{_POINTS[fact]}"


def key_of(fact: Facts) -> Credential:
    """A member's phone; of who has none, the card."""
    if fact.get("phone"):
        return Credential(medium=Medium.PHONE, number=fact["phone"].replace("-", ""))
    return card_key(fact.get("card") or fact["id"])


def card_key(number: str) -> Credential:
    """As it is printed on the card, and scanned from it."""
    spelt = number.upper()
    by_code = [key for key in keys(spelt) if key.medium is Medium.CODE]
    return by_code[0] if by_code else Credential(medium=Medium.CODE, number=number)


def kept(person: Person, facts: Facts) -> Facts:
    """Of those facts what the terminal keeps of somebody like that."""
    by = _OF_A_COMPANY if person.company else KEPT
    found = {fact: said for fact, said in facts.items() if fact in by}
    if not person.number:
        found.pop("card", None)  # Not its number, but what it is used for.
    if person.unnamed and found.get("name"):
        del found["name"]  # What the day calls it.
    return found


def newcomer(till: Till, key: Credential, policy: Policy, told: Told = Told()) -> Newcomer:  # noqa: B008  a frozen value
    at = till.occasion()
    recruited = Recruited(by=at.operator, channel="counter")
    if key.medium is not Medium.PHONE:
        return unnamed(key, policy=policy, recruited=recruited, new_id=till.new_id, day=at.business_day)
    return joining(
        key,
        policy=policy,
        recruited=recruited,
        new_id=till.new_id,
        salt=key.number.encode(),
        business_day=at.business_day,
        told=told,
    )


async def knows(till: Till, fact: Facts, policy: Policy) -> None:
    """Books who somebody is, on the day they came: nothing is given for joining, they did so before."""
    name = fact["id"]
    if fact.get("kind") == "fleet":
        key = key_of(fact)
        wallet = newcomer(till, key, policy).wallet
        till.people[name] = Person(name=name, key=key, shows=key, wallet=wallet, company=name)
        return
    plastic = None if "issued" in fact else _plastic(till)
    person = await known(till, name, fact, Policy(terms=policy.terms), plastic)
    if "issued" not in fact:
        return
    person.number = fact["card"]
    person.shows = card_key(person.number)
    if person.card is None:
        person.card = CardId(till.new_id())
        card = BookCard(id=till.new_id(), at=till.occasion(), wallet=person.wallet, card=person.card)
        await till.sets_down(card, Private(credentials=(person.shows,)))


def _plastic(till: Till) -> Credential:
    """A card of theirs, of which the day does not speak."""
    return Credential(medium=Medium.UID, number=f"04{len(till.people):012X}")


_LONG_AGO = Reward(points=0, further=0, a_day=0, a_month=0)
"""What they did first was before the day: who had brought them has theirs among the other facts."""


async def known(
    till: Till, name: str, fact: Facts, policy: Policy, plastic: Credential | None = None
) -> Person:
    key = key_of(fact)
    if key.medium is not Medium.PHONE:
        plastic = None
    kind = CASHBACK_CARD if fact.get("card") == CASHBACK_CARD else ""
    begins = newcomer(till, key, policy, Told(answers=_answers(fact), card=plastic, kind=kind))
    if by := fact.get("referrer"):
        begins = replace(begins, opens=replace(begins.opens, introduced_by=till.people[by].wallet))
    came: BookJoin | BookIssue
    if begins.opens.member:
        reward = _LONG_AGO if by else None
        came = BookJoin(id=till.new_id(), at=till.occasion(), opens=begins.opens, reward=reward)
    else:
        came = BookIssue(id=till.new_id(), at=till.occasion(), opens=begins.opens)
    await till.sets_down(came, begins.private)
    return noted(till, name, key, begins.opens, plastic)


def noted(till: Till, name: str, key: Credential, opens: Opens, plastic: Credential | None = None) -> Person:
    person = Person(
        name=name,
        key=key,
        shows=plastic or key,
        wallet=opens.wallet,
        card=opens.card,
        unnamed=opens.member is None,
    )
    till.people[name] = person
    return person


async def employed(till: Till, staff: StaffId, pin: str) -> None:
    """They chose their PIN long ago."""
    at = till.session.occasion(staff)
    note = BookNote(id=till.new_id(), at=at, what=STAFF_PIN, detail=staff)
    await till.sets_down(note, Private(pin=await till.ledger.pin_book.verifier(pin)))


def _answers(fact: Facts) -> dict[Particular, str]:
    said = {Particular.NAME: fact.get("name"), Particular.PLATE: fact.get("plate")}
    said[Particular.BIRTHDAY] = _born(fact.get("born"))
    return {what: answer for what, answer in said.items() if answer}


def _born(said: Mapping[str, str] | None) -> str | None:
    """As the terminal writes it; where the day names no year, one that has all days."""
    for calendar, day in (said or {}).items():
        whole = day if len(day) > _A_DAY else f"{_LEAP_YEAR}-{day}"
        by_moon = _BY_MOON.get(calendar)
        return f"{by_moon}:{whole}" if by_moon else whole
    return None


async def _company(till: Till, fact: Facts) -> None:
    funds = BookFleetFunds(
        id=till.new_id(),
        at=till.occasion(),
        company=fact["id"],
        amount=fact["principal"],
        paid_by=PaidBy.TRANSFER,
    )
    await till.sets_down(funds)


async def holds(till: Till, fact: Facts, house: House) -> None:
    """Books what somebody has when the day begins."""
    person = till.people[fact["id"]]
    if person.company:
        return await _company(till, fact)
    amounts = {unit: fact.get(unit, 0) for unit in ("principal", "bonus", "cashback")}
    amounts |= {points_unit(one): fact[one] for one in _POINTS if one in fact}
    counts = dict(fact.get("counts", {}))
    for one in fact.get("bought", ()):
        await _bought(till, person, one, house)
        del counts[one["sku"]]
        amounts["points:goods"] = amounts.get("points:goods", 0) - one["points"]
    counted = fact.get(COUNTED_FACT) or house.policy.tiers.needs(fact.get("tier", ""))
    if not person.unnamed:
        amounts[TIER_UNIT] = counted
    for sku, (day, pieces) in fact.get("last_bought", {}).items():
        await _bought_before(till, person, house.by_sku[sku], day, pieces)
    for sku, left in counts.items():
        await _partly_used(till, person, sku, left, house)
    grants = tuple(Grant(unit=unit, amount=amount) for unit, amount in amounts.items() if amount)
    if lock := fact.get("lock"):
        grants += (Grant(unit=_lock(lock), amount=lock["litres_left"], until=lock["until"]),)
    if grants:
        await imported(till, person, grants)
    for name, said in fact.get("coupons", {}).items():
        await given(till, person, name, said, house.window(fact["id"], str(said)))
    if fact.get("tier", "regular") != "regular":
        await ranked(till, person, fact["tier"])
    return None


def _lock(said: Facts) -> str:
    return lock_unit(said["grade"], said["price"])


async def _bought(till: Till, person: Person, one: Facts, house: House) -> None:
    """A count card, on the day on which they paid for it."""
    article = house.by_sku[one["sku"]]
    bill = priced(Cart().scanned(article), Visit(business_day=one["at"]), Tariff())
    tender, points = Tender(kind=TenderKind(one["tender"]), amount=one["paid"]), one["points"]
    earned = (PointsEarned(family="goods", points=points),) if points else ()
    person.bought[article.sku] = await _sold(till, person, one["at"], bill, tender, points=earned)


async def _bought_before(till: Till, person: Person, article: Article, day: str, pieces: int) -> None:
    """Paid outside, and nothing earned: what they have is in the other facts."""
    cart = Cart()
    for _ in range(pieces):
        cart = cart.scanned(article)
    bill = priced(cart, Visit(business_day=day), Tariff())
    await _sold(till, person, day, bill, Tender(kind=TenderKind.CODE, amount=bill.due))


async def _partly_used(till: Till, person: Person, sku: str, left: int, house: House) -> None:
    """Bought the day before, and used but for what is left."""
    article, day = house.by_sku[sku], str(date.fromisoformat(house.day.shop.date) - timedelta(days=1))
    one = {"sku": sku, "at": day, "paid": article.price, "tender": "code", "points": 0}
    await _bought(till, person, one, house)
    cart = Cart()
    for _ in range((article.uses or 0) - left):
        cart = cart.scanned(house.by_sku[article.uses_of[0]])
    if cart.lines:
        bill = priced(cart, Visit(business_day=day), Tariff())
        uses = sum(line.quantity for line in bill.lines)
        tender = Tender(kind=TenderKind.USES, amount=bill.due, of=article.unit_of_uses, units=uses)
        await _sold(till, person, day, bill, tender)


async def _sold(  # noqa: PLR0913  to whom, when and for what
    till: Till,
    person: Person,
    day: str,
    bill: Priced,
    tender: Tender,
    *,
    points: tuple[PointsEarned, ...] = (),
) -> EntryId:
    sale = BookSale(
        id=till.new_id(),
        at=replace(till.occasion(), business_day=day, shift=ShiftId(day)),
        wallet=person.wallet,
        card=person.card,
        lines=bill.lines,
        due=bill.due,
        tenders=(tender,),
        points=points,
    )
    await till.sets_down(sale)
    return sale.id


async def imported(till: Till, person: Person, grants: tuple[Grant, ...]) -> None:
    at = till.occasion(second=_SECOND)
    await till.sets_down(
        BookImport(id=till.new_id(), at=at, wallet=person.wallet, paper=f"day {till.new_id()}", grants=grants)
    )


async def ranked(till: Till, person: Person, tier: str) -> None:
    await till.sets_down(
        BookTier(id=till.new_id(), at=till.occasion(), wallet=person.wallet, tier=tier, why="day")
    )


async def given(
    till: Till, person: Person, name: str, said: str | int, window: tuple[str, str] = ("", "")
) -> None:
    """Coupons as the day writes them: `{"N1": "new5off30:held"}`, or `{"c3": 2}`."""
    since, until = window
    if isinstance(said, str) and said.startswith("voucher"):
        worth = int(said.partition(":")[0].removeprefix("voucher")) * _YUAN
        grants = (Grant(unit=f"{_VOUCHER}{name}", amount=worth),)
        await till.sets_down(
            BookGrant(id=till.new_id(), at=till.occasion(), wallet=person.wallet, why="day", grants=grants)
        )
        return
    kind, count = (said.partition(":")[0], 1) if isinstance(said, str) else (name, said)
    coupons = tuple(
        CouponGrant(coupon=till.new_id(), kind=kind, face=1, threshold=0, since=since, until=until)
        for _ in range(count)
    )
    await till.sets_down(
        BookGrant(id=till.new_id(), at=till.occasion(), wallet=person.wallet, why="day", coupons=coupons)
    )


def coupons_of(till: Till, person: Person) -> list[tuple[CouponGrant, bool]]:
    """Each that they were given, and whether it can still be used."""
    found: list[tuple[CouponGrant, bool]] = []
    for entry in till.entries:
        command = entry.payload
        opens = getattr(command, "opens", None)
        wallet = opens.wallet if opens else getattr(command, "wallet", None)
        if wallet != person.wallet:
            continue
        for one in (*getattr(command, "coupons", ()), *(opens.coupons if opens else ())):
            there = till.balances[f"wallet:{person.wallet}:coupon:{one.coupon}"]
            found.append((one, bool(there)))
    return found


async def stands(till: Till, person: Person, facts: Facts) -> Facts:
    """Of those facts what is kept, as the product has it now."""
    facts = kept(person, facts)
    if person.company:
        known: Facts = {"principal": till.balances[f"company:{person.company}:credit"]}
        cards = facts.get("used_today", ())
        known["used_today"] = {card: till.used(person.company, card) for card in cards}
        return {fact: known.get(fact, 0) for fact in facts}
    holder, held = await till.holder(person), dict(till.held(person))
    usable = await till.ledger.committer.ask(
        partial(cashback, wallet=person.wallet, business_day=till.occasion().business_day)
    )
    everything: Facts = {
        "principal": holder.principal,
        "bonus": holder.bonus,
        "tier": holder.tier,
        "cashback": usable,
        "cashback_tomorrow": held.get("cashback", 0) - usable,
        "deposit": sum(amount for unit, amount in held.items() if unit.startswith("deposit:")),
        "counts": _uses(till.day, held),
        COUNTED_FACT: held.get(TIER_UNIT, 0),
        "last_bought": till.last_bought(person),
    }
    everything |= {fact: held.get(points_unit(fact), 0) for fact in _POINTS}
    everything |= await _who(till, person)
    found = {fact: everything[fact] for fact in facts if fact in everything}
    if lock := facts.get("lock"):
        lots = await till.ledger.committer.ask(partial(_lots, wallet=person.wallet, unit=_lock(lock)))
        until = ", ".join(sorted({lot.until for lot in lots}))
        found["lock"] = lock | {"litres_left": held.get(_lock(lock), 0), "until": until}
    if "coupons" in facts:
        found["coupons"] = _coupons(till, person, facts["coupons"])
    return found


def _lots(state: State, *, wallet: WalletId, unit: str) -> Sequence[Lot]:
    return state.lots(wallet, unit)


async def _who(till: Till, person: Person) -> Facts:
    """As the counter, headquarters and the journal know them."""
    edit = await till.known(person)
    known = (edit and edit.known) or Known()
    opened = next(one for one in till.entries if _opens(one) == person.wallet)
    found = await till.ledger.books.holder(person.shows) if person.number else None
    cards = (one for one in till.entries if person.card and _begins(one) == person.card)
    return {
        "name": known.name or None,
        "phone": known.phone or None,
        "plate": known.plate.replace(_DOT, "") or None,
        "born": dict(known.told).get(Particular.BIRTHDAY),
        "joined": opened.payload.at.business_day if edit and edit.member else None,
        "card": person.number if found and found.wallet == person.wallet else None,
        "issued": next((one.payload.at.business_day for one in cards), None),
    }


def _opens(entry: Entry) -> WalletId | None:
    opens: Opens | None = getattr(entry.payload, "opens", None)
    return opens.wallet if opens else None


def _begins(entry: Entry) -> CardId | None:
    opens: Opens | None = getattr(entry.payload, "opens", None)
    return opens.card if opens else card_of(entry.payload)


def beside(till: Till, person: Person, facts: Facts) -> dict[str, int]:
    """What lies on the wallet and no fact speaks of: nothing, if all is as the day says."""
    told = {points_unit(fact) for fact in _POINTS if fact in facts}
    told |= {_lock(facts["lock"])} if "lock" in facts else set()
    heads = {"principal": "principal", "bonus": "bonus", "cashback": "cashback", "deposit": "deposit"}
    heads |= {"counts": "count", "coupons": "coupon"}
    known = {head for fact, head in heads.items() if fact in facts}
    known |= {"voucher"} if "coupons" in facts else set()
    return {
        unit: amount
        for unit, amount in till.held(person)
        if unit not in told | {TIER_UNIT} and unit.partition(":")[0] not in known
    }


def _uses(day: Day, held: dict[str, int]) -> dict[str, int]:
    return {day.uses_said(unit): amount for unit, amount in held.items() if unit.startswith("count:")}


def _coupons(till: Till, person: Person, asked: Facts) -> dict[str, int]:
    """In the shape of `as_counted`: how many of a kind are held, and, where the day says so, used."""
    counted = Counter(f"{one.kind}:{'held' if there else 'used'}" for one, there in coupons_of(till, person))
    counted.update(_vouchers(till, person))
    by_count = any(isinstance(one, int) for one in asked.values())
    return {kind: n for kind, n in counted.items() if not by_count or kind.endswith(":held")}


def _vouchers(till: Till, person: Person) -> Iterator[str]:
    """Money that the day counts with coupons: `voucher10:held`, by what it was worth."""
    for entry in till.entries:
        given = entry.payload
        if not isinstance(given, BookGrant) or given.wallet != person.wallet:
            continue
        for one in given.grants:
            if one.unit.startswith(_VOUCHER):
                there = till.balances[f"wallet:{person.wallet}:{one.unit}"]
                yield f"voucher{one.amount // _YUAN}:{'held' if there else 'used'}"


def as_counted(fact: str, said: object) -> object:
    """A member's fact of the day, to be compared: coupons by kind, nothing where there is none."""
    if fact == "phone" and isinstance(said, str):
        return said.replace("-", "")
    if fact == "plate" and isinstance(said, str):
        return said.replace(_DOT, "")
    if fact == "born" and isinstance(said, dict):
        return _born(said)
    if not isinstance(said, dict):
        return said
    if fact != "coupons":
        return {name: n for name, n in said.items() if n}
    counted = Counter[str]()
    for name, one in said.items():
        counted[one if isinstance(one, str) else f"{name}:held"] += 1 if isinstance(one, str) else one
    return {kind: n for kind, n in counted.items() if n}
