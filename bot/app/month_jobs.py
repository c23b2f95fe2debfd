"""What commands have done about a month: closed, made public, counted anew, checked against the ledger."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.app.desk import Desk, OrderFailed
from bot.control import JobFailed, Json, Tell
from bot.domain.people import MemberId
from handlers.ranking import rules
from handlers.ranking.rules import Placing
from storage import ledger_check, members, months, objections, ranking_lines
from storage.database import Database
from storage.months import Month
from storage.ranking_lines import Line

_LOOK_S: Final = 0.1
_PATIENCE_S: Final = 60.0  # without a slice being counted
_PAGE: Final = 500


async def close_month(desk: Desk, args: Json, tell: Tell) -> Json:
    """`month`: as on the first at nine; returns when its draft is there."""
    await _order(desk, "ranking.close_now", args["month"])
    return _told(await _counted(desk, args["month"], tell))


async def publish_month(desk: Desk, args: Json, _tell: Tell) -> Json:
    """`month`, and `anyway`: although an objection is open."""
    async with desk.open.database.read() as tx:
        opened = await objections.list_open(tx, args["month"])
    if opened and not args["anyway"]:
        raise JobFailed("ranking.order.objections", month=args["month"], n=len(opened))
    await _order(desk, "ranking.publish", args["month"])
    month = await _month(desk, args["month"])
    until = month.publicity_until
    return {**_told(month), "until": f"{until.astimezone(desk.open.town.zone):%Y-%m-%d %H:%M}" if until else ""}


async def recompute_month(desk: Desk, args: Json, tell: Tell) -> Json:
    """`month`: a new version from the ledger as it stands."""
    before = await _month(desk, args["month"])
    await _order(desk, "ranking.recompute", args["month"])
    after = await _counted(desk, args["month"], tell)
    return {**_told(after), "same": before.hash == after.hash}


async def verify_month(desk: Desk, args: Json, tell: Tell) -> Json:
    """`month`: every row, sum, place and the hash worked out again; the first difference, if there is any."""
    database, period = desk.open.database, str(args["month"])
    month = await _month(desk, period)
    found = await ledger_check.verify(database, period)
    made = {**_told(month), "rows": found.rows, "members": found.members, "what": ""}
    if found.difference is not None:
        one = found.difference
        return {**made, **await _named(database, one.what, one.member, one.key, one.found, one.expected)}
    wrong = await _misplaced(database, month, tell)
    if wrong is not None:
        return {**made, **await _named(database, wrong.what, wrong.member, "", wrong.found, wrong.expected)}
    return made


@dataclass(frozen=True, slots=True)
class _Wrong:
    what: str  # place or hash
    member: MemberId
    found: object
    expected: object


async def _misplaced(database: Database, month: Month, tell: Tell) -> _Wrong | None:
    """The first line that stands in a wrong place, or a hash that is not that of the lines."""
    so_far, last = Placing(month.version, 0, hash=rules.first_hash(month.period)), None
    while page := await _lines(database, month, last):
        last = page[-1]
        so_far, placed = rules.place_all(so_far, page)
        for line, right in zip(page, placed, strict=True):
            if line.place != right.place:
                return _Wrong("place", line.member_id, line.place, right.place)
        await tell(so_far.lines, month.totals.riders)
    if so_far.hash != month.hash:
        return _Wrong("hash", MemberId(0), month.hash, so_far.hash)
    return None


async def _lines(database: Database, month: Month, last: Line | None) -> Sequence[Line]:
    async with database.read() as tx:
        return await ranking_lines.list_after(tx, month.period, month.version, last, _PAGE)


async def _named(
    database: Database, what: str, member: MemberId, key: str, found: object, expected: object
) -> Mapping[str, object]:
    async with database.read() as tx:
        name = (await members.get(tx, member)).name if member else ""
    return {"what": str(what), "member": member, "name": name, "key": key, "found": found, "expected": expected}


def _told(month: Month) -> Json:
    return {
        "riders": month.totals.riders, "active": month.totals.active, "version": month.version,
        "hash": month.hash or "", "state": str(month.state),
    }  # fmt: skip


async def _month(desk: Desk, period: str) -> Month:
    async with desk.open.database.read() as tx:
        month = await months.find(tx, period)
    if month is None:
        raise JobFailed("ranking.order.not_closed", month=period)
    return month


async def _order(desk: Desk, name: str, period: str) -> None:
    try:
        no = await desk.order(name, json.dumps({"month": period}))
    except OrderFailed as fault:
        raise JobFailed("order.failed", id=fault.inbox, error=fault.error) from fault
    if no is not None:
        raise JobFailed(no, month=period)


async def _counted(desk: Desk, period: str, tell: Tell) -> Month:
    """Wait until the ranking is counted; without a running bot the slices are worked off here.

    Raises:
        JobFailed: nothing has been counted for a minute.
    """
    engine, clock = desk.life.engine, desk.clock
    seen, since = "", clock.monotonic()
    while (month := await _month(desk, period)).checkpoint:
        if month.checkpoint != seen:
            seen, since = month.checkpoint, clock.monotonic()
            progress = rules.read(seen)
            await tell(progress.lines if isinstance(progress, Placing) else 0, 0)
        elif clock.monotonic() - since > _PATIENCE_S:
            raise JobFailed("ranking.order.stuck", month=period)
        if desk.life.is_running:
            await asyncio.sleep(_LOOK_S)
        else:
            await engine.tick()
            await engine.intake.drain()
    return month


MONTH_JOBS: Final = {
    "ranking_close": close_month,
    "ranking_publish": publish_month,
    "ranking_recompute": recompute_month,
    "ranking_verify": verify_month,
}
