"""9 and 0: logs, and the system."""

from __future__ import annotations

from dataclasses import replace

from terminal.maintenance.menu.tree import Box, Field, Item, Said, each, lasting, noted

_UNIT = "terminal"


def logs(box: Box) -> Item:
    return Item(
        label="Logs",
        items=each(
            Item(label="Last lines", do=lambda _: box.log("")),
            Item(
                label="Lines with a word",
                fields=(Field(label="Word, such as printer"),),
                do=lambda words: box.log(words[0]),
            ),
            Item(
                label="Bundle for support",
                fields=(Field(label="New file", filled="/tmp/support.bundle"),),  # noqa: S108  a new file only
                do=lambda words: lasting(box, words[0], box.command("support", *words)),
            ),
        ),
    )


def system(box: Box) -> Item:
    releases = Item(label="Releases", do=lambda _: box.command("update", "status"))
    versions = Item(label="Versions", do=lambda _: box.program("uname", "-a"))
    return Item(
        label="System",
        locked=True,
        alone=each(Item(label="Restart the terminal", do=lambda _: _anew(box)), releases, versions),
        items=each(
            Item(
                label="Restart the terminal",
                do=lambda _: Said(
                    lines=("It ends in order and systemd starts it again.",), go=lambda: box.ask("restart")
                ),
            ),
            Item(
                label="Restart the screen",
                do=lambda _: _screen(box),
            ),
            releases,
            Item(
                label="Update from a bundle",
                fields=(Field(label="The bundle's file", filled="/media/card-terminal.bundle"),),
                do=lambda words: Said(
                    lines=("The terminal is started anew, and watched for a minute or more.",),
                    go=lambda: _updated(box, "update", *words),
                ),
            ),
            Item(
                label="Back to the release before",
                do=lambda _: Said(
                    lines=("The terminal is started anew, and watched for a minute or more.",),
                    go=lambda: _updated(box, "update: back", "back"),
                ),
            ),
            versions,
        ),
    )


def _updated(box: Box, detail: str, *words: str) -> Said:
    """Nobody is interrupted who is served; who comes while it is made ready, `terminal update` waits for."""
    served = box.ask("served")
    if served.lines:
        return replace(served, well=False)
    return noted(box, detail, lambda: box.command("update", *words))


def _screen(box: Box) -> Said:
    """Restarted where there is none it would begin, and take the first console's login."""
    if not box.screen:
        return Said(
            lines=("No screen is joined to this machine: kiosk.link_file is not set so.",), well=False
        )
    return noted(box, "restart: screen", lambda: box.program("systemctl", "restart", "terminal-kiosk"))


def _anew(box: Box) -> Said:
    """Where no ledger is open nothing is sold that it could interrupt, and no entry can be made of it."""
    return Said(
        lines=("systemd starts the terminal anew, also after it gave up on it. That is in no journal.",),
        go=lambda: _started(box),
    )


def _started(box: Box) -> Said:
    """As whoever runs the menu: systemd, not we, says who may. It would ask for a password on our screen."""
    for words in (("reset-failed", _UNIT), ("restart", _UNIT)):
        done = box.program("systemctl", "--no-ask-password", *words)
        if not done.well:
            return Said(lines=(*done.lines, f"sudo systemctl {' '.join(words)}"), well=False)
    return Said(lines=("It is started. 1, then 1 says how it is.",))
