"""What was done: a photo and a line."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Outgoing, tell
from bot.domain.case import WITH_CONTACT, Case, CaseState, Move, Relation, Resolution
from bot.domain.casenumber import spoken
from bot.domain.refusal import Refused
from bot.domain.rulebook import Sensitive
from bot.domain.scrub import scrub
from handlers.handle.declared import feature, text
from handlers.handle.told import reply, tell_reporter
from storage import cases, dialogs, photos, said
from storage.photos import Media, PhotoKind

_STEP: Final = f"{feature.name}.result"
_WAITS: Final = timedelta(hours=12)
_ALBUM: Final = timedelta(seconds=10)
_MOST_NOTE: Final = 200
IN_CHECK: Final = frozenset({CaseState.HANDLED, CaseState.VERIFYING})
_SIDE: Final = frozenset({Relation.CONTACT, Relation.DEPUTY, Relation.LEADER})
_OTHERS: Final = (Resolution.NOT_FOUND, Resolution.EXPLAINED, Resolution.UNFIXABLE)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a message held: photos by reference, recordings by reference and kind, and its words."""

    photos: tuple[str, ...]
    media: tuple[tuple[str, str], ...]
    words: str


async def ask(event: Pressed, case: Case, work: Work, resolution: Resolution) -> Effects:
    """Wait for the result; other endings than mended are one tap away."""
    held = await cases.relations(work.tx, case, work.actor)
    if held.isdisjoint({Relation.CONTACT, Relation.DEPUTY, Relation.LEADER, Relation.ADMIN}):
        raise Refused("case.unknown", number=spoken(case.number))
    where = event.where
    data = json.dumps({"case": case.id, "resolution": resolution})
    await dialogs.start(work.tx, where.platform, where.chat, work.actor.id, _STEP, data, event.at + _WAITS)
    number = spoken(case.number)
    if resolution is not Resolution.RESOLVED:
        return [tell(work.actor.id, text("say_why", number=number), case=case)]
    others = tuple(
        feature.press("otherwise", f"resolution.{other}", case=case, target=other, row=0) for other in _OTHERS
    )
    return [tell(work.actor.id, text("send_result", number=number), *others, case=case)]


async def take(event: Incoming, case: Case, work: Work, resolution: Resolution) -> Effects:
    """Book the result. Mended needs a photo; without one the line is kept and the photo asked for."""
    words = event.text.strip()[:_MOST_NOTE]
    if resolution is Resolution.RESOLVED and not event.photos:
        return await _ask_photo(event, case, work, words)
    words = words or await _kept_words(event, work)
    if resolution is not Resolution.RESOLVED and not words:
        raise Refused("handle.empty")
    await _keep_photos(event, case, work)
    effects = await _book(event, case, work, resolution, words)
    if event.album is not None:
        await _wait_for_album(event, case, work)
    return effects


async def _ask_photo(event: Incoming, case: Case, work: Work, words: str) -> Effects:
    """What came is kept, and is no proof: a recording, or words alone."""
    if event.media and case.state not in WITH_CONTACT:
        raise Refused("case.not_now", number=spoken(case.number), state=case.state)
    words = words or await _kept_words(event, work)
    await _wait_for_photo(event, case, work, words)
    if event.media:
        await _keep_photos(event, case, work)
    wanted = f"wanted_after.{event.media[-1].kind}" if event.media else "photo_wanted"
    button = feature.press("no_photo", "button.no_photo", case=case)
    return [reply(event, case, text(wanted, number=spoken(case.number)), work, button)]


async def _wait_for_photo(event: Incoming | Pressed, case: Case, work: Work, words: str) -> None:
    where, data = event.where, json.dumps({"case": case.id, "resolution": Resolution.RESOLVED, "words": words})
    await dialogs.start(work.tx, where.platform, where.chat, work.actor.id, _STEP, data, event.at + _WAITS)


async def take_kept(event: Pressed, case: Case, work: Work, kept: Kept) -> Effects:
    """Book what a message held whose case was asked for."""
    where, who = event.where.platform, work.actor.id
    for ref in kept.photos:
        await photos.want(work.tx, who, PhotoKind.REPAIR, where, ref, event.at, case=case.id)
    for ref, kind in kept.media:
        await photos.want(work.tx, who, PhotoKind.REPAIR, where, ref, event.at, case=case.id, media=Media(kind))
    if kept.photos:
        return await _book(event, case, work, Resolution.RESOLVED, kept.words)
    await _wait_for_photo(event, case, work, kept.words)
    button = feature.press("no_photo", "button.no_photo", case=case)
    return [tell(who, text(f"wanted_after.{kept.media[-1][1]}", number=spoken(case.number)), button, case=case)]


async def more(event: Incoming, case: Case, work: Work) -> Effects:
    """Another part of the album that was the result, or a photo or recording sent after it."""
    await _keep_photos(event, case, work)
    words = event.text.strip()[:_MOST_NOTE]
    if words and not case.repair_note:
        await cases.amend(work.tx, case, repair_note=words)
    added = "photo_added" if event.photos else f"added.{event.media[-1].kind}"
    return [] if event.album else [reply(event, case, text(added, number=spoken(case.number)), work)]


async def without_photo(event: Pressed, case: Case, work: Work) -> Effects:
    """Book the line alone."""
    return await _book(event, case, work, Resolution.RESOLVED, await _kept_words(event, work))


async def follow(event: Incoming, work: Work) -> Effects | None:
    """A reply of whoever is at the case was changed: a result reads as it does now, and the reporter hears the words.

    They hear them in one message, however often these change. None: the message was no such reply.
    """
    where, words = event.where, event.text.strip()[:_MOST_NOTE]
    known = await said.look_up(work.tx, where.platform, where.chat, event.message) if event.message else None
    if known is None:
        return None
    case = await cases.get(work.tx, known.case)
    held = await cases.relations(work.tx, case, work.actor)
    is_result = case.handler_id == work.actor.id and case.state in IN_CHECK and known.words == case.repair_note
    if held.isdisjoint(_SIDE) or (Relation.REPORTER in held and not is_result):
        return None
    if not words or words == known.words or case.state not in WITH_CONTACT | IN_CHECK:
        return []
    if is_result:
        case = await cases.amend(work.tx, case, repair_note=words)
    return await progress(replace(event, text=words), case, work, slot=f"changed:{case.id}:{event.message}")


async def progress(event: Incoming, case: Case, work: Work, *, slot: str | None = None) -> Effects:
    """Words without a photo: noted, and the reporter hears them; a newer message of the `slot` edits the older."""
    words, _ = scrub(event.text.strip()[:_MOST_NOTE])
    if not words:
        return []
    if case.state not in WITH_CONTACT | IN_CHECK:
        raise Refused("case.not_now", number=spoken(case.number), state=case.state)
    agency = work.town.rulebook.agencies.get(case.agency_id) if case.agency_id else None
    number = spoken(case.number)
    told = text("progress", number=number, agency=agency.short if agency else "", words=words)
    at_it = case.state in WITH_CONTACT
    buttons = (feature.press("handled", "button.handled", case=case),) if at_it else ()
    noted = text("progress_noted" if at_it else "words_noted", number=number)
    await _said_about(event, case, work)
    if at_it:
        await cases.amend(work.tx, case, progressed_at=event.at)
    heard = replace(tell_reporter(case, told, work, event.at), slot=slot)
    return [heard, reply(event, case, noted, work, *buttons)]


def may_be_public(case: Case, work: Work) -> bool:
    """Whether photos of the case could ever be shown in public."""
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    return category is not None and category.public and category.sensitive is Sensitive.NO


async def _book(event: Incoming | Pressed, case: Case, work: Work, resolution: Resolution, words: str) -> Effects:
    where = event.where
    await dialogs.end(work.tx, where.platform, where.chat, work.actor.id)
    moved = await cases.move(
        work.tx, case, Move.HANDLE, work.actor, event.at, note=resolution, resolution=resolution, repair_note=words
    )
    shown = bool(await photos.list_of_attempt(work.tx, case.id, event.at))
    return [moved, booked(moved.after, work, ticked=not shown)]


def booked(case: Case, work: Work, *, ticked: bool) -> Outgoing:
    """The thanks for a result, with what may follow. `ticked`: its photos may be shown, or there are none.

    The tick is about the photos and not about a round: it holds whoever is asked to look.
    """
    lines = [text("booked", number=spoken(case.number)), text("booked_next")]
    if case.photos_public_at is not None:
        lines.append(text("now_public"))
    offered = may_be_public(case, work) and not ticked
    public = (feature.press("public", "button.public", target=str(case.id)),) if offered else ()
    undo = feature.press("undo", "button.undo", case=case, minutes=10)
    told = tell(work.actor.id, Lines(tuple(lines)), *public, undo, case=case)
    return replace(told, slot=f"booked:{case.id}:{case.reworks}:{work.actor.id}")


async def _keep_photos(event: Incoming, case: Case, work: Work) -> None:
    where, who = event.where.platform, work.actor.id
    for photo in event.photos:
        await photos.want(work.tx, who, PhotoKind.REPAIR, where, photo.ref, event.at, case=case.id)
    for sent in event.media:
        await photos.want(
            work.tx, who, PhotoKind.REPAIR, where, sent.ref, event.at, case=case.id, media=Media(sent.kind)
        )
    await _said_about(event, case, work)


async def _said_about(event: Incoming, case: Case, work: Work) -> None:
    """So that a quote of what the contact wrote finds the case, and a change of it is noticed."""
    if event.message:
        words = event.text.strip()[:_MOST_NOTE]
        await said.note(work.tx, event.where.platform, event.where.chat, event.message, case.id, words)


async def _wait_for_album(event: Incoming, case: Case, work: Work) -> None:
    """The other parts come as messages of their own within seconds, and without a word about the case."""
    where, data = event.where, json.dumps({"case": case.id})
    await dialogs.start(
        work.tx, where.platform, where.chat, work.actor.id, f"{feature.name}.album", data, event.at + _ALBUM
    )


async def _kept_words(event: Incoming | Pressed, work: Work) -> str:
    """The line that was sent before the photo, or the press that it has none."""
    where = event.where
    dialog = await dialogs.find(work.tx, where.platform, where.chat, work.actor.id, event.at)
    if dialog is None or dialog.step != _STEP:
        return ""
    return str(json.loads(dialog.data).get("words", ""))
