"""The doctor: everything the bot needs, looked at one by one, each with the cure where it fails."""

import os
import shutil
import sqlite3
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.chat.events import Platform
from bot.commands.wording import say
from bot.config import ConfigFault, Settings
from bot.control import JobFailed, Json
from bot.engine.clock import PLAUSIBLE

if TYPE_CHECKING:
    from bot.app.probing import Line
    from bot.platforms.telegram import Account, Api

_OLDEST_PYTHON: Final = (3, 11)
_FREE_SHARE, _FREE_BYTES = 0.10, 1_000_000_000
_BACKUP_AGE: Final = timedelta(hours=26)
_MANY_WAIT: Final = 100  # updates at Telegram; a running bot leaves none
_RECENT: Final = timedelta(hours=24)
_ANNOUNCED_BY: Final = (12, 1)  # month and day by which next year's holidays should be known

Ask = Callable[[str], Awaitable[Json]]
"""Has a job done where the database is (`bot.commands.reaching.reach`)."""


class Verdict(StrEnum):
    GOOD = "good"
    CARE = "care"  # works, but somebody should look
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `key` names its sentences in the catalogue: doctor.<key>, and doctor.<key>_cure unless it is good."""

    key: str
    verdict: Verdict
    fields: dict[str, object]


def _found(key: str, good: bool, *, care: bool = False, **fields: object) -> Finding:
    return Finding(key, Verdict.GOOD if good else Verdict.CARE if care else Verdict.BAD, fields)


async def examine(settings: Settings, ask: Ask) -> AsyncGenerator[Finding]:
    """Every check in order. What lies behind the database is asked of whoever holds it."""
    for finding in (*machine(), *_disk(settings), _clock(settings)):
        yield finding
    findings, groups, own_years = await _database(ask)
    for finding in (_calendar(settings, own_years), *findings):
        yield finding
    if settings.telegram.token:
        async for finding in _telegram(settings, groups):
            yield finding


async def sent(ask: Ask) -> AsyncGenerator[Finding]:
    """A line posted in every work group: how long each took, or what to do."""
    tried = (await ask("send_test"))["tried"]
    if not tried:
        yield _found("test_nowhere", False)
    for one in tried:
        fault = one["fault"]
        yield Finding(f"test_{fault or 'sent'}", Verdict.BAD if fault else Verdict.GOOD, one)


def machine() -> Iterator[Finding]:
    """Python, SQLite, fonts: what needs no configuration."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield _found("python", sys.version_info >= _OLDEST_PYTHON, version=python)
    from storage.sqlite import OLDEST

    yield _found("sqlite", sqlite3.sqlite_version_info >= OLDEST, version=sqlite3.sqlite_version)
    missing = [file.name for file in _font_files() if not file.is_file()]
    yield _found("fonts", not missing, missing=", ".join(missing))


def _font_files() -> Sequence[Path]:
    from bot.render.fonts import FOLDER, PACKAGE

    own = [FOLDER / name for name in ("display-sans.otf", "display-serif.otf", "kai.ttf")]
    return [*own, *(PACKAGE / name for name in ("NotoSansSC-Regular.otf", "NotoSerifSC-Regular.otf"))]


def _disk(settings: Settings) -> Iterator[Finding]:
    from bot.secrets import SecretFault, load_or_make

    secret = settings.town.secret_file
    if secret.exists():
        try:
            load_or_make(secret)
            yield _found("secret", True, file=secret)
        except SecretFault as fault:
            yield _found("secret_bad", False, why=fault.lines[0])
    else:
        yield _found("secret_none", False, care=True, file=secret)
    if "://" not in settings.storage.photos:
        yield _writable(Path(settings.storage.photos))
    place = _existing(secret.parent)
    usage = shutil.disk_usage(place)
    enough = usage.free >= max(_FREE_BYTES, usage.total * _FREE_SHARE)
    share = round(100 * usage.free / usage.total)
    yield _found("disk", enough, care=usage.free >= _FREE_BYTES, free=f"{usage.free / 1e9:.1f}", share=share)


def _writable(folder: Path) -> Finding:
    there = _existing(folder)
    return _found("photos", os.access(there, os.W_OK | os.X_OK), folder=folder)


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.is_dir())


def _clock(settings: Settings) -> Finding:
    now = datetime.now(ZoneInfo(settings.town.timezone))
    return _found("clock", now >= PLAUSIBLE, now=f"{now:%Y-%m-%d %H:%M}", zone=settings.town.timezone)


def _calendar(settings: Settings, own_years: Collection[int]) -> Finding:
    """Whether holidays are known: published, or entered by the county."""
    from bot.holidays import published_years

    today = datetime.now(ZoneInfo(settings.town.timezone)).date()
    needed = [today.year] + ([today.year + 1] if (today.month, today.day) >= _ANNOUNCED_BY else [])
    known = published_years().union(own_years)
    missing = [year for year in needed if year not in known]
    return _found(
        "calendar", not missing, care=today.year in known, last=max(known), missing=", ".join(map(str, missing))
    )


async def _database(ask: Ask) -> tuple[Sequence[Finding], Sequence[Json], Collection[int]]:
    """What there is to say of it, the work groups it holds, and the years for which the county set days."""
    from bot.chat.texts import CatalogueFault
    from bot.county import RulebookFault
    from storage.blobs import BlobsUnusable
    from storage.database import DatabaseUnusable

    try:
        found = await ask("database_status")
        silent = await ask("silent_agencies")
        groups = (await ask("work_groups"))["groups"]
    except (ConfigFault, RulebookFault, CatalogueFault) as fault:
        return [_found("files_bad", False, why="\n  ".join(fault.lines))], (), ()
    except (DatabaseUnusable, BlobsUnusable) as fault:
        return [_found("database_bad", False, why=str(fault))], (), ()
    except JobFailed as fault:
        return [_found("database_bad", False, why=say(fault.key, **fault.fields))], (), ()
    return [*_schema(found), *_queues(found), *_people(silent)], groups, found["own_years"]


def _schema(found: Json) -> Iterator[Finding]:
    yield _found("database", found["schema"] == found["known"], dialect=found["dialect"], schema=found["schema"])
    yield _found("running" if found["running"] else "stopped", True, version=found["version"])
    if found["dialect"] == "sqlite":
        made = datetime.fromisoformat(found["backup_at"]) if found["backup_at"] else None
        fresh = made is not None and datetime.now(UTC) - made <= _BACKUP_AGE
        yield _found("backup" if made else "backup_none", fresh, care=True, at=found["backup_at"])


def _queues(found: Json) -> Iterator[Finding]:
    """A bot that does not run is not late; then it is only told what waits."""
    from bot.app.watching import INBOX_S, OUTBOX_S

    late = not found["running"]
    inbox, outbox = found["inbox_age_s"], found["outbox_age_s"]
    yield _found("inbox", inbox <= INBOX_S, care=late, age=round(inbox), new=found["inbox"].get("new", 0))
    yield _found("outbox", outbox <= OUTBOX_S, care=late, age=round(outbox), queued=sum(found["outbox"].values()))
    yield _found("aside", not found["inbox"].get("set_aside"), care=True, n=found["inbox"].get("set_aside", 0))
    yield _found("dead", found["dead"] == 0, care=True, n=found["dead"])


def _people(found: Json) -> Iterator[Finding]:
    yield _found("admins", found["admins"] > 0, n=found["admins"])
    silent: list[str] = found["silent"]
    yield _found("agencies", not silent, n=len(silent), names="、".join(silent))


async def _telegram(settings: Settings, groups: Sequence[Json]) -> AsyncGenerator[Finding]:
    """The token, how updates come, and what is missing in each group."""
    from telegram.error import TelegramError

    from bot.app.chats import telegram_api
    from bot.app.probing import NotReached, account_of, line_of

    api = telegram_api(settings)
    try:
        me = await account_of(api, proxy=bool(settings.telegram.proxy))
        yield _found("telegram", True, name=me.username)
        for finding in _line(settings, await line_of(api)):
            yield finding
        async for finding in _standings(api, me, [one for one in groups if one["platform"] == Platform.TELEGRAM]):
            yield finding
    except NotReached as fault:
        yield Finding(f"telegram_{fault.why}", Verdict.BAD, {})
    except TelegramError as fault:
        yield _found("telegram_broken", False, why=type(fault).__name__)
    finally:
        await api.close()


def _line(settings: Settings, line: "Line") -> Iterator[Finding]:
    from bot.app.chats import TELEGRAM_PATH

    if settings.telegram.mode == "polling":
        yield _found("telegram_polling", not line.url, care=True)
    else:
        wanted = settings.web.public_url + TELEGRAM_PATH
        yield _found("telegram_webhook", line.url == wanted, care=True, url=wanted)
    yield _found("telegram_waiting", line.waiting <= _MANY_WAIT, care=True, n=line.waiting)
    if line.error_at is not None and datetime.now(UTC) - line.error_at <= _RECENT:
        zone = ZoneInfo(settings.town.timezone)
        at = f"{line.error_at.astimezone(zone):%Y-%m-%d %H:%M}"
        yield _found("telegram_error", False, care=True, why=line.error, at=at)


async def _standings(api: "Api", me: "Account", groups: Sequence[Json]) -> AsyncGenerator[Finding]:
    from bot.app.probing import standing_in

    if not groups:
        yield _found("telegram_no_group", False, care=True)
    for one in groups:
        title = one["title"]
        match await standing_in(api, me, one["chat"]):
            case "gone":
                yield _found("telegram_gone", False, title=title)
            case "deaf":
                yield _found("telegram_deaf", False, title=title)
            case "hears" if one["deaf"]:  # privacy mode was switched off after it had joined
                yield _found("telegram_rejoin", False, title=title)
            case "hears":
                yield _found("telegram_group", True, title=title)
