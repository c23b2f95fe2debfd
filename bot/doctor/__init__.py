"""The doctor: everything the bot needs, looked at one by one, each with the cure where it fails."""

from collections.abc import AsyncGenerator

from bot.config import Settings
from bot.doctor.finding import Ask, Finding, Verdict, judged
from bot.doctor.machine import calendar, clock, database, disk, machine
from bot.doctor.telegram import telegram
from bot.doctor.wecom import wecom

__all__ = ["Ask", "Finding", "Verdict", "examine", "machine", "sent"]


async def examine(settings: Settings, ask: Ask) -> AsyncGenerator[Finding]:
    """Every check in order. What lies behind the database is asked of whoever holds it."""
    for finding in (*machine(), *disk(settings), clock(settings)):
        yield finding
    own = settings.wecom
    office = bool(own.aibot.bot_id or own.app.corp_id or own.webhook.urls)
    behind = await database(ask, wecom=office)
    for finding in (calendar(settings, behind.own_years), *behind.findings):
        yield finding
    if settings.telegram.token:
        async for finding in telegram(settings, behind.groups):
            yield finding
    if office:
        async for finding in wecom(settings, behind.wecom):
            yield finding


async def sent(ask: Ask) -> AsyncGenerator[Finding]:
    """A line posted in every work group: how long each took, or what to do."""
    tried = (await ask("send_test"))["tried"]
    if not tried:
        yield judged("test_nowhere", False)
    for one in tried:
        fault = one["fault"]
        yield Finding(f"test_{fault or 'sent'}", Verdict.BAD if fault else Verdict.GOOD, one)
