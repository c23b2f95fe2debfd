"""`init` and `doctor`."""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot import config, log
from bot.commands.asking import ask_text, ask_yes
from bot.commands.connecting import connect, connect_wecom, telegram_wished
from bot.commands.faults import CONFIG, FAILED
from bot.commands.reaching import reach
from bot.commands.showing import console
from bot.commands.upkeep import upgrade
from bot.commands.wecom_asking import wecom_wished
from bot.commands.wording import say, words
from bot.config import ConfigFault, Settings
from bot.control import JobFailed, Json
from bot.doctor import Finding, Verdict, examine, machine, sent
from bot.init import CONFIG as CONFIG_FILE
from bot.init import Exists, WeComWishes, Wishes, refuse_to_overwrite, write_files
from bot.secrets import load_or_make

if TYPE_CHECKING:
    from bot.platforms.telegram import Account

_SIGNS = {Verdict.GOOD: "[green]✓[/]", Verdict.CARE: "[yellow]![/]", Verdict.BAD: "[red]✗[/]"}


def run_init(
    *, folder: Path, name: str | None, code: str | None, language: str, admins: Sequence[str] | None, token: str,
    wecom: WeComWishes, public_url: str, yes: bool,
) -> None:  # fmt: skip
    """Make an installation in `folder` and connect its chats; asks what was not given, unless `yes`."""
    wishes = Wishes(
        folder=folder, name=name or say("init.default_name"), code=code or "WD", language=language,
        admins=list(admins or ()), telegram_token=token, wecom=wecom, public_url=public_url,
    )  # fmt: skip
    try:
        refuse_to_overwrite(folder)
        if not yes:
            wishes = _asked(wishes, name, code, admins)
        _check(wishes)
        wishes, me = telegram_wished(wishes, asks=not yes)
        wishes = wecom_wished(wishes, asks=not yes)
        write_files(wishes)
    except Exists as fault:
        raise JobFailed("init.exists", files=fault) from fault
    except OSError as fault:
        raise JobFailed("init.unwritable", folder=folder, why=fault.strerror or "") from fault
    settings = _finish(wishes)
    if not yes:
        _connect(wishes, settings, me)
    _show_done(wishes, settings)


def _connect(wishes: Wishes, settings: Settings, me: "Account | None") -> None:
    """Telegram's group is bound with taps if there is Telegram, else WeCom's."""
    if wishes.telegram_token:
        connect(settings, me, waits=me is not None and ask_yes("connect.now"))
    elif wishes.wecom.bot_id:
        connect_wecom(settings, waits=ask_yes("connect.now"))


def _check(wishes: Wishes) -> None:
    """Raises ConfigFault before anything is written."""
    config.load(
        None,
        {
            "WDY_TOWN__NAME": wishes.name,
            "WDY_TOWN__CODE": wishes.code,
            "WDY_TOWN__TIMEZONE": wishes.timezone,
            "WDY_TOWN__LANGUAGE": wishes.language,
            "WDY_PEOPLE__ADMINS": ",".join(wishes.admins),
            "WDY_WEB__PUBLIC_URL": wishes.public_url,
        },
    )


def _finish(wishes: Wishes) -> Settings:
    """Key, database and roll, as the new configuration says; returns that."""
    from zoneinfo import ZoneInfo

    from bot import county
    from bot.people_file import write_template
    from handlers import catalogues

    file = wishes.folder / CONFIG_FILE
    settings = config.load(file, os.environ)
    load_or_make(settings.town.secret_file)
    asyncio.run(upgrade(settings))
    texts = catalogues(ZoneInfo(settings.town.timezone), None)
    roll = _roll(wishes, settings)
    if not roll.exists():
        write_template(roll, county.load(settings.rulebook.dir), texts, settings.town.language)
    return settings


def _show_done(wishes: Wishes, settings: Settings) -> None:
    file, roll = wishes.folder / CONFIG_FILE, _roll(wishes, settings)
    console.print(say("init.done", config=file, roll=roll, county=settings.rulebook.dir), soft_wrap=True)


def _roll(wishes: Wishes, settings: Settings) -> Path:
    return wishes.folder / words(settings.town.language)["init.roll"]


def _asked(wishes: Wishes, name: str | None, code: str | None, admins: Sequence[str] | None) -> Wishes:
    if name is None:
        wishes = replace(wishes, name=ask_text("init.ask_name", wishes.name))
    if code is None:
        wishes = replace(wishes, code=ask_text("init.ask_code", wishes.code).upper())
    wishes = replace(wishes, timezone=ask_text("init.ask_timezone", wishes.timezone))
    if admins is None:
        written = ask_text("init.ask_admins").replace("，", ",")
        wishes = replace(wishes, admins=[one.strip() for one in written.split(",") if one.strip()])
    return wishes


def run_doctor(file: Path, *, send_test: bool) -> None:
    """Show every check, and with `send_test` post in every work group; exit status 1 if one failed, 78 if it is the
    configuration.
    """
    log.configure("critical", "console")  # what is tried and fails here is told as a finding
    try:
        settings = config.load(file, os.environ)
    except ConfigFault as fault:
        for finding in machine():
            _show(finding)
        for line in fault.lines:
            console.print(f"{_SIGNS[Verdict.BAD]} ", end="")
            console.print(line, markup=False, soft_wrap=True)
        sys.exit(CONFIG)
    console.print(f"{_SIGNS[Verdict.GOOD]} ", end="")
    console.print(say("doctor.config", file=file), markup=False, soft_wrap=True)
    if asyncio.run(_examined(settings, send_test)):
        sys.exit(FAILED)


async def _examined(settings: Settings, send_test: bool) -> bool:
    """Show the checks; whether one failed."""

    async def ask(job: str) -> Json:
        return await reach(settings, job, {}, _silent)

    failed = False
    async for finding in examine(settings, ask):
        _show(finding)
        failed = failed or finding.verdict is Verdict.BAD
    if send_test:
        async for finding in sent(ask):
            _show(finding)
            failed = failed or finding.verdict is Verdict.BAD
    return failed


def _show(finding: Finding) -> None:
    console.print(f"{_SIGNS[finding.verdict]} ", end="")
    key = f"doctor.{finding.key}" + ("" if finding.verdict is Verdict.GOOD else "_cure")
    console.print(say(key, **finding.fields), markup=False, soft_wrap=True)


async def _silent(_done: int, _of: int) -> None:
    return
