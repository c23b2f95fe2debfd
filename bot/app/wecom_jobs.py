"""What commands have done about WeCom: how its ways stand, and members found by their phone numbers."""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from bot.app.desk import Desk, OrderFailed
from bot.app.doors import WECOM_LIVE
from bot.app.opening import sqlite_file
from bot.chat.events import Platform
from bot.control import JobFailed, Json, Tell
from bot.engine.listening import lease_of
from storage import chats, doors, groups, leases, members, notes

if TYPE_CHECKING:
    from bot.platforms.wecom import WeComPlatform


async def wecom_status(desk: Desk, _args: Json, _tell: Tell) -> Json:
    """How the AI bot's connection stands here, and who can be written to.

    `pid` is the process that says so, `shared` whether there may be others on the same database, `held` whether one of
    them has the connection; `silent` are names of members with a post and an account who have not written to the AI bot.
    """
    from bot.platforms.wecom.userids import is_encrypted

    platform, hooks = _platform(desk), desk.open.settings.wecom.webhook.urls
    async with desk.open.database.read() as tx:
        opened = await doors.list_open(tx, Platform.WECOM)
        known = await members.list_in(tx, Platform.WECOM)
        live_at = await notes.find(tx, WECOM_LIVE)
        held = await leases.is_held(tx, lease_of(Platform.WECOM), desk.clock.now())
        bound = [chat for name, chat in await groups.bound(tx) if name == Platform.WECOM]
        titles = {chat: found.title for chat in bound if (found := await chats.find(tx, Platform.WECOM, chat))}
    return {
        "pid": os.getpid(), "shared": sqlite_file(desk.open.settings) is None, "live_at": live_at, "held": held,
        "link": str(platform.link) if platform is not None and platform.link is not None else None,
        "groups": [
            {"title": titles.get(chat) or chat, "open": chat in opened or chat in hooks} for chat in bound
        ],
        "encrypted": sum(is_encrypted(one.account) for one in known),
        "silent": [one.name for one in known if one.posted and one.account not in opened],
    }  # fmt: skip


async def bind_wecom(desk: Desk, _args: Json, tell: Tell) -> Json:
    """Members are looked up by their phone numbers, and those found are bound."""
    from bot.app.wecom_members import look_up

    platform = _platform(desk)
    if platform is None or platform.ways.app is None:
        raise JobFailed("people.no_app")
    try:
        return asdict(await look_up(desk, platform.ways.app, tell))
    except OrderFailed as fault:
        raise JobFailed("order.failed", id=fault.inbox, error=fault.error) from fault


def _platform(desk: Desk) -> "WeComPlatform | None":
    from bot.platforms.wecom import WeComPlatform

    return next((one for one in desk.life.parts.platforms if isinstance(one, WeComPlatform)), None)


WECOM_JOBS: Final = {"wecom_status": wecom_status, "bind_wecom": bind_wecom}
