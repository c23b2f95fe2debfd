"""The sheet that is made public: every rider of a month on A4 pages, with the days in which to object."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from bot.render import kit
from bot.render.canvas import Canvas, centred
from bot.render.colour import WHITE, Colour
from bot.render.fonts import Role
from bot.render.marks import Mark
from bot.render.text import Line, Span, Style, fit, width, wrap
from handlers.ranking import pieces
from handlers.ranking.poster import Standing

DPI: Final = 200
PAGE: Final = (1654, 2339)  # A4 at that resolution
LEFT: Final = 150
RIGHT: Final = PAGE[0] - LEFT
TABLE_END: Final = PAGE[1] - 176
ROW: Final = 46
TABLE_HEAD: Final = 62
NEXT_TABLE: Final = 232  # where the table of a page that is not the first begins
QUALITY: Final = 85  # of the pages within the file: sharp in print, and seventy riders take about a megabyte

# Where a column's words stand, and how much room they have: place, name, duty, points, change.
PLACE: Final = (LEFT + 66, 110.0)
NAME: Final = (LEFT + 186, 390.0)
DUTY: Final = (LEFT + 606, 400.0)
POINTS: Final = (LEFT + 1152, 170.0)
CHANGE: Final = (LEFT + 1216, 130.0)

STRIPE: Final[Colour] = (253, 248, 239)
COUNTY: Final = Style(Role.BOLD, 34, kit.GOLD_DARK, track=5)
TITLE: Final = Style(Role.TITLE, 70, kit.RED, track=5)
SPAN: Final = Style(Role.BOLD, 33, kit.INK)
TEXT: Final = Style(Role.TEXT, 29, kit.INK)
SMALL: Final = Style(Role.TEXT, 25, kit.GREY)
COLUMN: Final = Style(Role.BOLD, 28, kit.PALE)
CELL: Final = Style(Role.TEXT, 30, kit.INK)
CELL_BOLD: Final = Style(Role.BOLD, 31, kit.INK)
TIED: Final = Style(Role.TEXT, 20, kit.GOLD_DARK)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Every word of the sheet. Names are masked before they come here; `standings` by place.

    `span` are the days of publicity, `notes` how to object and what else is to be known; `columns` are the words over
    place, name, duty, points and change; `shared` stands beside a place that several riders have.
    """

    county: str
    title: str
    span: str
    notes: tuple[str, ...]
    columns: tuple[str, str, str, str, str]
    standings: tuple[Standing, ...]
    shared: str
    none: str
    office: str
    date: str


def pdf(sheet: Sheet) -> bytes:
    """The sheet as one PDF.

    A page takes 12 MB of memory until the file is written: a thousand riders are 26 pages.
    """
    first, *rest = [canvas.image for canvas in draw(sheet)]
    out = BytesIO()
    first.save(
        out,
        "PDF",
        save_all=True,
        append_images=rest,
        resolution=DPI,
        quality=QUALITY,
        subsampling=0,
        title=sheet.title,
        author=sheet.office,
    )
    return out.getvalue()


def draw(sheet: Sheet) -> list[Canvas]:
    """The pages on their canvases, with their draw logs."""
    notes = [line for note in sheet.notes if note for line in wrap([Span(note, TEXT)], RIGHT - LEFT - 72)]
    begins = _table_begins(notes)
    parts = _shared_out(sheet.standings, begins)
    pages: list[Canvas] = []
    for number, part in enumerate(parts, 1):
        canvas = Canvas(PAGE, WHITE)
        if number == 1:
            _opening(canvas, sheet, notes)
        else:
            _again(canvas, sheet)
        _table(canvas, begins if number == 1 else NEXT_TABLE, part, sheet)
        _foot(canvas, sheet, f"{number} / {len(parts)}")
        pages.append(canvas)
    return pages


def _table_begins(notes: Sequence[Line]) -> int:
    return 330 + 92 + 46 * len(notes) + 62


def _shared_out(standings: tuple[Standing, ...], begins: int) -> list[tuple[Standing, ...]]:
    """The riders of each page; one page even where there is nobody."""
    first, each = ((TABLE_END - top - TABLE_HEAD) // ROW for top in (begins, NEXT_TABLE))
    rest = standings[first:]
    return [standings[:first], *(rest[at : at + each] for at in range(0, len(rest), each))]


def _opening(canvas: Canvas, sheet: Sheet, notes: Sequence[Line]) -> None:
    """County, title, and the box that says until when and how to object."""
    middle, room = PAGE[0] / 2, RIGHT - LEFT
    county, style = pieces.snug(sheet.county, COUNTY, room, smallest=0.5)
    canvas.words((middle, 150), county, style, canvas.page, "m")
    title, style = pieces.snug(sheet.title, TITLE, room, smallest=0.4)
    canvas.words((middle, centred(220, style)), title, style, canvas.page, "m")
    kit.ornament(canvas, (middle, 292), 520, canvas.page, kit.GOLD)
    box = (LEFT, 330, RIGHT, 330 + 92 + 46 * len(notes))
    notice = canvas.panel(box, STRIPE, canvas.page, 14, outline=kit.GOLD_LIGHT)
    canvas.words((LEFT + 36, 388), sheet.span, SPAN, notice, room=room - 72)
    canvas.paragraph((LEFT + 36, 388 + 52), notes, 46, notice)


def _again(canvas: Canvas, sheet: Sheet) -> None:
    """The head of a further page: one line."""
    said, style = fit(f"{sheet.county}  {sheet.title}", SMALL, RIGHT - LEFT)
    canvas.words((LEFT, 176), said, style, canvas.page)
    canvas.panel((LEFT, 198, RIGHT, 200), kit.GOLD_LIGHT, canvas.page)


def _table(canvas: Canvas, top: int, part: Sequence[Standing], sheet: Sheet) -> None:
    head = canvas.panel((LEFT, top, RIGHT, top + TABLE_HEAD), kit.RED, canvas.page, 8, (True, True, False, False))
    places = (PLACE, NAME, DUTY, POINTS, CHANGE)
    for (x, room), anchor, words in zip(places, ("m", "l", "l", "r", "l"), sheet.columns, strict=True):
        canvas.words((x, centred(top + TABLE_HEAD / 2, COLUMN)), words, COLUMN, head, anchor, room)
    y = top + TABLE_HEAD
    tied = {
        one.place for one, other in zip(sheet.standings, sheet.standings[1:], strict=False) if one.place == other.place
    }
    for number, one in enumerate(part):
        row = canvas.panel((LEFT, y, RIGHT, y + ROW), STRIPE if number % 2 else WHITE, canvas.page)
        _row(canvas, y + ROW / 2, one, row, sheet.shared if one.place in tied else "")
        y += ROW
    if not part:
        row = canvas.panel((LEFT, y, RIGHT, y + 2 * ROW), STRIPE, canvas.page)
        canvas.words((PAGE[0] / 2, centred(y + ROW, TEXT)), sheet.none, TEXT, row, "m", RIGHT - LEFT - 72)
        y += 2 * ROW
    canvas.panel((LEFT, y, RIGHT, y + 2), kit.GOLD_LIGHT, canvas.page)


def _row(canvas: Canvas, middle: float, one: Standing, row: Mark, shared: str) -> None:
    x = PLACE[0]
    if 1 <= one.place <= 3:
        pieces.medal(canvas, (x, middle), 20, one.place, row)
    else:
        canvas.words((x, centred(middle, CELL)), str(one.place), CELL, row, "m", 58)
    if shared:
        canvas.words((x + 32, centred(middle, TIED)), shared, TIED, row, room=80)
    name, style = fit(one.name, CELL_BOLD, NAME[1], smallest=0.5)
    canvas.words((NAME[0], centred(middle, style)), name, style, row)
    canvas.words((DUTY[0], centred(middle, CELL)), one.duty, CELL, row, room=DUTY[1])
    canvas.words((POINTS[0], centred(middle, CELL_BOLD)), str(one.points), CELL_BOLD, row, "r", POINTS[1])
    pieces.move(canvas, (CHANGE[0], middle), one.change, row, CHANGE[1])


def _foot(canvas: Canvas, sheet: Sheet, page: str) -> None:
    y = PAGE[1] - 96
    canvas.words((RIGHT, y), page, SMALL, canvas.page, "r")
    office = f"{sheet.office}  {sheet.date}".strip()
    canvas.words((LEFT, y), office, SMALL, canvas.page, room=RIGHT - LEFT - width(page, SMALL) - 60)
