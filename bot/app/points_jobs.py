"""What commands have done about points: a deduction read, agreed to or declined by whoever sits at the machine."""

import json
from typing import Final

from bot.app.desk import Desk, OrderFailed
from bot.control import JobFailed, Json, Tell
from bot.domain.casenumber import spoken
from storage import cases, deductions, members
from storage.deductions import Deduction


async def deduction(desk: Desk, args: Json, _tell: Tell) -> Json:
    """`number`; `agreed`: true or false decides it, null only reads it."""
    number = int(args["number"])
    found = await _found(desk, number)
    if args["agreed"] is not None:
        await _order(desk, json.dumps({"deduction": number, "agreed": args["agreed"]}))
        found = await _found(desk, number)
    proposal = found.proposal
    async with desk.open.database.read() as tx:
        rider, asker = await members.list_by_id(tx, [proposal.member, proposal.asked_by])
        case = await cases.get(tx, proposal.case) if proposal.case is not None else None
    return {
        "number": number, "rider": rider.name, "item": proposal.item, "points": proposal.points,
        "case": spoken(case.number) if case else "", "reason": proposal.reason, "asker": asker.name,
        "answer": found.answer, "decided": found.decided_at is not None,
        "until": f"{proposal.heard_until.astimezone(desk.open.town.zone):%Y-%m-%d %H:%M}",
    }  # fmt: skip


async def _found(desk: Desk, number: int) -> Deduction:
    async with desk.open.database.read() as tx:
        found = await deductions.find(tx, number)
    if found is None:
        raise JobFailed("points.unknown", number=number)
    return found


async def _order(desk: Desk, args: str) -> None:
    try:
        no = await desk.order("points.deduct", args)
    except OrderFailed as fault:
        raise JobFailed("order.failed", id=fault.inbox, error=fault.error) from fault
    if no is not None:
        raise JobFailed(f"points.{no.rpartition('.')[2]}")


POINTS_JOBS: Final = {"deduction": deduction}
