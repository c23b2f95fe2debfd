"""`ranking close`, `publish`, `recompute` and `verify`: a month by hand, beside a running bot or without one."""

import asyncio
import sys
from pathlib import Path

from bot.commands.faults import FAILED
from bot.commands.reaching import reach, settings_at
from bot.commands.showing import console, progress
from bot.commands.wording import say
from bot.control import JobFailed, Json


def run_close(config: Path, month: str) -> None:
    """Count a month that is over; the admins get its draft."""
    made = _asked(config, "ranking_close", month)
    console.print(say("ranking.closed", month=month, riders=made["riders"], hash=made["hash"][:16]))


def run_publish(config: Path, month: str, *, anyway: bool) -> None:
    """Make a draft public."""
    made = _asked(config, "ranking_publish", month, anyway=anyway)
    console.print(say("ranking.published", month=month, until=made["until"]))


def run_recompute(config: Path, month: str) -> None:
    """Make a new version of a ranking that is not settled."""
    made = _asked(config, "ranking_recompute", month)
    key = "ranking.recomputed_same" if made["same"] else "ranking.recomputed"
    console.print(say(key, month=month, version=made["version"], hash=made["hash"][:16]))


def run_verify(config: Path, month: str) -> None:
    """Say that a month is what its ledger says, or name the first thing that differs; then the status is 1."""
    found = _asked(config, "ranking_verify", month)
    if not found["what"]:
        console.print(say("ranking.equal", month=month, rows=found["rows"], riders=found["riders"], hash=found["hash"]))
        return
    console.print(say("ranking.differs", month=month, what=say(f"ranking.what.{found['what']}")))
    if found["member"]:
        console.print(say("ranking.of", name=found["name"], member=found["member"], row=found["key"] or "—"))
    console.print(say("ranking.but", found=found["found"], expected=found["expected"]))
    sys.exit(FAILED)


def _asked(config: Path, job: str, month: str, **more: object) -> Json:
    from bot.export import is_month

    settings = settings_at(config)
    if not is_month(month):
        raise JobFailed("export.no_month", month=month)
    with progress(say("ranking.doing")) as tell:
        return asyncio.run(reach(settings, job, {"month": month, **more}, tell))
