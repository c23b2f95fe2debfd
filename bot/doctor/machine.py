"""What the bot stands on: the machine, the files, the database and what waits in it."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.commands.wording import say
from bot.config import ConfigFault, Settings
from bot.control import JobFailed, Json
from bot.doctor.finding import Ask, Finding, judged
from bot.engine.clock import PLAUSIBLE

_OLDEST_PYTHON: Final = (3, 11)
_FREE_SHARE, _FREE_BYTES = 0.10, 1_000_000_000
_BACKUP_AGE: Final = timedelta(hours=26)
_ANNOUNCED_BY: Final = (12, 1)  # month and day by which next year's holidays should be known


@dataclass(frozen=True, slots=True)
class Behind:
    """What lies behind the database: findings, the work groups, the years for which the county set days, and WeCom.

    `wecom` is what `wecom_status` says; None where it was not asked, or could not be.
    """

    findings: Sequence[Finding]
    groups: Sequence[Json] = ()
    own_years: Collection[int] = ()
    wecom: Json | None = None


def machine() -> Iterator[Finding]:
    """Python, SQLite, fonts: what needs no configuration."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield judged("python", sys.version_info >= _OLDEST_PYTHON, version=python)
    from storage.sqlite import OLDEST

    yield judged("sqlite", sqlite3.sqlite_version_info >= OLDEST, version=sqlite3.sqlite_version)
    missing = [file.name for file in _font_files() if not file.is_file()]
    yield judged("fonts", not missing, missing=", ".join(missing))


def _font_files() -> Sequence[Path]:
    from bot.render.fonts import FOLDER, PACKAGE

    own = [FOLDER / name for name in ("display-sans.otf", "display-serif.otf", "kai.ttf")]
    return [*own, *(PACKAGE / name for name in ("NotoSansSC-Regular.otf", "NotoSerifSC-Regular.otf"))]


def disk(settings: Settings) -> Iterator[Finding]:
    from bot.secrets import SecretFault, load_or_make

    secret = settings.town.secret_file
    if secret.exists():
        try:
            load_or_make(secret)
            yield judged("secret", True, file=secret)
        except SecretFault as fault:
            yield judged("secret_bad", False, why=fault.lines[0])
    else:
        yield judged("secret_none", False, care=True, file=secret)
    if "://" not in settings.storage.photos:
        yield _writable(Path(settings.storage.photos))
    place = _existing(secret.parent)
    usage = shutil.disk_usage(place)
    enough = usage.free >= max(_FREE_BYTES, usage.total * _FREE_SHARE)
    share = round(100 * usage.free / usage.total)
    yield judged("disk", enough, care=usage.free >= _FREE_BYTES, free=f"{usage.free / 1e9:.1f}", share=share)


def _writable(folder: Path) -> Finding:
    there = _existing(folder)
    return judged("photos", os.access(there, os.W_OK | os.X_OK), folder=folder)


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.is_dir())


def clock(settings: Settings) -> Finding:
    now = datetime.now(ZoneInfo(settings.town.timezone))
    return judged("clock", now >= PLAUSIBLE, now=f"{now:%Y-%m-%d %H:%M}", zone=settings.town.timezone)


def calendar(settings: Settings, own_years: Collection[int]) -> Finding:
    """Whether holidays are known: published, or entered by the county."""
    from bot.holidays import published_years

    today = datetime.now(ZoneInfo(settings.town.timezone)).date()
    needed = [today.year] + ([today.year + 1] if (today.month, today.day) >= _ANNOUNCED_BY else [])
    known = published_years().union(own_years)
    missing = [year for year in needed if year not in known]
    return judged(
        "calendar", not missing, care=today.year in known, last=max(known), missing=", ".join(map(str, missing))
    )


async def database(ask: Ask, *, wecom: bool) -> Behind:
    """What there is to say of it, and what it says of the chats. `wecom`: whether that is asked for, too."""
    from bot.chat.texts import CatalogueFault
    from bot.county import RulebookFault
    from storage.blobs import BlobsUnusable
    from storage.database import DatabaseUnusable

    try:
        found = await ask("database_status")
        silent = await ask("silent_agencies")
        groups = (await ask("work_groups"))["groups"]
        office = await ask("wecom_status") if wecom else None
    except (ConfigFault, RulebookFault, CatalogueFault) as fault:
        return Behind([judged("files_bad", False, why="\n  ".join(fault.lines))])
    except (DatabaseUnusable, BlobsUnusable) as fault:
        return Behind([judged("database_bad", False, why=str(fault))])
    except JobFailed as fault:
        return Behind([judged("database_bad", False, why=say(fault.key, **fault.fields))])
    return Behind([*_schema(found), *_queues(found), *_people(silent)], groups, found["own_years"], office)


def _schema(found: Json) -> Iterator[Finding]:
    yield judged("database", found["schema"] == found["known"], dialect=found["dialect"], schema=found["schema"])
    yield judged("running" if found["running"] else "stopped", True, version=found["version"])
    if found["dialect"] == "sqlite":
        made = datetime.fromisoformat(found["backup_at"]) if found["backup_at"] else None
        fresh = made is not None and datetime.now(UTC) - made <= _BACKUP_AGE
        yield judged("backup" if made else "backup_none", fresh, care=True, at=found["backup_at"])


def _queues(found: Json) -> Iterator[Finding]:
    """A bot that does not run is not late; then it is only told what waits."""
    from bot.app.watching import INBOX_S, OUTBOX_S

    late = not found["running"]
    inbox, outbox = found["inbox_age_s"], found["outbox_age_s"]
    yield judged("inbox", inbox <= INBOX_S, care=late, age=round(inbox), new=found["inbox"].get("new", 0))
    yield judged("outbox", outbox <= OUTBOX_S, care=late, age=round(outbox), queued=sum(found["outbox"].values()))
    yield judged("aside", not found["inbox"].get("set_aside"), care=True, n=found["inbox"].get("set_aside", 0))
    yield judged("dead", found["dead"] == 0, care=True, n=found["dead"])


def _people(found: Json) -> Iterator[Finding]:
    yield judged("admins", found["admins"] > 0, n=found["admins"])
    silent: list[str] = found["silent"]
    yield judged("agencies", not silent, n=len(silent), names="、".join(silent))
