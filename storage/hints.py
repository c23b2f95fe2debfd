"""Why an entry of the ledger waits for a person. A hint holds points; it takes none away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Row, Tx, maybe_number, number, text

NOT_COUNTED: Final = "not_counted"  # why a row was taken back: a person looked at its hints


class HintKind(StrEnum):
    CHECK = "check"  # nothing was noticed: the book wants a person to look
    SAME_PHOTO = "same_photo"
    NEAR_PHOTO = "near_photo"
    OWN_PLACE = "own_place"
    BURST = "burst"
    DISTANCE = "distance"


@dataclass(frozen=True, slots=True)
class Hint:
    """What was noticed; `detail` is figures with a blank between, by kind: case number; reports; metres, seconds."""

    kind: HintKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that waits, with everything noticed about it."""

    entry: int
    member: MemberId
    name: str
    item: str
    delta: int
    case_number: int | None
    reason: str
    hints: tuple[Hint, ...]


async def add(tx: Tx, entry: int, hint: Hint, at: datetime) -> None:
    """Hold a pending entry. Idempotent: of a kind there is one hint an entry."""
    await tx.run(
        "INSERT INTO hints (entry_id, kind, detail, at) VALUES (:entry, :kind, :detail, :at) ON CONFLICT DO NOTHING",
        entry=entry,
        kind=hint.kind,
        detail=hint.detail,
        at=stored(at),
    )


async def holds(tx: Tx, case: CaseId, member: MemberId) -> bool:
    """Whether anything a member earned by a case waits for a person."""
    row = await tx.one(
        "SELECT EXISTS (SELECT 1 FROM hints h JOIN points p ON p.id = h.entry_id WHERE h.settled_at IS NULL"
        " AND p.case_id = :case AND p.member_id = :member) AS held",
        case=case,
        member=member,
    )
    return bool(row["held"])


async def refused(tx: Tx, case: CaseId, member: MemberId) -> bool:
    """Whether a person said that what a member earned by a case does not count, and nobody has booked it again since."""
    row = await tx.one(
        "SELECT EXISTS (SELECT 1 FROM hints h JOIN points r ON r.of_id = h.entry_id AND r.step = 'reversed'"
        " AND r.reason = :reason WHERE r.case_id = :case AND r.member_id = :member AND NOT EXISTS (SELECT 1 FROM points a"
        " WHERE a.case_id = r.case_id AND a.member_id = r.member_id AND a.item = r.item AND a.of_id IS NULL AND a.id > r.id"
        " AND NOT EXISTS (SELECT 1 FROM points t WHERE t.of_id = a.id AND t.step = 'reversed'))) AS refused",
        reason=NOT_COUNTED,
        case=case,
        member=member,
    )
    return bool(row["refused"])


async def page(tx: Tx, after: int, most: int) -> Sequence[Waiting]:
    """Entries with a larger id that wait, by id."""
    rows = await tx.all(
        "SELECT p.id, p.member_id, m.name, p.item, p.delta, p.reason, c.number FROM points p"
        " JOIN members m ON m.id = p.member_id LEFT JOIN cases c ON c.id = p.case_id WHERE p.id IN (SELECT DISTINCT entry_id"
        " FROM hints WHERE settled_at IS NULL AND entry_id > CAST(:after AS BIGINT) ORDER BY entry_id"
        " LIMIT CAST(:most AS BIGINT)) ORDER BY p.id",
        after=after,
        most=most,
    )
    return [_waiting(row, await _of(tx, number(row, "id"))) for row in rows]


async def count(tx: Tx) -> int:
    """How many entries wait."""
    return number(await tx.one("SELECT count(DISTINCT entry_id) AS n FROM hints WHERE settled_at IS NULL"), "n")


async def settle(tx: Tx, entry: int, by: MemberId, at: datetime) -> bool:
    """A person looked at an entry; False if somebody did before."""
    return bool(
        await tx.run(
            "UPDATE hints SET settled_by = :by, settled_at = :at WHERE entry_id = :entry AND settled_at IS NULL",
            by=by,
            at=stored(at),
            entry=entry,
        )
    )


async def drop_reversed(tx: Tx, case: CaseId, by: MemberId, at: datetime) -> None:
    """What a case earned was taken back: nobody has to look at it any more. Idempotent."""
    await tx.run(
        "UPDATE hints SET settled_by = :by, settled_at = :at WHERE settled_at IS NULL AND entry_id IN"
        " (SELECT of_id FROM points WHERE case_id = :case AND of_id IS NOT NULL AND step = 'reversed')",
        by=by,
        at=stored(at),
        case=case,
    )


async def _of(tx: Tx, entry: int) -> tuple[Hint, ...]:
    rows = await tx.all(
        "SELECT kind, detail FROM hints WHERE entry_id = :entry AND settled_at IS NULL ORDER BY id", entry=entry
    )
    return tuple(Hint(HintKind(text(row, "kind")), text(row, "detail")) for row in rows)


def _waiting(row: Row, hints: tuple[Hint, ...]) -> Waiting:
    return Waiting(
        entry=number(row, "id"),
        member=MemberId(number(row, "member_id")),
        name=text(row, "name"),
        item=text(row, "item"),
        delta=number(row, "delta"),
        case_number=maybe_number(row, "number"),
        reason=text(row, "reason"),
        hints=hints,
    )
