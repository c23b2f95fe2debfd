"""What the group and the reporter see when a case closes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.chat.events import Address, PhotoId, Platform
from bot.chat.feature import Work
from bot.chat.messages import Arg, Attachment, AttachmentKind, Button, Effects, Lines, Outgoing, Rank, Text
from bot.domain.case import Case, Move, Relation, Resolution
from bot.domain.casenumber import full_number, spoken
from bot.domain.ledger import Step
from bot.domain.people import MemberId
from bot.domain.rulebook import Category, Sensitive, Severity
from bot.domain.scrub import quoted, scrub, surname
from bot.domain.times import local_day, local_month
from handlers.feedback.declared import feature, text
from storage import balances, drafts, members, photos, points
from storage.photos import PhotoKind, PhotoState, StoredPhoto

CO_REPORTER: Final = Relation.CO_REPORTER
_MOST_A_SIDE: Final = 2
_MOST_DEED: Final = 48


def thanked(case: Case, others: Sequence[MemberId]) -> Sequence[MemberId]:
    """The reporter, and those whose reports were merged into this one."""
    return list(dict.fromkeys((case.reporter_id, *others)))


async def thank(case: Case, who: MemberId, work: Work, *, by_rule: bool) -> Outgoing:
    """T13: result and points, the effect; then how it was. A case that closed `by_rule`, as nobody looked, says so."""
    category = _category(case, work)
    confirmed = not by_rule and case.verifier_id == who
    lines = await _thanks(case, who, work, by_rule=by_rule)
    shown = () if category is None else await _repair(case, work)
    closed_at = case.closed_at or case.moved_at
    return Outgoing(
        who,
        Lines(tuple(lines)),
        _answers(case, who, confirmed=confirmed, by_rule=by_rule),
        tuple(Attachment(AttachmentKind.PHOTO, (photo,)) for photo in shown),
        case=case.id,
        rank=Rank.CARD,
        slot=_thanks_slot(case, who),
        once=f"case:{case.id}:thanks:{case.round}:{who}",
        not_before=closed_at if confirmed or case.severity is Severity.P1 else work.town.quiet.first_allowed(closed_at),
    )


async def _thanks(case: Case, who: MemberId, work: Work, *, by_rule: bool) -> list[Text]:
    number = spoken(case.number)
    if case.resolution is Resolution.RESOLVED:
        place = case.place or text("there")
        then = text("by_rule") if by_rule else text("thanks", place=place)
        return [text("closed", number=number), *await _earned(case, who, work), then]
    why = text(f"resolution.{case.resolution}")
    because = text("because", why=why, words=quoted(case.repair_note) or "—")
    return [text("closed_otherwise", number=number), because, *([text("by_rule")] if by_rule else [])]


async def _earned(case: Case, who: MemberId, work: Work) -> list[Text]:
    """The points that the case has earned this person so far and what their month comes to; nothing without any."""
    booked = await points.list_of_case(work.tx, case.id, who)
    earned = sum(one.delta for one in booked if one.step is Step.CONFIRMED)
    if earned <= 0:
        return []
    now = await balances.balance(work.tx, who, local_month(case.closed_at or case.moved_at, work.town.zone))
    if now.rank is None or now.month <= 0:
        return [text("earned_far", points=earned, month=max(0, now.month))]
    return [text("earned", points=earned, month=now.month, rank=now.rank)]


def _answers(case: Case, who: MemberId, *, confirmed: bool, by_rule: bool) -> tuple[Button, ...]:
    """The rating, and the way back: ten minutes for whoever confirmed it, a new start where nobody looked."""
    if who != case.reporter_id:
        return ()
    undo = (feature.press("undo", "button.undo", case=case, row=1, minutes=10),) if confirmed else ()
    again = (feature.press("reopen", "button.reopen", case=case, only=who, row=1),) if by_rule else ()
    return (*scores(case, who), *undo, *again)


def scores(case: Case, who: MemberId) -> tuple[Button, ...]:
    """The three taps of a rating."""
    return tuple(
        feature.press("rate", f"button.{score}", case=case, target=score, only=who) for score in ("good", "fair", "bad")
    )


async def rated(case: Case, work: Work) -> Outgoing:
    """The thanks lose their buttons once the rating is given."""
    lines = Lines((*await _thanks(case, work.actor.id, work, by_rule=False), text("rated")))
    return Outgoing(work.actor.id, lines, case=case.id, slot=_thanks_slot(case, work.actor.id), only_edit=True)


def _thanks_slot(case: Case, who: MemberId) -> str:
    return f"thanks:{case.id}:{case.round}:{who}"


async def post(case: Case, work: Work) -> Effects:
    """T12: the closing in the home chat, with the drawn card. Sensitive cases show neither place nor reporter."""
    if case.home_chat is None or case.home_platform is None or case.practice:
        return []
    where = Address(Platform(case.home_platform), case.home_chat, private=False)
    at = case.closed_at or case.moved_at  # at night a group is left alone
    category = _category(case, work)
    words = _words(case, category)
    if not _is_sensitive(category):
        words.append(await _people(case, work))
    return [
        Outgoing(
            where,
            Lines(tuple(words)),
            attachments=(await card(case, work),),
            answers=await _reported_in(case, work),
            case=case.id,
            rank=Rank.CARD,
            not_before=at if case.severity is Severity.P1 else work.town.night.first_allowed(at),
            once=f"case:{case.id}:closing:{case.round}",
            slot=_slot(case),
            wait_photos_s=work.town.card_wait_s,
        )
    ]


async def _reported_in(case: Case, work: Work) -> str | None:
    """The message that made the case, if it stands in the home chat: what answers it lands in its topic."""
    draft = await drafts.get(work.tx, case.id)
    return draft.message if draft is not None and draft.chat == case.home_chat else None


def taken_back(case: Case, move: Move) -> Effects:
    """The closing in the group says so when it does not hold any more; a second closing edits it again."""
    if case.home_chat is None or case.home_platform is None or case.practice:
        return []
    where = Address(Platform(case.home_platform), case.home_chat, private=False)
    told = text("group.again" if move is Move.REOPEN else "group.recheck", number=spoken(case.number))
    return [Outgoing(where, told, case=case.id, rank=Rank.CARD, slot=_slot(case), only_edit=True)]


def _slot(case: Case) -> str:
    return f"closing:{case.id}"


async def card(case: Case, work: Work) -> Attachment:
    """The drawing of the closing card; its photos only if somebody ticked that they may be shown."""
    category = _category(case, work)
    hidden = _is_sensitive(category)
    before = after = ()
    if case.photos_public_at is not None and _may_show_photos(category):
        before = await _reported(case, work)
        after = await _repair(case, work)
    agency = work.town.rulebook.agencies.get(case.agency_id) if case.agency_id else None
    reporter = await members.get(work.tx, case.reporter_id)
    day = local_day(case.opened_at, work.town.zone)
    words: dict[str, Arg] = {
        "number": full_number(work.town.code, day, case.number),
        "status": text(f"resolution.{case.resolution or Resolution.RESOLVED}"),
        "category": category.short if category else text("matter"),
        "place": "" if hidden else case.place,
        "deed": "" if hidden else deed(case),
        "duration_label": text("card.duration"),
        "duration": (case.closed_at or case.moved_at) - case.opened_at,
        "reporter_label": "" if hidden else text("card.reporter"),
        "reporter": "" if hidden else Text("core.rider", {"surname": surname(reporter.name)}),
        "agency_label": text("card.agency"),
        "agency": agency.short if agency else "",
        "before_label": text("card.before"),
        "after_label": text("card.after"),
        "county": text("card.county", county=work.town.name),
        "date": text("card.date", year=day.year, month=day.month, day=day.day),
        "before_count": len(before),
        **_steps(case, work),
    }
    return Attachment(AttachmentKind.DRAWN, (*before, *after), "closing", words)


def deed(case: Case) -> str:
    """The contact's line as it may stand in public: no numbers of people, no mention that rings, one line, cut."""
    return quoted(scrub(case.repair_note)[0])[:_MOST_DEED]


def _steps(case: Case, work: Work) -> dict[str, Arg]:
    """The five steps of the loop with their instants; those that did not happen are left out."""
    steps: tuple[tuple[str, datetime | None], ...] = (
        ("reported", case.opened_at),
        ("dispatched", case.dispatched_at),
        ("accepted", case.accepted_at),
        ("handled", case.handled_at),
        ("verified", case.verified_at),
    )
    shown: dict[str, Arg] = {}
    for name, at in steps:
        if at is not None:
            shown[f"step_{name}_label"] = text(f"step.{name}")
            local = at.astimezone(work.town.zone)
            shown[f"step_{name}"] = f"{local.hour}:{local.minute:02d}"
    return shown


def _words(case: Case, category: Category | None) -> list[Text]:
    length = (case.closed_at or case.moved_at) - case.opened_at
    how = text(f"resolution.{case.resolution}")
    mended = case.resolution is Resolution.RESOLVED
    lines = [text("group.closed" if mended else "group.answered", number=spoken(case.number), how=how, length=length)]
    if _is_sensitive(category):
        return lines
    done = deed(case)
    what = category.short if category else ""
    key = "group.done_with_words" if done else "group.done"
    lines.append(text(key, place=case.place, what=what, words=done or "", how=how))
    return lines


async def _people(case: Case, work: Work) -> Text:
    reporter = await members.get(work.tx, case.reporter_id)
    agency = work.town.rulebook.agencies.get(case.agency_id) if case.agency_id else None
    rider = Text("core.rider", {"surname": surname(reporter.name)})
    return text("group.people", reporter=rider, agency=agency.short if agency else "")


async def _reported(case: Case, work: Work) -> tuple[PhotoId, ...]:
    return _last(await photos.list_of_case(work.tx, case.id, PhotoKind.REPORT, PhotoKind.SUPPLY))


async def _repair(case: Case, work: Work) -> tuple[PhotoId, ...]:
    return _last(await photos.list_of_attempt(work.tx, case.id, case.handled_at))


def _last(kept: Sequence[StoredPhoto]) -> tuple[PhotoId, ...]:
    return tuple(PhotoId(photo.id) for photo in kept if photo.state is not PhotoState.FAILED)[-_MOST_A_SIDE:]


def _category(case: Case, work: Work) -> Category | None:
    return work.town.rulebook.categories.get(case.category) if case.category else None


def _may_show_photos(category: Category | None) -> bool:
    """Asked again at closing: the category may have been corrected since somebody ticked."""
    return category is not None and category.public and category.sensitive is Sensitive.NO


def _is_sensitive(category: Category | None) -> bool:
    return category is None or category.sensitive is Sensitive.YES
