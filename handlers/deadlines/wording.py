"""What a person reads when a step of the ladder reaches them, and what they can tap."""

from datetime import datetime

from bot.chat.feature import Work
from bot.chat.messages import Arg, Button, Lines, Text, Until
from bot.domain.case import Case, CaseState
from bot.domain.casenumber import spoken
from bot.domain.ladder import Leg, Step, To
from bot.domain.rulebook import Sensitive
from handlers.deadlines.declared import feature, text
from handlers.deadlines.people import Part, leaders
from storage import members


async def words(case: Case, step: Step, part: Part, work: Work, at: datetime, *, failed: bool = False) -> Lines:
    """The message of one step to one person; `failed`: it comes because verification failed again."""
    match part:
        case Part.CONTACT:
            return Lines((_reminder(case, step, work, at),))
        case Part.COPY:
            return Lines((text("above.copy", number=spoken(case.number), whom=await whom(case, step, work)),))
        case _:
            end = {Part.DEPUTY: "deputy", Part.LEADER: "leader"}.get(part, "office")
            fact = await _fact(case, step, work, failed=failed)
            return Lines((_headline(case, work), fact, text(f"above.{end}")))


def _reminder(case: Case, step: Step, work: Work, at: datetime) -> Text:
    number, matter = spoken(case.number), what(case, work)
    due = due_of(case, step.leg)
    if step.leg is Leg.SECURE:
        return text("remind.secure", number=number, what=matter)
    if step.leg is Leg.ACCEPTED or due is None:
        return text("remind.nudge", number=number, what=matter)
    accept = step.leg is Leg.ACCEPT
    if due > at:
        key = "remind.accept" if accept else "remind.resolve"
        return text(key, number=number, what=matter, left=Until(due), due=due)
    key = "remind.accept_limit" if accept else "remind.late_still" if due < at else "remind.resolve_limit"
    return text(key, number=number, what=matter, due=due)


def _headline(case: Case, work: Work) -> Text:
    if case.place and not _is_sensitive(case, work):
        return text("above.case", number=spoken(case.number), what=what(case, work), place=case.place)
    return text("above.case_plain", number=spoken(case.number), what=what(case, work))


async def _fact(case: Case, step: Step, work: Work, *, failed: bool) -> Text:
    who = await contact(case, work)
    if failed:
        return text("above.rework", who=who, n=case.reworks)
    due = due_of(case, step.leg)
    if step.leg is Leg.ACCEPTED or due is None:
        return text("above.nudge", who=who)
    key = {Leg.ACCEPT: "accept", Leg.SECURE: "secure"}.get(step.leg, "resolve")
    return text(f"above.{key}", who=who, due=due)


def due_of(case: Case, leg: Leg) -> datetime | None:
    """The limit a leg counts against."""
    return {Leg.ACCEPT: case.accept_due, Leg.SECURE: case.secure_due}.get(leg, case.resolve_due)


def what(case: Case, work: Work) -> str:
    """The matter in a few characters; empty where it was not sorted yet."""
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    return category.short if category else ""


async def contact(case: Case, work: Work) -> str:
    """Agency and contact, as said: 交警大队 周警官."""
    agency = work.town.rulebook.agencies.get(case.agency_id) if case.agency_id else None
    name = (await members.get(work.tx, case.contact_id)).name if case.contact_id is not None else ""
    return f"{agency.short if agency else ''} {name}".strip()


async def whom(case: Case, step: Step, work: Work) -> Arg:
    """Who was told above the contact: the leader by name where there is one."""
    led_by = await leaders(case.agency_id, work)
    if To.LEADER not in step.to or not led_by:
        return text("above.the_office")
    return (await members.get(work.tx, led_by[0])).name


def _is_sensitive(case: Case, work: Work) -> bool:
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    return category is None or category.sensitive is Sensitive.YES


def buttons(case: Case, step: Step, part: Part) -> tuple[Button, ...]:
    """What the person may tap; each is bound to the case as it stands."""
    match part:
        case Part.CONTACT if case.state is CaseState.DISPATCHED:
            away = () if case.binding else (_of("dispatch.not_mine", "dispatch.button.not_mine", case),)
            return (_of("dispatch.accept", "dispatch.button.accept", case), *away, _handled(case, 1))
        case Part.CONTACT if step.level:
            return (_handled(case, 0),)  # an extension is asked for before the limit
        case Part.CONTACT:
            return (_handled(case, 0), _of("handle.extend", "handle.button.extend", case))
        case Part.DEPUTY:
            return (feature.press("take_over", "button.take_over", case=case), work_on(case))
        case Part.LEADER:
            return (
                feature.press("urge", "button.urge", case=case),
                feature.press("reassign", "button.reassign", case=case),
                feature.press("explain", "button.explain", case=case, row=1),
            )
        case Part.LEAD_OFFICE:
            return (feature.press("urge", "button.urge", case=case), work_on(case))
        case Part.COPY:
            return (_handled(case, 0),)


def work_on(case: Case, row: int = 0) -> Button:
    """Opens a case, however far it has come meanwhile."""
    number = spoken(case.number)
    return Button("progress.work_on", text("button.work_on", number=number), target=number, row=row)


def _handled(case: Case, row: int) -> Button:
    return _of("handle.handled", "handle.button.handled", case, row)


def _of(action: str, label: str, case: Case, row: int = 0) -> Button:
    """A button that another feature answers."""
    return Button(action, Text(label), case.id, case.round, row=row)
