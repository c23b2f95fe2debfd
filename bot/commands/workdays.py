"""`calendar show` and `calendar import`."""

import asyncio
import base64
import sys
from datetime import date
from pathlib import Path

from bot.commands.daily import bytes_of
from bot.commands.faults import FAILED
from bot.commands.reaching import reach, settings_at
from bot.commands.showing import console, progress
from bot.commands.wording import say
from bot.control import Json
from bot.domain.workdays import spans


def run_show(config: Path, year: int | None) -> None:
    """The days of a year that are no ordinary ones, and whether its holidays are known."""
    settings = settings_at(config)
    with progress(say("calendar.reading")) as tell:
        found = asyncio.run(reach(settings, "calendar_year", {"year": year}, tell))
    if found["published"]:
        console.print(say("calendar.published", year=found["year"]))
    else:
        console.print(say("calendar.unpublished", year=found["year"]), style="yellow", soft_wrap=True)
    if found["days"]:
        _show_days(found)
    else:
        console.print(say("calendar.nothing"))


def _show_days(found: Json) -> None:
    from rich.table import Table

    table = Table(*(say(f"calendar.column.{name}") for name in ("day", "weekday", "works", "whose")))
    days = {date.fromisoformat(one["day"]): (bool(one["works"]), bool(one["own"])) for one in found["days"]}
    for first, last, (works, own) in spans(days):
        ends = [first] if first == last else [first, last]
        table.add_row(
            " – ".join(day.isoformat() for day in ends),
            " – ".join(say(f"calendar.weekday{day.isoweekday()}") for day in ends),
            say("calendar.works" if works else "calendar.rests"),
            say("calendar.own" if own else "calendar.state"),
        )
    console.print(table)


def run_import(config: Path, file: Path) -> None:
    """Take in the county's own days, all or none; faults are all told at once."""
    settings = settings_at(config)
    args = {"data": base64.b64encode(bytes_of(file, "calendar.too_large")).decode("ascii")}
    with progress(say("calendar.reading")) as tell:
        made = asyncio.run(reach(settings, "import_calendar", args, tell))
    if made["faults"]:
        console.print(made["faults"], markup=False)
        sys.exit(FAILED)
    console.print(say("calendar.done", changed=made["changed"], same=made["same"]))
