"""From a token to a work group: the first admin's code, and how far it has come while the bot runs."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bot.app.app import App
from bot.chat.events import Platform
from bot.domain.people import Post, Role
from bot.people_file import NewCode, new_codes
from handlers.people.binding import CODE_LIFE
from storage import audit, binding, chats, groups, members

_LOOK_S: Final = 0.5
_LAST_WORDS_S: Final = 10.0  # for what the bot still has to say in the group

Tell = Callable[["Steps"], None]


@dataclass(frozen=True, slots=True)
class Steps:
    """What is done. `group`: the name of the group the bot is in, or empty."""

    admin: bool = False
    group: str = ""
    hears: bool = False
    bound: bool = False

    @property
    def done(self) -> bool:
        return self.admin and self.hears and self.bound


async def invite_admin(app: App, name: str) -> NewCode:
    """Make a member who is admin, to be claimed by whoever sends the code. Only its keyed hashes are kept."""
    town, now = app.open.town, app.clock.now()
    code = new_codes(1, town.code_mac)[0]
    async with app.open.database.write() as tx:
        member = await members.insert(tx, name, now, language=town.language)
        await members.add_post(tx, member, Post(Role.ADMIN), now)
        for hashed in code.kept:
            await binding.add_code(tx, hashed, member, now, now + CODE_LIFE)
        await audit.note(tx, now, None, "admin.invited", f"member:{member}")
    return code


async def steps(app: App, platform: Platform) -> Steps:
    """How far it has come on a platform. One that tells nothing of where the bot is hears a group once it is bound."""
    async with app.open.database.read() as tx:
        posted = await members.list_posted(tx, platform)
        bound = [chat for name, chat in await groups.bound(tx) if name == platform]
        present = await chats.list_present(tx, platform)
    ours = {chat: known for chat, known in present.items() if chat in bound} or present
    first = next(iter(ours.values()), None)
    told = platform != Platform.WECOM
    return Steps(
        admin=any(Role.ADMIN in roles for _, roles in posted.values()),
        group=(first.title if first else "") if told else next(iter(bound), ""),
        hears=any(known.deaf_at is None for known in ours.values()) if told else bool(bound),
        bound=bool(bound),
    )


async def follow(app: App, platform: Platform, stop: asyncio.Event, tell: Tell) -> Steps:
    """Run the bot and tell each change on a platform, until all is done or `stop` is set; returns how far it came.

    Raises:
        Unusable, CannotListen, RulesChanged: the bot cannot run.
    """
    running = asyncio.create_task(app.run(stop, _nobody_asks), name="bot")
    known, ended = Steps(), asyncio.create_task(stop.wait())
    try:
        while not (running.done() or stop.is_set()):
            if (now := await steps(app, platform)) != known:
                known = now
                tell(known)
            if known.done:
                with suppress(TimeoutError):
                    await asyncio.wait_for(app.life.engine.drain(), _LAST_WORDS_S)
                break
            await asyncio.wait([running, ended], timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.gather(ended, running)
    return known


def _nobody_asks(_host: str, _port: int) -> None:
    return
