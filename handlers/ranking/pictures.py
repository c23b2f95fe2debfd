"""The words of a month's pictures: its poster, the sheet that is made public, a rider's own card."""

from datetime import datetime
from typing import Final

from bot.chat.feature import Work
from bot.chat.messages import Arg, Attachment, AttachmentKind, Text
from bot.domain.rulebook import Publicity
from bot.domain.scrub import public_name
from handlers.ranking import wording
from handlers.ranking.declared import text
from handlers.ranking.wording import HONOURED, TOP
from storage import point_lines
from storage.months import Month, MonthState
from storage.ranking_shown import Shown

SHEET: Final = 1000  # lines of the sheet, some forty pages; who stands further down hears it in private
POSTER: Final = "poster"
CARD: Final = "rider_card"
PUBLICITY: Final = "publicity.pdf"


async def poster(month: Month, work: Work) -> Attachment:
    """The first ten on a page to print."""
    found, compared = await wording.shown(month, TOP, work)
    totals = month.totals
    words: dict[str, Arg] = {
        **head(month, work, "poster.title"),
        "unit": text("points"),
        "none": text("poster.none"),
        **foot(month, work),
    }
    for place in range(1, HONOURED + 1):
        words[f"place{place}"], words[f"shared{place}"] = text(f"place{place}"), text(f"shared{place}")
    counted = (
        ("riders", totals.riders),
        ("active", totals.active),
        ("reported", totals.reported),
        ("resolved", totals.resolved),
    )
    for number, (name, value) in enumerate(counted, 1):
        words |= _figure(number, name, value)
    rows = tuple(_row(one, wording.name_of(one), work, compared=compared) for one in found if one.line.points > 0)
    return Attachment(AttachmentKind.DRAWN, name=POSTER, words=words, rows=rows)


async def sheet(month: Month, work: Work, at: datetime) -> Attachment:
    """What the county makes public of a ranking, as a file to be kept."""
    mode = work.town.rulebook.publicity
    found, compared = await wording.shown(month, TOP if mode is Publicity.TOP else SHEET, work)
    notes = [text("sheet.object"), text("sheet.order"), text(f"sheet.{mode}")]
    if mode is not Publicity.TOP and month.totals.riders > SHEET:
        notes.append(text("sheet.more", n=SHEET))
    words: dict[str, Arg] = {
        "file": text("sheet.file", month=wording.month_of_year(month.period), county=work.town.name),
        "county": work.town.name,
        "title": text("sheet.title", month=wording.month_of_year(month.period)),
        "span": _span(month, work),
        "shared": text("sheet.shared"),
        "none": text("poster.none"),
        "office": work.town.rulebook.lead.name,
        "date": wording.day_named(at, work),
    }
    words |= {f"note{number}": note for number, note in enumerate(notes, 1)}
    words |= {f"column{number}": text(f"sheet.column{number}") for number in range(1, 6)}
    rows = tuple(_row(one, _listed(one, mode), work, compared=compared) for one in found)
    return Attachment(AttachmentKind.FILE, name=PUBLICITY, words=words, rows=rows)


def _listed(one: Shown, mode: Publicity) -> str:
    return one.name if mode is Publicity.FULL or one.named else public_name(one.name)


async def card(month: Month, one: Shown, work: Work) -> Attachment:
    """A rider's own month, for the rider alone."""
    place = one.line.place if one.line.points > 0 else 0
    words: dict[str, Arg] = {
        **head(month, work, "card.title"),
        "name": one.name,
        "duty": wording.duty_of(one, work),
        "place": place,
        "points": one.line.points,
        "unit": text("points"),
        "points_label": text("card.points"),
        "items_label": text("card.items"),
        "none": text("card.none"),
        **foot(month, work),
    }
    if place:
        words |= {"figure1": place, "figure1_unit": text("card.place_unit"), "figure1_label": text("card.place")}
        words["figure1_change"] = wording.change_of(one, compared=one.was is not None)
    words |= _figure(1 + bool(place), "filed", one.line.reported)
    words |= _figure(2 + bool(place), "resolved", one.line.resolved)
    return Attachment(AttachmentKind.DRAWN, name=CARD, words=words, rows=await _sources(month, one, work))


async def _sources(month: Month, one: Shown, work: Work) -> tuple[tuple[Arg, ...], ...]:
    """The points of the month by group of the book; together they are what stands above them."""
    sums = await point_lines.sums(work.tx, one.line.member_id, month.period)
    book = work.town.rulebook.points
    # What was given back for learning is no item of the book: it stands with what was deducted.
    deducting = next((item.group for item in book.items if item.points[0] < 0), "")
    group_of = {"": deducting, **{item.code: item.group for item in book.items}}
    rows: list[tuple[Arg, ...]] = []
    for group, name in book.groups.items():
        points = sum(value for code, value in sums.by_item.items() if group_of.get(code, code[:1]) == group)
        if points:
            rows.append((name, points))
    return tuple(rows)


def _figure(number: int, name: str, value: int) -> dict[str, Arg]:
    return {
        f"figure{number}": value,
        f"figure{number}_unit": text(f"figure.{name}_unit"),
        f"figure{number}_label": text(f"figure.{name}"),
    }


def _row(one: Shown, name: str, work: Work, *, compared: bool) -> tuple[Arg, ...]:
    change = wording.change_of(one, compared=compared)
    return one.line.place, name, wording.duty_of(one, work), one.line.points, change


def head(month: Month, work: Work, title: str) -> dict[str, Arg]:
    """Whose picture it is, what it is, of which month."""
    return {"county": work.town.name, "title": Text(f"ranking.{title}"), "month": wording.month_of_year(month.period)}


def foot(month: Month, work: Work) -> dict[str, Arg]:
    """When it was settled, who stands for it, and a code by which a copy can be compared with the bot's own ranking."""
    return {
        "line1": _span(month, work),
        "line2": work.town.rulebook.lead.name,
        "line3": text("poster.check"),
        "qr": code(month),
    }


def code(month: Month) -> Text:
    """What the square on a picture says: a message to the bot, which answers whether the ranking is still this one."""
    return text("check.code", period=month.period, digest=(month.hash or "")[:16])


def _span(month: Month, work: Work) -> Text:
    """Settled on which day, or public from when to when, or a draft."""
    if month.state is MonthState.FINAL and month.final_at is not None:
        return text("poster.final", day=wording.day_named(month.final_at, work))
    if month.publicity_at is not None and month.publicity_until is not None:
        first, last = wording.day_named(month.publicity_at, work), wording.last_day(month.publicity_until, work)
        return text("poster.publicity", first=first, last=last)
    return text("poster.draft")
