"""What `/healthz` and `/metrics` say."""

from typing import Final

from bot.app.opening import Opened
from bot.app.version import version
from bot.engine.clock import Clock
from storage.database import Retry
from storage.watching import Figures, figures

INBOX_S: Final = 60.0  # an event older than this, or a message older than that, and somebody has to look
OUTBOX_S: Final = 600.0
_LINKED: Final = "connected"
SILENT_S: Final = 120.0  # two long polls and a pause; beyond that nothing that people send arrives


async def health(
    parts: Opened, clock: Clock, silent_s: float | None, link: str | None = None
) -> tuple[bool, dict[str, object]]:
    """Whether nothing waits too long, and what was found.

    `silent_s`: since Telegram could last be heard; `link`: how WeCom's connection stands in this process, if it has it.
    """
    try:
        found = await _look(parts, clock)
    except Retry:
        return False, {"database": "unreachable", "version": version()}
    known: dict[str, object] = {
        "version": version(),
        "database": parts.database.dialect,
        "inbox_age_s": found.inbox_age_s,
        "outbox_age_s": found.outbox_age_s,
        "set_aside": found.inbox.get("set_aside", 0),
        "dead": found.dead,
        "photos_wanted": found.photos_wanted,
        "backup_at": found.backup_at.isoformat() if found.backup_at else None,
        "telegram_silent_s": None if silent_s is None else round(silent_s, 1),
        "wecom_link": link,
    }
    return is_well(found) and (silent_s or 0.0) <= SILENT_S and link in (None, _LINKED), known


def is_well(found: Figures) -> bool:
    """Whether events are worked off and messages go out."""
    return found.inbox_age_s <= INBOX_S and found.outbox_age_s <= OUTBOX_S


async def metrics(parts: Opened, clock: Clock, forged: int) -> bytes:
    """The figures in Prometheus's text form; none of them names a person. `forged`: refused callers of the webhook."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    found = await _look(parts, clock)
    registry = CollectorRegistry()

    def gauge(name: str, help_: str, value: float) -> None:
        Gauge(f"wudayuan_{name}", help_, registry=registry).set(value)

    def by_state(name: str, help_: str, counts: dict[str, int]) -> None:
        family = Gauge(f"wudayuan_{name}", help_, ["state"], registry=registry)
        for state, count in counts.items():
            family.labels(state).set(count)

    Gauge("wudayuan_info", "Version of the program.", ["version"], registry=registry).labels(version()).set(1)
    gauge("inbox_oldest_seconds", "Age of the oldest event not worked off.", found.inbox_age_s)
    gauge("outbox_oldest_seconds", "Age of the oldest message that may go and has not.", found.outbox_age_s)
    gauge("outbox_dead", "Messages given up.", found.dead)
    gauge("webhook_refused", "Calls of the webhook without its secret, since the start.", forged)
    gauge("photos_wanted", "Photos not fetched yet.", found.photos_wanted)
    gauge("database_longest_hold_ms", "Longest transaction since the start.", parts.database.longest_hold_ms)
    by_state("inbox", "Events waiting or set aside.", {"new": 0, "set_aside": 0} | dict(found.inbox))
    by_state("outbox", "Messages not sent.", {"queued": 0, "sending": 0, "unknown": 0} | dict(found.outbox))
    by_state("cases", "Cases in each state.", dict(found.cases))
    return generate_latest(registry)


async def _look(parts: Opened, clock: Clock) -> Figures:
    now = clock.now()
    async with parts.database.read() as tx:
        return await figures(tx, now)
