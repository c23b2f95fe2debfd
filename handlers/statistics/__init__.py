"""Statistics: 「统计」 tells the indices of a month with the counts they are made of, and the places of the agencies."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.chat.events import Due, Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Outgoing, Text, answer
from bot.domain.collusion import pairs
from bot.domain.people import OFFICE, MemberId, Role
from bot.domain.refusal import Refused
from bot.domain.tallies import Figures
from bot.domain.times import local_month, span_of_month
from handlers.statistics import telling
from handlers.statistics.declared import feature, text
from handlers.statistics.rules import month_meant
from storage import collusion, figure_runs, index_parts, members, timers
from storage.figure_runs import Run

__all__ = ["feature"]

_TIMER: Final = f"{feature.name}.go_on"
_MOST_PAIRS: Final = 5


@feature.command("统计", "figures", roles=OFFICE | {Role.AUDITOR}, group=False, example="统计 2026-10")
async def show(event: Incoming, work: Work) -> Effects:
    """A small month at once; a large one is counted part by part, so that nobody waits for it."""
    month = month_meant(event.rest, event.at, work.town.zone)
    if month is None:
        raise Refused("statistics.how")
    if month > local_month(event.at, work.town.zone):
        raise Refused("statistics.to_come", month=telling.named(month))
    town, left = work.town, index_parts.whole(month, work.town.zone, event.at)
    found, more = await index_parts.count(work.tx, left, town.rulebook, town.calendar)
    if more is not None and more.since == more.until:
        riders, more = await index_parts.count(work.tx, more, town.rulebook, town.calendar)
        found += riders
    if more is None:
        await figure_runs.end(work.tx, work.actor.id)
        return [answer(event, said) for said in await _said(month, found, work, event.at)]
    await _wait(Run(work.actor.id, found, more), work, event.at)
    return [answer(event, text("counting", month=telling.named(month)))]


@feature.due("go_on")
async def go_on(event: Due, work: Work) -> Effects:
    """The next part; after the last one it is told."""
    run = await figure_runs.find(work.tx, MemberId(int(event.key)))
    if run is None:
        return []
    counted, left = await index_parts.count(work.tx, run.left, work.town.rulebook, work.town.calendar)
    found = run.counted + counted
    if left is not None:
        await _wait(Run(run.member, found, left), work, event.at)
        return []
    await figure_runs.end(work.tx, run.member)
    return [Outgoing(run.member, said) for said in await _said(run.left.month, found, work, event.at)]


async def _wait(run: Run, work: Work, at: datetime) -> None:
    await figure_runs.save(work.tx, run)
    await timers.set_timer(work.tx, _TIMER, run.member, at)


async def _said(month: str, found: Figures, work: Work, at: datetime) -> Sequence[Lines]:
    county = telling.of_county(month, found, work.town, at)
    agencies, mutual = telling.of_agencies(month, found, work.town), await _pairs(month, work)
    return [county, *([agencies] if agencies else []), *([mutual] if mutual else [])]


async def _pairs(month: str, work: Work) -> Lines | None:
    """Riders whose reports one colleague mostly verifies, the most one-sided first: something to look at, no verdict."""
    verified = await collusion.verified_by_riders(work.tx, *span_of_month(month, work.town.zone))
    lines: list[Text] = []
    for pair in pairs(verified)[:_MOST_PAIRS]:
        who, by = await members.list_by_id(work.tx, [pair.reporter, pair.verifier])
        lines.append(text("pair", who=who.name, by=by.name, n=pair.reports, of=pair.of))
    return Lines((text("pairs", month=telling.named(month)), *lines)) if lines else None
