"""The town as it is in force for one event: with the county's own calendar days and the point rules of the event's day."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.chat.feature import Town
from bot.domain.rulebook import Rulebook
from bot.domain.times import local_day
from storage import calendar_days, rule_versions
from storage.database import Tx


@dataclass(slots=True)
class TownInForce:
    """`town` is as configured. One small query an event; the town is made anew only after a day was set, or is over."""

    town: Town
    _known: tuple[int, str, Town] = field(init=False)  # the newest row of the calendar and the day that are in it

    def __post_init__(self) -> None:
        self._known = (0, "", self.town)

    async def read(self, tx: Tx, at: datetime) -> Town:
        """To be asked before a handler runs: a day it sets may be rolled back and would be remembered all the same."""
        row, known, town = self._known
        newest, day = await calendar_days.latest(tx), local_day(at, self.town.zone).isoformat()
        if (newest, day) != (row, known):
            calendar = self.town.calendar
            if newest:
                calendar = calendar.with_days(await calendar_days.as_of(tx, newest))
            town = replace(self.town, calendar=calendar, rulebook=await self._rulebook(tx, day))
            self._known = (newest, day, town)
        return town

    async def _rulebook(self, tx: Tx, day: str) -> Rulebook:
        """With the point rules of a day: the file's may be those of a later one."""
        book = self.town.rulebook
        version = await rule_versions.in_force(tx, day)
        if version is None or version.effective_from == book.points.effective_from:
            return book
        return replace(book, points=version.rules)
