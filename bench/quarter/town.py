"""The county of the quarter: the real engine on an SQLite file; clock, chats and pictures are the world's edges."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import handlers
from bot.chat.events import FromPlatform, Platform
from bot.chat.platform import NothingToEdit, Raw, Rendered, Sent
from bot.domain.calendar import Calendar
from bot.domain.quiet import QuietHours
from bot.domain.times import read, stored
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker, Prepared
from bot.secrets import Secret, Signer
from storage import groups
from storage.blobs import open_blobs
from storage.database import Database, open_database
from storage.migrate import migrate
from tests.fake import GROUP, FakeClock, FakePlatform, Shown, picture
from tests.town import TestTown, default_town

_STILL = picture("still", (32, 32))
_NEXT = (
    "SELECT min(due_at) AS at FROM timers WHERE handed_at IS NULL AND due_at > :now",
    "SELECT min(not_before) AS at FROM outbox WHERE state IN ('queued', 'sending', 'unknown') AND not_before > :now",
    "SELECT min(next_try_at) AS at FROM inbox WHERE state = 'new' AND next_try_at > :now",
)
_NUMBER = re.compile(r"(?<![\d〔-])\d{4}(?![\d年〕-])")  # not the year of a supervision order or of a day


@dataclass(frozen=True, slots=True)
class Left:
    """A message that left for a chat. `edited`: it changed an older one and made no sound."""

    at: datetime
    chat: str
    id: str
    edited: bool


class StillPictures(ImageWorker):
    """Every picture is the same small one: the quarter is about time. Only the hashes are those of the bytes that came."""

    async def prepare(self, data: bytes) -> Prepared:
        name = hashlib.sha256(data).hexdigest()
        return Prepared(_STILL, _STILL, 32, 32, name, name, name[:16], name[16:32], None, None, None)

    async def draw(self, name: str, arguments: str, pictures: Sequence[bytes] = ()) -> bytes:
        return _STILL


class LoggedPlatform(FakePlatform):
    """Notes every message that leaves, and finds the one to edit at once however long a chat has become."""

    def __init__(self, name: Platform, clock: FakeClock) -> None:
        super().__init__(name, clock)
        self.left: list[Left] = []
        self.fresh: list[tuple[str, Shown]] = []  # what came since somebody looked
        self._by_id: dict[tuple[str, str], Shown] = {}
        self.about: dict[tuple[str, str], list[Shown]] = defaultdict(list)  # by chat and number of the case

    async def send(self, message: Rendered) -> Sent:
        chat = message.where.chat
        bare = replace(message, pictures=(), files=())
        if message.edits is not None:
            shown = self._by_id.get((chat, message.edits))
            if shown is None:
                raise NothingToEdit("nothing to edit")
            shown.rendered = replace(bare, answers=shown.rendered.answers)
            shown.edits += 1
        else:
            shown = Shown(self.new_id(), bare)
            self._by_id[chat, shown.id] = shown
            self.fresh.append((chat, shown))
            for number in numbers_in(message.text):
                self.about[chat, number].append(shown)
        self.left.append(Left(self.clock.now(), chat, shown.id, message.edits is not None))
        return Sent(shown.id)

    async def fetch(self, ref: str, most_bytes: int) -> bytes:
        return ref.encode()  # as good as a picture, as nobody opens it


def numbers_in(text: str) -> list[str]:
    """Numbers of cases in a message, each once."""
    return list(dict.fromkeys(_NUMBER.findall(text)))


@dataclass
class QuarterTown(TestTown):
    """A town that can be away: what people do meanwhile waits at the platform, and no hour is kept."""

    folder: Path = Path()
    away: bool = False
    waiting: list[Raw] = field(default_factory=list[Raw])
    last_event: str = ""  # of what somebody did last

    @classmethod
    async def begin(cls, folder: Path, zone: ZoneInfo, holidays: dict[date, bool], at: datetime) -> "QuarterTown":
        database = await open_database(f"sqlite:///{folder}/quarter.db")
        await migrate(database)
        clock = FakeClock(at.astimezone(UTC))
        platform = LoggedPlatform(Platform.SANDBOX, clock)
        engine = _engine(database, folder, zone, holidays, platform)
        town = cls(engine, clock, platform, database, handlers.catalogues(zone, None), folder=folder)
        await engine.prepare()
        async with database.write() as tx:
            await groups.bind(tx, platform.name, GROUP, clock.now())
        await engine.tick()
        return town

    def next_event(self) -> str:
        self.last_event = super().next_event()
        return self.last_event

    @property
    def log(self) -> LoggedPlatform:
        assert isinstance(self.platform, LoggedPlatform)
        return self.platform

    async def happens(self, platform: FakePlatform, event: FromPlatform) -> None:
        raw = platform.raw(event)
        if self.away:
            self.waiting.append(raw)
            return
        await self.engine.intake.deliver(platform.name, [raw])
        await self.settle()

    async def settle(self) -> None:
        await self.engine.drain()

    async def next_instant(self) -> datetime | None:
        """The next instant after now at which a timer, an hour of the day or a held message is due."""
        now = stored(self.clock.now())
        async with self.database.read() as tx:
            rows = [await tx.one(sql, now=now) for sql in _NEXT]
        found = [read(str(row["at"])) for row in rows if row["at"] is not None]
        due = await self.engine.ticker.next_due()
        return min([*found, *([due] if due is not None and due > self.clock.now() else [])], default=None)

    async def come_back(self) -> None:
        """The bot runs again: it hears what people said meanwhile, and then every hour comes that was missed."""
        self.away = False
        now = self.clock.now()
        await self.engine.intake.deliver(self.platform.name, [replace(raw, at=now) for raw in self.waiting])
        self.waiting.clear()
        await self.settle()
        await self.work_off()


def _engine(
    database: Database, folder: Path, zone: ZoneInfo, holidays: dict[date, bool], platform: LoggedPlatform
) -> Engine:
    signer = Signer(Secret(b"k" * 32))
    years = frozenset(day.year for day in holidays)
    town = default_town(
        signer,
        zone=zone,
        calendar=Calendar(zone, exceptions=holidays, published_years=years),
        quiet=QuietHours(zone),
    )
    return assemble(
        Parts(
            database=database,
            town=town,
            texts=handlers.catalogues(zone, None),
            signer=signer,
            clock=platform.clock,
            platforms=[platform],
            features=handlers.FEATURES,
            blobs=open_blobs(str(folder / "photos")),
            worker=StillPictures(),
        )
    )


def after(at: datetime, **length: float) -> datetime:
    """Later by so much, in whole milliseconds as instants are stored."""
    later = at + timedelta(**length)
    return later.replace(microsecond=later.microsecond // 1000 * 1000)
