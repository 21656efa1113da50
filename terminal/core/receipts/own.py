"""The slip of what a member asked of their own data (product.md G7).

What is kept of them stands on the original alone: a copy can be asked for by anybody who comes by, and a
screen is read by whoever stands at the counter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from terminal.core.accounts import TIER_UNIT
from terminal.core.cart import COUNTED
from terminal.core.commands import Agreed, BookNote, Consent, Kept, OwnSlip, Purse
from terminal.core.locks import LITRES
from terminal.core.money import shown
from terminal.core.own import NAMES, PHONE, OwnAct, act_of, file_of
from terminal.core.particulars import Calendar, Particular
from terminal.core.receipts.rows import Columns, Feed, Row, Rule, Text
from terminal.core.receipts.sections import (
    Copy,
    Issue,
    foot,
    head,
    litres_left,
    points_name,
)
from terminal.core.receipts.words import Words
from terminal.core.trust import masked_name, masked_phone
from terminal.core.uses_kept import of_the_day

PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        "marketing": "Offers of the shop",
        "partners": "Offers of partners",
        "health": "Notes about health",
    }
)
"""By which a slip names what somebody agreed to; what is no key here is the shop's own word."""
_TITLES: Mapping[OwnAct, str] = MappingProxyType(
    {
        OwnAct.SHOWN: "What the shop keeps of you",
        OwnAct.CONSENTS: "What you agreed to",
        OwnAct.CORRECTED: "Your data were corrected",
        OwnAct.FORGOTTEN: "Your data were erased",
        OwnAct.COPIED: "A copy of your data",
        OwnAct.ASKED: "You asked to be forgotten",
    }
)
_ASKED = "All shops do it once nothing of yours is left at any: use it, or have it paid back."
_MONEY = frozenset({"principal", "bonus", "cashback", "voucher"})
_NAMES = {
    "principal": "Principal balance",
    "bonus": "Bonus balance",
    "cashback": "Cashback",
    "voucher": "Cash vouchers to pay with",
    "coupon": "Coupons",
}
_EACH_ITS_OWN = frozenset({"coupon", "voucher"})
"""Units that name one of them."""
_BY_THE_MOON = {Calendar.MOON: "{day} by the moon", Calendar.LEAP: "{day} by the moon, leap month"}
_MASKS = {PHONE: masked_phone, Particular.NAME: masked_name}
_HIDDEN = "***"


def rows(note: BookNote, issue: Issue, words: Words) -> list[Row]:
    act, own = act_of(note), issue.booked.own
    made = head(issue, words, _TITLES[act])
    if act is OwnAct.FORGOTTEN:
        made.append(Text(text=words("Nothing is kept any more by which you could be known.")))
    elif act is OwnAct.ASKED:
        made.append(Text(text=words(_ASKED)))
    elif act is OwnAct.COPIED:
        made.append(Columns(left=words("Asked for as a file"), right=file_of(note)))
    elif own is None or own.kept is None or issue.copy is Copy.DUPLICATE:
        made.append(Text(text=words("The slip itself was printed when it was done.")))
    else:
        made += _body(act, own, own.kept, issue, words)
    if act is not OwnAct.SHOWN:  # That one is theirs; the shop keeps none of it.
        made += [Rule(), Text(text=words("Signature")), Feed(lines=2)]
    return made + foot(issue, words)


def _body(act: OwnAct, own: OwnSlip, kept: Kept, issue: Issue, words: Words) -> list[Row]:
    match act:
        case OwnAct.SHOWN:
            made = _said(kept, NAMES, issue, words) + _agreed(kept.agreed, issue, words)
            return made + _held(kept, words, issue.booked.command.at.business_day) + _done(kept, issue, words)
        case OwnAct.CORRECTED:
            return _said(kept, own.changed, issue, words, gone=True)
        case _:
            return _agreed(kept.agreed, issue, words)


def _said(kept: Kept, names: Iterable[str], issue: Issue, words: Words, *, gone: bool = False) -> list[Row]:
    """`gone`: also what is not kept any more."""
    return [
        Columns(left=words(NAMES[name]), right=_shown(name, said, issue, words) or words("Taken away"))
        for name in names
        if (said := kept.says(name)) or gone
    ]


def _shown(name: str, said: str, issue: Issue, words: Words) -> str:
    if issue.on_screen and said:
        return _MASKS[name](said) if name in _MASKS else _HIDDEN
    kind, _, rest = said.rpartition(":")
    if name == Particular.BIRTHDAY and kind:
        return words(_BY_THE_MOON[Calendar(kind)], day=rest)
    return rest if name == Particular.DOCUMENT else said


def _agreed(agreed: Iterable[Agreed], issue: Issue, words: Words) -> list[Row]:
    made: list[Row] = []
    for one in agreed:
        said = one.consent
        name = words(PURPOSES[said.purpose]) if said.purpose in PURPOSES else said.purpose
        made += [
            Columns(left=name, right=words("Yes" if said.given else "No"), bold=True),
            Columns(left=words("Words {version}", version=said.version), right=one.when, indent=2),
        ]
        if text := _words_of(said, issue):
            made.append(Text(text=text, indent=2))
    return [Rule(), Text(text=words("Agreed to, and may be taken back"), bold=True), *made] if made else []


def _words_of(said: Consent, issue: Issue) -> str:
    found = (one.text for one in issue.consent_texts if (one.purpose, one.version) == _key(said))
    return next(found, "")


def _key(said: Consent) -> tuple[str, str]:
    return said.purpose, said.version


def _held(kept: Kept, words: Words, day: str) -> list[Row]:
    made: list[Row] = []
    for purse in kept.purses:
        made += [
            Rule(),
            Columns(left=words("Tier"), right=words.tier(purse.tier)),
        ]
        made += [Columns(left=words("Card"), right=card) for card in purse.cards]
        for unit, amount in _together(purse.held):
            if unit.startswith(COUNTED):
                made += _uses(purse, unit, amount, words, day)
            elif unit.startswith(LITRES):
                made.append(litres_left(unit, amount, words))
            else:
                value = shown(amount) if unit in _MONEY else str(amount)
                made.append(Columns(left=_unit(unit, words), right=value))
    if kept.records_until:
        made.append(Columns(left=words("Records are kept until"), right=kept.records_until))
    return made


def _uses(purse: Purse, unit: str, amount: int, words: Words, day: str) -> list[Row]:
    """Of one count card those that may be used, and those that ended: these are the member's too."""
    sku = unit.removeprefix(COUNTED)
    left, called = of_the_day(purse.uses, day) if purse.uses else ({sku: amount}, {})
    name, good = called.get(sku) or words.article(sku), left.get(sku, 0)
    rows = (("Uses left, {name}", good), ("Uses that ended, {name}", amount - good))
    return [Columns(left=words(text, name=name), right=str(count)) for text, count in rows if count]


def _done(kept: Kept, issue: Issue, words: Words) -> list[Row]:
    """On their visits, the last first."""
    made: list[Row] = []
    for one in kept.services:
        said = one.written
        made.append(Columns(left=said.day, right=said.by))
        told = [*said.done, *said.used, *filter(None, [one.remark])]
        made += [Text(text=_HIDDEN if issue.on_screen else text, indent=2) for text in told]
    return [Rule(), Text(text=words("What was done on visits"), bold=True), *made] if made else []


def _together(held: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Coupons are counted, whichever they are; what cash vouchers pay is one sum."""
    found = Counter[str]()
    for unit, amount in held:
        kind = unit.partition(":")[0]
        found[kind if kind in _EACH_ITS_OWN else unit] += amount
    return list(found.items())


def _unit(unit: str, words: Words) -> str:
    kind, _, of = unit.partition(":")
    if unit == TIER_UNIT:
        return words("Points that count for the tier")
    if kind == "points":
        return points_name(of, words)
    return words(_NAMES[unit]) if unit in _NAMES else unit
