"""HTML of headquarters' pages: no script, one style, everything that came from outside escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from importlib import resources

from hq.operators import Session

_STYLE = resources.files("hq").joinpath("page.css").read_text()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Content-Security-Policy: this style and these forms, nothing else."""

_FIGURES = frozenset({"Held here", "Waiting", "Epoch", "Machine no."})
_RIGHT = ' class="number"'


def form(session: Session, action: str, hidden: dict[str, str], inside: str) -> str:
    kept = {**hidden, "form_key": session.form_key()}
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in kept.items()
    )
    return f'<form method="post" action="{action}">{fields}{inside}</form>'


def table(title: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(
        f'<th scope="col"{_RIGHT if text in _FIGURES else ""}>{escape(text)}</th>' for text in heads
    )
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<h2>{escape(title)}</h2><div class="wide">{table}</div>'


def alert(wrong: str) -> str:
    return f'<p role="alert">{escape(wrong)}</p>' if wrong else ""


def whole(title: str, body: str) -> str:
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
    )
    return f"{head}<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"


def cell(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def number(value: int | None) -> str:
    return f'<td class="number">{"" if value is None else value}</td>'


def yuan(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02d}"


def moment(wall_ms: int) -> str:
    return datetime.fromtimestamp(wall_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC") if wall_ms else "never"
