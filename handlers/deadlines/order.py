"""Supervision orders 督办单: drafted for the lead office, sent to the agency by one tap, as text and as a page."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import (
    Acknowledge,
    Arg,
    Attachment,
    AttachmentKind,
    Button,
    Effects,
    Lines,
    Outgoing,
    Rank,
    Text,
    tell,
)
from bot.domain.calendar import Limit
from bot.domain.case import OPEN, Case, CaseState
from bot.domain.casenumber import spoken
from bot.domain.people import SYSTEM
from bot.domain.refusal import Refused
from bot.domain.rulebook import Sensitive
from bot.domain.scrub import scrub
from bot.domain.times import local_day
from handlers.deadlines import wording
from handlers.deadlines.declared import feature, text
from handlers.deadlines.people import leaders
from handlers.deadlines.urging import named_case
from storage import audit, cases, members, supervisions
from storage.supervisions import Order

DRAWING: Final = "supervision"
ANSWER_WITHIN: Final = Limit.parse("1wd")
_MOST_WORDS: Final = 100

Ordered = tuple[Text, Attachment, Button]


async def make(case: Case, level: str, work: Work, at: datetime) -> Order | None:
    """Draft an order for a step of the ladder."""
    if case.agency_id is None:
        return None
    year = local_day(at, work.town.zone).year
    return await supervisions.add(work.tx, case.id, case.agency_id, year, SYSTEM, at, level=level)


async def of_step(case: Case, level: str, work: Work) -> Ordered | None:
    """The order that a step led to, as it is shown to the lead office."""
    order = await supervisions.newest(work.tx, case.id, level) if level else None
    return await _shown(order, case, work) if order is not None else None


async def by_word(event: Incoming, work: Work) -> Effects:
    """「督办 0127 请于本周五前办结」: the office's own order, shown before it is sent."""
    case, words = await named_case(event, work, "deadlines.order.example")
    number = spoken(case.number)
    if case.state not in OPEN:
        raise Refused("deadlines.order.not_open", number=number, state=Text(f"state.{case.state}"))
    if case.agency_id is None:
        raise Refused("deadlines.order.no_agency", number=number)
    year, asked = local_day(event.at, work.town.zone).year, scrub(words)[0][:_MOST_WORDS]
    order = await supervisions.add(work.tx, case.id, case.agency_id, year, work.actor.id, event.at, words=asked)
    await audit.note(work.tx, event.at, work.actor.id, "supervision.made", f"case:{case.id}", f"order:{order.id}")
    said, drawn, button = await _shown(order, case, work)
    hint = text("order.send_to", agency=_agency(order, work))
    return [replace(tell(work.actor.id, Lines((said, hint)), button, case=case), attachments=(drawn,))]


async def send(event: Pressed, work: Work) -> Effects:
    """〔发给交警大队〕: leader and contact of the agency get it."""
    order = await supervisions.get(work.tx, int(event.target))
    case, named = await cases.get(work.tx, order.case), _number(order)
    if not await supervisions.send(work.tx, order.id, work.actor.id, event.at):
        raise Refused("deadlines.order.sent_before", order=named)
    await audit.note(work.tx, event.at, work.actor.id, "supervision.sent", f"case:{case.id}", f"order:{order.id}")
    by = work.town.calendar.due(event.at, ANSWER_WITHIN)
    said = text("order.heard", order=named, number=spoken(case.number), what=wording.what(case, work), by=by)
    who = dict.fromkeys(await leaders(order.agency, work))
    if case.contact_id is not None:
        who[case.contact_id] = None
    drawn = await picture(order, case, work, by)
    opens = event.at if case.is_urgent else work.town.calendar.next_working_instant(event.at)
    told = [
        Outgoing(
            one,
            said,
            (feature.press("explain", "button.explain", case=case), wording.work_on(case)),
            (drawn,),
            case=case.id,
            rank=Rank.CARD,
            not_before=opens,
            once=f"order:{order.id}:{one}",
        )
        for one in who
    ]
    return [*told, Acknowledge(event, text("order.sent", order=named, agency=_agency(order, work)))]


async def _shown(order: Order, case: Case, work: Work) -> Ordered:
    said = text("order.ready", order=_number(order), number=spoken(case.number), what=wording.what(case, work))
    label = text("button.send_order", agency=_agency(order, work))
    by = work.town.calendar.due(order.made_at, ANSWER_WITHIN)
    button = feature.press("send_order", label, target=str(order.id))
    return said, await picture(order, case, work, by), button


async def picture(order: Order, case: Case, work: Work, by: datetime) -> Attachment:
    """The order as one page."""
    day = local_day(order.made_at, work.town.zone)
    words: dict[str, Arg] = {
        "title": text("order.title"),
        "number_label": text("order.number_label"),
        "number": _number(order),
        "to_label": text("order.to_label"),
        "to": work.town.rulebook.agencies[order.agency].name,
        "ask_label": text("order.ask_label"),
        "ask": order.words or text("order.ask", by=_on(by, work)),
        "sign_label": text("order.sign_label"),
        "sign": text("order.sign", agency=work.town.rulebook.lead.name),
        "date": Text("deadlines.order.day", {"year": day.year, "month": day.month, "day": day.day}),
    }
    for index, (label, value) in enumerate(await _rows(case, work), 1):
        words[f"row{index}_label"], words[f"row{index}"] = text(f"order.{label}"), value
    return Attachment(AttachmentKind.DRAWN, name=DRAWING, words=words)


async def _rows(case: Case, work: Work) -> list[tuple[str, Arg]]:
    """What the page says of the case; who reported it is not among it."""
    matter = text("order.matter_of", number=spoken(case.number), what=wording.what(case, work))
    rows: list[tuple[str, Arg]] = [("matter", matter)]
    if case.place and not _is_sensitive(case, work):
        rows.append(("place", case.place))
    rows.append(("reported", _on(case.opened_at, work)))
    if case.dispatched_at is not None:
        who = (await members.get(work.tx, case.contact_id)).name if case.contact_id else "—"
        rows.append(("dispatched", text("order.handed", at=_on(case.dispatched_at, work), who=who)))
    accepted = _on(case.accepted_at, work) if case.accepted_at is not None else text("order.not_accepted")
    rows.append(("accepted", accepted))
    due = case.accept_due if case.state is CaseState.DISPATCHED else case.resolve_due
    if due is not None:
        rows.append(("limit", _on(due, work)))
    rows.append(("progress", Text(f"state.{case.state}")))
    counted = (("extended", case.extensions), ("returned", case.returns))
    return [*rows, *((name, text("order.times", n=n)) for name, n in counted if n)]


def _on(at: datetime, work: Work) -> Text:
    """An instant as a page that is kept has to say it: not today and not tomorrow."""
    local = at.astimezone(work.town.zone)
    return text("order.at", month=local.month, day=local.day, clock=f"{local.hour}:{local.minute:02d}")


def _number(order: Order) -> Text:
    return text("order.number", year=order.year, n=order.number)


def _agency(order: Order, work: Work) -> str:
    return work.town.rulebook.agencies[order.agency].short


def _is_sensitive(case: Case, work: Work) -> bool:
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    return category is None or category.sensitive is Sensitive.YES
