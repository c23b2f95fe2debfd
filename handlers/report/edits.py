"""A message that was changed after it came: the report it belongs to follows, and it never opens a second one."""

from dataclasses import replace

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effect, Effects
from bot.domain.case import CORRECTABLE, FINAL, OPEN, Case, CaseState, Move, Relation
from bot.domain.casenumber import spoken
from bot.domain.scrub import quoted
from handlers.report import asides, corrections, filing, in_place
from handlers.report.declared import text
from handlers.report.drafting import MOST_WORDS, noted
from handlers.report.rereading import Edit, anew, replaced, surely
from handlers.report.told import tell_contact
from storage import cases, drafts, said
from storage.drafts import Draft
from storage.said import Said


async def follow(event: Incoming, work: Work) -> Effects | None:
    """What becomes of a changed message; None if nothing was made of it before.

    Platforms report changes that nobody cares about: only other words count.
    """
    where, words = event.where, asides.as_said(event.text)[:MOST_WORDS]
    known = await said.look_up(work.tx, where.platform, where.chat, event.message) if event.message else None
    if known is None:
        return None
    case = await cases.get(work.tx, known.case)
    if words == known.words or not await _is_own(case, work):
        return []
    await said.note(work.tx, where.platform, where.chat, event.message, case.id, words)
    event = replace(event, text=words, photos=(), media=(), position=None, edited=False)
    if case.state is CaseState.MERGED and case.merged_into is not None:
        return await _told(event, await cases.get(work.tx, case.merged_into), known, work)
    if case.state in corrections.MAY_CHANGE and asides.is_correction(words):
        return await corrections.set_right(event, case, work)
    draft = await drafts.get(work.tx, case.id)
    if draft is not None and case.state is CaseState.DRAFT:
        return await _worked_out_anew(event, case, draft, known, work)
    if draft is not None and case.state in CORRECTABLE and words:
        return await _set_right(event, case, draft, known, work)
    return await _told(event, case, known, work)


async def _is_own(case: Case, work: Work) -> bool:
    """Whether it is a message of a report and not, for one, the contact's: those are answered elsewhere, or not at all."""
    held = await cases.relations(work.tx, case, work.actor)
    return not held.isdisjoint({Relation.REPORTER, Relation.CO_REPORTER})


def _edit(event: Incoming, case: Case, draft: Draft, known: Said, work: Work) -> Edit:
    description = replaced(case.description, known.words, event.text, MOST_WORDS)
    return Edit(case, draft.settled, known.words, event.text, description, work.town.rulebook)


async def _worked_out_anew(event: Incoming, case: Case, draft: Draft, known: Said, work: Work) -> Effects:
    case = await cases.amend(work.tx, case, **anew(_edit(event, case, draft, known, work)))
    if draft.album is not None and not draft.asked:
        return []  # its other parts are still waited for
    return await filing.decide(case.id, event.at, work, final=False) or [noted(event, case, "corrected")]


async def _set_right(event: Incoming, case: Case, draft: Draft, known: Said, work: Work) -> Effects:
    """Nobody is at it yet: a correction. Words that make it critical are answered like those of a new report."""
    changes = surely(_edit(event, case, draft, known, work))
    effects = await in_place.store(case, changes, event, work)
    after = replace(case, **changes)
    danger = await filing.danger(after, event.at, work) if after.severity < case.severity else []
    return [*effects, *danger, noted(event, case, "corrected")]


async def _told(event: Incoming, case: Case, known: Said, work: Work) -> Effects:
    """Somebody is at it: they hear the new words, in one message however often these change. Silence once it is over."""
    if case.state in FINAL or not event.text:
        return []
    if case.reporter_id == work.actor.id:
        description = replaced(case.description, known.words, event.text, MOST_WORDS)
        case = await cases.amend(work.tx, case, description=description)
    effects: list[Effect] = [noted(event, case, "added")]
    if case.contact_id is not None and case.state in OPEN:
        told = text("told_contact_edited", number=spoken(case.number), words=quoted(event.text))
        effects += tell_contact(case, told, work, event.at, slot=f"edited:{case.id}:{event.message}")
        await in_place.refresh_card(case, event.at, work)
    if case.state is CaseState.NEED_INFO:
        note = event.text[:200]
        effects.append(await cases.move(work.tx, case, Move.SUPPLY, work.actor, event.at, note=note))
    return effects
