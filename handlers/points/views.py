"""What a rider sees of their points: 「积分」 and, line by line, 「明细」."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Button, Effects, Lines, Outgoing, Text, answer
from bot.domain.ledger import Step, item_with
from bot.domain.people import RIDERS
from bot.domain.refusal import Refused
from bot.domain.times import local_month
from handlers.points import wording
from handlers.points.declared import feature, text
from storage import balances, point_lines, points
from storage.balances import Balance
from storage.point_lines import Line
from storage.points import Entry

LINES: Final = 3
PAGE: Final = 5
_MONTH: Final = re.compile(r"(?:(?P<year>\d{4})[年./-])?(?P<month>\d{1,2})月?")
_IN_A_ROW: Final = 3
_OF_THE_WALLET: Final = frozenset({Step.SPENT, Step.EXPIRED})


async def show_points(event: Incoming, work: Work) -> Effects:
    """Month, rank, what can be spent, what came from where, and the last few entries."""
    if not work.actor.is_any(RIDERS):
        return [answer(event, text("after_registration"))]
    recent = await points.list_recent(work.tx, work.actor.id, LINES)
    rules = feature.press("rules", "button.rules", row=1)
    if not recent:
        return [answer(event, text("none"), rules)]
    period = local_month(event.at, work.town.zone)
    now = await balances.balance(work.tx, work.actor.id, period)
    lines = [_month(now), text("spendable", points=now.spendable), *await _sources(period, work)]
    lines += [_recent(entry, work) for entry in recent]
    listed = feature.press("lines", "button.lines", target=f"{period} 0 0", only=work.actor.id, row=1)
    return [answer(event, Lines(tuple(lines)), listed, rules)]


def _month(now: Balance) -> Text:
    if now.month <= 0:
        return text("month_empty")
    if now.rank is None:
        return text("month_far", points=now.month)
    return text("month", points=now.month, rank=now.rank)


async def _sources(period: str, work: Work) -> Sequence[Text]:
    """The points of the month by group of the book, and what waits."""
    sums, rules = await point_lines.sums(work.tx, work.actor.id, period), wording.rules_of(work)
    by_group: dict[str, int] = {}
    for code, counted in sums.by_item.items():
        item = item_with(code, rules)
        group = item.group if item else code[:1]
        by_group[group] = by_group.get(group, 0) + counted
    lines = [
        text("source", group=rules.groups.get(group, group) if group else text("restored"), points=wording.signed(n))
        for group, n in sorted(by_group.items())
        if n
    ]
    return [*lines, text("waiting", points=wording.signed(sums.pending))] if sums.pending else lines


def _recent(entry: Entry, work: Work) -> Text:
    what, number = wording.item_name(entry.item, wording.rules_of(work)), wording.number_of(entry.case_number)
    return text(f"line.{entry.step}", delta=wording.signed(entry.delta), what=what, number=number)


async def show_lines(event: Incoming, work: Work) -> Effects:
    """「明细」, 「明细 10月」, 「明细 2026-10」."""
    if not work.actor.is_any(RIDERS):
        return [answer(event, text("after_registration"))]
    period = month_named(event.rest, event.at.astimezone(work.town.zone))
    if period is None:
        raise Refused("points.lines.how")
    return [await _page(event, period, 0, 0, work)]


async def show_more(event: Pressed, work: Work) -> Effects:
    """The lines after those of the message."""
    period, before, shown = event.target.split()
    return [await _page(event, period, int(before), int(shown), work), Acknowledge(event)]


def month_named(words: str, now: datetime) -> str | None:
    """The month that is meant, as "2026-10": this one, or the last one of that name; None where no month is named.

    `now` by the county's clock.
    """
    if not words.strip():
        return f"{now:%Y-%m}"
    found = _MONTH.fullmatch(words.strip())
    if found is None or not 1 <= int(found["month"]) <= 12:
        return None
    month = int(found["month"])
    year = int(found["year"]) if found["year"] else now.year - (month > now.month)
    return f"{year:04d}-{month:02d}"


async def _page(event: Incoming | Pressed, period: str, before: int, shown: int, work: Work) -> Outgoing:
    who, total = work.actor.id, await point_lines.count(work.tx, work.actor.id, period)
    lines = await point_lines.page(work.tx, who, period, before or None, PAGE)
    if not lines:
        return answer(event, text("lines.none", month=_named(period)))
    parts = [text("lines.head", month=_named(period), n=total)]
    buttons: list[Button] = []
    for at, line in enumerate(lines, shown + 1):
        parts += _told(at, line, work)
        if line.standing not in _OF_THE_WALLET:  # the objection belongs to the ranking; a line is named by its entry
            row = (at - shown - 1) // _IN_A_ROW
            buttons.append(
                Button("ranking.object", text("button.object", n=at), target=str(line.entry), only=who, row=row)
            )
    if shown + len(lines) < total:
        target = f"{period} {lines[-1].id} {shown + len(lines)}"
        buttons.append(feature.press("lines", "button.more", target=target, only=who, row=2))
    return answer(event, Lines(tuple(parts)), *buttons)


def _named(period: str) -> Text:
    year, _, month = period.partition("-")
    return text("period", year=year, month=Text(f"time.month{int(month)}"))


def _told(at: int, line: Line, work: Work) -> list[Text]:
    """Two lines: day and item; points, case, who and where it stands. A third one, why, where there is a reason."""
    of_the_wallet = line.standing in _OF_THE_WALLET
    what = text("wallet") if of_the_wallet else wording.item_name(line.item, wording.rules_of(work))
    parts = [text("lines.first", n=at, day=line.day.day, what=what)]
    by: str | Text = line.by or text("lines.by_itself", bot=work.town.bot_name)
    second = Lines(
        (
            text("lines.points", delta=wording.signed(line.delta)),
            Text("core.plain", {"words": wording.number_of(line.case_number)}),
            Text("core.plain", {"words": by}),
            text(f"standing.{line.standing}"),
        ),
        " ",
    )
    parts.append(Text("core.plain", {"words": second}))
    parts += [reason for reason in (wording.why(line.reason), wording.why(line.undone)) if reason is not None]
    return parts
