"""Before whom an objection is put: an admin who had no hand in the line, and what they are shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.chat.events import Due, PhotoId
from bot.chat.feature import Work
from bot.chat.messages import Attachment, Button, Effects, Lines, Outgoing, Rank, Text, photo
from bot.domain.casenumber import spoken
from bot.domain.ledger import item_with
from bot.domain.people import Member, MemberId, Role
from bot.domain.scrub import quoted
from bot.domain.times import local_day
from handlers.ranking import wording
from handlers.ranking.declared import feature, text
from storage import members, objections, photos, points
from storage.objections import Objection, ObjectionState
from storage.photos import PhotoKind, PhotoState
from storage.points import Entry

_NOTE: Final = "\uff08"  # the full-width bracket after which an item's name in the book explains itself
_MOST_PHOTOS: Final = 3
_MINUTES: Final = 60 * 24 * 30


async def eligible(rider: MemberId, entry: int | None, work: Work) -> Sequence[Member]:
    """Who may answer: admins who neither object nor had a hand in the line; without any, dispatchers likewise."""
    barred = {rider, *(await objections.list_bookers(work.tx, entry) if entry is not None else ())}
    for role in (Role.ADMIN, Role.DISPATCHER):
        holders = [one for one in await members.holders(work.tx, role) if one not in barred]
        if holders:
            return await members.list_by_id(work.tx, list(dict.fromkeys(holders)))
    return []


async def choose(rider: MemberId, period: str, entry: int | None, work: Work, at: datetime) -> Member | None:
    """One of them, who can be reached and is not on leave if there is such a one; None if nobody may answer.

    About a whole month rather somebody who wrote nothing into it, if there is such a one.
    """
    able = await eligible(rider, entry, work)
    if entry is None:
        wrote = await objections.list_month_bookers(work.tx, rider, period)
        able = sorted(able, key=lambda one: one.id in wrote)
    for one in able:
        if await members.reachable(work.tx, one.id) and not await members.on_leave(work.tx, one.id, at):
            return one
    return able[0] if able else None


async def put(found: Objection, work: Work, at: datetime, *, again: bool = False) -> Effects:
    """The objection before whoever was asked, `again` with more words; where nobody may answer the admins hear it."""
    if found.asked_id is not None:
        first = text("decide.more" if again else "decide.new")
        shown = await _shown(found, found.asked_id, work, at, first)
        return [shown if again else replace(shown, slot=_slot(found, found.asked_id))]
    said = text("decide.nobody", name=(await members.get(work.tx, found.member_id)).name)
    return [
        Outgoing(admin, said, rank=Rank.CARD, once=f"objection:{found.id}:nobody:{admin}")
        for admin in await members.holders(work.tx, Role.ADMIN)
    ]


async def nudge(event: Due, work: Work) -> Effects:
    """A working day before the time is up whoever was asked is reminded; when it is up all who may answer are."""
    number, _, when = event.key.partition(":")
    found = await objections.get(work.tx, int(number))
    if found.state is not ObjectionState.OPEN:
        return []
    if when == "over":
        return await remind_all(found, work, event.at)
    able = [one.id for one in await eligible(found.member_id, found.entry_id, work)]
    asked = found.asked_id if found.asked_id in able else next(iter(able), None)
    return [] if asked is None else [await _shown(found, asked, work, event.at, text("decide.soon"))]


async def remind_late(work: Work, at: datetime) -> Effects:
    """Each working day, about everything whose time is up."""
    told: list[Outgoing] = []
    for found in await objections.list_overdue(work.tx, at):
        told += await remind_all(found, work, at)
    return told


async def remind_all(found: Objection, work: Work, at: datetime) -> Sequence[Outgoing]:
    """Everybody who may answer, once a day."""
    day, late = local_day(at, work.town.zone), text("decide.over")
    able = await eligible(found.member_id, found.entry_id, work)
    return [
        replace(await _shown(found, one.id, work, at, late), once=f"objection:{found.id}:over:{day}:{one.id}")
        for one in able
    ]


async def over(found: Objection, said: Text, work: Work) -> Effects:
    """Whoever was shown the objection sees what became of it, in place of the buttons."""
    if found.asked_id is None:
        return []
    name = (await members.get(work.tx, found.member_id)).name
    lines = Lines((text("decide.of", name=name, words=quoted(found.words)), said))
    return [Outgoing(found.asked_id, lines, slot=_slot(found, found.asked_id), only_edit=True)]


async def _shown(found: Objection, to: MemberId, work: Work, at: datetime, first: Text) -> Outgoing:
    """Who objects to what, in which words; the line with its reason, and what was sent as evidence."""
    entry = await points.get(work.tx, found.entry_id) if found.entry_id is not None else None
    name = (await members.get(work.tx, found.member_id)).name
    lines = [
        first,
        text("decide.head", name=name, what=await what(found.period, found.entry_id, at, work)),
        *(await _facts(entry, work) if entry is not None else []),
        text("decide.words", words=quoted(found.words)),
        text("decide.until_over" if found.due_at <= at else "decide.until", due=found.due_at),
    ]
    return Outgoing(
        to,
        Lines(tuple(lines)),
        _choices(found),
        tuple(await _evidence(entry, work)) if entry is not None else (),
        rank=Rank.CARD,
        not_before=work.town.calendar.next_working_instant(at),
    )


def _choices(found: Objection) -> tuple[Button, ...]:
    return tuple(
        feature.press(action, f"button.{action}", target=str(found.id), minutes=_MINUTES)
        for action in ("uphold", "dismiss")
    )


async def _facts(entry: Entry, work: Work) -> list[Text]:
    actor = await members.get(work.tx, entry.actor_id)
    by = (
        text("decide.by_itself")
        if actor.is_system or actor.id == entry.member_id
        else text("decide.by", who=actor.name)
    )
    return [by, *([text("decide.reason", words=quoted(entry.reason))] if entry.reason else [])]


async def _evidence(entry: Entry, work: Work) -> list[Attachment]:
    if entry.photo_id is not None:
        return [photo(PhotoId(entry.photo_id))]
    if entry.case_id is None:
        return []
    kept = await photos.list_of_case(work.tx, entry.case_id, PhotoKind.REPORT, PhotoKind.SUPPLY)
    return [photo(PhotoId(one.id)) for one in kept if one.state is not PhotoState.FAILED][-_MOST_PHOTOS:]


async def what(period: str, entry: int | None, at: datetime, work: Work) -> Text:
    """A line of the ledger, or a month, as a few words."""
    if entry is None:
        return text("about.month", month=wording.month_named(period, at, work))
    line = await points.get(work.tx, entry)
    number = spoken(line.case_number) if line.case_number is not None else ""
    return text("about.line", delta=f"{line.delta:+d}", item=item_name(line.item, work), number=number)


def item_name(code: str, work: Work) -> str:
    """An item's name without what the book explains in brackets."""
    item = item_with(code, work.town.rulebook.points)
    return item.name.split(_NOTE, maxsplit=1)[0] if item else code


def _slot(found: Objection, to: MemberId) -> str:
    return f"objection:{found.id}:{to}"
