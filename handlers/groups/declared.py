"""The feature object, and what several modules of this folder say."""

from collections.abc import Sequence

from bot.chat.feature import Feature, Work
from bot.chat.messages import Effects, Lines, Outgoing, Rank, Text
from bot.domain.people import MemberId, Role
from storage import members

feature = Feature("groups")
text = feature.text


async def to_admins(said: Text | Lines, work: Work, once: str | None = None) -> Effects:
    """Every admin, wherever they are reached; with `once` a fact that is told once."""
    admins: Sequence[MemberId] = await members.holders(work.tx, Role.ADMIN)
    return [Outgoing(admin, said, rank=Rank.CARD, once=f"{once}:{admin}" if once else None) for admin in admins]
