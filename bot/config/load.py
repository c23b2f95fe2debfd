"""Reading: the file, the environment over it, and every fault of both at once."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource

from bot.config import disk
from bot.config.faults import ConfigFault, nearest, shown, syntax_fault
from bot.config.settings import Settings, sections

_PREFIX = "WDY_"
_FOR_TESTS = ("WDY_TEST_", "WDY_CRASH_")  # variables of the test run and of its crash points, no settings


def load(path: Path | None, environ: Mapping[str, str], *, file_required: bool = False) -> Settings:
    """Settings of the file at `path`, with the variables of `environ` over it.

    Relative paths start at the file's folder. Without a file all is default and they start at the current folder.

    Raises:
        ConfigFault: something in file or environment is wrong, or `file_required` and there is no file.
    """
    if path is None and file_required:
        raise ConfigFault(["no configuration file is named. Make one with: wudayuan init"])
    source = _Source.read(path, environ)
    faults = list(_unknown_variables(environ))
    try:
        settings = Settings.model_validate(source.merged())
    except ValidationError as error:
        raise ConfigFault([*faults, *(_told(source, details) for details in error.errors())]) from None
    settings = disk.absolute(settings, path.absolute().parent if path else Path.cwd())
    faults += [f"{source.where(section, key)}: {sentence}" for section, key, sentence in disk.problems(settings)]
    faults += [*_open_password(source, settings), *_webhook(source, settings), *_wecom(source, settings)]
    if faults:
        raise ConfigFault(faults)
    return settings


@dataclass(frozen=True, slots=True)
class _Source:
    """What was written, and where: the file's tables, the line of each key, the variables that are settings."""

    path: Path | None
    written: dict[str, Any]
    lines: dict[tuple[str, ...], int]
    variables: dict[str, str]

    @classmethod
    def read(cls, path: Path | None, environ: Mapping[str, str]) -> "_Source":
        variables = {name.upper(): value for name, value in environ.items() if name.upper() in _variables()}
        if path is None:
            return cls(None, {}, {}, variables)
        text = _text_of(path)
        try:
            return cls(path, tomllib.loads(text), lines_of(text), variables)
        except tomllib.TOMLDecodeError as error:
            raise ConfigFault([syntax_fault(path.name, text, error)]) from None

    def merged(self) -> dict[str, Any]:
        """The file's tables with the environment's values over them, key by key."""
        return _over(self.written, _Environment(Settings, self.variables)())

    def where(self, *keys: str) -> str:
        """Where a setting was written, and its name: `config.toml line 7: [town] code`."""
        section = _section_of(keys)
        named = " ".join((f"[{section}]", *keys[section.count(".") + 1 :]))
        if (variable := _PREFIX + "__".join(keys).upper()) in self.variables:
            return f"environment variable {variable}: {named}"
        line = self.lines.get(keys) or self.lines.get(keys[:1])
        if self.path is None or line is None:
            return f"default: {named}"
        return f"{self.path.name} line {line}: {named}"


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Tables laid over tables, key by key; what should be a table and is none stays, and is told of."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key, {})
        if isinstance(value, dict) and key != "urls":
            inner = cast("dict[str, Any]", value)  # keys of TOML and of settings are texts
            merged[key] = _over(cast("dict[str, Any]", under), inner) if isinstance(under, dict) else under
        else:
            merged[key] = value
    return merged


def _section_of(keys: tuple[str, ...]) -> str:
    """The section a path of keys leads into, or its first key."""
    return ".".join(keys[:2]) if ".".join(keys[:2]) in sections() else keys[0]


class _Environment(EnvSettingsSource):
    """The environment as `load` was given it, instead of the process's own."""

    def __init__(self, settings_cls: type[BaseSettings], variables: Mapping[str, str]) -> None:
        self._given = {name.lower(): value for name, value in variables.items()}
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._given


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """Line number, counted from 1, of each table and key of a TOML text that parses."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    statement, start = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        statement += line + "\n"
        try:
            parsed = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue  # a value over several lines is complete only at its last one
        is_header = statement.lstrip().startswith("[")
        for keys in _paths(parsed):
            found.setdefault(keys if is_header else table + keys, start)
            table = keys if is_header else table
        statement, start = "", number + 1
    return found


def _paths(tree: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, below in tree.items():
        yield (key,)
        if isinstance(below, dict):
            yield from ((key, *rest) for rest in _paths(cast(dict[str, Any], below)))  # tomllib's keys are texts


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")  # Notepad writes a byte order mark
    except FileNotFoundError:
        raise ConfigFault([f"{path}: there is no such file. Make one with: wudayuan init"]) from None
    except UnicodeDecodeError:
        raise ConfigFault([f"{path.name}: this is not UTF-8 text. Save it with the encoding UTF-8."]) from None
    except OSError as error:
        raise ConfigFault([f"{path}: cannot be read ({error.strerror}). Check its kind and rights."]) from None


def _variables() -> dict[str, tuple[str, str]]:
    return {
        f"{_PREFIX}{section.replace('.', '__')}__{key}".upper(): (section, key)
        for section, made in sections().items()
        for key in made.model_fields
    }


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    known = _variables()
    for name in sorted(environ):
        upper = name.upper()
        if upper.startswith(_PREFIX) and upper not in known and not upper.startswith(_FOR_TESTS):
            meant = nearest(name, known)
            cure = f"nearest: {meant}" if meant else "settings are WDY_SECTION__KEY"
            yield f"environment variable {shown(name)[1:-1]}: there is no such setting; {cure}. Rename it or unset it."


def _open_password(source: _Source, settings: Settings) -> Iterator[str]:
    if source.path is None or not disk.others_may_read(source.path):
        return
    telegram, wecom = settings.telegram, settings.wecom
    for keys, is_secret in (
        (("storage", "url"), disk.has_password(settings.storage.url)),
        (("telegram", "token"), bool(telegram.token)),
        (("telegram", "webhook_secret"), bool(telegram.webhook_secret)),
        (("telegram", "proxy"), disk.has_password(telegram.proxy)),
        (("wecom", "aibot", "secret"), bool(wecom.aibot.secret)),
        (("wecom", "app", "secret"), bool(wecom.app.secret)),
        (("wecom", "app", "token"), bool(wecom.app.token)),
        (("wecom", "app", "aes_key"), bool(wecom.app.aes_key)),
        (("wecom", "webhook", "urls"), bool(wecom.webhook.urls)),
    ):
        if is_secret and _PREFIX + "__".join(keys).upper() not in source.variables:
            where = source.where(*keys)
            yield f"{where}: holds a secret that other users of this machine can read. Run: chmod 600 {source.path}"


def _webhook(source: _Source, settings: Settings) -> Iterator[str]:
    """What webhook mode needs beside itself."""
    if not settings.telegram.token or settings.telegram.mode != "webhook":
        return
    if not settings.telegram.webhook_secret:
        yield f"{source.where('telegram', 'webhook_secret')}: webhook mode needs it. Write a long random word."
    if not settings.web.public_url.startswith("https://"):
        yield f"{source.where('web', 'public_url')}: webhook mode needs the https address of this server."


def _wecom(source: _Source, settings: Settings) -> Iterator[str]:
    """What belongs together: half a set of credentials would fail at the first message only."""
    bot, app = settings.wecom.aibot, settings.wecom.app
    for section, key, given, needs in (
        ("aibot", "secret", bot.secret, bot.bot_id),
        ("aibot", "bot_id", bot.bot_id, bot.secret),
        ("app", "secret", app.secret, app.corp_id),
        ("app", "corp_id", app.corp_id, app.secret),
        ("app", "agent_id", app.agent_id, app.corp_id),
        ("app", "aes_key", app.aes_key, app.token),
        ("app", "token", app.token, app.aes_key),
    ):
        if needs and not given:
            yield f"{source.where('wecom', section, key)}: is missing beside the others. Copy it from WeCom's console."
    if app.token and not app.corp_id:
        yield f"{source.where('wecom', 'app', 'token')}: a callback needs the app. Write corp_id, agent_id and secret."
    if app.token and not settings.web.public_url.startswith("https://"):
        yield f"{source.where('web', 'public_url')}: WeCom's callback needs the https address of this server."


def _told(source: _Source, details: ErrorDetails) -> str:
    keys = tuple(str(part) for part in details["loc"] if isinstance(part, str))
    where = source.where(*keys)
    if details["type"] == "extra_forbidden":
        return f"{where}: {_unknown(keys)}"
    if details["type"] == "value_error":
        return f"{where}: {details['msg'].removeprefix('Value error, ')}"
    value = "" if isinstance(details["input"], dict | list) else f"{shown(details['input'])}: "
    return f"{where}: {value}{_wrong(details)}"


def _unknown(keys: tuple[str, ...]) -> str:
    known = sections()
    section, key = ".".join(keys[:-1]), keys[-1]
    elsewhere = [name for name, made in known.items() if key in made.model_fields]
    if section in known:
        meant = nearest(key, known[section].model_fields)
        what, cure = "no such setting", f"[{section}] {meant}" if meant else None
    else:
        meant = nearest(".".join(keys), known)
        what, cure = "no such section", f"[{meant}]" if meant else None
    if cure is None and elsewhere:
        cure = f"[{elsewhere[0]}] {key}"
    if cure is not None:
        return f"{what}; nearest: {cure}. Correct or remove it."
    return f"{what}; valid: {', '.join(known[section].model_fields if section in known else known)}. Remove it."


def _wrong(details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    match details["type"]:
        case "greater_than_equal":
            return f"too small. Write {context['ge']} or more."
        case "less_than_equal":
            return f"too large. Write {context['le']} or less."
        case "int_type" | "int_parsing" | "int_from_float":
            return "not a whole number. Write digits without quotes."
        case "literal_error":
            choices = re.findall(r"'([^']*)'", str(context["expected"]))
            meant = nearest(str(details["input"]), choices)
            hint = f"; nearest: {shown(meant)}" if meant else ""
            return f"not a choice{hint}. Write one of {', '.join(map(shown, choices))}."
        case "string_type":
            return "not a text. Put it in double quotes."
        case "string_too_short" | "string_too_long":
            return f"wrong length. Write {'at least 1 sign' if 'short' in details['type'] else 'at most 40 signs'}."
        case "tuple_type":
            return 'not a list. Write ["a", "b"].'
        case "model_type":
            return f"a section, not a value. Write it as [{'.'.join(map(str, details['loc']))}] on a line of its own."
        case _:
            return f"{details['msg']}. Compare it with config.example.toml."
