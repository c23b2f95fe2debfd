"""Members whose phone number the company's directory knows are bound to their WeCom account without a code."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from bot.app.desk import Desk, OrderFailed
from bot.chat.events import Platform
from bot.chat.platform import TryLater
from bot.control import Tell
from bot.domain.people import MemberId
from bot.platforms.wecom.app_api import AppApi
from bot.platforms.wecom.kinds import Refusal
from storage import binding, people
from storage.database import Retry

log = structlog.get_logger(__name__)

TRY: Final = "mobile-"  # what a number that nobody has is noted under, with a keyed hash of it
_AGAIN: Final = timedelta(days=30)
_PAUSE_S: Final = 1.0
_MOST: Final = 200  # numbers of one run
_AT_ONCE: Final = 40  # bound in one transaction
# A share of wrong numbers has the call blocked; which share is not documented.
_MOST_WRONG: Final = 10
_EVERY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody to be looked up. `note`: what a wrong number is noted under."""

    member: MemberId
    name: str
    phone: str = field(repr=False)
    note: str = ""


@dataclass(slots=True)
class Looked:
    """What came of it. `taken`: their account is somebody else's; `left`: not looked up yet; `stopped`: why, or empty."""

    bound: list[str] = field(default_factory=list[str])
    missed: list[str] = field(default_factory=list[str])
    taken: list[str] = field(default_factory=list[str])
    left: int = 0
    stopped: str = ""


async def wanted(desk: Desk) -> Sequence[Wanted]:
    """Members with a post and a number and without WeCom account, whose number was not found wrong lately."""
    since = desk.clock.now() - _AGAIN
    async with desk.open.database.read() as tx:
        roll = await people.list_roll(tx)
        tried = await binding.list_tried(tx, TRY, since)
    found: list[Wanted] = []
    for one in roll:
        if not one.phone or not one.posts or any(space == Platform.WECOM for space, _ in one.accounts):
            continue
        note = TRY + desk.open.town.code_mac(one.phone)[:16]
        if (one.id, note) not in tried:
            found.append(Wanted(one.id, one.name, one.phone, note))
    return found


async def look_up(desk: Desk, api: AppApi, tell: Tell, *, pause_s: float = _PAUSE_S) -> Looked:
    """Look them up one after the other, slowly, until WeCom says no; those found are bound, some at a time.

    Raises:
        OrderFailed: what was found could not be stored.
    """
    listed = await wanted(desk)
    made, answers = Looked(left=len(listed)), list[tuple[Wanted, str | None]]()
    for at, one in enumerate(listed[:_MOST]):
        await tell(at, len(listed))
        if at:
            await asyncio.sleep(pause_s)
        try:
            answers.append((one, await api.user_by_mobile(one.phone)))
        except (Refusal, TryLater) as fault:
            made.stopped = "refused" if isinstance(fault, Refusal) else "later"
            log.warning("members_not_looked_up", error=type(fault).__name__)
            break
        if len(answers) == _AT_ONCE:
            await _store(desk, made, answers)
            answers.clear()
        if len(made.missed) + sum(account is None for _, account in answers) >= _MOST_WRONG:
            made.stopped = "wrong"
            break
    await _store(desk, made, answers)
    return made


async def _store(desk: Desk, made: Looked, answers: Sequence[tuple[Wanted, str | None]]) -> None:
    if not answers:
        return
    found = [(one, account) for one, account in answers if account is not None]
    wrong = [one for one, account in answers if account is None]
    bound, missed = [[one.member, account] for one, account in found], [[one.member, one.note] for one in wrong]
    await desk.order("people.wecom", json.dumps({"bound": bound, "missed": missed}))
    async with desk.open.database.read() as tx:
        owners = await binding.list_owners(tx, [(Platform.WECOM, account) for _, account in found])
    for one, account in found:
        mine = owners.get((Platform.WECOM, account)) == one.member
        (made.bound if mine else made.taken).append(one.name)
    made.missed += [one.name for one in wrong]
    made.left -= len(answers)


async def keep(desk: Desk, api: AppApi) -> None:
    """Look up whoever is there now, and once a day, until cancelled. Nothing else depends on it."""

    async def silent(_done: int, _of: int) -> None:
        return

    while True:
        try:
            made = await look_up(desk, api, silent)
            log.info("members_looked_up", bound=len(made.bound), missed=len(made.missed), left=made.left)
        except (OrderFailed, Retry) as fault:
            log.warning("members_wait", error=type(fault).__name__)
        await asyncio.sleep(_EVERY_S)
