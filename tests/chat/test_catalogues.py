"""Every sentence: used keys exist, existing keys are used, and each fits the platforms and the voice."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

import handlers
from bot.chat.texts import LANGUAGES, fields
from tests.town import ZONE

ROOT = Path(__file__).parents[2]
TEXTS = handlers.catalogues(ZONE, None)
CHINESE = TEXTS.catalogues["zh-CN"]
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

TELEGRAM_UTF16 = 4096
WECOM_TEXT_BYTES = 2048
EMOJI = ("✅", "📍", "📷", "⏰", "🏆", "⚠️")
ANY_EMOJI = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u23E9-\u23FA\u2B50\u2B55\u26A0]\uFE0F?")
BANNED = re.compile(r"亲[，,！! ]|亲爱|哦|(?<!毛)呢(?!绒)|！！|!!|工单流转|SLA|\d+h\b")

# The longest value that is plausible for a field; what is not named here is an ordinary word.
LONGEST = {
    "number": "10127",
    "numbers": "、".join(["0127"] * 9),
    "place": "建设路与人民路交叉口东北角公交站牌旁人行道靠近小学门口",
    "words": "字" * 60,
    "name": "阿卜杜热西提师傅王队长",
    "who": "阿卜杜热西提师傅王队长",
}
ORDINARY = "城市管理综合执法大队"


# -- use -----------------------------------------------------------------------------------------------------------


@cache
def trees() -> tuple[tuple[str, Path, ast.Module], ...]:
    """(feature, path, tree) of every module that may name a text; the feature is "" outside `handlers`."""
    found = [
        (path.parts[len(ROOT.parts) + 1] if path.is_relative_to(ROOT / "handlers") else "", path)
        for top in ("handlers", "bot")
        for path in sorted((ROOT / top).rglob("*.py"))
    ]
    return tuple((feature, path, ast.parse(path.read_text(encoding="utf-8"))) for feature, path in found)


def literals(node: ast.expr) -> Iterator[str]:
    """The literal keys an argument may be."""
    match node:
        case ast.Constant(value=str(key)):
            yield key
        case ast.IfExp():
            yield from literals(node.body)
            yield from literals(node.orelse)
        case _:
            return


def pattern_of(node: ast.JoinedStr) -> str:
    return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w.-]+" for part in node.values)


def named_keys() -> Iterator[tuple[str, str]]:
    """(where, full key) of every literal key in a call that takes one."""
    for feature, path, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            if called == "text" and feature:
                yield from ((where, f"{feature}.{key}") for key in literals(node.args[0]))
            elif called in ("Text", "Refused"):
                yield from ((where, key) for key in literals(node.args[0]))
            elif called == "press" and feature and len(node.args) > 1:
                yield from ((where, f"{feature}.{key}") for key in literals(node.args[1]))


def test_every_key_that_is_used_exists() -> None:
    missing = [f"{where}: {key}" for where, key in named_keys() if key not in CHINESE]
    assert missing == []


def test_enough_keys_were_found_to_prove_something() -> None:
    assert len({key for _, key in named_keys()}) > 150


def test_every_key_that_exists_is_used() -> None:
    used: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for feature, _, tree in trees():
        prefixes = ("", f"{feature}.") if feature else ("",)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.update(prefix + node.value for prefix in prefixes)
            elif isinstance(node, ast.JoinedStr) and re.search(r"\w", pattern_of(node).replace(r"[\w.-]+", "")):
                patterns += [re.compile(re.escape(prefix) + pattern_of(node)) for prefix in prefixes]
    unused = [key for key in CHINESE if key not in used and not any(p.fullmatch(key) for p in patterns)]
    assert unused == []


def test_chinese_has_every_key_and_both_languages_the_same_fields() -> None:
    for language in LANGUAGES:
        assert set(TEXTS.catalogues[language]) == set(CHINESE)
        differing = [key for key, said in TEXTS.catalogues[language].items() if fields(said) != fields(CHINESE[key])]
        assert differing == []
    assert len(CHINESE) > 300


# -- limits --------------------------------------------------------------------------------------------------------


def longest(key: str, language: str) -> str:
    pattern = TEXTS.pattern(key, language)
    return pattern.format_map({name: LONGEST.get(name, ORDINARY) for name in fields(pattern)})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_fits_every_platform_with_the_longest_plausible_values(language: str) -> None:
    over = []
    for key in CHINESE:
        if key.startswith(("people.sheet.",)):
            continue  # a page for the printer
        said = longest(key, language)
        if len(said.encode("utf-16-le")) // 2 > TELEGRAM_UTF16 or len(said.encode()) > WECOM_TEXT_BYTES:
            over.append(f"{key}: {len(said.encode())} bytes")
    assert over == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_button_labels_are_short(language: str) -> None:
    labels = [key for key in CHINESE if ".button." in key]
    assert len(labels) > 30
    most = {"zh-CN": 8, "en": 24}[language]
    long = [key for key in labels if len(re.sub(r"\{\w+\}", "", TEXTS.pattern(key, language))) > most]
    assert long == [], "a phone shows no more beside another button"


# -- voice ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_most_one_emoji_a_message_from_the_list_and_first_on_its_line(language: str) -> None:
    wrong = []
    for key, said in TEXTS.catalogues[language].items():
        found = ANY_EMOJI.findall(said)
        strange = [emoji for emoji in found if emoji not in EMOJI]
        misplaced = [emoji for emoji in found if not any(line.startswith(emoji) for line in said.splitlines())]
        alone = [emoji for emoji in found if said.strip() == emoji]
        if len(found) > 1 or strange or misplaced or alone:
            wrong.append(f"{key}: {said!r}")
    assert wrong == []


def test_the_voice_is_that_of_a_calm_colleague() -> None:
    assert [f"{key}: {said}" for key, said in CHINESE.items() if BANNED.search(said)] == []
    assert BANNED.search("好的哦") and BANNED.search("太好了！！") and not BANNED.search("亲自到场核实")
