"""What the doctor says of the configuration: what cannot be used of it, and ports that nothing guards."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from terminal.install.answers import has_screen
from terminal.install.firewall import guarded, rules, tables_of
from terminal.maintenance.finding import Finding

_SHOWN_MAX = 3
_NO_OVERLAY = "sudo raspi-config nonint disable_overlayfs, restart; then docs/appliance.md, 1."
SUBJECT = "settings"


def misread(path: Path, problems: Sequence[str], before: Path) -> Iterator[Finding]:
    """`problems`: as `terminal.salvaged` says them. `before`: where the menu keeps what stood there."""
    step = f"Mend {path}, then: sudo systemctl restart terminal"
    if problems and before.is_file():
        step = f"Mend {path}, or undo its last change (menu: 6); then: sudo systemctl restart terminal"
    for problem in problems[:_SHOWN_MAX]:
        yield Finding(subject=SUBJECT, well=False, reason=problem, next_step=step)
    if len(problems) > _SHOWN_MAX:
        reason = f"{len(problems) - _SHOWN_MAX} more lines of it cannot be used"
        yield Finding(subject=SUBJECT, well=False, reason=reason, next_step=step)


def kept_by_no_disk(why: str) -> Iterator[Finding]:
    """`why`: as `terminal.runtime.durable.laid_over` says it of the ledger; empty: nothing."""
    if why:
        yield Finding(subject="disk", well=False, reason=why, next_step=_NO_OVERLAY)


def unguarded(config: str, there: str) -> Iterator[Finding]:
    """Ports that were changed since the installer made the firewall's rules.

    Args:
        config: the text of `terminal.toml`.
        there: the rules that it made; empty: none, and nobody relies on them.
    """
    if not there:
        return
    wanted, kept = guarded(rules(config, screen=has_screen(config))), guarded(there)
    step = "Start the installer again, which makes the rules for these ports: sudo ./install.sh"
    if wanted.page != kept.page and wanted.page:
        reason = f"every user of this machine reaches the counter's page: no rule is for port {wanted.page}"
        yield Finding(subject="firewall", well=False, reason=reason, next_step=step)
    elif wanted.page != kept.page:
        reason = f"the counter's page is on any port or without this screen, and a rule is for {kept.page}"
        yield Finding(subject="firewall", well=False, reason=reason, next_step=step)
    if left := wanted.shop - kept.shop:
        ports = " ".join(map(str, sorted(left)))
        reason = f"who is in the shop's network may hold a page busy: no rule is for port {ports}"
        yield Finding(subject="firewall", well=False, reason=reason, next_step=step)


def not_in_force(there: str, tables: Collection[str] | None) -> Iterator[Finding]:
    """Rules that the installer made, and that somebody threw away since, or nobody could load.

    Args:
        there: the rules that it made; empty: none.
        tables: what the kernel has of them; None: nobody can say.
    """
    if tables is None or not (lost := tables_of(there) - {*tables}):
        return
    yield Finding(
        subject="firewall",
        well=False,
        reason=f"its rules are not in force: {' '.join(sorted(lost))}",
        next_step="sudo systemctl restart terminal-firewall; not yet: journalctl -u terminal-firewall",
    )
