"""How the program is doing, in a few cheap figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.times import read
from storage import case_queries, inbox, inbox_reading, outbox
from storage.database import Tx, maybe_text, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Ages in seconds, 0 where nothing waits; counts by state."""

    inbox_age_s: float
    outbox_age_s: float
    inbox: Mapping[str, int]
    outbox: Mapping[str, int]
    cases: Mapping[str, int]
    dead: int
    photos_wanted: int
    backup_at: datetime | None


async def figures(tx: Tx, now: datetime) -> Figures:
    """Look once."""
    backup = maybe_text(await tx.one("SELECT max(at) AS at FROM audit WHERE action = 'backup.made'"), "at")
    return Figures(
        inbox_age_s=_age(await inbox.oldest_new(tx), now),
        outbox_age_s=_age(await outbox.oldest_due(tx, now), now),
        inbox=await inbox_reading.counts(tx),
        outbox=await outbox.counts(tx),
        cases=await case_queries.count_by_state(tx),
        dead=number(await tx.one("SELECT count(*) AS n FROM outbox WHERE state = 'dead'"), "n"),
        photos_wanted=number(await tx.one("SELECT count(*) AS n FROM photos WHERE state = 'wanted'"), "n"),
        backup_at=read(backup) if backup else None,
    )


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, round((now - since).total_seconds(), 1))
