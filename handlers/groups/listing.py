"""The work groups as the admins see them."""

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Text, answer
from handlers.groups.declared import text
from storage import groups
from storage.groups import Bound


async def show(event: Incoming, work: Work) -> Effects:
    """「群」: every bound group, whether it is heard, and since when."""
    found = await groups.list_bound(work.tx)
    if not found:
        return [answer(event, text("none"))]
    return [answer(event, Lines((text("list", n=len(found)), *(_line(group) for group in found))))]


def _line(group: Bound) -> Text:
    if group.posts_only:
        return text("line_posts", title=group.title, since=group.bound_at)
    if group.deaf_at is not None:
        return text("line_deaf", title=group.title, since=group.bound_at, deaf=group.deaf_at)
    return text("line", title=group.title, since=group.bound_at)
