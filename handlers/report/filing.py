"""A report is complete, or one question is asked; then it is filed, by the best guess if nobody answers."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Address, Platform, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Button, CasePage, Effect, Effects, Outgoing, Text, tell
from bot.chat.wire import read_body
from bot.domain.case import Case, CaseId, CaseState, Move
from bot.domain.casenumber import spoken
from bot.domain.people import SYSTEM
from bot.domain.recognise import Recognition, recognise
from bot.domain.rulebook import Category, CategoryId, Point, Severity
from handlers.report.declared import feature, text
from handlers.report.rules import Gap, first_gap, is_outside
from storage import case_queries, cases, dialogs, drafts, members, photos, timers
from storage.drafts import Draft

OTHER: Final = CategoryId("other")
HUSH: Final = timedelta(minutes=1)
ANSWER_TIME: Final = timedelta(minutes=30)  # a typed answer to the question still counts


async def decide(case_id: CaseId, at: datetime, work: Work, *, final: bool) -> Effects:
    """File the draft, or ask for the one thing that is missing. `final`: time is up and the best guess counts."""
    draft = await drafts.get(work.tx, case_id)
    case = await cases.get(work.tx, case_id)
    if draft is None or draft.closed or case.state is not CaseState.DRAFT:
        return []
    found = recognise(case.description, work.town.rulebook)
    gap = await _gap(case, draft, found, work)
    if gap is None or case.severity is Severity.P1:
        await end_question(case_id, work)
        return await submit(case, at, work)
    if final:
        return await _by_best_guess(case, draft, gap, at, work)
    if draft.asked not in ("", Gap.OUTSIDE, gap) and not _is_hopeless(case, gap, work):
        await end_question(case_id, work)
        return await submit(case, at, work)  # one question is enough: the rest is guessed and can be corrected
    if draft.asked == gap:
        return []
    return await _ask(case, draft, gap, found, at, work)


async def submit(case: Case, at: datetime, work: Work) -> Effects:
    """Report and file. Over the hourly quota it is stored and worked off later; danger is never held back."""
    actor = await members.get(work.tx, SYSTEM)
    if case.category is None:
        case = await cases.amend(work.tx, case, category=OTHER)
    await drafts.close(work.tx, case.id, at)
    reported = await cases.move(work.tx, case, Move.REPORT, actor, at)
    over = await _work_off_at(reported.after, at, work)
    if over is not None:
        await timers.set_timer(work.tx, f"{feature.name}.work_off", case.id, over, case.id)
        await timers.set_timer(work.tx, f"{feature.name}.hush", case.id, at + HUSH, case.id)
        slow = Outgoing(case.reporter_id, text("slowly"), once=f"slow:{case.reporter_id}:{at:%Y%m%d%H}")
        return [reported, slow]
    filed = await cases.move(work.tx, reported.after, Move.FILE, actor, at)
    return [reported, filed, *await danger(filed.after, at, work)]


async def file_if_complete(case: Case, at: datetime, work: Work) -> Effects:
    """File a report that was kept because something was missing, once that has come."""
    draft = await drafts.get(work.tx, case.id)
    if case.state is not CaseState.REPORTED or draft is None or await _work_off_at(case, at, work) is not None:
        return []
    found = recognise(case.description, work.town.rulebook)
    if _is_hopeless(case, await _gap(case, draft, found, work), work):
        return []
    filed = await cases.move(work.tx, case, Move.FILE, await members.get(work.tx, SYSTEM), at)
    return [filed, *await danger(filed.after, at, work)]


async def without_photo(event: Pressed, case: Case, work: Work) -> Effects:
    """The rider cannot take a photo: that is all right."""
    await drafts.settle(work.tx, case.id, Gap.PHOTO)
    if case.state is CaseState.REPORTED:
        return [Acknowledge(event), *await file_if_complete(case, event.at, work)]
    return [Acknowledge(event), *await decide(case.id, event.at, work, final=False)]


async def outside_confirmed(event: Pressed, case: Case, work: Work) -> Effects:
    """The position is right although it is not in the county: kept, and the office decides."""
    await end_question(case.id, work)
    return [Acknowledge(event), *await decide(case.id, event.at, work, final=True)]


async def outside_mistaken(event: Pressed, case: Case, work: Work) -> Effects:
    """The position was a slip: it is forgotten and the place asked for."""
    case = await cases.amend(work.tx, case, place="", lat=None, lon=None, grid=None, community=None)
    return [Acknowledge(event), *await decide(case.id, event.at, work, final=False)]


async def end(case: CaseId, work: Work, at: datetime) -> None:
    """Close the draft of a case and the timers that wait for it."""
    await drafts.close(work.tx, case, at)
    for name in ("expire", "flush"):
        await timers.cancel(work.tx, f"{feature.name}.{name}", case)


async def end_question(case: CaseId, work: Work) -> None:
    """Nothing is waited for any more, wherever the question was put."""
    draft = await drafts.get(work.tx, case)
    if draft is None or not draft.asked:
        return
    chats = {(draft.platform, draft.chat)}
    chats |= {(account.space, account.id) for account in await members.accounts(work.tx, draft.member_id)}
    for platform, chat in chats:
        await dialogs.end(work.tx, platform, chat, draft.member_id)


async def _gap(case: Case, draft: Draft, found: Recognition, work: Work) -> Gap | None:
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    sent = await photos.list_of_case(work.tx, case.id)
    has_place = bool(case.place) or case.lat is not None
    at = Point(case.lat, case.lon) if case.lat is not None and case.lon is not None else None
    outside = is_outside(at, work.town.rulebook)
    return first_gap(
        found, category, photos=len(sent), has_place=has_place, outside=outside, settled=draft.settled
    )  # fmt: skip


async def _by_best_guess(case: Case, draft: Draft, gap: Gap, at: datetime, work: Work) -> Effects:
    """Nobody answered. Without a photo or any place the dispatcher decides; anything else is guessed, and said."""
    if _is_hopeless(case, gap, work):
        await drafts.close(work.tx, case.id, at)
        reported = await cases.move(work.tx, case, Move.REPORT, await members.get(work.tx, SYSTEM), at)
        key = {Gap.PHOTO: "kept", Gap.OUTSIDE: "kept_outside"}.get(gap, "kept_without_place")
        told, page = text(key, number=spoken(case.number)), place_page(case) if gap is Gap.PLACE else None
        return [reported, Outgoing(case.reporter_id, told, case=case.id, page=page)]
    effects = await submit(case, at, work)
    if draft.asked != Gap.PLACE or not case.place:
        return effects
    guessed = text("guessed", number=spoken(case.number), place=case.place)
    return [*effects, Outgoing(case.reporter_id, guessed, case=case.id, once=f"case:{case.id}:guessed")]


def _is_hopeless(case: Case, gap: Gap | None, work: Work) -> bool:
    """What no guess can fill: no photo, or nothing known of a place that has to be known."""
    if gap is not Gap.PLACE:
        return gap in (Gap.PHOTO, Gap.OUTSIDE)
    return not case.place and case.lat is None


async def _ask(case: Case, draft: Draft, gap: Gap, found: Recognition, at: datetime, work: Work) -> Effects:
    """One question, three buttons at most, the best guess first; the report is safe already."""
    expires = at + timedelta(minutes=work.town.draft_minutes)
    await drafts.ask(work.tx, case.id, gap, expires)
    await timers.set_timer(work.tx, f"{feature.name}.expire", case.id, expires, case.id)
    to = await _where_to_ask(draft, work)
    await _await_detail(to, draft, work, at)
    buttons = _choices(gap, case, found, work)
    question = text(await _question(gap, case, work, choices=len(buttons)), number=spoken(case.number))
    return [
        Outgoing(
            to,
            question,
            buttons,
            case=case.id,
            slot=question_slot(case.id),
            answers=draft.message if _here(draft, to) else None,
            page=place_page(case) if gap in (Gap.PLACE, Gap.OUTSIDE) else None,
        )
    ]


async def _question(gap: Gap, case: Case, work: Work, *, choices: int) -> str:
    """The words of the question; where a recording came instead of a photo, they say what became of it."""
    if gap is Gap.PLACE and not choices:
        return "ask.place_open"
    kept = await photos.recordings(work.tx, case.id)
    if gap is not Gap.PHOTO or not kept:
        return f"ask.{gap}"
    return f"ask.photo_{kept[-1].media}" if case.description else f"ask.{kept[-1].media}"


def place_page(case: Case) -> CasePage:
    """Where the reporter marks the place on the map, if their platform sends no positions."""
    return CasePage(case.id, text("button.on_map"))


def question_slot(case: CaseId) -> str:
    return f"ask:{case}"


async def ask_where_reported(draft: Draft, body: str, work: Work, at: datetime) -> Effects:
    """Put a question again, in the chat of the report. `body`: of the message that nobody got."""
    asked, where = read_body(body), Address(Platform(draft.platform), draft.chat, private=False)
    await _await_detail(where, draft, work, at)
    slot = question_slot(draft.case_id)
    return [Outgoing(where, asked.text, asked.buttons, case=draft.case_id, slot=slot, answers=draft.message)]


async def _await_detail(where: Address, draft: Draft, work: Work, at: datetime) -> None:
    step, until = f"{feature.name}.detail", at + ANSWER_TIME
    await dialogs.start(work.tx, where.platform, where.chat, draft.member_id, step, str(draft.case_id), until)


def _choices(gap: Gap, case: Case, found: Recognition, work: Work) -> tuple[Button, ...]:
    only = case.reporter_id
    if gap is Gap.PHOTO:
        return (feature.press("no_photo", "button.no_photo", case=case, only=only),)
    if gap is Gap.OUTSIDE:
        return tuple(feature.press(one, f"button.{one}", case=case, only=only) for one in ("outside_yes", "outside_no"))
    if gap is Gap.PLACE:
        return tuple(
            feature.press(
                "choose_place",
                Text("core.plain", {"words": work.town.rulebook.places[place].name}),
                case=case,
                target=place,
                only=only,
            )
            for place in found.places[:3]
        )
    known = work.town.rulebook.categories
    ids = [candidate.category for candidate in found.categories[:3]] or [OTHER]
    return tuple(
        feature.press(
            "choose_category",
            Text("core.plain", {"words": known[category].short}),
            case=case,
            target=category,
            only=only,
        )
        for category in ids
    )


async def _where_to_ask(draft: Draft, work: Work) -> Address:
    """In private if that reaches the person on this platform, else where they wrote."""
    accounts = await members.accounts(work.tx, draft.member_id)
    platform = Platform(draft.platform)
    for account in accounts:
        if account.space == draft.platform and account.reachable:
            return Address(platform, account.id, private=True)
    return Address(platform, draft.chat, private=False)


def _here(draft: Draft, to: Address) -> bool:
    return draft.chat == to.chat


async def danger(case: Case, at: datetime, work: Work) -> list[Effect]:
    """Danger to life: keep away first. If only the words say so, one confirming question; and where it is."""
    if case.severity is not Severity.P1 or case.category is None:
        return []
    category = work.town.rulebook.categories[case.category]
    return [_keep_away(case, category), *await _ask_where(case, at, work)]


async def _ask_where(case: Case, at: datetime, work: Work) -> list[Effect]:
    """A critical case went out without its place: the next message may be it."""
    if case.place or case.lat is not None:
        return []
    for account in await members.accounts(work.tx, case.reporter_id):
        await dialogs.start(
            work.tx, account.space, account.id, case.reporter_id, f"{feature.name}.correction", str(case.id),
            at + ANSWER_TIME,
        )  # fmt: skip
    asked = tell(case.reporter_id, text("ask_again.place", number=spoken(case.number)), case=case)
    return [replace(asked, page=place_page(case))]


def _keep_away(case: Case, category: Category) -> Effect:
    call = text("danger_call", line=" / ".join(category.calls)) if category.calls else text("danger_away")
    if category.severity is Severity.P1:
        return tell(case.reporter_id, call, case=case)
    only = case.reporter_id
    buttons = (
        feature.press("danger", "button.danger_yes", target=f"yes {case.id}", only=only),
        feature.press("danger", "button.danger_no", target=f"no {case.id}", only=only),
    )
    return tell(case.reporter_id, text("danger_sure", number=spoken(case.number)), *buttons, case=case)


async def _work_off_at(case: Case, at: datetime, work: Work) -> datetime | None:
    """When a report over the quota is filed; None if it may be now."""
    if case.severity is Severity.P1:
        return None
    hour = await case_queries.count_reports(work.tx, case.reporter_id, at - timedelta(hours=1))
    if hour > work.town.limits.reports_hour:
        return at + timedelta(hours=1)
    day = await case_queries.count_reports(work.tx, case.reporter_id, at - timedelta(days=1))
    return at + timedelta(days=1) if day > work.town.limits.reports_day else None
