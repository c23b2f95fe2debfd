"""Admin: what has no contact, rejecting and merging, finding cases, announcements."""

from collections.abc import Sequence
from typing import Final

from bot.chat.events import Address, Incoming, Platform, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effects, Lines, Outgoing, Rank, Text, answer
from bot.domain.case import OPEN, Case, CaseState, Move
from bot.domain.casenumber import case_number, spoken
from bot.domain.people import OFFICE, Role
from bot.domain.recognise import normalise
from bot.domain.refusal import Refused
from bot.domain.scrub import scrub
from handlers.admin import evidence
from handlers.admin.declared import feature, text
from storage import audit, case_queries, cases, groups, members

__all__ = ["feature"]

_MOST: Final = 8
_COUNTED: Final = 1000  # how many of the rest are counted
_MOST_NOTICE: Final = 300
_SEARCHERS: Final = OFFICE | {Role.AUDITOR}
_EVIDENCE: Final = frozenset({Role.ADMIN, Role.AUDITOR})

feature.command("证据", "evidence", roles=_EVIDENCE, group=False, example="证据 0127")(evidence.show)


@feature.command("未派", "unassigned", roles=OFFICE, group=False, example="未派")
async def unassigned(event: Incoming, work: Work) -> Effects:
    """Cases that nobody is responsible for, oldest first."""
    found = await case_queries.list_unassigned(work.tx, _COUNTED)
    if not found:
        return [answer(event, text("all_assigned"))]
    example = text("how_to_assign", number=spoken(found[0].number))
    return [answer(event, Lines((text("unassigned"), *await _lines(found, work), example)))]


@feature.command("查", "查找", "find", roles=_SEARCHERS, group=False, example="查 井盖")
async def search(event: Incoming, work: Work) -> Effects:
    """By number, place, words, person; a state name narrows it: 「查 办理中」「查 井盖 办理中」."""
    words = normalise(event.rest)
    if not words:
        raise Refused("admin.search_what")
    number = case_number(words, alone_or_after_command=True)
    if number is not None:
        case = await cases.find_number(work.tx, number)
        found = [case] if case else []
    else:
        state, rest = _state_in(words, work)
        found = list(await case_queries.search(work.tx, rest, state, _COUNTED, by_reporter=work.actor.is_any(OFFICE)))
    await audit.note(work.tx, event.at, work.actor.id, "cases.searched", f"found:{len(found)}")
    if not found:
        return [answer(event, text("nothing_found", words=words[:20]))]
    return [answer(event, Lines((text("found"), *await _lines(found, work))))]


@feature.command("驳回", "reject", roles=OFFICE, group=False, example="驳回 0131 不在本县")
async def reject(event: Incoming, work: Work) -> Effects:
    """With a reason, which the reporter reads; can be taken back for ten minutes."""
    case, reason = await _named(event, work)
    if not reason:
        raise Refused("admin.reject_why", number=spoken(case.number))
    moved = await cases.move(work.tx, case, Move.REJECT, work.actor, event.at, note=reason[:60])
    undo = feature.press("undo_reject", "button.undo", case=moved.after, minutes=10)
    return [moved, answer(event, text("rejected", number=spoken(case.number)), undo, case=case)]


@feature.button("undo_reject", roles=OFFICE)
async def undo_reject(event: Pressed, work: Work) -> Effects:
    case = await _pressed(event, work)
    return [await cases.move(work.tx, case, Move.UNDO_REJECT, work.actor, event.at), Acknowledge(event, text("undone"))]


@feature.command("合并", "并案", "merge", roles=OFFICE, group=False, example="合并 0131 0127")
async def merge(event: Incoming, work: Work) -> Effects:
    """The first into the second; photos and reporter go along."""
    case, rest = await _named(event, work)
    await _not_merged(case, work)
    number = case_number(rest, alone_or_after_command=True)
    other = await cases.find_number(work.tx, number) if number is not None else None
    if other is not None:
        await _not_merged(other, work)
    if other is None or other.id == case.id or other.state not in OPEN:
        raise Refused("admin.merge_into_what", number=spoken(case.number))
    moved = await cases.move(work.tx, case, Move.MERGE, work.actor, event.at, merged_into=other.id)
    undo = feature.press("undo_merge", "button.undo", case=moved.after, minutes=10)
    done = text("merged", number=spoken(case.number), into=spoken(other.number))
    return [moved, answer(event, done, undo, case=case)]


@feature.button("undo_merge", roles=OFFICE)
async def undo_merge(event: Pressed, work: Work) -> Effects:
    case = await _pressed(event, work)
    return [await cases.move(work.tx, case, Move.UNDO_MERGE, work.actor, event.at), Acknowledge(event, text("undone"))]


@feature.command("概况", "overview", roles=_SEARCHERS, group=False)
async def overview(event: Incoming, work: Work) -> Effects:
    """How many cases stand where."""
    counted = await case_queries.count_by_state(work.tx)
    lines = tuple(
        text("count", state=Text(f"state.{state}"), n=counted[state]) for state in CaseState if counted.get(state)
    )
    return [answer(event, Lines((text("overview" if lines else "no_cases"), *lines)))]


@feature.command("公告", "announce", roles=OFFICE, group=False, example="公告 明天 9:00 培训")
async def announce(event: Incoming, work: Work) -> Effects:
    """Shown first, posted in every bound group after a second tap."""
    words = scrub(event.rest.strip())[0].replace("@", "＠")  # shown like this before it is sent
    if not words:
        raise Refused("admin.announce_what")
    if len(words) > _MOST_NOTICE:
        raise Refused("admin.announce_long", most=_MOST_NOTICE)
    # The announcement carries its own name, so that a second press posts nothing twice.
    confirm = feature.press("send", "button.send", target=f"{event.event_id}\n{words}", only=work.actor.id, minutes=30)
    return [answer(event, Lines((text("announce_sure"), text("notice", words=words))), confirm)]


@feature.button("send", roles=OFFICE)
async def send(event: Pressed, work: Work) -> Effects:
    named, _, words = event.target.partition("\n")
    await audit.note(work.tx, event.at, work.actor.id, "announcement", f"characters:{len(words)}")
    notice = text("notice", words=words)
    posts = [
        Outgoing(
            Address(Platform(platform), chat, private=False),
            notice,
            rank=Rank.BROADCAST,
            once=f"notice:{named}:{platform}:{chat}",
        )
        for platform, chat in await groups.bound(work.tx)
    ]
    return [*posts, Acknowledge(event, text("sent"))]


def _state_in(words: str, work: Work) -> tuple[CaseState | None, str]:
    """A state named in the words as the catalogues call it, and the words without it."""
    parts = words.split()
    for part in parts:
        state = work.town.state_words.get(part)
        if state is not None:
            return state, " ".join(other for other in parts if other != part)
    return None, words


async def _not_merged(case: Case, work: Work) -> None:
    if case.state is CaseState.MERGED and case.merged_into is not None:
        into = await cases.get(work.tx, case.merged_into)
        raise Refused("admin.merged_already", number=spoken(case.number), into=spoken(into.number))


async def _lines(found: Sequence[Case], work: Work) -> list[Text]:
    """The first few in a line each, and how many there are beyond."""
    lines = [await _line(case, work) for case in found[:_MOST]]
    return [*lines, text("more", n=len(found) - _MOST)] if len(found) > _MOST else lines


async def _line(case: Case, work: Work) -> Text:
    """Number, matter, place, state, and who is at it, where there is somebody."""
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    shown = text(
        "line",
        number=spoken(case.number),
        what=category.short if category else text("not_sorted"),
        place=case.place or text("no_place"),
        state=Text(f"state.{case.state}"),
    )
    if case.contact_id is None:
        return shown
    who = Text("core.plain", {"words": (await members.get(work.tx, case.contact_id)).name})
    return Text("core.plain", {"words": Lines((shown, who), " · ")})


async def _named(event: Incoming, work: Work) -> tuple[Case, str]:
    first, _, rest = normalise(event.rest).partition(" ")
    number = case_number(first, alone_or_after_command=True)
    case = await cases.find_number(work.tx, number) if number is not None else None
    if case is None:
        raise Refused("case.unknown", number=first or "…")
    return case, rest.strip()


async def _pressed(event: Pressed, work: Work) -> Case:
    if event.case is None:
        raise Refused("core.button_void")
    return await cases.get(work.tx, event.case)
