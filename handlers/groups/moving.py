"""A group has another id: all that is alive there goes along, and nobody notices."""

from dataclasses import replace

from bot.chat.events import Migrated
from bot.chat.feature import Work
from bot.chat.messages import Effects
from bot.chat.wire import read_body, write_body
from handlers.groups.presence import changed, hello_slot
from storage import audit, chats, groups, moving


async def follow(event: Migrated, work: Work) -> Effects:
    """Told by either chat or by a send that failed, in any order: the second time only takes what was left over."""
    platform, old = event.where.platform, event.where.chat
    to = await chats.current(work.tx, platform, event.to)
    if to == old:
        return []
    before, known = await chats.find(work.tx, platform, old), await chats.find(work.tx, platform, to)
    if known is not None and before is not None:  # it introduces itself there
        await moving.drop_waiting(work.tx, platform, old, hello_slot(before))
    now = known or before
    if known is None and before is not None:
        await chats.save(work.tx, platform, to, before)
    await chats.redirect(work.tx, platform, old, to, event.at)
    was_bound = await groups.move(work.tx, platform, old, to, event.at)
    await _take_along(work, platform, old, to)
    if not was_bound:
        return []
    await audit.note(work.tx, event.at, None, "group.moved", f"{platform}:{old}", f"to {to}")
    if now is None:
        return []
    await moving.drop_waiting(work.tx, platform, to, hello_slot(now))
    return await changed(replace(event.where, chat=to), before, now, work)


async def _take_along(work: Work, platform: str, old: str, to: str) -> None:
    await moving.take_cases(work.tx, platform, old, to)
    await moving.take_dialogs(work.tx, platform, old, to)
    for queued, body in await moving.take_unsent(work.tx, platform, old, to):
        message = read_body(body)
        if message.answers is not None:  # the quoted message has no id any more
            await moving.rewrite(work.tx, queued, write_body(replace(message, answers=None)))
