import msgspec
import pytest

from terminal.kiosk.settings import JoinPage, Settings


def test_the_page_is_for_this_machine_unless_nothing_is_said() -> None:
    assert Settings().address == "127.0.0.1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "0.0.0.0"},
        {"address": "192.168.1.10"},
        {"address": "localhost"},
        {"port": 70_000},
        {"watchers_max": 0},
        {"heartbeat_s": 0},
        {"language": "fr"},
        {"link_file": "link"},
        {"display_join": "http://members.example/"},
        {"display_join": "https://members.example/ m"},
        {"display_join": "https://" + "m" * 300},
        {"nonsense": 1},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Settings)


def test_loopback_of_the_newer_protocol_will_do() -> None:
    assert msgspec.convert({"address": "::1"}, Settings).address == "::1"


@pytest.mark.parametrize(
    "join", ["http://192.168.1.20:8322/", "http://10.0.0.1", "https://members.example/m"]
)
def test_a_code_to_join_may_lead_into_the_shops_own_network(join: str) -> None:
    assert msgspec.convert({"display_join": join}, Settings).display_join == join


@pytest.mark.parametrize(
    "join",
    [
        "http://8.8.8.8/",
        "http://192.168.1.999/",
        "http://192.168.1.20.evil.example/",
        "http://192.168.1.20/ ",
    ],
)
def test_without_tls_it_leads_nowhere_else(join: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"display_join": join}, Settings)


@pytest.mark.parametrize("address", ["", "192.168.1.20", "10.1.2.3", "fd00::1", "127.0.0.1"])
def test_the_page_to_join_is_for_the_shops_network(address: str) -> None:
    assert msgspec.convert({"address": address}, JoinPage).address == address


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "0.0.0.0"},
        {"address": "::"},
        {"address": "8.8.8.8"},
        {"address": "shop.local"},
        {"address": "192.168.1.20", "port": 65_536},
        {"address": "192.168.1.20", "port": -1},
        {"language": "fr"},
        {"nonsense": 1},
    ],
)
def test_settings_of_the_page_to_join_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, JoinPage)


def test_without_an_address_there_is_no_page_to_join() -> None:
    assert not JoinPage().address
