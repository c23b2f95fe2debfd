"""Sentences of the command line, from the catalogues beside this module; quick, because `--help` waits for it."""

import locale
import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("zh-CN", "en")


@cache
def words(language: str) -> Mapping[str, str]:
    """Key → sentence, with fields as `str.format` has them."""
    file = Path(__file__).with_name(f"messages.{language}.toml")
    return dict(_flat(tomllib.loads(file.read_text("utf-8")), ""))


def language_here() -> str:
    """The language of whoever sits at this terminal: the county's setting, else the system's, else English."""
    wanted = os.environ.get("WDY_TOWN__LANGUAGE") or next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), None
    )
    if wanted is None:
        wanted = locale.getlocale()[0] or ""
    return "zh-CN" if wanted.lower().startswith(("zh", "chinese")) else "en"


def say(key: str, **fields: object) -> str:
    """A sentence for this terminal."""
    return words(language_here())[key].format_map(fields)


def _flat(table: Mapping[str, object], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, str):
            found.append((prefix + name, value))
        elif isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")  # pyright: ignore[reportUnknownArgumentType] - TOML keys are texts
    return found
