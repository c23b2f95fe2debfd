"""Draws the closing card in the image worker: words as JSON and photos as bytes in, a JPEG out."""

import json
from collections.abc import Sequence

from handlers.feedback.picture import ClosingCard, Fact, Side, before_after

_STEPS = ("reported", "dispatched", "accepted", "handled", "verified")


def closing(arguments: str, pictures: Sequence[bytes]) -> bytes:
    """The closing card of `handlers.feedback.closing.card`; `before_count` says which photos are from before."""
    words: dict[str, str] = {name: str(value) for name, value in json.loads(arguments).items()}
    before = int(words["before_count"])
    sides = (
        Side(words["before_label"], tuple(pictures[:before])),
        Side(words["after_label"], tuple(pictures[before:])),
    )
    people = [Fact(words["agency_label"], words["agency"])]
    if words["reporter"]:
        people.insert(0, Fact(words["reporter_label"], words["reporter"]))
    return before_after(
        ClosingCard(
            number=words["number"],
            status=words["status"],
            category=words["category"],
            place=words["place"],
            deed=words["deed"],
            duration=Fact(words["duration_label"], words["duration"]),
            people=tuple(people),
            steps=tuple(
                Fact(words[f"step_{name}_label"], words[f"step_{name}"]) for name in _STEPS if f"step_{name}" in words
            ),
            county=words["county"],
            date=words["date"],
            photos=sides if all(side.photos for side in sides) else None,
        )
    )
