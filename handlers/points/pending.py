"""「待确认」: what waits for a person, and the one tap that says whether it counts."""

from datetime import timedelta

from bot.chat.events import Due, Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Button, Effects, Lines, Outgoing, Rank, Text, answer
from bot.domain.casenumber import spoken
from bot.domain.ledger import Step
from bot.domain.people import Role
from bot.domain.refusal import Refused
from bot.domain.times import local_day
from handlers.points import booking, restoring, wording
from handlers.points.declared import feature, text
from storage import audit, cases, hints, interventions, members, points
from storage.hints import Hint, HintKind, Waiting
from storage.points import Entry

PAGE = 5


async def show(event: Incoming, work: Work) -> Effects:
    """The oldest first, each with what was noticed and 〔算〕〔不算〕."""
    return [await _page(event, 0, f"pending:{work.actor.id}:{event.event_id}", work)]


async def show_more(event: Pressed, work: Work) -> Effects:
    after, _, slot = event.target.partition(" ")
    return [await _page(event, int(after), slot, work), Acknowledge(event)]


async def decide(event: Pressed, work: Work) -> Effects:
    """One tap for an entry and what goes with it; the list shows what is left."""
    verdict, number, after, slot = event.target.split(" ", 3)
    entry = await points.get(work.tx, int(number))
    if entry.member_id == work.actor.id:
        raise Refused("points.asked.oneself")
    await points.hold(work.tx, entry.member_id)
    entry = await points.get(work.tx, entry.id)
    if entry.step is not Step.PENDING or not await hints.settle(work.tx, entry.id, work.actor.id, event.at):
        raise Refused("points.pending.settled")
    counts = verdict == "yes"
    await audit.note(
        work.tx, event.at, work.actor.id, "points.confirmed" if counts else "points.refused",
        f"member:{entry.member_id}", f"entry:{entry.id}",
    )  # fmt: skip
    told = await (_confirm if counts else _refuse)(entry, event, work)
    return [await _page(event, int(after), slot, work), *told, Acknowledge(event)]


async def _confirm(entry: Entry, event: Pressed, work: Work) -> Effects:
    """What a case earned counts once its photos are there, too."""
    if entry.case_id is not None and await booking.is_automatic(entry, work):
        await booking.confirm_after_photo(entry.member_id, await cases.get(work.tx, entry.case_id), event.at, work)
        return []
    await points.confirm(work.tx, entry, work.actor.id, event.at)
    return await restoring.after_persuasion(entry.id, work, event.at)


async def _refuse(entry: Entry, event: Pressed, work: Work) -> Effects:
    """The entry and what else the member earned by that case so far; the rider hears it, and may object."""
    together = [entry]
    if entry.case_id is not None:
        booked = await points.list_of_case(work.tx, entry.case_id, entry.member_id)
        together = [one for one in booked if one.step is Step.PENDING]
    for one in together:
        await points.reverse(work.tx, one, work.actor.id, event.at, hints.NOT_COUNTED)
        await hints.settle(work.tx, one.id, work.actor.id, event.at)
    what = wording.item_name(entry.item, wording.rules_of(work))
    said = text(
        "pending.not_counted",
        who=work.actor.name,
        what=what,
        delta=wording.signed(sum(one.delta for one in together)),
        number=wording.number_of(entry.case_number),
    )
    object_ = Button("ranking.object", text("button.object_this"), target=str(entry.id), only=entry.member_id)
    held = work.town.quiet.first_allowed(event.at)
    return [Outgoing(entry.member_id, said, (object_,), rank=Rank.CARD, not_before=held)]


async def remind(event: Due, work: Work) -> Effects:
    """On a working morning the admins hear how many wait, if any do."""
    day = local_day(event.due_at, work.town.zone)
    late = event.at - event.due_at > timedelta(hours=12)
    if late or not work.town.calendar.is_workday(day):
        return []
    n = await hints.count(work.tx)
    if not n:
        return []
    button = feature.press("pending", "button.pending", target=f"0 pending:{day}", minutes=60 * 24)
    return [
        Outgoing(admin, text("pending.wait", n=n), (button,), rank=Rank.REMINDER, once=f"pending:{day}:{admin}")
        for admin in await members.holders(work.tx, Role.ADMIN)
    ]


async def _page(event: Incoming | Pressed, after: int, slot: str, work: Work) -> Outgoing:
    total, found = await hints.count(work.tx), await hints.page(work.tx, after, PAGE + 1)
    if not found:
        return Outgoing(event.where, text("pending.none" if not total else "pending.end", n=total), slot=slot)
    shown = found[:PAGE]
    parts = [text("pending.head", n=total)]
    buttons: list[Button] = []
    for at, waiting in enumerate(shown, 1):
        parts += await _told(at, waiting, work)
        for verdict in ("yes", "no"):
            target = f"{verdict} {waiting.entry} {after} {slot}"
            label = text(f"button.count_{verdict}", n=at)
            buttons.append(feature.press("decide", label, target=target, only=work.actor.id, row=at))
    if len(found) > PAGE:
        target = f"{shown[-1].entry} {slot}"
        buttons.append(feature.press("pending", "button.more", target=target, only=work.actor.id, row=PAGE + 1))
    said = answer(event, Lines(tuple(parts)), *buttons)
    return Outgoing(said.to, said.text, said.buttons, slot=slot)


async def _told(at: int, waiting: Waiting, work: Work) -> list[Text]:
    what = wording.item_name(waiting.item, wording.rules_of(work))
    delta, number = wording.signed(waiting.delta), wording.number_of(waiting.case_number)
    lines = [text("pending.line", n=at, who=waiting.name, what=what, delta=delta, number=number)]
    return [*lines, *[await _noticed(hint, waiting, work) for hint in waiting.hints]]


async def _noticed(hint: Hint, waiting: Waiting, work: Work) -> Text:
    """A hint in plain words; of a check the rider's own."""
    match hint.kind:
        case HintKind.SAME_PHOTO | HintKind.NEAR_PHOTO:
            return text(f"hint.{hint.kind}", number=spoken(int(hint.detail)))
        case HintKind.BURST:
            return text("hint.burst", n=int(hint.detail))
        case HintKind.DISTANCE:
            away, passed, number = map(int, hint.detail.split())
            ago = timedelta(seconds=passed)
            return text("hint.distance", km=max(1, round(away / 1000)), ago=ago, number=spoken(number))
        case HintKind.OWN_PLACE:
            return text("hint.own_place")
        case HintKind.CHECK:
            return text("hint.check", words=await _words(hint, work))


async def _words(hint: Hint, work: Work) -> str | Text:
    noted = await interventions.get(work.tx, int(hint.detail))
    if noted.note.startswith("pick:"):
        return Text(f"intervention.pick.{noted.note.removeprefix('pick:')}")
    return noted.note or text("hint.no_words")
