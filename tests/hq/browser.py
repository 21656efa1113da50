"""A browser as far as the operator's pages need one: cookies, forms, and headers that a test may forge."""

from __future__ import annotations

import html
import re
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPMessage

from tests.hq.process import END_S, Headquarters

_FORM = re.compile(r'<form [^>]*action="([^"]+)">(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Browser:
    """Follows redirects only where it is told to."""

    def __init__(self, hq: Headquarters) -> None:
        self._hq = hq
        self._open = urllib.request.build_opener(
            _Stay, urllib.request.HTTPSHandler(context=hq.stranger())
        ).open
        self.cookie = ""
        self.status = 0
        self.headers = HTTPMessage()
        self.body = ""

    def get(self, path: str = "/", **headers: str) -> int:
        return self._ask(path, None, headers)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> int:
        headers = {"Origin": self._hq.url, **headers}
        return self._ask(path, urllib.parse.urlencode(fields).encode(), headers)

    def login(self, merchant: str, code: str) -> int:
        return self.post("/login", {"merchant": merchant, "code": code})

    def form(self, **hidden: str) -> dict[str, str]:
        """The hidden fields of the one form of the page that has those."""
        (found,) = [fields for _, fields in self.forms() if hidden.items() <= fields.items()]
        return found

    def forms(self) -> list[tuple[str, dict[str, str]]]:
        return [
            (action, {name: html.unescape(value) for name, value in _HIDDEN.findall(inside)})
            for action, inside in _FORM.findall(self.body)
        ]

    def _ask(self, path: str, data: bytes | None, headers: dict[str, str]) -> int:
        sent = {**({"Cookie": self.cookie} if self.cookie else {}), **headers}
        request = urllib.request.Request(  # noqa: S310  our own URL
            self._hq.url + path, data=data, headers={name: value for name, value in sent.items() if value}
        )
        try:
            with self._open(request, timeout=END_S) as answer:
                self._read(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                self._read(refusal.code, refusal.headers, refusal.read())
        return self.status

    def _read(self, status: int, headers: HTTPMessage, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body.decode()
        if cookie := headers.get("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
