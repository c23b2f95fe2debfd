"""All that a handler may touch, and what the county set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bot.domain.calendar import Calendar
from bot.domain.case import CaseState
from bot.domain.people import Member
from bot.domain.quiet import QuietHours
from bot.domain.rulebook import Rulebook
from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may send; over it nothing is lost, it is worked off slowly."""

    reports_hour: int = 10
    reports_day: int = 40
    photos_day: int = 60
    photo_bytes_day: int = 100_000_000
    commands_minute: int = 30
    codes_wrong: int = 5


@dataclass(frozen=True, slots=True)
class Town:
    """What the county set, frozen at start; the calendar has the county's own days as they stood when the event began."""

    name: str
    code: str
    zone: ZoneInfo
    language: str
    bot_name: str
    rulebook: Rulebook
    calendar: Calendar
    quiet: QuietHours
    limits: Limits
    admins: tuple[str, ...]  # "telegram:1001"
    bare_photo_asks: bool = True
    draft_minutes: int = 5
    album_seconds: int = 2
    card_wait_s: int = 20
    public_url: str | None = None
    mention: str = ""  # what people write behind the @ where only that is heard, if not `bot_name`
    code_mac: Callable[[str], str] = str  # keyed hash of a one-time code
    state_words: Mapping[str, CaseState] = field(default_factory=dict[str, CaseState])  # as the catalogues name them

    @property
    def night(self) -> QuietHours:
        """The quiet hours that run over midnight: then a group is left alone, too."""
        return QuietHours(self.zone, tuple(span for span in self.quiet.spans if span.end < span.start))


@dataclass(frozen=True, slots=True)
class Work:
    """All that a handler may touch; it stays at three fields."""

    tx: Tx
    actor: Member
    town: Town
