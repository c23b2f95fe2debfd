"""「证据 0127」: what is kept of a case and under which name, so that an administrator can take it out of the store."""

from collections.abc import Sequence
from typing import Final

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Text, answer
from bot.domain.case import Case
from bot.domain.casenumber import case_number, spoken
from bot.domain.people import Role
from bot.domain.recognise import normalise
from bot.domain.refusal import Refused
from bot.domain.rulebook import Sensitive
from handlers.admin.declared import text
from storage import audit, cases, photo_list
from storage.photo_list import Kept
from storage.photos import PhotoState

_MOST: Final = 8  # a line with a file's name is long
_KB: Final = 1024


async def show(event: Incoming, work: Work) -> Effects:
    """Kind, time, size, sender and file of everything kept; 「证据 0127 2」 is the second page."""
    first, _, rest = normalise(event.rest).partition(" ")
    number = case_number(first, alone_or_after_command=True)
    case = await cases.find_number(work.tx, number) if number is not None else None
    if case is None:
        raise Refused("case.unknown", number=first[:20] or "…")
    kept = await photo_list.of_case(work.tx, case.id)
    await audit.note(work.tx, event.at, work.actor.id, "evidence.listed", f"case:{case.id}", f"kept:{len(kept)}")
    return [answer(event, _page(case, kept, int(rest) if rest.isdecimal() else 1, work), case=case)]


def _page(case: Case, kept: Sequence[Kept], page: int, work: Work) -> Lines:
    number, start = spoken(case.number), max(0, page - 1) * _MOST
    shown = kept[start : start + _MOST]
    if not shown:
        return Lines((text("evidence.none", number=number),))
    hidden = _is_sensitive(case, work) and Role.ADMIN not in work.actor.roles
    lines = [text("evidence.head", number=number, n=len(kept)), *(_line(one, hidden=hidden) for one in shown)]
    if start + _MOST < len(kept):
        lines.append(text("evidence.more", number=number, page=max(1, page) + 1))
    return Lines(tuple(lines))


def _line(kept: Kept, *, hidden: bool) -> Text:
    what = text(f"evidence.{kept.media or 'photo'}")
    who = text("evidence.hidden") if hidden else Text("core.plain", {"words": kept.by})
    if kept.blob is None or kept.bytes is None:
        key = "evidence.lost" if kept.state is PhotoState.FAILED else "evidence.coming"
        return text(key, what=what, at=kept.at, who=who)
    return text("evidence.line", what=what, at=kept.at, who=who, size=-(-kept.bytes // _KB), file=kept.blob)


def _is_sensitive(case: Case, work: Work) -> bool:
    """Who reported what there is for the administrators alone."""
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    return category is None or category.sensitive is Sensitive.YES
