"""How a case, an agency, a length and a share are called in a brief."""

from datetime import date, datetime, timedelta

from bot.chat.feature import Work
from bot.chat.messages import Arg, Text
from bot.domain.rulebook import AgencyId, Sensitive
from handlers.weekly.declared import text
from handlers.weekly.figures import Figures, levels
from handlers.weekly.rules import Period, Rate
from storage.weekly_figures import ListedCase

_DAY = timedelta(days=1)


def day(on: date) -> Text:
    """11月16日."""
    return text("day", month=Text(f"time.month{on.month}"), day=on.day)


def span(period: Period) -> Text:
    """11月16日至11月22日; a single day is itself."""
    if period.first == period.last:
        return day(period.first)
    return text(
        "span",
        from_month=Text(f"time.month{period.first.month}"),
        from_day=period.first.day,
        to_month=Text(f"time.month{period.last.month}"),
        to_day=period.last.day,
    )


def instant(at: datetime, work: Work) -> Text:
    """11月23日 9:00: what was made is looked at for years."""
    local = at.astimezone(work.town.zone)
    return text("instant", year=local.year, day=day(local.date()), clock=f"{local.hour}:{local.minute:02d}")


def rate(found: Rate) -> Text:
    """91.6%（33/36）; a dash where no limit came."""
    if found.percent is None:
        return text("no_rate")
    return text("rate", percent=found.percent, part=found.part, whole=found.whole)


def agency(found: AgencyId | None, work: Work) -> Arg:
    """Its short name."""
    if found is None:
        return text("nobody")
    known = work.town.rulebook.agencies.get(found)
    return known.short if known else found


def matter(case: ListedCase, work: Work) -> Arg:
    """The short name of its category."""
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    return category.short if category else text("not_sorted")


def place(case: ListedCase, work: Work) -> Arg:
    """Where it is, unless its category is sensitive."""
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    if category is not None and category.sensitive is Sensitive.YES:
        return text("hidden_place")
    return case.place or text("no_place")


def contact(case: ListedCase) -> Arg:
    return case.contact or text("no_contact")


def days_over(case: ListedCase, at: datetime) -> int:
    """Whole days since its limit."""
    return (at - case.since) // _DAY


def over(case: ListedCase, at: datetime) -> Text:
    """3 天; hours on the first day, at least one."""
    days = days_over(case, at)
    return text("days", n=days) if days else text("hours", n=max(1, (at - case.since) // timedelta(hours=1)))


def length(found: timedelta | None, work: Work, *, working: bool) -> Arg:
    """A length by day and night, or one in working time: 1 个工作日 2 小时."""
    if found is None:
        return text("no_length")
    days, rest = divmod(found, timedelta(minutes=work.town.calendar.day_minutes))
    if not working or not days:
        return found
    return text("worked_and", n=days, length=rest) if rest >= timedelta(minutes=1) else text("worked", n=days)


def levels_named(work: Work, *, working: bool) -> str:
    """特急、紧急: the levels of one clock."""
    return "、".join(work.town.rulebook.severities[level].name for level in levels(work, working=working))


def worst(figures: Figures, most: int) -> tuple[ListedCase, ...]:
    """The most overdue cases, agency by agency: first the one with most such cases, or with the oldest of as many."""
    found = figures.overdue[:most]
    late = {part.agency: part.late for part in figures.agencies}
    oldest = {case.agency: case.since for case in reversed(found)}
    return tuple(sorted(found, key=lambda case: (-late.get(case.agency, 0), oldest[case.agency], case.since)))
