import msgspec
import pytest

from terminal.kiosk.settings import Settings


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
