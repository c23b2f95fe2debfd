"""A month and its riders in words: names as they may be read, days, the first three."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from bot.chat.feature import Work
from bot.chat.messages import Arg, Text
from bot.domain import scrub
from bot.domain.rulebook import DutyId
from bot.domain.times import local_day, month_before
from handlers.ranking.declared import text
from storage import months, ranking_shown
from storage.months import Month
from storage.ranking_shown import Leader, Shown

HONOURED: Final = 3  # places that a text names
TOP: Final = 10  # lines of the poster and of a list in the chat
_CHANGES: Final = ("▲", "▼")
SAME: Final = "—"


def month_named(period: str, at: datetime, work: Work) -> Text:
    """「10月」, with its year if that is not the running or the last month's."""
    day = date.fromisoformat(f"{period}-01")
    recent = (local_day(at, work.town.zone) - day).days < 300
    return Text(f"time.month{day.month}") if recent else month_of_year(period)


def month_of_year(period: str) -> Text:
    """「2026年10月」."""
    year, month = period.split("-")
    return text("month_of_year", year=year, month=Text(f"time.month{int(month)}"))


def day_named(at: datetime, work: Work) -> Text:
    """「11月5日」 by the county's clock."""
    day = local_day(at, work.town.zone)
    return text("day", month=Text(f"time.month{day.month}"), day=day.day)


def last_day(until: datetime, work: Work) -> Text:
    """The last day on which all day long a ranking is shown that is settled in the morning `until`."""
    return day_named(until - timedelta(days=1), work)


def name_of(one: Shown | Leader) -> str:
    """The name as it may be read by everybody: whole for who agreed to that."""
    return one.name if one.named else scrub.public_name(one.name)


def duty_of(one: Shown, work: Work) -> str:
    """The duty, as the county calls it; empty without one."""
    duty = work.town.rulebook.duties.get(DutyId(one.duty)) if one.duty else None
    return duty.name if duty else ""


def change_of(one: Shown, *, compared: bool) -> Arg:
    """How the place has changed: ▲2, ▼1, —; nothing where there is no month to compare with."""
    if not compared:
        return ""
    if one.was is None:
        return text("new")
    by = one.was - one.line.place
    return f"{_CHANGES[by < 0]}{abs(by)}" if by else SAME


async def shown(month: Month, most: int, work: Work) -> tuple[Sequence[Shown], bool]:
    """The first lines of the ranking that holds, and whether there is an earlier month to compare them with."""
    earlier = await compared_with(month.period, work)
    day = f"{month.period}-28"  # who holds a duty then holds it for the month
    found = await ranking_shown.list_first(work.tx, month.period, month.version, earlier, day, most)
    return found, earlier[1] > 0


async def compared_with(period: str, work: Work) -> tuple[str, int]:
    """Month and version that places are compared with; version 0 where there is none."""
    before = month_before(period)
    found = await months.find(work.tx, before)
    return before, found.version if found else 0


def honours(found: Sequence[Shown]) -> list[Text]:
    """A line for each of the first three places: the first few of those who share one."""
    honoured = [one for one in found if one.line.place <= HONOURED and one.line.points > 0]
    lines: list[Text] = []
    for place in sorted({one.line.place for one in honoured}):
        equals = [one for one in honoured if one.line.place == place]
        names = "、".join(name_of(one) for one in equals[:HONOURED])
        key = "honour.many" if len(equals) > HONOURED else "honour.few"
        which = text(f"place{place}")
        lines.append(text(key, place=which, names=names, n=len(equals), points=equals[0].line.points))
    return lines
