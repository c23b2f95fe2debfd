"""The words of the brief's picture; `drawing.py` draws them in the image worker."""

from typing import Final

from bot.chat.feature import Work
from bot.chat.messages import Arg, Attachment, AttachmentKind, Text
from bot.domain.casenumber import spoken
from handlers.weekly import wording
from handlers.weekly.declared import text
from handlers.weekly.figures import AgencyPart, Figures
from handlers.weekly.rules import Rate
from storage.weekly_figures import ListedCase

DRAWING: Final = "weekly"
MOST_LATE: Final = 12
MOST_REACHED: Final = 6
Row = tuple[Arg, ...]


def attachment(figures: Figures, work: Work, *, so_far: bool) -> Attachment:
    """The picture of a brief. Rows begin with what they are: count, rate, usual, late or reached."""
    rows = (
        *_counts(figures),
        *_rates(figures),
        *_usual(figures, work),
        *_late(figures, work),
        *_reached(figures, work),
    )
    words: dict[str, Arg] = {
        "county": text("page.county", county=work.town.name),
        "title": text("page.title_so_far" if so_far else "page.title"),
        "span": wording.span(figures.period),
        "usual_accept": text("page.usual_accept"),
        "usual_close": text("page.usual_close"),
        "late_title": text("page.late_title"),
        "late_count": _counted(figures.late, MOST_LATE) if figures.late else "",
        "late_none": text("page.late_none"),
        "reached_title": text("page.reached_title"),
        "reached_count": _counted(len(figures.reached), MOST_REACHED),
        "note": text(
            "page.note",
            natural=wording.levels_named(work, working=False),
            working=wording.levels_named(work, working=True),
        ),
        "office": work.town.rulebook.lead.name,
        "made": text("page.made", at=wording.instant(figures.at, work)),
    }
    return Attachment(AttachmentKind.DRAWN, (), DRAWING, words, rows)


def _counts(figures: Figures) -> list[Row]:
    """Label, number, unit."""
    counts = {
        "reported": figures.reported, "filed": figures.filed, "closed": figures.closed, "open": figures.open,
        "late": figures.late,
    }  # fmt: skip
    return [("count", text(f"page.{name}"), number, text("page.unit")) for name, number in counts.items()]


def _rates(figures: Figures) -> list[Row]:
    """Label, per cent, part, whole, and the two in words."""
    closing, answering = figures.closing, figures.answering
    if figures.stood:
        mended = text("page.stood", part=closing.part, whole=closing.whole, stood=figures.stood)
    else:
        mended = text("page.closing_of", part=closing.part, whole=closing.whole)
    answered = text("page.answering_of", part=answering.part, whole=answering.whole)
    return [_rate(text("page.closing"), closing, mended), _rate(text("page.answering"), answering, answered)]


def _rate(label: Text, rate: Rate, words: Text) -> Row:
    return ("rate", label, rate.percent or "", rate.part, rate.whole, words if rate.whole else text("page.none_due"))


def _usual(figures: Figures, work: Work) -> list[Row]:
    """Levels, time to accept, time to close."""
    found: list[Row] = []
    for usual in figures.usual:
        named = wording.levels_named(work, working=usual.working)
        found.append((
            "usual",
            named,
            wording.length(usual.accept, work, working=usual.working),
            wording.length(usual.close, work, working=usual.working),
        ))  # fmt: skip
    return found


def _late(figures: Figures, work: Work) -> list[Row]:
    """Agency, how many it has in all, number, matter, place, contact, how long over the limit."""
    parts = {part.agency: part for part in figures.agencies}
    return [
        (
            "late",
            *_of_agency(case, parts.get(case.agency), work),
            *_case(case, work),
            text("page.past", past=wording.over(case, figures.at)),
        )
        for case in wording.worst(figures, MOST_LATE)
    ]


def _of_agency(case: ListedCase, part: AgencyPart | None, work: Work) -> Row:
    return (wording.agency(case.agency, work), text("page.of_agency", n=part.late if part else 1))


def _reached(figures: Figures, work: Work) -> list[Row]:
    """Agency, nothing, number, matter, place, contact, which leg it was."""
    return [
        ("reached", wording.agency(case.agency, work), "", *_case(case, work), text(f"level.{case.level}"))
        for case in figures.reached[:MOST_REACHED]
    ]


def _case(case: ListedCase, work: Work) -> Row:
    return (spoken(case.number), wording.matter(case, work), wording.place(case, work), wording.contact(case))


def _counted(number: int, most: int) -> Text:
    return text("page.shown_of", shown=most, n=number - most) if number > most else text("page.count", n=number)
