"""「申诉」: a rider says in one line what is wrong with a line of the ledger or with a month."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Button, Effects, Lines, Outgoing, answer
from bot.domain.calendar import Limit
from bot.domain.refusal import Refused
from bot.domain.scrub import quoted, scrub
from bot.domain.times import local_day, local_month
from handlers.ranking import asking, rules, wording
from handlers.ranking.declared import feature, text
from storage import audit, dialogs, months, objections, points, timers
from storage.months import Month, MonthState
from storage.objections import Objection, ObjectionState

WHY: Final = f"{feature.name}.why"
MORE: Final = f"{feature.name}.more"
NUDGE: Final = f"{feature.name}.nudge"
ANSWERED_IN: Final = Limit.parse("3wd")  # rule 8
_SOON: Final = Limit.parse("1wd")  # so long before the end whoever was asked is reminded
_DIALOG: Final = timedelta(minutes=30)
_MONTHS: Final = 12
_MOST_WORDS: Final = 200
_BUTTON_MINUTES: Final = 60 * 24 * 30


@dataclass(frozen=True, slots=True)
class About:
    """What an objection is about: a line of the ledger, or a month as a whole."""

    period: str
    entry: int | None = None


async def by_word(event: Incoming, work: Work) -> Effects:
    """「申诉 10月 0112 少记 3 分」; the word alone asks what is wrong, without a month it is the one that is shown."""
    named, words = rules.split_month(event.rest, local_day(event.at, work.town.zone))
    about = About(named or await _usual(event.at, work))
    await _check_time(about.period, event.at, work)
    return await (_register(event, about, words, work) if words else _ask(event, about, work))


async def pressed(event: Pressed, work: Work) -> Effects:
    """〔申诉〕 on a line, which its number names, or on a month."""
    about = About(event.target)
    if event.target.isdecimal():
        entry = await points.get(work.tx, int(event.target))
        if entry.member_id != work.actor.id:
            raise Refused("core.button_foreign")
        about = About(entry.period, entry.id)
    await _check_time(about.period, event.at, work)
    return [*await _ask(event, about, work), Acknowledge(event)]


async def _usual(at: datetime, work: Work) -> str:
    """The month people speak of: one that is closed but not settled, or settled a few days ago, else the running one."""
    newest = await months.list_newest(work.tx, 1)
    if newest and (newest[0].state is not MonthState.FINAL or _is_fresh(newest[0], at, work)):
        return newest[0].period
    return local_month(at, work.town.zone)


def _is_fresh(month: Month, at: datetime, work: Work) -> bool:
    """Whether its result may still be objected to."""
    return month.final_at is not None and at <= work.town.calendar.due(month.final_at, ANSWERED_IN)


async def _check_time(period: str, at: datetime, work: Work) -> None:
    month, running = await months.find(work.tx, period), local_month(at, work.town.zone)
    known = month is not None and (month.state is not MonthState.FINAL or _is_fresh(month, at, work))
    if not known and (period != running or month is not None):
        key = "ranking.object.too_late" if period < running else "ranking.object.too_early"
        raise Refused(key, month=wording.month_named(period, at, work))


async def _ask(event: Incoming | Pressed, about: About, work: Work) -> Effects:
    await _wait(event, WHY, json.dumps({"period": about.period, "entry": about.entry}), work)
    what = await asking.what(about.period, about.entry, event.at, work)
    return [answer(event, text("object.ask", what=what))]


async def _wait(event: Incoming | Pressed, step: str, data: str, work: Work) -> None:
    where = event.where
    await dialogs.start(work.tx, where.platform, where.chat, work.actor.id, step, data, event.at + _DIALOG)


async def hear(event: Incoming, work: Work) -> Effects | None:
    """The line that says what is wrong; something with a photo is a report, and not meant here."""
    data = await _said_to(event, work)
    if data is None:
        return None
    asked = json.loads(data)
    return await _register(event, About(asked["period"], asked["entry"]), event.text, work)


async def _said_to(event: Incoming, work: Work) -> str | None:
    """What the open dialog keeps, which ends with these words; None for what is no answer."""
    where = event.where
    dialog = await dialogs.find(work.tx, where.platform, where.chat, work.actor.id, event.at)
    if dialog is None or not event.text.strip() or event.photos or event.media or event.position is not None:
        return None
    await dialogs.end(work.tx, where.platform, where.chat, work.actor.id)
    return dialog.data


async def _register(event: Incoming, about: About, words: str, work: Work) -> Effects:
    """T17: noted, who will answer until when; said again while it is open, it is added to what was said."""
    clean = scrub(" ".join(words.split()))[0][:_MOST_WORDS]
    before = await objections.find_open(work.tx, work.actor.id, about.period, about.entry)
    if before is not None:
        return await _add(event, before, clean, work)
    asked = await asking.choose(work.actor.id, about.period, about.entry, work, event.at)
    calendar = work.town.calendar
    made = await objections.insert(
        work.tx, about.period, work.actor.id, about.entry, clean,
        at=event.at, due_at=calendar.due(event.at, ANSWERED_IN), asked=asked.id if asked else None,
    )  # fmt: skip
    await timers.set_timer(work.tx, NUDGE, f"{made.id}:soon", calendar.before(made.due_at, _SOON.length(calendar)))
    await timers.set_timer(work.tx, NUDGE, f"{made.id}:over", made.due_at)
    await audit.note(work.tx, event.at, work.actor.id, "objection.made", f"objection:{made.id}", f"month:{made.period}")
    what = await asking.what(about.period, about.entry, event.at, work)
    noted = [text("object.noted", what=what, words=quoted(clean))]
    if asked is None:
        noted.append(text("object.nobody_yet"))
    else:
        noted.append(text("object.will_answer", who=asked.name, due=made.due_at))
    return [answer(event, Lines(tuple(noted)), *_choices(made)), *await asking.put(made, work, event.at)]


def _choices(made: Objection) -> Sequence[Button]:
    return (
        feature.press("more", "button.more", target=str(made.id), only=made.member_id, minutes=_BUTTON_MINUTES),
        feature.press("withdraw", "button.withdraw", target=str(made.id), only=made.member_id, minutes=_BUTTON_MINUTES),
    )


async def more(event: Pressed, work: Work) -> Effects:
    """〔补充说明〕: the next words are added."""
    found = await _own_open(int(event.target), work)
    await _wait(event, MORE, str(found.id), work)
    return [Acknowledge(event), Outgoing(event.where, text("object.say_more"))]


async def hear_more(event: Incoming, work: Work) -> Effects | None:
    data = await _said_to(event, work)
    if data is None:
        return None
    return await _add(event, await _own_open(int(data), work), scrub(" ".join(event.text.split()))[0], work)


async def _add(event: Incoming, found: Objection, words: str, work: Work) -> Effects:
    said = f"{found.words} {words}".strip()[: 2 * _MOST_WORDS]
    await objections.set_words(work.tx, found.id, said)
    grown = await objections.get(work.tx, found.id)
    told = await asking.put(grown, work, event.at, again=True)
    return [answer(event, text("object.added", words=quoted(words)), *_choices(grown)), *told]


async def withdraw(event: Pressed, work: Work) -> Effects:
    """〔撤回申诉〕: over; whoever was asked sees it."""
    found = await _own_open(int(event.target), work)
    await objections.settle(work.tx, found.id, ObjectionState.WITHDRAWN, work.actor.id, event.at)
    await audit.note(work.tx, event.at, work.actor.id, "objection.withdrawn", f"objection:{found.id}")
    return [*await asking.over(found, text("decide.withdrawn"), work), Acknowledge(event, text("object.withdrawn"))]


async def _own_open(number: int, work: Work) -> Objection:
    """A rider's own objection that nobody has answered."""
    found = await objections.get(work.tx, number)
    if found.member_id != work.actor.id:
        raise Refused("core.button_foreign")
    if found.state is not ObjectionState.OPEN:
        raise Refused("ranking.object.answered")
    return found
