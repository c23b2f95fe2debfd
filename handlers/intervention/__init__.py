"""Intervention: a rider stopped something on the spot. Noted in ten seconds, handed to nobody."""

from dataclasses import replace
from typing import Final

from bot.chat.events import Incoming, PhotoFailed, Pressed
from bot.chat.feature import Feature, Work
from bot.chat.messages import Acknowledge, Effects, Lines, Outgoing, Text, answer
from bot.domain.case import UNDO_WINDOW
from bot.domain.people import RIDERS
from bot.domain.recognise import normalise, recognise
from bot.domain.refusal import Refused
from bot.domain.rulebook import Rulebook
from bot.domain.scrub import quoted
from handlers.intervention.rules import PICKS, is_spoken_to_us, month_of, note_of, note_of_pick
from storage import interventions, photos, timers
from storage.photos import Media, PhotoKind

feature = Feature("intervention")
text = feature.text

WORDS: Final = ("劝导", "劝阻", "persuade")
_EARNS: Final = "points.persuaded"  # the points feature asks then whether it was taken back


@feature.command(*WORDS, roles=RIDERS, glued=True, example="劝导 逆行，人民路")
async def note_intervention(event: Incoming, work: Work) -> Effects:
    """Words, a photo, or both are enough; the bare word offers what happens most."""
    if not event.where.private and not is_spoken_to_us(normalise(event.text), WORDS):
        return []
    words = note_of(event.rest.strip(" ,:。"))
    if not words and not event.photos and not event.media:
        return [_offer(event, work)]
    place = _place_in(words, work.town.rulebook)
    noted = await interventions.insert(work.tx, work.actor.id, words, place, event.at)
    for sent in (*event.photos, *event.media):
        media = Media(sent.kind) if sent in event.media else None
        await photos.want(
            work.tx, work.actor.id, PhotoKind.INTERVENTION, event.where.platform, sent.ref, event.at,
            intervention=noted, media=media,
        )  # fmt: skip
    what = (
        Text("core.plain", {"words": quoted(words)})
        if words
        else text("with_photo" if event.photos else "with_recording")
    )
    shown = await _noted(event, noted, what, _slot(event.event_id), work)
    return [replace(shown, answers=event.message or None)]


@feature.edit
async def pass_over(event: Incoming, work: Work) -> Effects | None:
    """A note that was changed stays as it was taken, and its photo is no report; other messages are not ours."""
    return [] if normalise(event.text).lower().startswith(WORDS) else None


@feature.button("pick", roles=RIDERS)
async def note_pick(event: Pressed, work: Work) -> Effects:
    """The offer is edited into the note, so that a second tap on it finds nothing to press."""
    pick, _, slot = event.target.partition(" ")
    if pick not in PICKS:
        raise Refused("core.button_stale")
    noted = await interventions.insert(work.tx, work.actor.id, note_of_pick(pick), "", event.at)
    return [await _noted(event, noted, text(f"pick.{pick}"), slot, work), Acknowledge(event)]


@feature.button("undo", roles=RIDERS)
async def undo(event: Pressed, work: Work) -> Effects:
    """Within ten minutes, as long as the button lives."""
    noted, _, slot = event.target.partition(" ")
    if not await interventions.undo(work.tx, int(noted), work.actor.id, event.at):
        raise Refused("core.button_stale")
    await timers.set_timer(work.tx, _EARNS, noted, event.at)
    return [Outgoing(event.where, text("undone"), slot=slot), Acknowledge(event)]


@feature.photo_failed
async def tell_of_lost_photo(event: PhotoFailed, work: Work) -> Effects:
    """The intervention counts without its photo; the rider hears it once."""
    photo = await photos.get(work.tx, event.photo)
    if photo.intervention_id is None:
        return []
    return [Outgoing(photo.member_id, text("photo_failed"), once=f"intervention:{photo.intervention_id}:photo")]


def _place_in(words: str, rulebook: Rulebook) -> str:
    """The place the words name, "" if none; nobody is asked for it."""
    found = recognise(words, rulebook)
    return rulebook.places[found.places[0]].name if found.place_sure else found.place_text


def _offer(event: Incoming, work: Work) -> Outgoing:
    slot = _slot(event.event_id)
    buttons = [
        feature.press("pick", f"pick.{pick}", target=f"{pick} {slot}", only=work.actor.id, minutes=60) for pick in PICKS
    ]
    return replace(answer(event, text("how"), *buttons), slot=slot)


async def _noted(event: Incoming | Pressed, noted: int, what: Text, slot: str, work: Work) -> Outgoing:
    since, until = month_of(event.at, work.town.zone)
    count = await interventions.count(work.tx, work.actor.id, since, until)
    minutes = int(UNDO_WINDOW.total_seconds() // 60)
    await timers.set_timer(work.tx, _EARNS, noted, event.at + UNDO_WINDOW)
    button = feature.press("undo", "button.undo", target=f"{noted} {slot}", only=work.actor.id, minutes=minutes)
    return Outgoing(event.where, Lines((text("noted", what=what), text("count", n=count))), (button,), slot=slot)


def _slot(event_id: str) -> str:
    return f"intervention:{event_id}"
