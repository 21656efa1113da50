import re
from importlib.resources import files

from terminal.core.texts.flows_zh import ZH_HANS as FLOWS
from terminal.core.texts.kiosk_zh import ZH_HANS as KIOSK

SCRIPT = (files("terminal.kiosk") / "page" / "page.js").read_text()
SAID = re.compile(r'(?:words|fact|way)\((?:"(?:reader|scanner)", )?"([^"]+)"')
PICKED = re.compile(r'words\(.*? \? "([^"]+)" : "([^"]+)"\)')
NAMED = re.compile(r'text: "([^"]+)"')
TABLES = re.compile(r"const (?:kinds|health) = \{(.*?)\}")


def test_everything_the_page_says_by_itself_can_be_said_in_chinese() -> None:
    said = set(SAID.findall(SCRIPT)) | set(NAMED.findall(SCRIPT))
    said |= {one for pair in PICKED.findall(SCRIPT) for one in pair}
    said |= {one for table in TABLES.findall(SCRIPT) for one in re.findall(r'"([^"]+)"', table)}
    assert len(said) > 25
    assert said - {*KIOSK, *FLOWS} == set()


def test_no_sentence_has_two_translations() -> None:
    assert {key for key in KIOSK if key in FLOWS and FLOWS[key] != KIOSK[key]} == set()


def test_translations_keep_their_places() -> None:
    places = re.compile(r"\{\w+\}")
    for key, sentence in KIOSK.items():
        assert sorted(places.findall(key)) == sorted(places.findall(sentence)), key
