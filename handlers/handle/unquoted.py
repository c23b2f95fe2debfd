"""A photo or recording from a contact that quotes nothing: most likely the result of what they have in hand."""

import json
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Town, Work
from bot.chat.messages import Acknowledge, Effects, Text, answer
from bot.domain.case import Case, CaseState, Resolution
from bot.domain.casenumber import spoken
from bot.domain.people import HANDLERS
from handlers.handle import result
from handlers.handle.declared import feature, text
from storage import case_queries, drafts

_IN_HAND: Final = frozenset({CaseState.ACCEPTED, CaseState.REWORK})
_MOST: Final = 3


def may_be_result(event: Incoming, _town: Town) -> bool:
    return event.where.private and bool(event.photos or event.media)


async def take(event: Incoming, work: Work) -> Effects | None:
    """One case in hand takes it as its result, several are asked about; None if it is nobody's result."""
    if not work.actor.is_any(HANDLERS):
        return None
    if await drafts.find_open(work.tx, event.where.platform, event.where.chat, work.actor.id) is not None:
        return None
    mine = [case for case in await case_queries.list_of_contact(work.tx, work.actor.id) if case.state in _IN_HAND]
    if not mine:
        return None
    if len(mine) == 1:
        return await result.take(event, mine[0], work, Resolution.RESOLVED)
    media = [[sent.ref, sent.kind] for sent in event.media]
    kept = json.dumps(
        {"photos": [photo.ref for photo in event.photos], "media": media, "words": event.text.strip()[:200]}
    )
    buttons = [
        feature.press("this_one", _label(case, work), case=case, target=kept, row=row)
        for row, case in enumerate(mine[:_MOST])
    ]
    return [answer(event, text("which"), *buttons)]


async def chosen(event: Pressed, case: Case, work: Work) -> Effects:
    """The tap that says which case the photo is the result of."""
    raw = json.loads(event.target)
    media = tuple((ref, kind) for ref, kind in raw.get("media", ()))  # none in a question put by an older version
    kept = result.Kept(tuple(raw["photos"]), media, raw["words"])
    return [Acknowledge(event), *await result.take_kept(event, case, work, kept)]


def _label(case: Case, work: Work) -> Text:
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    words = Text("core.plain", {"words": category.short if category else case.place})
    return Text("core.choice", {"number": spoken(case.number), "label": words})
