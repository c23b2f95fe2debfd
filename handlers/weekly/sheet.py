"""The cells of the brief's spreadsheet; `spreadsheet.py` writes the file in the image worker."""

from typing import Final

from bot.chat.feature import Work
from bot.chat.messages import Arg, Attachment, AttachmentKind, Text
from bot.domain.casenumber import spoken
from handlers.weekly import wording
from handlers.weekly.declared import text
from handlers.weekly.figures import MOST_TIMED, Figures
from handlers.weekly.rules import Rate
from storage.weekly_figures import ListedCase

FILE: Final = "weekly.xlsx"
SHEETS: Final = ("overview", "late", "reached", "agencies")
TITLES: Final = {
    "overview": ("figure", "value", "part", "whole", "why"),
    "late": ("agency", "number", "what", "place", "severity", "due", "days", "contact", "state"),
    "reached": ("agency", "number", "what", "place", "severity", "since", "level", "contact", "state"),
    "agencies": (
        "agency", "resolve_due", "stood", "resolve_kept", "closing", "accept_due", "accept_kept", "answering",
        "open", "late", "reached",
    ),
}  # fmt: skip
Row = tuple[Arg, ...]


def attachment(figures: Figures, work: Work) -> Attachment:
    """The spreadsheet of a brief. A row begins with its sheet; titles come first."""
    titles: list[Row] = [(sheet, *(text(f"column.{name}") for name in TITLES[sheet])) for sheet in SHEETS]
    rows = (
        *titles,
        *_overview(figures, work),
        *_late(figures, work),
        *_reached(figures, work),
        *_agencies(figures, work),
    )
    period = figures.period
    words: dict[str, Arg] = {
        "file": text("file", first=f"{period.first}", last=f"{period.last}"),
        "mark": text(
            "sheet.mark",
            county=work.town.name,
            office=work.town.rulebook.lead.short,
            span=wording.span(period),
            at=wording.instant(figures.at, work),
        ),
        **{sheet: text(f"sheet.{sheet}") for sheet in SHEETS},
    }
    return Attachment(AttachmentKind.FILE, (), FILE, words, rows)


def _overview(figures: Figures, work: Work) -> list[Row]:
    """Figure, value, part and whole of a rate, how it is counted."""
    counts = {
        "reported": figures.reported, "filed": figures.filed, "closed": figures.closed, "open": figures.open,
        "late": figures.late, "reached": len(figures.reached),
    }  # fmt: skip
    found: list[Row] = [
        ("overview", text(f"figure.{name}"), number, "", "", text(f"why.{name}")) for name, number in counts.items()
    ]
    found += [_rate("closing", figures.closing), _rate("answering", figures.answering)]
    for usual in figures.usual:
        named = wording.levels_named(work, working=usual.working)
        why = text("why.working" if usual.working else "why.natural", most=MOST_TIMED)
        for name, length in (("accept", usual.accept), ("close", usual.close)):
            shown = wording.length(length, work, working=usual.working)
            found.append(("overview", text(f"figure.{name}", levels=named), shown, "", "", why))
    return found


def _rate(name: str, rate: Rate) -> Row:
    return ("overview", text(f"figure.{name}"), "", rate.part, rate.whole, text(f"why.{name}"))


def _late(figures: Figures, work: Work) -> list[Row]:
    found: list[Row] = [
        ("late", *_case(case, work), case.since, wording.days_over(case, figures.at), *_who(case))
        for case in wording.worst(figures, len(figures.overdue))
    ]
    left = figures.late - len(found)
    return [*found, ("late", text("sheet.cut", n=left), *[""] * 8)] if left > 0 else found


def _reached(figures: Figures, work: Work) -> list[Row]:
    return [
        ("reached", *_case(case, work), case.since, text(f"level.{case.level}"), *_who(case))
        for case in figures.reached
    ]


def _agencies(figures: Figures, work: Work) -> list[Row]:
    """Agency, limits that came to mend, on hold, kept; to answer, kept; open, late, supervised."""
    return [
        (
            "agencies",
            wording.agency(part.agency, work),
            part.closing.whole + part.stood,
            part.stood,
            part.closing.part,
            part.answering.whole,
            part.answering.part,
            part.open,
            part.late,
            part.reached,
        )
        for part in figures.agencies
    ]


def _case(case: ListedCase, work: Work) -> Row:
    level = work.town.rulebook.severities[case.severity].name
    return (
        wording.agency(case.agency, work),
        spoken(case.number),
        wording.matter(case, work),
        wording.place(case, work),
        level,
    )


def _who(case: ListedCase) -> Row:
    return (wording.contact(case), Text(f"state.{case.state}"))
