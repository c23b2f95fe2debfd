"""An objection is answered: the line stays as it is, with a reason; or the ledger is corrected, and the month with it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effects, Lines, Outgoing, Rank, Text, answer
from bot.domain.refusal import Refused
from bot.domain.scrub import scrub
from handlers.ranking import asking, closing, correcting, wording
from handlers.ranking.correcting import Change
from handlers.ranking.declared import feature, text
from storage import audit, dialogs, months, objections
from storage.months import Month, MonthState
from storage.objections import Objection, ObjectionState

KEEP: Final = f"{feature.name}.keep"
CORRECT: Final = f"{feature.name}.correct"
_DIALOG: Final = timedelta(hours=12)
_MOST_WORDS: Final = 100


async def dismiss(event: Pressed, work: Work) -> Effects:
    """〔维持〕: the reason is asked for, which the rider reads."""
    found = await _open(int(event.target), work)
    await _wait(event, KEEP, found, work)
    return [Acknowledge(event), Outgoing(event.where, text("decide.why_keep"))]


async def uphold(event: Pressed, work: Work) -> Effects:
    """〔更正〕: how many points of which item, and why."""
    found = await _open(int(event.target), work)
    await _wait(event, CORRECT, found, work)
    how = "decide.how_line" if found.entry_id is not None else "decide.how_month"
    return [Acknowledge(event), Outgoing(event.where, text(how))]


async def _wait(event: Pressed, step: str, found: Objection, work: Work) -> None:
    where = event.where
    until = event.at + _DIALOG
    await dialogs.start(work.tx, where.platform, where.chat, work.actor.id, step, str(found.id), until)


async def keep(event: Incoming, work: Work) -> Effects | None:
    """The reason why nothing changes."""
    found = await _answered(event, work)
    if found is None:
        return None
    reason = _reason(event.text)
    await _settle(found, ObjectionState.DISMISSED, reason, event, work)
    told = (text("decide.kept", who=work.actor.name), text("decide.because", words=reason), text("decide.or_ask"))
    return await _told(found, told, text("decide.was_kept", who=work.actor.name), event, work)


async def correct(event: Incoming, work: Work) -> Effects | None:
    """「A05 2 0112 漏记」: booked into the month while it is not settled, else into the running one."""
    found = await _answered(event, work)
    if found is None:
        return None
    wanted = correcting.read(event.text, work)
    reason = _reason(wanted.reason)
    changes = await correcting.apply(found, wanted, reason, work, event.at)
    await _settle(found, ObjectionState.UPHELD, reason, event, work)
    month = await months.find(work.tx, found.period)
    if month is not None and month.state is not MonthState.FINAL:
        await closing.count_anew(month, work, event.at)
    lines = [text("decide.corrected", who=work.actor.name), *_said(changes, work)]
    if month is not None:
        lines.append(_effect(month, event, work))
    told = (*lines, text("decide.because", words=reason))
    return await _told(found, told, text("decide.was_corrected", who=work.actor.name), event, work)


def _effect(month: Month, event: Incoming, work: Work) -> Text:
    """Where it counts."""
    if month.state is MonthState.FINAL:
        return text("decide.next_month", month=wording.month_named(month.period, event.at, work))
    return text("decide.new_version")


def _said(changes: Sequence[Change], work: Work) -> list[Text]:
    return [
        text(f"decide.{change.how}", delta=f"{change.delta:+d}", item=asking.item_name(change.item, work))
        for change in changes
    ]


async def _answered(event: Incoming, work: Work) -> Objection | None:
    """The objection that these words answer; None for what is no answer. The dialog goes on if they are refused."""
    where = event.where
    dialog = await dialogs.find(work.tx, where.platform, where.chat, work.actor.id, event.at)
    if dialog is None or not event.text.strip() or event.photos or event.media or event.position is not None:
        return None
    found = await _open(int(dialog.data), work)
    await dialogs.end(work.tx, where.platform, where.chat, work.actor.id)
    return found


def _reason(words: str) -> str:
    return scrub(" ".join(words.split()))[0][:_MOST_WORDS]


async def _settle(found: Objection, state: ObjectionState, reason: str, event: Incoming, work: Work) -> None:
    if not await objections.settle(work.tx, found.id, state, work.actor.id, event.at, reason):
        raise Refused("ranking.decide.answered")
    await audit.note(work.tx, event.at, work.actor.id, f"objection.{state}", f"objection:{found.id}")


async def _told(found: Objection, lines: tuple[Text, ...], short: Text, event: Incoming, work: Work) -> Effects:
    """The rider hears the answer, the one who gave it that it was, and the card says so, too."""
    head = text("decide.answer", what=await asking.what(found.period, found.entry_id, event.at, work))
    not_before = work.town.quiet.first_allowed(event.at)
    rider = Outgoing(found.member_id, Lines((head, *lines)), rank=Rank.CARD, not_before=not_before)
    return [rider, answer(event, Lines((text("decide.done"), *lines[1:-1]))), *await asking.over(found, short, work)]


async def _open(number: int, work: Work) -> Objection:
    """An open objection that this person may answer.

    Raises:
        Refused: it is answered or withdrawn, or this person objects or had a hand in the line.
    """
    found = await objections.get(work.tx, number)
    if found.state is not ObjectionState.OPEN:
        raise Refused("ranking.decide.answered")
    able = await asking.eligible(found.member_id, found.entry_id, work)
    if work.actor.id not in {one.id for one in able}:
        raise Refused("ranking.decide.not_you")
    return found
