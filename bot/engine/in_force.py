"""The town as it is in force for one event: with the county's own calendar days, whichever process set them."""

from dataclasses import dataclass, field, replace

from bot.chat.feature import Town
from storage import calendar_days
from storage.database import Tx


@dataclass(slots=True)
class TownInForce:
    """`town` is as configured. One small query an event; the calendar is made anew only after a day was set."""

    town: Town
    _known: tuple[int, Town] = field(init=False)  # the newest row that is in it

    def __post_init__(self) -> None:
        self._known = (0, self.town)

    async def read(self, tx: Tx) -> Town:
        """To be asked before a handler runs: a day it sets may be rolled back and would be remembered all the same."""
        row, town = self._known
        newest = await calendar_days.latest(tx)
        if newest != row:
            town = replace(self.town, calendar=self.town.calendar.with_days(await calendar_days.as_of(tx, newest)))
            self._known = (newest, town)
        return town
