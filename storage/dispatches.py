"""Each dispatch of a case with its own record: when it was answered, handled and closed there, and by which limits."""

from collections.abc import Sequence
from typing import Final

from bot.domain.case import Case, CaseId, CaseMoved, Move, Resolution
from bot.domain.dispatched import Dispatch, follow
from bot.domain.people import MemberId
from bot.domain.rulebook import AgencyId
from bot.domain.times import read, stored
from storage.database import Row, Tx, Value, maybe_number, maybe_text, number, text

_INSTANTS: Final = (
    "accept_due", "resolve_due", "paused_at", "accepted_at", "handled_at", "sent_at", "closed_at", "reopened_at",
    "ended_at",
)  # fmt: skip


async def keep(tx: Tx, moved: CaseMoved) -> None:
    """Bring the records of a case to where a move has led."""
    if moved.after.dispatched_at is None:
        return
    rows = await tx.all("SELECT * FROM dispatches WHERE case_id = :case ORDER BY id", case=moved.after.id)
    before = [_dispatch(row) for row in rows]
    after = follow(before, moved)
    for row, was, now in zip(rows, before, after, strict=False):
        if now != was:
            await tx.run(
                "UPDATE dispatches SET accept_due = :accept_due, resolve_due = :resolve_due, paused_at = :paused_at,"
                " accepted_at = :accepted_at, handled_at = :handled_at, sent_at = :sent_at, failed = :failed,"
                " closed_at = :closed_at, confirmed_by = :confirmed_by, resolution = :resolution,"
                " reopened_at = :reopened_at, ended_at = :ended_at, ending = :ending, baseless = :baseless"
                " WHERE id = :id",
                id=number(row, "id"),
                **_columns(now),
            )
    for begun in after[len(before) :]:
        await tx.run(
            "INSERT INTO dispatches (case_id, agency_id, at, accept_due, resolve_due, paused_at) VALUES"
            " (:case, :agency, :at, :accept, :resolve, :paused)",
            case=moved.after.id,
            agency=begun.agency,
            at=stored(begun.at),
            accept=stored(begun.accept_due) if begun.accept_due else None,
            resolve=stored(begun.resolve_due) if begun.resolve_due else None,
            paused=stored(begun.paused_at) if begun.paused_at else None,
        )


async def set_limits(tx: Tx, case: Case) -> None:
    """The limits of a case were counted anew without a move."""
    await tx.run(
        "UPDATE dispatches SET resolve_due = :resolve, accept_due = CASE WHEN accept_due IS NULL THEN NULL"
        " ELSE CAST(:accept AS TEXT) END WHERE id ="
        " (SELECT max(id) FROM dispatches WHERE case_id = :case AND ended_at IS NULL AND closed_at IS NULL)",
        case=case.id,
        accept=stored(case.accept_due) if case.accept_due else None,
        resolve=stored(case.resolve_due) if case.resolve_due else None,
    )


async def list_of_case(tx: Tx, case: CaseId) -> Sequence[Dispatch]:
    """Every dispatch of a case, oldest first."""
    rows = await tx.all("SELECT * FROM dispatches WHERE case_id = :case ORDER BY id", case=case)
    return [_dispatch(row) for row in rows]


def _columns(record: Dispatch) -> dict[str, Value]:
    instants: dict[str, Value] = {
        name: stored(at) if (at := getattr(record, name)) is not None else None for name in _INSTANTS
    }
    return {
        **instants,
        "failed": record.failed,
        "confirmed_by": record.confirmed_by,
        "resolution": record.resolution,
        "ending": record.ending,
        "baseless": "yes" if record.baseless else None,
    }


def _dispatch(row: Row) -> Dispatch:
    by, ending, resolution = maybe_number(row, "confirmed_by"), maybe_text(row, "ending"), maybe_text(row, "resolution")
    return Dispatch(
        agency=AgencyId(text(row, "agency_id")),
        at=read(text(row, "at")),
        failed=number(row, "failed"),
        confirmed_by=None if by is None else MemberId(by),
        resolution=Resolution(resolution) if resolution else None,
        ending=Move(ending) if ending else None,
        baseless=row["baseless"] is not None,
        **{name: read(at) if (at := maybe_text(row, name)) else None for name in _INSTANTS},
    )
