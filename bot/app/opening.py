"""From settings to parts: everything that is opened before an engine can be put together."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import county, holidays
from bot.chat.feature import Town
from bot.chat.texts import Texts
from bot.chat.work import Limits
from bot.config import Settings
from bot.domain.calendar import Calendar
from bot.domain.case import CaseState
from bot.domain.quiet import QuietHours
from bot.domain.rulebook import Rulebook
from bot.engine.imaging import ImageWorker
from bot.engine.imaging import Limits as ImageLimits
from bot.secrets import Signer, load_or_make
from handlers import DRAWINGS, catalogues
from storage.blobs import BlobStore, open_blobs
from storage.database import Database, open_database
from storage.migrate import migrate, require_current


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What is open while a command or the bot runs."""

    settings: Settings
    town: Town
    texts: Texts
    signer: Signer
    database: Database
    blobs: BlobStore
    worker: ImageWorker


@asynccontextmanager
async def opened(settings: Settings, *, upgrades: bool = False) -> AsyncGenerator[Opened]:
    """Load, check and open everything; close it in the opposite order.

    The files are checked before the database is opened, so that a mistake in them costs nothing. `upgrades`: the
    database is brought to this program's schema (only the demo does so to its own).

    Raises:
        ConfigFault, RulebookFault, CatalogueFault, BlobsUnusable: what was configured cannot be used.
        DatabaseUnusable: the database is held by another process, out of reach, or of another schema.
    """
    signer = Signer(load_or_make(settings.town.secret_file))
    rulebook = county.load(settings.rulebook.dir)
    texts = catalogues(ZoneInfo(settings.town.timezone), settings.bot.messages_dir)
    blobs = open_blobs(settings.storage.photos)
    database = await open_database(settings.storage.url)
    worker = ImageWorker(
        ImageLimits(bytes=settings.images.max_bytes, pixels=settings.images.max_pixels), drawings=DRAWINGS
    )
    try:
        await (migrate(database) if upgrades else require_current(database))
        town = town_of(settings, rulebook, texts, signer)
        yield Opened(
            settings=settings, town=town, texts=texts, signer=signer, database=database, blobs=blobs, worker=worker
        )
    finally:
        await worker.close()
        await database.close()


def town_of(settings: Settings, rulebook: Rulebook, texts: Texts, signer: Signer) -> Town:
    """What the county set, as features see it."""
    zone = ZoneInfo(settings.town.timezone)
    return Town(
        name=settings.town.name,
        code=settings.town.code,
        zone=zone,
        language=settings.town.language,
        bot_name=settings.bot.name,
        rulebook=rulebook,
        calendar=Calendar(zone, exceptions=holidays.published(), published_years=holidays.published_years()),
        quiet=QuietHours(zone, rulebook.ladder.quiet),
        limits=_limits(settings),
        admins=settings.people.admins,
        bare_photo_asks=settings.groups.bare_photo == "ask",
        draft_minutes=settings.drafts.open_minutes,
        album_seconds=settings.drafts.album_seconds,
        card_wait_s=settings.drafts.card_wait_seconds,
        public_url=settings.web.public_url or None,
        mention=settings.wecom.aibot.name,
        code_mac=lambda code: signer.mac("code", code.encode(), 16).hex(),
        state_words={said: CaseState(state) for said, state in texts.words_of("state").items()},
    )


def _limits(settings: Settings) -> Limits:
    limits = settings.limits
    return Limits(
        reports_hour=limits.reports_per_hour,
        reports_day=limits.reports_per_day,
        photos_day=limits.photos_per_day,
        photo_bytes_day=limits.photo_megabytes_per_day * 1_000_000,
        commands_minute=limits.commands_per_minute,
        codes_wrong=limits.code_tries,
    )


def sqlite_file(settings: Settings) -> Path | None:
    """The database file, or None for a server."""
    prefix = "sqlite:///"
    url = settings.storage.url
    return Path(url.removeprefix(prefix)) if url.startswith(prefix) else None
