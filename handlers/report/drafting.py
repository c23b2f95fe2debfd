"""A report being put together: messages, photos and places that belong to one report are joined."""

from datetime import timedelta
from typing import Final

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effect, Effects, Outgoing, Rank, React, answer, tell
from bot.domain.case import Case, CaseId, Changes
from bot.domain.casenumber import spoken
from bot.domain.people import RIDERS, Member, Role
from bot.domain.recognise import recognise
from bot.domain.rulebook import Point
from handlers.report import filing
from handlers.report.asides import as_said
from handlers.report.declared import feature, text
from handlers.report.placing import located, shown_place
from handlers.report.rules import Gap, raised
from storage import cases, drafts, groups, photos, said, timers
from storage.drafts import Draft
from storage.photos import Media, PhotoKind

SEEN: Final = "👀"
NOTED: Final = "👌"
MOST_WORDS: Final = 500
ALBUM_LONGEST: Final = timedelta(seconds=10)


def is_appointed(member: Member) -> bool:
    return member.is_any(RIDERS)


async def album_of(event: Incoming, work: Work) -> Draft | None:
    """The draft an album part belongs to, open or not."""
    if event.album is None:
        return None
    return await drafts.find_album(work.tx, event.where.platform, event.where.chat, event.album)


async def take(event: Incoming, work: Work, words: str) -> Effects:
    """Join the message to what is open, or open a new draft; one that came before, by its newer version, is over."""
    if event.message and await said.find(work.tx, event.where.platform, event.where.chat, event.message) is not None:
        return []
    part_of = await album_of(event, work)
    if part_of is not None and part_of.closed:
        await want_photos(event, work, part_of.case_id, PhotoKind.SUPPLY)
        return []
    draft = part_of or await drafts.find_open(work.tx, event.where.platform, event.where.chat, work.actor.id)
    return await _join(event, work, draft, words, is_part=part_of is not None)


async def answered(event: Incoming, work: Work, draft: Draft) -> Effects:
    """What the rider sends while one thing is missing. In the group, words that name nothing stay chatter."""
    if event.photos or event.media:
        return await _join(event, work, draft, as_said(event.text), is_part=False)
    if (
        not event.where.private
        and event.position is None
        and not recognise(event.text, work.town.rulebook).looks_like_report
    ):
        return []
    case = await _add(event, work, draft, as_said(event.text))
    if draft.asked == Gap.PLACE or (draft.asked == Gap.CATEGORY and event.text):
        await drafts.settle(work.tx, draft.case_id, draft.asked)
    effects = await filing.decide(draft.case_id, event.at, work, final=False)
    return effects or [noted(event, case, "added")]


async def _join(event: Incoming, work: Work, draft: Draft | None, words: str, *, is_part: bool) -> Effects:
    effects: list[Effect] = []
    joined = draft is not None
    if draft is not None and not is_part and await _is_second(event, work, draft, words):
        effects += await filing.decide(draft.case_id, event.at, work, final=True)
        draft = None
    if draft is None:
        draft = await _open(event, work)
        effects += [React(event.where, event.message, SEEN), *_welcome(event, work.actor)]
    elif (event.photos or event.media) and not is_part:
        effects.append(React(event.where, event.message, NOTED))
    case = await _add(event, work, draft, words)
    if event.album is not None:
        await _wait_for_album(event, work, draft)
        return effects
    decided = await filing.decide(draft.case_id, event.at, work, final=False)
    if joined and not decided and is_recording_alone(event):
        decided = [recorded(event, case)]
    return [*effects, *decided]


def _welcome(event: Incoming, actor: Member) -> list[Effect]:
    """Somebody who was never appointed: their report is welcome, and they learn once how to hear of it."""
    if event.masked or actor.roles != frozenset({Role.GUEST}):
        return []
    return [Outgoing(actor.id, text("guest"), rank=Rank.CARD, once=f"guest:{actor.id}")]


def noted(event: Incoming, case: Case, key: str) -> Effect:
    """Say that it was taken in; in the group a sign is enough, as the receipt shows the change."""
    if not event.where.private:
        return React(event.where, event.message, NOTED)
    return answer(event, text(key, number=spoken(case.number)), case=case)


def is_recording_alone(event: Incoming) -> bool:
    """Whether a message is voice or video and nothing that we can read."""
    return bool(event.media) and not event.photos and not event.text.strip() and event.position is None


def recorded(event: Incoming, case: Case) -> Outgoing:
    """A recording was kept, and nobody here understands it: said to whoever sent it, never to the group."""
    told = text(f"recorded.{event.media[-1].kind}", number=spoken(case.number))
    return answer(event, told, case=case) if event.where.private else tell(case.reporter_id, told, case=case)


async def want_photos(event: Incoming, work: Work, case: CaseId, kind: PhotoKind) -> None:
    """Note every photo and recording of a message; the bytes come after the commit."""
    where, who = event.where.platform, work.actor.id
    for photo in event.photos:
        await photos.want(work.tx, who, kind, where, photo.ref, event.at, case=case)
    for sent in event.media:
        await photos.want(work.tx, who, kind, where, sent.ref, event.at, case=case, media=Media(sent.kind))
    await said_about(event, case, work)


async def said_about(event: Incoming, case: CaseId, work: Work) -> None:
    """So that a quote of what the person wrote finds the case, and a change of it is seen for what it is."""
    if event.message:
        words = as_said(event.text)[:MOST_WORDS]
        await said.note(work.tx, event.where.platform, event.where.chat, event.message, case, words)


async def _is_second(event: Incoming, work: Work, draft: Draft, words: str) -> bool:
    """A second complete report closes the first with its best guess."""
    if not (event.photos or event.media) or not words:
        return False
    found = recognise(words, work.town.rulebook)
    has_photos = bool(await photos.list_of_case(work.tx, draft.case_id))
    return has_photos and found.category_sure and bool(found.places or found.place_text)


async def _open(event: Incoming, work: Work) -> Draft:
    where = event.where
    home = (str(where.platform), where.chat) if not where.private else await _home(work, where.platform)
    case = await cases.insert(work.tx, work.actor.id, event.at, home=home)
    draft = Draft(
        case_id=case.id,
        platform=where.platform,
        chat=where.chat,
        member_id=work.actor.id,
        album=event.album,
        message=event.message or None,
        asked="",
        settled=frozenset(),
        expires_at=event.at + timedelta(minutes=work.town.draft_minutes),
        closed=False,
    )
    await drafts.insert(work.tx, draft)
    await timers.set_timer(work.tx, f"{feature.name}.expire", case.id, draft.expires_at, case.id)
    return draft


async def _home(work: Work, platform: str) -> tuple[str, str] | None:
    """The bound work group of the reporter's platform."""
    bound = [group for group in await groups.bound(work.tx) if group[0] == platform]
    return bound[0] if bound else None


async def _add(event: Incoming, work: Work, draft: Draft, words: str) -> Case:
    """Put what a message says into the case."""
    await want_photos(event, work, draft.case_id, PhotoKind.REPORT)
    case = await cases.get(work.tx, draft.case_id)
    said_so_far = " ".join(part for part in (case.description, words.strip()) if part)[:MOST_WORDS]
    here = event.position
    near = Point(here.lat, here.lon) if here else None
    found = recognise(said_so_far, work.town.rulebook, near)
    fixed = Gap.PLACE in draft.settled and event.position is None  # what the rider chose is not guessed again
    changes = Changes() if fixed else located(work.town.rulebook, found, event.position)
    if draft.asked == Gap.PLACE and not event.position and words.strip():
        changes.update(located(work.town.rulebook, recognise(words, work.town.rulebook), None))
        changes.setdefault("place", shown_place(words))
    changes["description"] = said_so_far
    if Gap.CATEGORY not in draft.settled and found.categories:
        changes["category"] = found.categories[0].category
    chosen = changes.get("category") or case.category
    category = work.town.rulebook.categories.get(chosen) if chosen else None
    changes["severity"] = raised(category, found.danger)
    return await cases.amend(work.tx, case, **changes)


async def _wait_for_album(event: Incoming, work: Work, draft: Draft) -> None:
    """Parts come one by one and without a count: wait a little after each, but never long after the first."""
    case = await cases.get(work.tx, draft.case_id)
    flush = min(event.at + timedelta(seconds=work.town.album_seconds), case.opened_at + ALBUM_LONGEST)
    await timers.set_timer(work.tx, f"{feature.name}.flush", draft.case_id, flush, draft.case_id)
