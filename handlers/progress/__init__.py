"""Progress: how far one's own reports are, what a contact has to do, and one case to look at or to work on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Town, Work
from bot.chat.messages import Acknowledge, Button, CasePage, Effects, Lines, Outgoing, Text, answer
from bot.domain.case import OPEN, Case, Relation
from bot.domain.casenumber import case_number, spoken
from bot.domain.people import HANDLERS, OFFICE
from bot.domain.recognise import normalise
from bot.domain.scrub import quoted
from bot.domain.todo import in_order, limit_of
from handlers.progress import views
from handlers.progress.declared import feature, text
from handlers.progress.rules import MOST_BUTTONS, MOST_CASES, due_today
from storage import audit, case_queries, cases

__all__ = ["feature"]

AT_WORK: Final = frozenset({Relation.CONTACT, Relation.DEPUTY, Relation.LEADER, Relation.DISPATCHER, Relation.ADMIN})
SHOW, WORK_ON = "show", "work_on"


def names_a_case(event: Incoming, town: Town) -> bool:
    """A case number and nothing else, in private."""
    alone = event.where.private and not event.photos and event.position is None
    return alone and case_number(normalise(event.text), alone_or_after_command=True) is not None


@feature.command("进度", "progress", group=False, privately=True)
async def show_progress(event: Incoming, work: Work) -> Effects:
    """One's own cases, or the one that is named by number or by quote."""
    if not event.rest and event.about is None:
        return [await _own_cases(event, work)]
    case = await _meant(event, event.rest, work)
    return [await (_shown(event, case, work) if case else _not_found(event, event.rest, SHOW, work))]


@feature.photo(takes=names_a_case)
async def show_named(event: Incoming, work: Work) -> Effects:
    case = await _meant(event, event.text, work)
    return [await (_shown(event, case, work) if case else _not_found(event, event.text, SHOW, work))]


@feature.command("待办", "todo", roles=HANDLERS, group=False, privately=True)
async def show_list(event: Incoming, work: Work) -> Effects:
    return [await _page_of_list(event, work, 0)]


@feature.button("more", roles=HANDLERS)
async def show_rest(event: Pressed, work: Work) -> Effects:
    return [await _page_of_list(event, work, int(event.target)), Acknowledge(event)]


@feature.command("办", "work", roles=HANDLERS | OFFICE, group=False, privately=True, example="办 0127")
async def work_on(event: Incoming, work: Work) -> Effects:
    """One case with all that is needed to act on it."""
    if not event.rest and event.about is None:
        return [await _not_found(event, "", WORK_ON, work)]
    case = await _meant(event, event.rest, work)
    return [await (_sheet(event, case, work) if case else _not_found(event, event.rest, WORK_ON, work))]


@feature.command("/case", group=False, privately=True, listed=False)
async def open_linked(event: Incoming, work: Work) -> Effects:
    """The link to a case (`?start=case_0127`): to work on for who does, else to look at."""
    return await (work_on if work.actor.is_any(HANDLERS | OFFICE) else show_progress)(event, work)


@feature.button(SHOW)
async def show_pressed(event: Pressed, work: Work) -> Effects:
    case = await _meant(event, event.target, work)
    return [
        await (_shown(event, case, work) if case else _not_found(event, event.target, SHOW, work)),
        Acknowledge(event),
    ]


@feature.button(WORK_ON, roles=HANDLERS | OFFICE)
async def work_on_pressed(event: Pressed, work: Work) -> Effects:
    case = await _meant(event, event.target, work)
    told = await (_sheet(event, case, work) if case else _not_found(event, event.target, WORK_ON, work))
    return [told, Acknowledge(event)]


async def _meant(event: Incoming | Pressed, words: str, work: Work) -> Case | None:
    """The case that is named, else the one that is quoted; None if there is none that this person may see."""
    case: Case | None = None
    if words.strip():
        number = case_number(normalise(words), alone_or_after_command=True)
        case = await cases.find_number(work.tx, number) if number is not None else None
    elif isinstance(event, Incoming) and event.about is not None:
        case = await cases.get(work.tx, event.about)
    if case is None or await cases.may_see(work.tx, case, work.actor):
        return case
    await audit.note(work.tx, event.at, work.actor.id, "action.denied", f"case:{case.id}", "see")
    return None


async def _own_cases(event: Incoming, work: Work) -> Outgoing:
    own = await case_queries.list_of_reporter(work.tx, work.actor.id, MOST_CASES + 1)
    if not own:
        return answer(event, text("none"))
    lines = [
        text("line", number=spoken(case.number), what=views.what(case, work.town.rulebook), due=views.status(case))
        for case in own[:MOST_CASES]
    ]
    older = (text("older", number=spoken(own[0].number)),) if len(own) > MOST_CASES else ()
    buttons = [views.case_button(SHOW, "button.case", case, work, row) for row, case in enumerate(own[:MOST_BUTTONS])]
    return answer(event, Lines((*lines, *older)), *buttons)


async def _page_of_list(event: Incoming | Pressed, work: Work, start: int) -> Outgoing:
    """T07: what is due first stands first."""
    todo = in_order(await case_queries.list_of_contact(work.tx, work.actor.id))
    if not todo:
        return answer(event, text("todo.none"))
    page, end = todo[start : start + MOST_CASES], start + MOST_CASES
    today = due_today(todo, event.at, work.town.zone)
    head = text("todo.head_today", n=len(todo), today=today) if today else text("todo.head", n=len(todo))
    lines = [_todo_line(index, case, work) for index, case in enumerate(page, start + 1)]
    left = len(todo) - end
    more = (text("todo.more", n=left),) if left > 0 else ()
    buttons = [views.case_button(WORK_ON, "button.work_on", case, work) for case in page[:MOST_BUTTONS]]
    if left > 0:
        buttons.append(feature.press("more", "button.more", target=str(end), row=1))
    return answer(event, Lines((head, *lines, *more)), *buttons)


def _todo_line(index: int, case: Case, work: Work) -> Text:
    limit = limit_of(case)
    due = text("todo.by", due=limit) if limit is not None else views.status(case)
    return text(
        "todo.line", index=index, number=spoken(case.number), what=views.what(case, work.town.rulebook), due=due
    )


async def _shown(event: Incoming | Pressed, case: Case, work: Work) -> Outgoing:
    held = await cases.relations(work.tx, case, work.actor)
    buttons: list[Button] = [*views.reporter_buttons(case, held, event.at)]
    if held & AT_WORK and case.state in OPEN:
        buttons.append(views.case_button(WORK_ON, "button.work_on", case, work))
    return _about(event, case, await views.timeline(case, work), buttons)


async def _sheet(event: Incoming | Pressed, case: Case, work: Work) -> Outgoing:
    held = await cases.relations(work.tx, case, work.actor)
    if not held & AT_WORK or case.state not in OPEN:
        return await _shown(event, case, work)
    told = _about(event, case, await views.sheet(case, held, work), views.sheet_buttons(case, held))
    shown = tuple(await views.evidence(case, work))
    page = CasePage(case.id, Text("dispatch.button.page"))  # as on the card
    return replace(told, attachments=shown, wait_photos_s=work.town.card_wait_s, page=page)


def _about(event: Incoming | Pressed, case: Case, lines: Lines, buttons: Sequence[Button]) -> Outgoing:
    """An answer that can itself be quoted as the case."""
    return replace(answer(event, lines, *buttons), case=case.id)


async def _not_found(event: Incoming | Pressed, said: str, action: str, work: Work) -> Outgoing:
    """T-E06: a guess instead of a lesson; a case that may not be seen does not exist."""
    if action == WORK_ON:
        near = in_order(await case_queries.list_of_contact(work.tx, work.actor.id))
    else:
        near = await case_queries.list_of_reporter(work.tx, work.actor.id, MOST_BUTTONS)
    buttons = [
        views.case_button(action, "button.case", case, work, row) for row, case in enumerate(near[:MOST_BUTTONS])
    ]
    first = text("unknown", said=quoted(said)) if said else text("which")
    second = text("recent") if buttons else text("example")
    return answer(event, Lines((first, second)), *buttons)
