"""The catalogue of the command line: complete in both languages, every sentence used, no field forgotten."""

import re
import string
from pathlib import Path
from typing import get_args

import pytest

from bot.app.wecom_probing import AppFault
from bot.commands.wording import LANGUAGES, words
from bot.doctor import machine
from bot.platforms.wecom.socket import Link

ROOT = Path(__file__).parents[2] / "bot"
SOURCES = [
    *(ROOT / "commands").glob("*.py"),
    *(ROOT / "app").glob("*.py"),
    ROOT / "cli.py",
    *(ROOT / "doctor").glob("*.py"),
]
SOURCES += [*(ROOT / "export").glob("*.py"), ROOT / "init.py", ROOT / "control.py"]


def _fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_sentences_with_the_same_fields() -> None:
    chinese, english = (words(language) for language in LANGUAGES)

    assert set(chinese) == set(english)
    assert {key: _fields(said) for key, said in chinese.items()} == {
        key: _fields(said) for key, said in english.items()
    }


def test_every_sentence_that_is_asked_for_is_there() -> None:
    asked: set[str] = set()
    for source in SOURCES:
        text = source.read_text("utf-8")
        asked |= set(re.findall(r'(?:say|JobFailed|NotAnswering)\(\s*"([a-z_.]+)"', text))
        if source.name != "control.py":  # there, `said` is a line of the wire
            asked |= set(re.findall(r'(?:said|words\([^()]*\))\["([a-z_.]+)"\]', text))

    assert len(asked) > 80
    assert not asked - set(words("zh-CN"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_of_the_doctor_has_its_sentence_and_its_cure(language: str) -> None:
    always_good = {"secret", "running", "stopped", "telegram", "telegram_group"}
    always_good |= {"wecom_app", "wecom_bot", "wecom_hooks"}
    keys: set[str] = set()
    for source in (ROOT / "doctor").glob("*.py"):
        keys |= set(re.findall(r'judged\(\s*"([a-z_]+)"', source.read_text("utf-8")))
    keys |= {f"wecom_bot_{link}" for link in Link if link is not Link.CONNECTED}
    keys |= {f"wecom_app_{why}" for why in get_args(AppFault)}

    assert keys >= {finding.key for finding in machine()}
    assert not {f"doctor.{key}_cure" for key in keys - always_good} - set(words(language))
    for finding in machine():
        assert words(language)[f"doctor.{finding.key}"].format_map(finding.fields)
