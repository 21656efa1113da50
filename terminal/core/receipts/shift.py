"""What the drawer prints: the X and Z report of a shift, and cash that was put in or taken out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from terminal.core.commands import BookCashMove, BookIntentEnd, BookNote, BookShiftClose, PaidBy
from terminal.core.figures import CASH, GradeFigures, Named, NozzleFigures, ShiftFigures, Tallied
from terminal.core.money import plain, shown
from terminal.core.receipts.rows import Centred, Columns, Feed, QrCode, Row, Rule, Text
from terminal.core.receipts.sale import PLATFORMS, TENDERS, WALLETS
from terminal.core.receipts.sections import Issue, head, marks
from terminal.core.receipts.words import Words
from terminal.core.times import local_time, time_of

_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "safe": "Safe",
        "bank": "Bank",
        "change": "Change money",
        "purchase": "Small purchase",
        "count": "Counting",
        "other": "Other",
    }
)
_REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "too_late": "Paid too long ago",
        "account": "Account closed",
        "other": "Other",
    }
)
_OUTSIDE: Mapping[str, str] = MappingProxyType(
    {
        "code": "Code payment",
        "card": "Bank card",
        "transfer": "Bank transfer",
        **WALLETS,
        **PLATFORMS,
    }
)


def moved(move: BookCashMove, issue: Issue, words: Words) -> list[Row]:
    """The slip that lies in the drawer in the place of the cash, or with it."""
    made = head(issue, words, "Cash put in" if move.amount > 0 else "Cash taken out")
    made += [
        Rule(),
        Columns(left=words("Shift"), right=move.at.shift),
        Columns(left=words("Reason"), right=_word(move.reason, _REASONS, words)),
        Columns(left=words("Amount"), right=shown(abs(move.amount)), big=True),
    ]
    return made + _signed(issue, words)


def by_hand(end: BookIntentEnd, issue: Issue, words: Words) -> list[Row]:
    """The slip of a refund that people paid; of other ends nothing is printed."""
    if end.by_hand is None:
        return []
    made = head(issue, words, "Refund paid by hand")
    made += [
        Rule(),
        Columns(left=words("Shift"), right=end.at.shift),
        Columns(left=words("Reason"), right=_word(end.why, _REFUSED, words)),
        Columns(
            left=words("In cash" if end.by_hand is PaidBy.CASH else "By bank transfer"),
            right=shown(end.amount),
            big=True,
        ),
    ]
    return made + _signed(issue, words)


def noted(_note: BookNote, issue: Issue, words: Words) -> list[Row]:
    return _report("X report", issue, words)


def closed(close: BookShiftClose, issue: Issue, words: Words) -> list[Row]:
    if issue.booked.figures is not None:
        return _report("Z report", issue, words)
    made = head(issue, words, "Z report")  # It is booked; what the shift came to cannot be read now.
    made += [
        Rule(),
        Columns(left=words("Shift"), right=close.at.shift),
        Columns(left=words("Counted"), right=shown(close.counted), bold=True),
        Text(text=words("The figures could not be read. Print again."), bold=True),
    ]
    return made + _signed(issue, words)


def _report(title: str, issue: Issue, words: Words) -> list[Row]:
    figures = issue.booked.figures
    if figures is None:
        return []
    at = issue.booked.command.at
    made = head(issue, words, title)
    made += [
        Columns(left=words("Shift"), right=figures.shift),
        Columns(left=words("From"), right=time_of(figures.from_ms, at.utc_offset_min)),
        Columns(left=words("To"), right=local_time(at)),
    ]
    made += _differing(figures, words)
    made += [Rule(), *_business(figures, words), Rule(), *_drawer(figures, words)]
    if figures.grades:
        made += [Rule(), *_station(figures, words)]
    if about := _looked_at(figures, words):
        made += [Rule(), *about]
    return made + _signed(issue, words)


def _business(figures: ShiftFigures, words: Words) -> list[Row]:
    return [*_sales(figures, words), *_other_money(figures, words)]


def _sales(figures: ShiftFigures, words: Words) -> list[Row]:
    made = [_sum("Sales", figures.sales, words, bold=True)]
    made += _listed(figures.tenders, TENDERS, words)
    if figures.discounts:
        made.append(_line("Discounts", -figures.discounts, words))
    if figures.overrides:
        made += [Text(text=words("Of them taken off by people")), *_listed(figures.overrides, {}, words)]
    if figures.rounding:
        made.append(_line("Cash rounding", -figures.rounding, words))
    if len(figures.days) > 1:
        made += [Text(text=words("By business day")), *_listed(figures.days, {}, words)]
    if figures.attendants:
        made += [Text(text=words("By attendant")), *_listed(figures.attendants, {}, words)]
    if figures.commissions:
        made += [Text(text=words("Commission")), *_listed(figures.commissions, {}, words)]
    return made


def _other_money(figures: ShiftFigures, words: Words) -> list[Row]:
    made: list[Row] = []
    for name, tallied, sign in (
        ("Recharges", figures.recharges, 1),
        ("Deposits and company accounts", figures.others, 1),
        ("Voids", figures.voids, -1),
        ("Refunds", figures.refunds, -1),
    ):
        if tallied.count:
            made.append(_sum(name, Tallied(count=tallied.count, amount=sign * tallied.amount), words))
    if figures.recharge_rounding:
        made.append(_line("Cash rounding", -figures.recharge_rounding, words))
    if figures.bonus:
        made.append(_line("Bonus given", figures.bonus, words))
    if figures.outside:
        made += [Text(text=words("Not in the drawer")), *_listed(figures.outside, _OUTSIDE, words)]
    if settled := [one for one in figures.vouchers if one.amount]:
        made += [Text(text=words("Platforms pay for vouchers")), *_listed(settled, PLATFORMS, words)]
    made += _not_over(figures, words)
    if figures.joined:
        made += [Columns(left=words("New members"), right=str(figures.joined)), *_won(figures)]
    return made


def _won(figures: ShiftFigures) -> list[Row]:
    """By whom; of which day where the shift lies in several."""
    several = len({one.day for one in figures.won}) > 1
    return [
        Columns(left=f"{one.by}  {one.day}" if several else one.by, right=str(one.count), indent=2)
        for one in figures.won
    ]


def _not_over(figures: ShiftFigures, words: Words) -> list[Row]:
    made: list[Row] = []
    if figures.in_doubt.count:
        made.append(_sum("Not certain yet", figures.in_doubt, words, bold=True))
    if figures.filling.count:
        made.append(_sum("Fills in flow, held", figures.filling, words))
    if figures.was_filling.count:
        made.append(_sum("In flow when it began", figures.was_filling, words))
    if figures.unpaid.count:
        made.append(_sum("Fills not paid", figures.unpaid, words, bold=True))
    if figures.unclear:
        made.append(Columns(left=words("Fills not clear"), right=str(figures.unclear), bold=True))
    return made


def _drawer(figures: ShiftFigures, words: Words) -> list[Row]:
    made: list[Row] = [_line("Opening cash", figures.opening, words)]
    if figures.handed is not None and figures.handed != figures.opening:
        left = Columns(left=words("Left by the shift before"), right=plain(figures.handed), indent=2)
        made.append(left)
    for name, amount in (
        ("Cash sales", figures.cash_sales),
        ("Cash recharges", figures.cash_recharges),
        ("Other cash", figures.cash_others),
        ("Paid back in cash", figures.cash_back),
    ):
        if amount:
            made.append(_line(name, amount, words))
    made += _listed(figures.moves, _REASONS, words)
    made.append(Columns(left=words("Must be in the drawer"), right=shown(figures.in_drawer), bold=True))
    if figures.counted is not None:
        made += [
            _line("Counted", figures.counted, words),
            Columns(
                left=words("Short" if figures.over < 0 else "Over"), right=shown(abs(figures.over)), big=True
            ),
            _line("Stays in the drawer", figures.left, words),
            _line("Into the safe", figures.counted - figures.left, words),
        ]
    return made


def _station(figures: ShiftFigures, words: Words) -> list[Row]:
    """In litres, or in what gas is sold by."""
    made: list[Row] = [Text(text=words("By the pumps"), bold=True)]
    for one in figures.nozzles:
        made += _totaliser(one, words)
    for grade in figures.grades:
        made += _grade(grade, words)
    return made


def _totaliser(one: NozzleFigures, words: Words) -> list[Row]:
    made: list[Row] = [Text(text=words("Nozzle {number}: {grade}", number=str(one.nozzle), grade=one.grade))]
    for name, total in (("At first", one.began), ("At last", one.ended)):
        read = words("not read") if total is None else plain(total)
        made.append(Columns(left=words(name), right=read, indent=2))
    if one.began_again:
        made.append(Text(text=words("Not known what flowed: the totaliser began again")))
    return made


def _grade(one: GradeFigures, words: Words) -> list[Row]:
    made: list[Row] = [
        Text(text=words("Grade {grade}", grade=one.grade)),
        Columns(left=words("Sold"), right=plain(one.sold), indent=2),
    ]
    if one.tested:
        made.append(Columns(left=words("Back in the tank"), right=plain(one.tested), indent=2))
    for name, unpaid in (("Not paid at first", one.unpaid_first), ("Not paid at last", one.unpaid_last)):
        if unpaid:
            made.append(Columns(left=words(name), right=plain(unpaid), indent=2))
    if one.flowed is not None:
        made += [
            Columns(left=words("By the totalisers"), right=plain(one.flowed), indent=2),
            Columns(left=words("Difference"), right=plain(one.over), indent=2, bold=True),
        ]
    return made


def _looked_at(figures: ShiftFigures, words: Words) -> list[Row]:
    made: list[Row] = []
    if figures.opened:
        made.append(Text(text=words("Drawer without a sale")))
        made += [
            Columns(left=_word(one.name, _REASONS, words), right=str(one.count), indent=2)
            for one in figures.opened
        ]
    if figures.x_reports:
        made.append(Columns(left=words("X reports read"), right=str(figures.x_reports)))
    return made


def _differing(figures: ShiftFigures, words: Words) -> list[Row]:
    """Nobody may overlook it: above all sums."""
    if not figures.differences:
        return []
    made: list[Row] = [
        Rule(),
        Centred(text=words("Receipts and ledger differ"), bold=True),
        Text(text=words("Call the manager; keep this.")),
    ]
    for one in figures.differences:
        what = words("Cash") if one.what == CASH else _word(one.what, _OUTSIDE, words)
        made += [
            Text(text=what, bold=True),
            Columns(left=words("By receipts"), right=plain(one.receipts), indent=2),
            Columns(left=words("By the ledger"), right=plain(one.ledger), indent=2),
        ]
    return made


def _signed(issue: Issue, words: Words) -> list[Row]:
    made: list[Row] = [Rule(), *marks(issue, words), Feed(), Text(text=words("Signature")), Feed(lines=2)]
    if issue.booked.receipt_no:
        made.append(QrCode(text=issue.booked.receipt_no))
    return made


def _listed(rows: Iterable[Named], names: Mapping[str, str], words: Words) -> list[Row]:
    return [
        Columns(
            left=words("{name} x{count}", name=_word(one.name, names, words), count=str(one.count)),
            right=plain(one.amount),
            indent=2,
        )
        for one in rows
    ]


def _sum(name: str, tallied: Tallied, words: Words, *, bold: bool = False) -> Row:
    left = words("{name} x{count}", name=words(name), count=str(tallied.count))
    return Columns(left=left, right=plain(tallied.amount), bold=bold)


def _line(name: str, amount: int, words: Words) -> Row:
    return Columns(left=words(name), right=plain(amount))


def _word(name: str, names: Mapping[str, str], words: Words) -> str:
    """The shop's own words are printed as they are."""
    key = names.get(name)
    return words(key) if key else name
