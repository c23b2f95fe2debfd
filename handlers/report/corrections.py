"""Setting a report right: the place, the category, more words or photos, by button or by reply."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effect, Effects, Outgoing, Text, tell
from bot.domain.case import CORRECTABLE, FINAL, OPEN, Case, CaseMoved, CaseState, Changes, Move
from bot.domain.casenumber import spoken
from bot.domain.dispatching import clocks
from bot.domain.people import SYSTEM
from bot.domain.recognise import recognise
from bot.domain.refusal import Refused
from bot.domain.rulebook import CategoryId, PlaceId, Point, Rulebook, Severity
from bot.domain.scrub import quoted
from handlers.report import filing, receipt
from handlers.report.declared import feature, text
from handlers.report.drafting import MOST_WORDS, is_recording_alone, noted, recorded, said_about, want_photos
from handlers.report.placing import located, shown_place
from handlers.report.rules import TAPPED, Gap, is_outside, raised
from handlers.report.told import tell_contact
from storage import case_queries, cases, dialogs, drafts, members, timers
from storage.photos import PhotoKind

REPLAN: Final = "deadlines.replan"  # a timer of the feature that keeps the limits
_NOT_X_BUT_Y: Final = re.compile(r"不是.{1,12}?[，,、\s]*(?:而?是|应该是)(?P<right>.+)")
_PLACE_IS: Final = re.compile(
    r"(?:地点|位置|地址|^place\b)\s*(?:不对|错了|搞错了|写错了)?[，,\s]*(?:应该)?(?:改成|改为|改到|换成|改|是|为|在|[:：])?\s*(?P<place>.+)"
)
_NEWEST: Final = 10
MAY_CHANGE: Final = CORRECTABLE | {CaseState.DRAFT}
_WAITS: Final = timedelta(minutes=10)


async def place_chosen(event: Pressed, case: Case, work: Work) -> Effects:
    """A named place was tapped, for a draft or as a correction."""
    place = work.town.rulebook.places.get(PlaceId(event.target))
    if place is None:
        raise Refused("core.button_stale")
    await drafts.settle(work.tx, case.id, f"{Gap.PLACE} {TAPPED[Gap.PLACE]}")
    changes = Changes(place=place.name, lat=place.at.lat, lon=place.at.lon, grid=place.grid, community=place.community)
    return [Acknowledge(event), *await changed(case, changes, event, work)]


async def category_chosen(event: Pressed, case: Case, work: Work) -> Effects:
    """A category was tapped, for a draft or as a correction."""
    category = work.town.rulebook.categories.get(CategoryId(event.target))
    if category is None:
        raise Refused("core.button_stale")
    await drafts.settle(work.tx, case.id, f"{Gap.CATEGORY} {TAPPED[Gap.CATEGORY]}")
    cue = recognise(case.description, work.town.rulebook).danger
    changes = Changes(category=category.id, severity=raised(category, cue))
    return [Acknowledge(event), *await changed(case, changes, event, work)]


async def ask_place(event: Pressed, case: Case, work: Work) -> Effects:
    """「改地点」: the next message is the place."""
    return await _ask(event, case, work, "place")


async def ask_category(event: Pressed, case: Case, work: Work) -> Effects:
    """「改类别」: the likeliest others as buttons, or words."""
    found = recognise(case.description, work.town.rulebook)
    others = [one.category for one in found.categories if one.category != case.category][:2]
    await _await_words(event, case, work)
    return [_asked(event), _which_kind(case, [*others, filing.OTHER], work)]


def _which_kind(case: Case, kinds: Sequence[CategoryId], work: Work) -> Effect:
    known = work.town.rulebook.categories
    buttons = tuple(
        feature.press(
            "choose_category",
            Text("core.plain", {"words": known[category].short}),
            case=case,
            target=category,
            only=case.reporter_id,
        )
        for category in kinds
    )
    return tell(work.actor.id, text("ask_again.category", number=spoken(case.number)), *buttons)


async def corrected(event: Incoming, case: Case, work: Work) -> Effects:
    """A reply to one's own case: a correction, an answer, or something to add."""
    await want_photos(event, work, case.id, PhotoKind.SUPPLY)
    if is_recording_alone(event) and case.state not in FINAL:
        return [recorded(event, case)]
    changes = _meant(event, case, work)
    if changes and case.state in CORRECTABLE:
        done = await changed(case, changes, event, work)
        return [*done, noted(event, case, "corrected")]
    words = event.text.strip() or changes.get("place", "")
    if not event.photos and not event.media and not words:
        return []
    return await _added(event, case, words, work)


async def of_newest(event: Incoming, work: Work) -> Effects:
    """A correction that quotes nothing is about one's newest open case.

    Raises:
        Refused: there is none, or the words name nothing that is known.
    """
    own = await case_queries.list_of_reporter(work.tx, work.actor.id, _NEWEST)
    alive = [case for case in own if case.state in OPEN or case.state in MAY_CHANGE]
    if not alive:
        raise Refused("report.nothing_to_correct")
    case = next((one for one in alive if one.state in MAY_CHANGE), alive[0])
    return await set_right(event, case, work)


async def _added(event: Incoming, case: Case, words: str, work: Work) -> Effects:
    """More words or photos: the contact hears them, a question is answered by them, a kept report may go out."""
    if case.state in FINAL:
        return [_nobody_hears(case)]
    case = await cases.amend(work.tx, case, description=f"{case.description} {words}".strip()[:MOST_WORDS])
    effects: list[Effect] = [noted(event, case, "added")]
    told = text("told_contact", number=spoken(case.number), words=quoted(words)) if words else None
    effects += tell_contact(case, told or text("told_contact_photo", number=spoken(case.number)), work, event.at)
    if case.state is CaseState.NEED_INFO:
        effects.append(await cases.move(work.tx, case, Move.SUPPLY, work.actor, event.at, note=words[:200]))
    return [*effects, *await filing.file_if_complete(case, event.at, work)]


def _nobody_hears(case: Case) -> Outgoing:
    """The case is over and nobody is at it: words must not vanish under a sign that says noted."""
    told = text("after_end", number=spoken(case.number), state=Text(f"state.{case.state}"))
    return replace(tell(case.reporter_id, told, case=case), once=f"case:{case.id}:after_end:{case.version}")


async def danger_answered(event: Pressed, case: Case, work: Work) -> Effects:
    """The rider says whether the words that sounded like danger meant it; if not, the usual limits count from now."""
    if event.target.startswith("yes") or case.category is None or case.severity is not Severity.P1:
        return [Acknowledge(event, text("danger_kept"))]
    category = work.town.rulebook.categories[case.category]
    level = work.town.rulebook.severities[category.severity]
    usual = clocks(category, category.severity, level, work.town.calendar, event.at)
    lowered = await cases.amend(
        work.tx,
        case,
        severity=category.severity,
        accept_due=usual.accept_due,
        secure_due=usual.secure_due,
        resolve_due=usual.resolve_due,
    )
    effects: list[Effect] = [Acknowledge(event, text("danger_lowered"))]
    effects += tell_contact(lowered, text("danger_over", number=spoken(case.number)), work, event.at)
    if lowered.state is CaseState.DISPATCHED:
        return [*effects, await _reroute(lowered, event, work)]
    await timers.set_timer(work.tx, REPLAN, case.id, event.at, case.id)
    return [*effects, *await receipt.of(lowered, work, event.at, settled=False)]


async def words_awaited(event: Incoming, case: Case, work: Work) -> Effects:
    """The message after 「改地点」 or 「改类别」; a recording is kept, and words are waited for on."""
    if is_recording_alone(event):
        await want_photos(event, work, case.id, PhotoKind.SUPPLY)
        return [recorded(event, case)]
    await dialogs.end(work.tx, event.where.platform, event.where.chat, work.actor.id)
    return await set_right(event, case, work)


async def set_right(event: Incoming, case: Case, work: Work) -> Effects:
    """Words that are meant as a correction.

    Raises:
        Refused: they name nothing that is known.
    """
    if case.state not in MAY_CHANGE:
        return await corrected(event, case, work)  # somebody is at it by now: they hear the words
    await said_about(event, case.id, work)
    changes = _meant(event, case, work)
    if "place" in changes:
        await drafts.settle(work.tx, case.id, Gap.PLACE)
    if "category" in changes:
        await drafts.settle(work.tx, case.id, Gap.CATEGORY)
    if not changes and (kinds := _kinds_of_duty(event.text, work.town.rulebook)):
        return [_which_kind(case, kinds, work)]
    if not changes:
        raise Refused("report.not_understood", number=spoken(case.number))
    return [*await changed(case, changes, event, work), noted(event, case, "corrected")]


def _kinds_of_duty(words: str, rulebook: Rulebook) -> list[CategoryId]:
    """The kinds that a whole field stands for: 「不是食品，是交通」 names a duty, no kind."""
    right = _NOT_X_BUT_Y.match(words.strip())
    named = (right["right"] if right else words).strip(" 。.的")
    duties = [duty.id for duty in rulebook.duties.values() if len(named) > 1 and named in duty.name]
    return [one.id for one in rulebook.categories.values() if one.duty in duties][:3]


def _meant(event: Incoming, case: Case, work: Work) -> Changes:
    """What a correction in words or a position changes; empty if it is none."""
    rulebook, words = work.town.rulebook, event.text.strip()
    if event.position is not None:
        near = Point(event.position.lat, event.position.lon)
        if case.state is not CaseState.DRAFT:
            check_inside(case, near, work)
        return located(rulebook, recognise("", rulebook, near), event.position)
    if found := _PLACE_IS.match(words):
        said = found["place"].strip(" 。.")
        changes = located(rulebook, recognise(said, rulebook), None)
        changes.setdefault("place", shown_place(said))
        return changes
    right = _NOT_X_BUT_Y.match(words)
    read = recognise(right["right"] if right else words, rulebook)
    if read.categories and read.categories[0].category != case.category and (right or read.category_sure):
        category = rulebook.categories[read.categories[0].category]
        return Changes(category=category.id, severity=raised(category, read.danger))
    if read.places and not read.categories:
        return located(rulebook, read, None)
    return Changes()


def check_inside(case: Case, at: Point, work: Work) -> None:
    """Whether a case that went out may be where somebody says.

    Raises:
        Refused: the position is not in the county.
    """
    if is_outside(at, work.town.rulebook):
        raise Refused("report.outside", number=spoken(case.number))


async def changed(case: Case, changes: Changes, event: Incoming | Pressed, work: Work) -> Effects:
    """Store a correction; a case that was handed over goes to where it now belongs, with what is now known.

    Raises:
        Refused: somebody is at it.
    """
    if case.state not in MAY_CHANGE:
        raise Refused("case.not_now", number=spoken(case.number), state=case.state)
    after = await cases.amend(work.tx, case, **changes)
    if after.state is CaseState.DRAFT:
        return await filing.decide(after.id, event.at, work, final=False)
    if after.state is CaseState.REPORTED:
        return await filing.file_if_complete(after, event.at, work)
    if after.state is CaseState.DISPATCHED and _where_and_what(after) != _where_and_what(case):
        return [await _reroute(after, event, work)]
    return await receipt.of(after, work, event.at, settled=False)


def _where_and_what(case: Case) -> tuple[object, ...]:
    return case.category, case.severity, case.place, case.lat, case.lon


async def _reroute(case: Case, event: Incoming | Pressed, work: Work) -> CaseMoved:
    return await cases.move(work.tx, case, Move.REROUTE, await members.get(work.tx, SYSTEM), event.at)


async def _ask(event: Pressed, case: Case, work: Work, what: str) -> Effects:
    await _await_words(event, case, work)
    asked = tell(work.actor.id, text(f"ask_again.{what}", number=spoken(case.number)))
    page = filing.place_page(case) if what == "place" and work.actor.id == case.reporter_id else None
    return [_asked(event), replace(asked, page=page)]


def _asked(event: Pressed) -> Acknowledge:
    """Whoever pressed in the group is told where the question went."""
    return Acknowledge(event) if event.where.private else Acknowledge(event, text("asked_privately"))


async def _await_words(event: Pressed, case: Case, work: Work) -> None:
    """Typed in private or in the group where the button was: both are waited for."""
    places = {(str(event.where.platform), event.where.chat)}
    places |= {
        (account.space, account.id) for account in await members.accounts(work.tx, work.actor.id) if account.reachable
    }
    for platform, chat in places:
        await dialogs.start(
            work.tx, platform, chat, work.actor.id, f"{feature.name}.correction", str(case.id), event.at + _WAITS
        )
