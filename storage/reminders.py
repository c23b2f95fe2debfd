"""What the ladder led to: one row for each time a step reached a person, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_text, number, text


@dataclass(frozen=True, slots=True)
class Reminder:
    """A step that reached a person as `part`: contact, deputy, leader, lead_office or copy."""

    id: int
    case: CaseId
    step: str
    moment: int
    level: str
    part: str
    member: MemberId
    due_at: datetime
    send_at: datetime
    state: str  # waiting | told | bundled | dropped
    reason: str


async def add(
    tx: Tx,
    case: CaseId,
    step: tuple[str, int, str],
    part: str,
    member: MemberId,
    due_at: datetime,
    send_at: datetime,
    reason: str = "",
) -> int | None:
    """Note that a `step` (id, moment, level) is for somebody; None if it was noted before."""
    name, moment, level = step
    row = await tx.maybe(
        "INSERT INTO reminders (case_id, step, moment, level, part, member_id, due_at, send_at, reason)"
        " VALUES (:case, :step, :moment, :level, :part, :member, :due, :send, :reason) ON CONFLICT DO NOTHING RETURNING id",
        case=case, step=name, moment=moment, level=level, part=part, member=member,
        due=stored(due_at), send=stored(send_at), reason=reason,
    )  # fmt: skip
    return number(row, "id") if row else None


async def settle(tx: Tx, reminder: int, state: str, at: datetime, *, reason: str = "", told_in: str = "") -> None:
    """Note what became of a reminder: told, bundled or dropped."""
    await tx.run(
        "UPDATE reminders SET state = :state, settled_at = :at, reason = :reason, told_in = :told WHERE id = :id",
        id=reminder, state=state, at=stored(at), reason=reason, told=told_in or None,
    )  # fmt: skip


async def drop_waiting(tx: Tx, case: CaseId, at: datetime, reason: str, *, escalations: bool = True) -> None:
    """What waits about a case makes no sense any more; without `escalations` only mere reminders. Idempotent."""
    await tx.run(
        "UPDATE reminders SET state = 'dropped', settled_at = :at, reason = :reason"
        " WHERE case_id = :case AND state = 'waiting' AND (level = '' OR CAST(:all AS TEXT) = 'yes')",
        case=case, at=stored(at), reason=reason, all="yes" if escalations else "",
    )  # fmt: skip


async def waiting(tx: Tx, member: MemberId, until: datetime, *, for_list: bool) -> Sequence[Reminder]:
    """What somebody may be told by then, earliest first: what waits for their next list, or everything else."""
    rows = await tx.all(
        "SELECT * FROM reminders WHERE member_id = :member AND state = 'waiting' AND send_at <= :until"
        " AND CASE WHEN reason = 'list' THEN 'yes' ELSE '' END = :listed ORDER BY due_at, id",
        member=member,
        until=stored(until),
        listed="yes" if for_list else "",
    )
    return [_reminder(row) for row in rows]


async def wait_for_list(tx: Tx, until: datetime) -> Sequence[MemberId]:
    """Everybody for whom something waits for their list."""
    rows = await tx.all(
        "SELECT DISTINCT member_id FROM reminders WHERE state = 'waiting' AND reason = 'list' AND send_at <= :until",
        until=stored(until),
    )
    return [MemberId(number(row, "member_id")) for row in rows]


async def next_at(tx: Tx, member: MemberId) -> datetime | None:
    """When somebody may next be told something that does not wait for their list."""
    row = await tx.one(
        "SELECT min(send_at) AS at FROM reminders WHERE member_id = :member AND state = 'waiting' AND reason <> 'list'",
        member=member,
    )
    at = maybe_text(row, "at")
    return read(at) if at else None


async def postpone(tx: Tx, reminder: int, send_at: datetime, reason: str) -> None:
    """It may leave later only."""
    await tx.run(
        "UPDATE reminders SET send_at = :at, reason = :reason WHERE id = :id AND state = 'waiting'",
        id=reminder, at=stored(send_at), reason=reason,
    )  # fmt: skip


async def last_told(tx: Tx, case: CaseId, member: MemberId) -> datetime | None:
    """When somebody was last reminded of a case."""
    row = await tx.one(
        "SELECT max(settled_at) AS at FROM reminders WHERE case_id = :case AND member_id = :member"
        " AND state IN ('told', 'bundled')",
        case=case,
        member=member,
    )
    at = maybe_text(row, "at")
    return read(at) if at else None


async def told_times(tx: Tx, member: MemberId, since: datetime) -> Sequence[datetime]:
    """When somebody got reminders of their own message since then, earliest first."""
    rows = await tx.all(
        "SELECT settled_at FROM reminders WHERE member_id = :member AND state = 'told' AND settled_at > :since"
        " ORDER BY settled_at",
        member=member,
        since=stored(since),
    )
    return [read(text(row, "settled_at")) for row in rows]


async def count_messages(tx: Tx, member: MemberId, since: datetime) -> int:
    """How many reminders and lists that could wait somebody was written since then."""
    row = await tx.one(
        "SELECT count(*) AS n FROM outbox WHERE member_id = :member AND rank = 2"
        " AND created_at >= :since AND state NOT IN ('dropped', 'replaced')",
        member=member,
        since=stored(since),
    )
    return number(row, "n")


async def fired(tx: Tx, case: CaseId, since: datetime) -> frozenset[tuple[str, int]]:
    """Steps of a case, with their moments, that have been due since then."""
    rows = await tx.all(
        "SELECT DISTINCT step, moment FROM reminders WHERE case_id = :case AND due_at >= :since",
        case=case,
        since=stored(since),
    )
    return frozenset((text(row, "step"), number(row, "moment")) for row in rows)


async def list_of_case(tx: Tx, case: CaseId) -> Sequence[Reminder]:
    """Everything the ladder led to for a case, in order."""
    rows = await tx.all("SELECT * FROM reminders WHERE case_id = :case ORDER BY due_at, id", case=case)
    return [_reminder(row) for row in rows]


def _reminder(row: Row) -> Reminder:
    return Reminder(
        id=number(row, "id"),
        case=CaseId(number(row, "case_id")),
        step=text(row, "step"),
        moment=number(row, "moment"),
        level=text(row, "level"),
        part=text(row, "part"),
        member=MemberId(number(row, "member_id")),
        due_at=read(text(row, "due_at")),
        send_at=read(text(row, "send_at")),
        state=text(row, "state"),
        reason=text(row, "reason"),
    )
