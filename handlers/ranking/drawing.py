"""Draws the pictures of a month in the image worker: words as JSON in, a JPEG or a PDF out.

Beside the words stands `rows`, a list of lists, one for each line; a place is a number, and riders or agencies of equal
rank have the same. A change of place is ▲2, ▼1 or —, anything else is shown as it is. A word that ends in a number
may be missing from some number on: `figure1`, `figure2`, …

All pictures: `county`, `title`. All but the sheet: `month`, `line1` to `line3` (the foot), `qr` (empty: no code).
A figure: `figure1` with `figure1_unit`, `figure1_label` and, if there is one, `figure1_change`.

- poster: rows of place, name, duty, points, change and, if wanted, a detail for the card of the first; `place1` to
  `place3` and `shared1` to `shared3` (the first three places, alone and shared), `unit`, `none`, figures.
- agency_page: rows of place (0: not ranked), name, rate, count, and the smaller rates; `part1`, … (their labels),
  `rate` (the label of the rate), `unranked`, `note`, `none`.
- rider_card: rows of a kind of points and its sum; `name`, `duty`, `place` (empty: none), `points`, `unit`,
  `points_label`, `items_label`, `none`, figures.
- publicity: rows as of the poster, without detail, names masked; `span`, `note1`, …, `column1` to `column5`,
  `shared`, `none`, `office`, `date`.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import count, takewhile

from handlers.ranking import agency_page as agencies
from handlers.ranking import poster as month_poster
from handlers.ranking import publicity as sheet
from handlers.ranking import rider_card as own_card
from handlers.ranking.pieces import LIMIT_BYTES, Figure, Foot, Head
from handlers.ranking.poster import Standing

Row = list[str | int]


def poster(arguments: str, pictures: Sequence[bytes]) -> bytes:
    """The poster of the first ten, JPEG of at most 400 kB."""
    words, rows = _told(arguments)
    return month_poster.draw(
        month_poster.Poster(
            head=_head(words),
            standings=_standings(rows),
            ribbons=(words["place1"], words["place2"], words["place3"]),
            shared=(words["shared1"], words["shared2"], words["shared3"]),
            unit=words["unit"],
            figures=_figures(words),
            foot=_foot(words),
            none=words["none"],
        )
    ).jpeg(LIMIT_BYTES)


def agency_page(arguments: str, pictures: Sequence[bytes]) -> bytes:
    """The ranking of the agencies, JPEG of at most 400 kB."""
    words, rows = _told(arguments)
    return agencies.draw(
        agencies.AgencyPage(
            head=_head(words),
            agencies=tuple(
                agencies.Agency(int(place), str(name), str(rate), str(cases), tuple(map(str, parts)))
                for place, name, rate, cases, *parts in rows
            ),
            rate=words["rate"],
            parts=_numbered(words, "part"),
            unranked=words["unranked"],
            note=words["note"],
            foot=_foot(words),
            none=words["none"],
        )
    ).jpeg(LIMIT_BYTES)


def rider_card(arguments: str, pictures: Sequence[bytes]) -> bytes:
    """A rider's own card, JPEG of at most 400 kB."""
    words, rows = _told(arguments)
    return own_card.draw(
        own_card.RiderCard(
            head=_head(words),
            name=words["name"],
            duty=words["duty"],
            place=int(words["place"] or 0),
            points=words["points"],
            unit=words["unit"],
            points_label=words["points_label"],
            figures=_figures(words),
            items_label=words["items_label"],
            items=tuple(own_card.Item(str(label), int(points)) for label, points in rows),
            foot=_foot(words),
            none=words["none"],
        )
    ).jpeg(LIMIT_BYTES)


def publicity(arguments: str, pictures: Sequence[bytes]) -> bytes:
    """The full sheet of all riders, as PDF."""
    words, rows = _told(arguments)
    place, name, duty, points, change = _numbered(words, "column")
    return sheet.pdf(
        sheet.Sheet(
            county=words["county"],
            title=words["title"],
            span=words["span"],
            notes=_numbered(words, "note"),
            columns=(place, name, duty, points, change),
            standings=_standings(rows),
            shared=words["shared"],
            none=words["none"],
            office=words["office"],
            date=words["date"],
        )
    )


def _told(arguments: str) -> tuple[dict[str, str], list[Row]]:
    told = json.loads(arguments)
    rows: list[Row] = told.pop("rows", [])
    return {name: str(value) for name, value in told.items()}, rows


def _numbered(words: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The words `name1`, `name2` and so on, up to the first that is missing."""
    keys = (f"{name}{number}" for number in count(1))
    return tuple(words[key] for key in takewhile(words.__contains__, keys))


def _head(words: Mapping[str, str]) -> Head:
    return Head(words["county"], words["title"], words["month"])


def _foot(words: Mapping[str, str]) -> Foot:
    return Foot(_numbered(words, "line"), words.get("qr", ""))


def _figures(words: Mapping[str, str]) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            value,
            words[f"figure{number}_unit"],
            words[f"figure{number}_label"],
            words.get(f"figure{number}_change", ""),
        )
        for number, value in enumerate(_numbered(words, "figure"), 1)
    )


def _standings(rows: Sequence[Row]) -> tuple[Standing, ...]:
    return tuple(
        Standing(int(place), str(name), str(duty), int(points), str(change), *map(str, detail))
        for place, name, duty, points, change, *detail in rows
    )
