"""Draws the weekly brief in the image worker: words and rows as JSON in, a JPEG out."""

import json
from collections.abc import Sequence
from typing import Any

from handlers.weekly.picture import Brief, Count, Item, Listing, Rate, Usual, page


def weekly(arguments: str, _pictures: Sequence[bytes]) -> bytes:
    """The page of `handlers.weekly.page.attachment`."""
    return page(read(json.loads(arguments)))


def read(told: dict[str, Any]) -> Brief:
    """The words and rows as the picture takes them."""
    rows: list[list[Any]] = told.pop("rows")
    words = {name: str(value) for name, value in told.items()}

    def cells(kind: str) -> list[list[Any]]:
        return [row[1:] for row in rows if row[0] == kind]

    closing, answering = cells("rate")
    by_levels = cells("usual")
    return Brief(
        county=words["county"],
        title=words["title"],
        span=words["span"],
        counts=tuple(Count(label, str(number), unit) for label, number, unit in cells("count")),
        rates=(
            _rate(closing, words["usual_close"], [(levels, close) for levels, _, close in by_levels]),
            _rate(answering, words["usual_accept"], [(levels, accept) for levels, accept, _ in by_levels]),
        ),
        late=Listing(
            words["late_title"], words["late_count"], tuple(Item(*row) for row in cells("late")), words["late_none"]
        ),
        reached=Listing(words["reached_title"], words["reached_count"], tuple(Item(*row) for row in cells("reached"))),
        note=words["note"],
        office=words["office"],
        made=words["made"],
    )


def _rate(row: Sequence[Any], title: str, usual: Sequence[tuple[str, str]]) -> Rate:
    label, percent, part, whole, said = row
    return Rate(label, percent, part, whole, said, title, tuple(Usual(*one) for one in usual))
