"""The brief as a message: a few lines, the picture, and the spreadsheet."""

from typing import Final

from bot.chat.events import Address
from bot.chat.feature import Work
from bot.chat.messages import Lines, Outgoing, Rank, Text
from bot.domain.casenumber import spoken
from bot.domain.people import MemberId
from handlers.weekly import page, sheet, wording
from handlers.weekly.declared import text
from handlers.weekly.figures import Figures

MOST_LINES: Final = 5


def message(
    figures: Figures, to: Address | MemberId, work: Work, *, so_far: bool = False, once: str | None = None
) -> Outgoing:
    """A brief for one reader."""
    attachments = (page.attachment(figures, work, so_far=so_far), sheet.attachment(figures, work))
    return Outgoing(to, words(figures, work, so_far=so_far), attachments=attachments, once=once, rank=Rank.BROADCAST)


def words(figures: Figures, work: Work, *, so_far: bool) -> Lines:
    """The figures in four lines, and the most overdue cases."""
    head = text("so_far" if so_far else "head", span=wording.span(figures.period))
    counts = text("counts", reported=figures.reported, closed=figures.closed, open=figures.open)
    rates = (
        text("closing", rate=wording.rate(figures.closing)),
        text("answering", rate=wording.rate(figures.answering)),
    )
    return Lines((head, counts, *rates, *_late(figures, work)))


def _late(figures: Figures, work: Work) -> list[Text]:
    reached = len(figures.reached)
    if not figures.late:
        return [text("none_late", reached=reached)]
    lines = [
        text(
            "line",
            number=spoken(case.number),
            what=wording.matter(case, work),
            agency=wording.agency(case.agency, work),
            past=wording.over(case, figures.at),
        )
        for case in figures.overdue[:MOST_LINES]
    ]
    more = [text("more", n=figures.late - len(lines))] if figures.late > len(lines) else []
    return [text("late", late=figures.late, reached=reached), *lines, *more]
