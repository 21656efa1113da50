"""The command `terminal`: what was typed, nothing else."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

_VOUCHED = "go by a clock that nobody vouches for: somebody looked at it"
CONFIG = Path("/etc/card-terminal/terminal.toml")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 well, 1 something is wrong, 2 the command or the configuration cannot be used."""
    words = sys.argv[1:] if arguments is None else arguments
    typed = _parser(ledger="ledger" in words).parse_args(words)
    gc.disable()  # Nothing of what a start makes is garbage; the running terminal turns it on again.
    from terminal.config import BadConfig  # noqa: PLC0415  --help answers without it

    if arguments is None:  # This process is ours: who calls from inside has a log of their own.
        from terminal.runtime.log import begin  # noqa: PLC0415  as above

        begin("warning", journal="JOURNAL_STREAM" in os.environ)
    try:
        return _done(typed)
    except BadConfig as bad:
        for problem in bad.problems:
            sys.stderr.write(f"{problem}\n")
        return 2


def _done(typed: argparse.Namespace) -> int:
    """Each command loads what it needs: a start has no time for the rest."""
    if typed.command == "run":
        from terminal.app import run  # noqa: PLC0415

        return run(typed.config)
    if typed.command == "ledger" and typed.ledger != "verify":
        return _secret(typed) if typed.ledger in {"secret", "secret-back"} else _copied(typed)
    if typed.command == "catalogue":
        return _listed(typed)
    if typed.command in {"members", "member"}:
        return _people(typed)
    if typed.command in {"doctor", "ledger"}:
        from terminal.checkup import doctor, verify  # noqa: PLC0415

        if typed.command == "ledger":
            looked: Callable[..., int] = verify
        else:
            network = not typed.no_network
            shown = {"paper": typed.print, "language": typed.language, "whole": typed.whole}
            looked = partial(doctor, network=network, **shown)
        return looked(typed.config, as_json=typed.json)
    return _prepared(typed)


def _prepared(typed: argparse.Namespace) -> int:
    """What a technician does before the shop opens."""
    if typed.command in {"cards", "code", "staff-pin", "withdraw", "print-command-sheet", "company-card"}:
        return _given(typed)
    if typed.command in {"enrol", "enrol-handheld", "handhelds", "revoke-handheld"}:
        return _enrolled(typed)
    if typed.command in {"trace", "replay"}:
        return _recorded(typed)
    if typed.command == "webhook":
        from terminal.quarantine import decide  # noqa: PLC0415

        return decide(typed.config, typed.what, typed.seq, typed.by)
    if typed.command in {"page", "menu", "support", "update"}:
        return _shown(typed)
    from terminal.print_test import print_test  # noqa: PLC0415

    return print_test(typed.config, typed.printer)


def _enrolled(typed: argparse.Namespace) -> int:
    """This machine at headquarters, or a handheld here."""
    if typed.command == "enrol":
        from terminal.door import enrol  # noqa: PLC0415

        return enrol(typed.config, typed.code, typed.url)
    from terminal import handhelds  # noqa: PLC0415

    if typed.command == "handhelds":
        return handhelds.show(typed.config)
    if typed.command == "revoke-handheld":
        return handhelds.revoke(typed.config, typed.name)
    return handhelds.enrol(typed.config, typed.name, typed.file, vouched=typed.clock_is_right)


def _shown(typed: argparse.Namespace) -> int:
    if typed.command == "menu":
        from terminal.menu import menu  # noqa: PLC0415

        return menu(typed.config)
    if typed.command == "support":
        from terminal.support import support  # noqa: PLC0415

        return support(typed.config, typed.file)
    if typed.command == "update":
        from terminal.updating import run  # noqa: PLC0415

        return run(typed.config, typed.what)
    from terminal.page_link import show  # noqa: PLC0415

    return show(typed.config)


def _given(typed: argparse.Namespace) -> int:
    """What people carry: cards, codes, PINs, coupons, sheets."""
    if typed.command == "print-command-sheet":
        from terminal.command_sheets import print_sheet  # noqa: PLC0415

        return print_sheet(typed.config, typed.file, typed.nozzles)
    if typed.command == "company-card":
        from terminal.company_card import show  # noqa: PLC0415

        return show(typed.config)
    if typed.command == "withdraw":
        from terminal.withdrawing import run  # noqa: PLC0415

        return run(typed.config, typed.by, typed.why, typed.kind, typed.coupons)
    if typed.command == "cards":
        from terminal.cards import take  # noqa: PLC0415

        return take(typed.config, typed.file)
    if typed.command == "staff-pin":
        from terminal.first_pin import give  # noqa: PLC0415

        return give(typed.config, typed.id, verifier=typed.verifier)
    from terminal.printed_codes import write  # noqa: PLC0415

    return write(typed.config, typed.number)


def _listed(typed: argparse.Namespace) -> int:
    from terminal import listings  # noqa: PLC0415

    if typed.what == "export":
        return listings.give(typed.config, typed.file)
    if typed.what == "count":
        return listings.count(typed.config, typed.file)
    return listings.take(typed.config, typed.file, whole=typed.whole, dry=typed.dry_run, report=typed.report)


def _people(typed: argparse.Namespace) -> int:
    if typed.command == "member":
        from terminal import own_data  # noqa: PLC0415

        return own_data.run(typed.config, typed.what, typed.who, typed.words)
    if typed.what == "calls":
        from terminal import calls  # noqa: PLC0415

        wanted = calls.Wanted(day=typed.day or "", clear=typed.clear, paper=typed.print)
        return calls.give(typed.config, typed.file, wanted)
    from terminal import members  # noqa: PLC0415

    if typed.what == "export":
        return members.give(typed.config, typed.file)
    return members.take(
        typed.config,
        typed.file,
        cards=typed.cards,
        dry=typed.dry_run,
        report=typed.report,
        vouched=typed.clock_is_right,
    )


def _recorded(typed: argparse.Namespace) -> int:
    from terminal import recordings  # noqa: PLC0415

    if typed.command == "replay":
        return recordings.replay(typed.file, typed.config)
    return recordings.trace(typed.config, typed.device, typed.file, typed.seconds, unmasked=typed.unmasked)


def _secret(typed: argparse.Namespace) -> int:
    from terminal import secret_copies  # noqa: PLC0415

    if typed.ledger == "secret":
        return secret_copies.take(typed.config, typed.folder, same_disk=typed.same_disk)
    return secret_copies.back(typed.config, typed.file, over_whole=typed.over_whole)


def _copied(typed: argparse.Namespace) -> int:
    from terminal import copies  # noqa: PLC0415

    if typed.ledger == "backup":
        return copies.backup(typed.config, typed.folder, same_disk=typed.same_disk)
    if typed.ledger == "restore":
        return copies.restore(typed.config, typed.folder, over_whole=typed.over_whole, ledger=typed.into)
    if typed.ledger == "adopt":
        return copies.adopt(typed.config, typed.file)
    if typed.company:
        return copies.statement(typed.config, typed.file, typed.company, (typed.first, typed.last))
    return copies.export(
        typed.config,
        typed.file,
        days=(typed.first, typed.last),
        wallet=typed.wallet,
        coupons=typed.coupons,
    )


def _parser(*, ledger: bool) -> argparse.ArgumentParser:
    """A start need not know every command of the ledger."""
    # With a width given it need not ask how wide the window is, which costs every start 3 ms.
    shape = partial(argparse.HelpFormatter, width=80)
    parser = argparse.ArgumentParser(
        prog="terminal", description="The member terminal.", formatter_class=shape
    )
    commands = parser.add_subparsers(prog="terminal", dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run the terminal until it is told to stop", formatter_class=shape)
    _command(run)
    doctor = commands.add_parser(
        "doctor", help="devices, ledger, queue, clock, disk: green or red", formatter_class=shape
    )
    doctor.add_argument("--print", action="store_true", help="on the receipt printer instead")
    doctor.add_argument(
        "--whole", action="store_true", help="all of it, on more than the 24 rows of a console"
    )
    doctor.add_argument(
        "--no-network", action="store_true", help="where it does not run ask no device on the network"
    )
    doctor.add_argument(
        "--language", choices=("en", "zh-Hans", "zh-Hant"), default="en", help="on the console (%(default)s)"
    )
    _command(doctor, json=True)
    enrol = commands.add_parser(
        "enrol", help="join headquarters with a code that it made", formatter_class=shape
    )
    enrol.add_argument("code", metavar="CODE", help="ID-SECRET-PRINT, as headquarters printed it")
    enrol.add_argument("--url", default="", metavar="URL", help="where headquarters is; else as configured")
    _command(enrol)
    cards = commands.add_parser("cards", help="take keys of chip cards from a list", formatter_class=shape)
    cards.add_argument("file", type=Path, metavar="FILE", help="CSV: use,card,key")
    _command(cards)
    code = commands.add_parser(
        "code", help="print a member's signed code, where no headquarters does", formatter_class=shape
    )
    code.add_argument("number", metavar="NUMBER", help="MC- and 6 to 32 of 0-9, A-Z")
    _command(code)
    pin = commands.add_parser(
        "staff-pin", help="give somebody who works here a PIN; the manager's first", formatter_class=shape
    )
    pin.add_argument("id", metavar="ID", help="of [[counter.staff]], or headquarters' staff")
    pin.add_argument("--verifier", action="store_true", help="of the one they chose, for headquarters' file")
    _command(pin)
    withdraw = commands.add_parser(
        "withdraw", help="end coupons before their time: some, or a kind", formatter_class=shape
    )
    withdraw.add_argument("coupons", nargs="*", metavar="COUPON", help="its own id")
    withdraw.add_argument("--kind", default="", metavar="KIND", help="all of that kind that are held here")
    withdraw.add_argument("--by", required=True, metavar="ID", help="the manager, whose PIN is asked for")
    withdraw.add_argument("--why", required=True, metavar="TEXT", help="is kept; names nobody")
    _command(withdraw)
    ticket = commands.add_parser(
        "print-test", help="a ticket that shows which charset the printer understands", formatter_class=shape
    )
    ticket.add_argument("printer", nargs="?", default="", metavar="NAME", help="else where receipts come out")
    _command(ticket)
    _add_shown(commands, shape)
    _add_for_pumps(commands, shape)
    _add_handhelds(commands, shape)
    _add_recordings(commands, shape)
    _add_webhook(commands, shape)
    _add_catalogue(commands, shape)
    _add_members(commands, shape)
    _add_member(commands, shape)
    of_ledger = commands.add_parser("ledger", help="the ledger's file", formatter_class=shape)
    if ledger:
        _add_ledgers(of_ledger, shape)
    return parser


def _add_shown(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], shape: partial[argparse.HelpFormatter]
) -> None:
    page = commands.add_parser(
        "page", help="the link by which one more browser may show the page", formatter_class=shape
    )
    _command(page)
    menu = commands.add_parser("menu", help="the maintenance menu, by keyboard", formatter_class=shape)
    _command(menu)
    support = commands.add_parser(
        "support", help="facts and log for headquarters, without personal data", formatter_class=shape
    )
    support.add_argument("file", type=Path, metavar="FILE", help="a new file, which only headquarters opens")
    _command(support)
    update = commands.add_parser(
        "update", help="another release from a signed bundle, or back", formatter_class=shape
    )
    update.add_argument("what", metavar="BUNDLE|status|back|settle", help="settle: for its own unit")
    _command(update)


def _add_for_pumps(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], shape: partial[argparse.HelpFormatter]
) -> None:
    sheet = commands.add_parser(
        "print-command-sheet", help="codes that answer the screen, for a scanner", formatter_class=shape
    )
    sheet.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a new page; else on receipt paper")
    sheet.add_argument(
        "--nozzles",
        type=int,
        choices=range(1, 100),
        default=12,
        metavar="N",
        help="codes for nozzles 1 to N, at most 99 (default 12)",
    )
    _command(sheet)
    company = commands.add_parser(
        "company-card", help="how the file names a company's card without its number", formatter_class=shape
    )
    _command(company)


def _add_handhelds(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], shape: partial[argparse.HelpFormatter]
) -> None:
    enrol = commands.add_parser(
        "enrol-handheld", help="a certificate with which a handheld may be a till", formatter_class=shape
    )
    enrol.add_argument("name", metavar="NAME", help="of the handheld; says nothing of a person")
    enrol.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a new file; else NAME.p12")
    enrol.add_argument("--clock-is-right", action="store_true", help=_VOUCHED)
    _command(enrol)
    _command(commands.add_parser("handhelds", help="those that may be a till", formatter_class=shape))
    revoke = commands.add_parser("revoke-handheld", help="refuse a handheld at once", formatter_class=shape)
    revoke.add_argument("name", metavar="NAME")
    _command(revoke)


def _add_recordings(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], shape: partial[argparse.HelpFormatter]
) -> None:
    trace = commands.add_parser("trace", help="record what a device says into a file", formatter_class=shape)
    trace.add_argument("device", metavar="NAME", help="as in the configuration")
    trace.add_argument("file", type=Path, metavar="FILE", help="a new file")
    trace.add_argument(
        "--seconds", type=int, default=30, metavar="N", help="so long; default 30, at most 600"
    )
    trace.add_argument(
        "--unmasked", action="store_true", help="with the numbers of cards as they are; never those of banks"
    )
    _command(trace)
    replay = commands.add_parser("replay", help="play such a file to its driver", formatter_class=shape)
    replay.add_argument("file", type=Path, metavar="FILE")
    replay.add_argument("--config", type=Path, metavar="PATH", help="show what its counter shows, too")


def _add_webhook(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], shape: partial[argparse.HelpFormatter]
) -> None:
    webhook = commands.add_parser(
        "webhook", help="entries that the shop's own cloud does not take", formatter_class=shape
    )
    webhook.add_argument("what", nargs="?", default="list", choices=("list", "again", "give-up"))
    webhook.add_argument("seq", nargs="?", type=int, metavar="SEQ", help="the entry to give up")
    webhook.add_argument("--by", default="", metavar="NAME", help="who decides that it is not sent again")
    _command(webhook)


def _add_catalogue(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], shape: partial[argparse.HelpFormatter]
) -> None:
    catalogue = commands.add_parser(
        "catalogue",
        help="articles from a CSV or XLSX file, or into one; stock from one",
        formatter_class=shape,
    )
    catalogue.add_argument("what", choices=("import", "export", "count"))
    catalogue.add_argument("file", type=Path, metavar="FILE", help="to export: a new file")
    catalogue.add_argument("--dry-run", action="store_true", help="say what it would come to")
    catalogue.add_argument(
        "--whole", action="store_true", help="the file is the whole catalogue: what it lacks is sold no more"
    )
    catalogue.add_argument("--report", type=Path, metavar="FILE", help="a new CSV with every refused row")
    _command(catalogue)


def _add_members(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], shape: partial[argparse.HelpFormatter]
) -> None:
    members = commands.add_parser(
        "members",
        help="people who join by a CSV or XLSX file, all of them into one, or whom to call",
        formatter_class=shape,
    )
    members.add_argument("what", choices=("import", "export", "calls"))
    members.add_argument("file", type=Path, metavar="FILE", help="to export, or to call: a new file")
    members.add_argument(
        "--day", type=_day, metavar="DATE", help="calls: of that day, as 2026-11-07; else today"
    )
    members.add_argument("--clear", action="store_true", help="calls: with whole phones, not masked")
    members.add_argument(
        "--print", action="store_true", help="calls: on the receipt printer, too, with masked phones"
    )
    members.add_argument(
        "--cards", default="", metavar="MEDIUM", help="how its cards are read: stripe, em4100:10d, ..."
    )
    members.add_argument("--dry-run", action="store_true", help="say which rows would be refused")
    members.add_argument("--clock-is-right", action="store_true", help=f"import: {_VOUCHED}")
    members.add_argument("--report", type=Path, metavar="FILE", help="a new CSV with every refused row")
    _command(members)


def _day(text: str) -> str:
    """An ISO date. Raises ValueError."""
    return date.fromisoformat(text).isoformat()


def _add_member(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], shape: partial[argparse.HelpFormatter]
) -> None:
    member = commands.add_parser(
        "member", help="what is kept of one member, for whoever asks for their own", formatter_class=shape
    )
    member.add_argument("what", choices=("show", "copy", "correct", "consent", "forget", "hold"))
    member.add_argument("who", metavar="WHO", help="their phone, or member id")
    member.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="copy: a new file; correct: name=NAME ...; consent: PURPOSE yes|no; "
        "forget: asked|withdrawn|mistake; hold: DAY WHY, or lifted",
    )
    _command(member)


def _add_ledgers(of_ledger: argparse.ArgumentParser, shape: partial[argparse.HelpFormatter]) -> None:
    ledgers = of_ledger.add_subparsers(
        prog="terminal ledger", dest="ledger", required=True, metavar="COMMAND"
    )
    verify = ledgers.add_parser(
        "verify", help="check every entry, posting and balance", formatter_class=shape
    )
    _command(verify, json=True)
    backup = ledgers.add_parser(
        "backup", help="one more verified copy, while it runs or not", formatter_class=shape
    )
    backup.add_argument("folder", type=Path, metavar="DIR", help="where backups are kept")
    backup.add_argument(
        "--same-disk", action="store_true", help="also on the disk of the ledger, or where no disk is mounted"
    )
    _command(backup)
    restore = ledgers.add_parser("restore", help="put a backup in the ledger's place", formatter_class=shape)
    restore.add_argument("folder", type=Path, metavar="DIR", help="a backup, or a folder: its newest")
    restore.add_argument(
        "--over-whole",
        action="store_true",
        help="also where the ledger that is there is whole and holds more",
    )
    restore.add_argument(
        "--ledger",
        dest="into",
        type=Path,
        metavar="FILE",
        help="the ledger's file, where the configuration cannot be used",
    )
    _command(restore)
    secret = ledgers.add_parser(
        "secret",
        help="what opens the backups, for the owner's safe: a file, or on the receipt printer",
        formatter_class=shape,
    )
    secret.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="on another stick than backups")
    secret.add_argument("--same-disk", action="store_true", help="also on the disk of the ledger")
    _command(secret)
    secret_back = ledgers.add_parser(
        "secret-back", help="put that back on a new disk, before a restore", formatter_class=shape
    )
    secret_back.add_argument("file", type=Path, metavar="FILE", help="that file; -: key the code")
    secret_back.add_argument(
        "--over-whole", action="store_true", help="also where the ledger that is there goes by another"
    )
    _command(secret_back)
    adopt = ledgers.add_parser(
        "adopt",
        help="book what another machine sold for this site, from its ledger's file",
        formatter_class=shape,
    )
    adopt.add_argument("file", type=Path, metavar="FILE", help="the other machine's ledger.db")
    _command(adopt)
    export = ledgers.add_parser(
        "export", help="a period, its coupons or a wallet's statement as CSV", formatter_class=shape
    )
    export.add_argument("file", type=Path, metavar="FILE", help="a new file")
    what = export.add_mutually_exclusive_group(required=True)
    what.add_argument("--from", dest="first", metavar="DAY", help="first business day, such as 2026-11-24")
    what.add_argument("--wallet", metavar="ID", help="the statement of this wallet")
    export.add_argument("--company", default="", metavar="ID", help="what each card of that company took")
    export.add_argument(
        "--coupons", action="store_true", help="the coupons whose last day is of those, and how they stand"
    )
    export.add_argument("--to", dest="last", metavar="DAY", help="last business day; else the first is it")
    _command(export)


def _command(parser: argparse.ArgumentParser, *, json: bool = False) -> None:
    parser.add_argument("--config", type=Path, default=CONFIG, metavar="PATH", help=f"default {CONFIG}")
    if json:
        parser.add_argument("--json", action="store_true", help="for programs")


if __name__ == "__main__":
    sys.exit(main())
