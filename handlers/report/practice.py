"""A practice report: the next message is answered with what it would have become, and touches nobody.

It has no number and no row but the dialog, which is begun by whoever greets (step `report.practice`).
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Outgoing, Text, answer
from bot.domain.case import Changes
from bot.domain.dispatching import agency_for
from bot.domain.recognise import Recognition, recognise
from bot.domain.rulebook import Category, Point, Severity
from handlers.report import asides
from handlers.report.declared import feature, text
from handlers.report.drafting import MOST_WORDS, is_recording_alone
from handlers.report.placing import located
from handlers.report.rules import Gap, first_gap, is_outside, raised
from storage import dialogs

STEP: Final = f"{feature.name}.practice"
_AFTERWARDS: Final = timedelta(minutes=10)  # in which a change of the message, or the rest of its album, is no report
_CALLS: Final = "110 / 119 / 120"


async def take(event: Incoming, work: Work) -> Effects | None:
    """The answer to what was sent for practice; None if nothing was to be practised, or that is done."""
    where, who = event.where, work.actor.id
    dialog = await dialogs.find(work.tx, where.platform, where.chat, who, event.at)
    if dialog is None or dialog.step != STEP:
        return None
    done: dict[str, str] = json.loads(dialog.data or "{}")
    is_part = bool(done) and event.album is not None and event.album == done["album"]
    if done and not is_part:
        return [] if event.message and event.message == done["message"] else None
    if not done and not event.forwarded and asides.is_end(event.text):
        await dialogs.end(work.tx, where.platform, where.chat, who)
        return [answer(event, text("practice.stopped"))]
    said = asides.as_said(event.text)
    if is_part and not said:
        return []
    words = f"{done.get('words', '')} {said}".strip()[:MOST_WORDS]
    kept = {"message": done.get("message", event.message), "album": event.album or "", "words": words}
    await dialogs.start(work.tx, where.platform, where.chat, who, STEP, json.dumps(kept), event.at + _AFTERWARDS)
    return [_answered(event, words, kept["message"], work)]


def _answered(event: Incoming, words: str, slot: str, work: Work) -> Outgoing:
    """What a real one would have become; the parts of an album share one answer."""
    rulebook, here = work.town.rulebook, event.position
    found = recognise(words, rulebook, Point(here.lat, here.lon) if here else None)
    place = located(rulebook, found, here)
    named = place.get("place")
    category = rulebook.categories[found.categories[0].category] if found.categories else None
    lines = [
        text("practice.head"),
        text("practice.what", what=category.short) if category else text("practice.no_category"),
        text("practice.where", place=named) if named else text("practice.no_place"),
    ]
    if category is not None:
        lines.append(text("practice.agency", agency=_agency(category, found, place, work)))
    lines += [*_then(event, found, category, place, work), text("practice.only")]
    return replace(answer(event, Lines(tuple(lines))), slot=f"practice:{work.actor.id}:{slot}")


def _agency(category: Category, found: Recognition, place: Changes, work: Work) -> str:
    rulebook = work.town.rulebook
    named = found.places[0] if found.places else None
    agency, _ = agency_for(
        category, rulebook, place=named, grid=place.get("grid"), community=place.get("community")
    )  # fmt: skip
    return rulebook.agencies[agency].short


def _then(event: Incoming, found: Recognition, category: Category | None, place: Changes, work: Work) -> list[Text]:
    """What would be asked, if anything. Danger would go out at once; who practises with a real one is told to call."""
    if raised(category, found.danger) is Severity.P1:
        calls = " / ".join(category.calls) if category and category.calls else _CALLS
        return [text("practice.complete"), text("practice.danger", line=calls)]
    if is_recording_alone(event):
        return [text(f"practice.{event.media[-1].kind}")]
    here = event.position
    gap = first_gap(
        found,
        category,
        photos=len(event.photos) or int(event.album is not None),
        has_place=bool(place.get("place")) or here is not None,
        outside=is_outside(Point(here.lat, here.lon) if here else None, work.town.rulebook),
        settled=frozenset[Gap](),
    )
    return [text(f"practice.ask.{gap}" if gap else "practice.complete")]
