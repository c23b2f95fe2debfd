"""The page of the agencies of a settled month: counted in slices of the month, posted in every work group once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.chat.events import Due
from bot.chat.feature import Work
from bot.chat.messages import Arg, Attachment, AttachmentKind, Effects
from bot.domain.indices import NONE, Placed, Rate, published, ranking
from bot.domain.rulebook import AgencyId, Publicity
from bot.domain.tallies import Counts, Figures, read_figures
from bot.domain.times import read, span_of_month, stored
from handlers.ranking import pictures, publishing, wording
from handlers.ranking.declared import feature, text
from storage import index_figures, months, notes, timers
from storage.months import Month

PAGE: Final = "agency_page"
COUNT: Final = f"{feature.name}.agencies"
_ROWS: Final = 500  # that a slice looks at for each count
_PARTS: Final = ("response", "solution", "satisfaction")


async def begin(period: str, work: Work, at: datetime) -> None:
    """Count the agencies' month, a part an event."""
    await notes.put(work.tx, _note(period), Figures().write())
    await timers.set_timer(work.tx, COUNT, f"{period}|{stored(span_of_month(period, work.town.zone)[0])}", at)


async def go_on(event: Due, work: Work) -> Effects:
    """`month|instant`: count from there on; after the last part the page is posted."""
    period, _, written = event.key.partition("|")
    since, until = read(written), span_of_month(period, work.town.zone)[1]
    kept, month = await notes.find(work.tx, _note(period)), await months.find(work.tx, period)
    if kept is None or month is None:
        return []
    end = await index_figures.slice_end(work.tx, since, until, _ROWS)
    figures = read_figures(kept) + await index_figures.count(work.tx, since, end)
    if end < until:
        await notes.put(work.tx, _note(period), figures.write())
        await timers.set_timer(work.tx, COUNT, f"{period}|{stored(end)}", event.at)
        return []
    await notes.remove(work.tx, _note(period))
    return await _post(month, figures, work, event.at)


def _note(period: str) -> str:
    return f"{COUNT}:{period}"


async def _post(month: Month, figures: Figures, work: Work, at: datetime) -> Effects:
    counted = [(name, counts) for name, counts in sorted(figures.agencies.items()) if counts.due]
    if not counted:
        return []
    placed = ranking((counts, counts.due, counts.closing_on_time) for _, counts in counted)
    if work.town.rulebook.publicity is Publicity.TOP:
        placed = published(placed, Publicity.TOP)
    names = {id(counts): name for name, counts in counted}
    rows = [(names[id(one.who)], one) for one in placed]
    lines = [text("agencies.head", month=wording.month_named(month.period, at, work)), text("agencies.how")]
    once = f"ranking:{month.period}:agencies"
    return await publishing.in_groups(lines, (page(month, rows, work),), once, work, at)


def page(month: Month, rows: Sequence[tuple[AgencyId, Placed[Counts]]], work: Work) -> Attachment:
    """The agencies in their order, each with its counts: a rate alone would say too little."""
    words: dict[str, Arg] = {
        **pictures.head(month, work, "agencies.title"),
        "rate": text("agencies.rate"),
        "unranked": text("agencies.unranked"),
        "note": text("agencies.note"),
        "none": text("agencies.none"),
        **pictures.foot(month, work),
        "qr": "",  # its code says what the riders' ranking is
        "line3": "",
    }
    words |= {f"part{number}": text(f"agencies.{part}") for number, part in enumerate(_PARTS, 1)}
    return Attachment(AttachmentKind.DRAWN, name=PAGE, words=words, rows=tuple(_row(*row, work) for row in rows))


def _row(agency: AgencyId, one: Placed[Counts], work: Work) -> tuple[Arg, ...]:
    known = work.town.rulebook.agencies.get(agency)
    counts = text("agencies.count", due=one.rate.whole, on_time=one.rate.part)
    parts = [_short(rate) for rate in (one.who.response, one.who.solution, one.who.satisfaction)]
    return one.place or 0, known.short if known else agency, str(one.rate), counts, *parts


def _short(rate: Rate) -> str:
    """In whole hundredths, cut: three of them stand in one line."""
    return f"{100 * rate.part // rate.whole}%" if rate.whole else NONE
