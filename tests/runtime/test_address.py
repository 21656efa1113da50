"""An address is taken for what it is to whoever connects, not for how it begins."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from terminal.runtime.address import unfit
from terminal.uplink.settings import Hook, Settings

ELSEWHERE = [
    "http://127.0.0.1@evil.example/",
    "http://127.0.0.1:80@evil.example/",
    "http://127.0.0.1.evil.example/",
    "http://127.0.0.10/",
    "http://127.0.0.1\\@evil.example/",
    "http://127.0.0.1 .evil.example/",
    "http://127.0.0.1\t.evil.example/",
    "http://evil.example/?http://127.0.0.1",
    "http://evil.example#http://127.0.0.1",
    "http://localhost/",
    "ftp://127.0.0.1/",
    "//127.0.0.1/",
    "127.0.0.1",
    "https://",
    "https:///127.0.0.1",
    "https://user:word@cloud.example/",
    "https://cloud.example@evil.example",
    "https://cloud.example:99999/",
    "https://cloud.example:x/",
    "https://[::1/",
    "https://cloud.example\n",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_what_only_looks_like_a_fit_address_is_none(url: str) -> None:
    assert unfit(url, path=True, here=True)
    with pytest.raises(msgspec.ValidationError, match="url "):
        msgspec.convert({"url": url, "secret_file": Path("secret")}, Hook)
    with pytest.raises(msgspec.ValidationError, match="url "):
        msgspec.convert({"url": url}, Settings)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/hook",
        "http://127.0.0.1:8080/hook?shop=1",
        "https://cloud.example/card-terminal",
        "https://cloud.example:8443",
        "https://[2001:db8::1]:8443/a@b",
    ],
)
def test_a_cloud_of_the_shop_is_reached_over_tls_or_is_this_machine_itself(url: str) -> None:
    assert Hook(url=url, secret_file=Path("secret")).url == url


@pytest.mark.parametrize("url", ["https://hq.example", "https://hq.example:8420/", "https://[::1]:8420"])
def test_headquarters_is_a_host_and_a_port(url: str) -> None:
    assert Settings(url=url).url == url


@pytest.mark.parametrize("url", ["http://127.0.0.1", "https://hq.example/path", "https://hq.example/?a=1"])
def test_headquarters_is_never_without_tls_and_has_no_path(url: str) -> None:
    with pytest.raises(ValueError, match="url "):
        Settings(url=url)
