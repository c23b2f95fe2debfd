"""What is planned for the quarter: leaves with deputies, nights, a day the county sets itself, three days without the bot."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from tests.town import Person

if TYPE_CHECKING:
    from bench.quarter.play import Play


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody tells the bot, so many days after the beginning. `first`, `last`: the days it is about, likewise."""

    day: int
    at: time
    who: str
    words: str  # {days} stands for the days
    first: int = 0
    last: int = 0


NOTICES: Final = (
    Notice(7, time(9, 10), "孙立新", "值班 何平安 {days}", 7, 13),
    Notice(11, time(10, 5), "周向前", "请假 {days}", 14, 18),
    Notice(20, time(15, 20), "马主任", "值班 高大明 {days}", 21, 27),
    Notice(32, time(11, 40), "刘建工", "请假 {days}", 35, 39),
    Notice(38, time(16, 50), "马主任", "请假 {days}", 49, 53),  # a leader: the lead office hears instead
    Notice(50, time(9, 30), "郑守信", "请假 {days}", 50, 58),
    Notice(54, time(14, 0), "陈路通", "请假 {days}", 58, 58),  # one day, and the bot is away
    Notice(56, time(8, 50), "郑守信", "销假"),
    Notice(61, time(21, 15), "唐志安", "请假 {days}", 63, 67),
    Notice(62, time(10, 0), "冯卫国", "请假 {days}", 65, 66),  # for two days the fire brigade has nobody
    Notice(70, time(9, 0), "李主任", "请假 {days}", 71, 73),
)
OUTAGE: Final = ((57, time(9, 20)), (60, time(12, 10)))  # over before the noon break and the meal peak are


def plan(play: "Play", begin: datetime, until: datetime) -> None:
    """Put into the agenda what falls into the time that is played."""
    people = {person.name: person for person in play.cast.by_member.values()}
    for notice in NOTICES:
        at = instant(begin, notice.day, notice.at, play.zone)
        if at < until:
            words = notice.words.format(days=_span(begin.date(), notice.first, notice.last))
            play.agenda.add(at, lambda person=people[notice.who], words=words: say(person, words))


async def say(person: Person, words: str) -> None:
    await person.says(words)


def instant(begin: datetime, day: int, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(begin.date() + timedelta(days=day), at, zone)


def _span(begin: date, first: int, last: int) -> str:
    days = begin + timedelta(days=first), begin + timedelta(days=last)
    return "至".join(f"{day.month}月{day.day}日" for day in days)
