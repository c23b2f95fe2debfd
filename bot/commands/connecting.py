"""The part of `init` that connects a group: Telegram's token, the taps on the telephone, what has come of them."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot import config, log
from bot.chat.events import Platform
from bot.commands.asking import ask_text
from bot.commands.running import until_stopped
from bot.commands.showing import console
from bot.commands.wording import say
from bot.config import ConfigFault, Settings
from bot.control import JobFailed
from bot.init import Wishes

if TYPE_CHECKING:
    from bot.app.hookup import Steps
    from bot.people_file import NewCode
    from bot.platforms.telegram import Account

_ENVIRONMENT: Final = ("WDY_TELEGRAM__API_BASE_URL", "WDY_TELEGRAM__FILE_BASE_URL", "WDY_TELEGRAM__PROXY")
_DONE: Final = "[green]✓[/]"


def telegram_wished(wishes: Wishes, *, asks: bool) -> tuple[Wishes, "Account | None"]:
    """The wishes with a token that was tried, or without one; the account is None where it could not be tried.

    Raises:
        JobFailed: the token given is wrong, and nobody may be asked for another one.
    """
    from bot.app.probing import NotReached

    while True:
        if not wishes.telegram_token:
            wishes = replace(wishes, telegram_token=ask_text("init.ask_token") if asks else "")
            if not wishes.telegram_token:
                return wishes, None
        try:
            me = _account(wishes)
        except (ConfigFault, NotReached) as fault:
            problem = fault.why if isinstance(fault, NotReached) else "malformed"
            if not asks and problem in ("token", "malformed"):
                raise JobFailed(f"init.tried.{problem}") from fault
            console.print(say(f"init.tried.{problem}"), markup=False, soft_wrap=True)
            again = _again(wishes, problem) if asks else None
            if again is None:
                console.print(say("init.not_tried"), soft_wrap=True)
                return wishes, None
            wishes = again
        else:
            console.print(f"{_DONE} {say('init.bot_is', name=me.username)}", soft_wrap=True)
            return wishes, me


def _again(wishes: Wishes, problem: str) -> Wishes | None:
    """Wishes for another try; None to go on without."""
    if problem in ("token", "malformed"):
        return replace(wishes, telegram_token="", telegram_proxy="")
    proxy = ask_text("init.ask_proxy")
    return replace(wishes, telegram_proxy=proxy) if proxy else None


def _account(wishes: Wishes) -> "Account":
    """Who the token belongs to.

    Raises:
        ConfigFault: token or proxy is none by its form.
        NotReached: Telegram does not accept it, or was not reached.
    """
    from bot.app.chats import telegram_api
    from bot.app.probing import account_of

    given = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    given["WDY_TELEGRAM__TOKEN"] = wishes.telegram_token
    if wishes.telegram_proxy:
        given["WDY_TELEGRAM__PROXY"] = wishes.telegram_proxy
    settings = config.load(None, given)

    async def ask() -> "Account":
        api = telegram_api(settings)
        try:
            return await account_of(api, proxy=bool(settings.telegram.proxy))
        finally:
            await api.close()

    return asyncio.run(ask())


def connect(settings: Settings, me: "Account | None", *, waits: bool) -> None:
    """Show the taps; with `waits` the bot runs until the group is bound or Ctrl-C, and each step is ticked off."""
    _follow(settings, Platform.TELEGRAM, lambda code: _show_taps(me, code), waits=me is not None and waits)


def connect_wecom(settings: Settings, *, waits: bool) -> None:
    """As `connect`, with WeCom's AI bot."""
    _follow(settings, Platform.WECOM, _show_wecom_taps, waits=waits)


def _follow(settings: Settings, platform: Platform, show: "Callable[[NewCode | None], None]", *, waits: bool) -> None:
    log.configure("error", "console")
    web = settings.web.model_copy(update={"port": 0})  # nobody needs its pages now, and a port may be taken

    async def work(stop: asyncio.Event) -> None:
        from bot.app.app import open_app
        from bot.app.hookup import Steps, follow, invite_admin

        async with open_app(settings.model_copy(update={"web": web})) as app:
            code = None if settings.people.admins else await invite_admin(app, say("init.admin_name"))
            show(code)
            reached = Steps(admin=code is None)
            if waits:
                console.print(say("connect.waiting"), soft_wrap=True)
                reached = await follow(app, platform, stop, Ticks(platform).show)
        _show_end(reached, platform)

    until_stopped(work)


class Ticks:
    """Each step is shown once, when it is done; what is missing to hear the group, when the bot is in it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._shown: set[str] = set()

    def show(self, now: "Steps") -> None:
        """Show what is new."""
        for name, done in _parts(now, self._platform):
            if done:
                self._once(name, f"{_DONE} ", now.group)
        if now.group and not now.hears:
            self._once("deaf", "[yellow]![/] ", now.group)

    def _once(self, name: str, sign: str, group: str) -> None:
        if name not in self._shown:
            self._shown.add(name)
            console.print(sign, end="")
            console.print(say(f"connect.{name}", group=group), markup=False, soft_wrap=True)


def _show_taps(me: "Account | None", code: "NewCode | None") -> None:
    from bot.domain import bindcode

    name = me.username if me else ""
    if code is not None:
        words = say("connect.words", code=bindcode.spaced(code.typed))
        if me is None:
            _show("connect.claim_by_word", words=words)
        else:
            link = f"https://t.me/{name}?start={code.linked}"
            _show("connect.claim", name=name, link=link, words=words)
            _show_square(link)
    if me is None:
        return
    _show("connect.privacy_is_off" if me.reads_all else "connect.privacy", name=name)
    _show("connect.add", link=f"https://t.me/{name}?startgroup=bind")
    _show("connect.bind")


def _show_wecom_taps(code: "NewCode | None") -> None:
    from bot.domain import bindcode

    if code is not None:
        _show("connect.wecom_claim", words=say("connect.words", code=bindcode.spaced(code.typed)))
    _show("connect.wecom_bind")


def _show_square(link: str) -> None:
    """A QR code for the telephone, where somebody looks at a terminal."""
    if not console.is_terminal:
        return
    import segno

    segno.make(link, error="l", micro=False).terminal(border=2, compact=True)


def _show_end(reached: "Steps", platform: Platform) -> None:
    if reached.done:
        _show("connect.done", group=reached.group)
        return
    table = "left_wecom" if platform == Platform.WECOM else "left"
    left = [say(f"connect.{table}.{name}") for name, done in _parts(reached, platform) if not done]
    _show("connect.later", left="\n".join(f"  · {line}" for line in left))


def _parts(reached: "Steps", platform: Platform) -> Sequence[tuple[str, bool]]:
    """The steps by name, in order, and whether they are done; WeCom says nothing of those between."""
    if platform == Platform.WECOM:
        return [("admin", reached.admin), ("bound", reached.bound)]
    return [
        ("admin", reached.admin),
        ("added", bool(reached.group)),
        ("hears", reached.hears),
        ("bound", reached.bound),
    ]


def _show(key: str, **fields: object) -> None:
    console.print(say(key, **fields), markup=False, soft_wrap=True)
