"""The operator's page: which sites there are, how far they have come, what people must look at."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from hq.report import ExceptionReport, Report, SiteReport

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="10">
<title>Headquarters</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; color: #1c2430; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .4rem .8rem; border-bottom: 1px solid #d7dde5; overflow-wrap: anywhere }
td.number { text-align: right; font-variant-numeric: tabular-nums }
code { font-size: .9em }
.look { font-weight: 600 }
</style>
</head>
<body>
<h1>Headquarters</h1>
"""


def operator_page(report: Report) -> str:
    return "".join(
        (
            _HEAD,
            f"<p>{len(report.sites)} sites, {report.entries} entries.</p>",
            _sites(report.sites),
            _exceptions(report.exceptions),
            "</body></html>",
        )
    )


def _sites(sites: tuple[SiteReport, ...]) -> str:
    if not sites:
        return "<p>No site has called yet.</p>"
    heads = (
        "Merchant",
        "Site",
        "Held here",
        "Site's own head",
        "Behind",
        "Head",
        "Epoch",
        "Last seen",
        "To look at",
    )
    return _table("Sites", heads, [_site(site) for site in sites])


def _site(site: SiteReport) -> str:
    look = ", ".join(f"{count} {kind}" for kind, count in sorted(site.exceptions.items()))
    cells = (
        _cell(site.merchant),
        _cell(site.site),
        _number(site.acked),
        _number(site.said),
        _number(max(0, site.said - site.acked)),
        f"<td><code>{escape(site.head[:8])}</code></td>",
        _number(site.epoch),
        _cell(_moment(site.seen_ms)),
        f'<td class="look">{escape(look)}</td>',
    )
    return "".join(cells)


def _exceptions(exceptions: tuple[ExceptionReport, ...]) -> str:
    if not exceptions:
        return ""
    rows = [
        "".join(_cell(text) for text in (one.opened, one.merchant, one.site, one.kind, one.subject, one.why))
        for one in exceptions
    ]
    return _table("To look at", ("Since", "Merchant", "Site", "What", "Where", "Why"), rows)


def _table(title: str, heads: tuple[str, ...], rows: list[str]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def _number(value: int) -> str:
    return f'<td class="number">{value}</td>'


def _moment(wall_ms: int) -> str:
    return datetime.fromtimestamp(wall_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
