"""What came of each dispatch: a case given to an agency has a record of its own there, and every move keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.case import Case, CaseMoved, CaseState, Move, Resolution
from bot.domain.people import MemberId
from bot.domain.rulebook import AgencyId, Severity

PAUSED: Final = frozenset({CaseState.NEED_INFO, CaseState.ON_HOLD})  # nobody can go on: the clocks stand still
_TAKEN: Final = frozenset({Move.RETURN, Move.REROUTE, Move.WITHDRAW, Move.REJECT, Move.MERGE})  # ends it at the agency
_NOT_GIVEN: Final = frozenset({CaseState.REPORTED, CaseState.FILED})  # what is asked here is asked before any dispatch
_AS_IF_NEW: Final = frozenset({CaseState.FILED, CaseState.REOPENED})  # from here a dispatch judges no return


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """A case with one agency, from the dispatch until it left. `accept_due` and `resolve_due` are as they stand, or stood.

    A limit is None where none ran out there: the case left before it came, or nobody had to accept it any more.
    """

    agency: AgencyId
    at: datetime
    accept_due: datetime | None = None
    resolve_due: datetime | None = None
    paused_at: datetime | None = None  # since when its clocks stand still; those of P1 never do
    accepted_at: datetime | None = None
    handled_at: datetime | None = None  # the last attempt
    sent_at: datetime | None = None  # when it was first given to somebody to verify
    failed: int = 0  # verifications
    closed_at: datetime | None = None
    confirmed_by: MemberId | None = None  # the program itself where nobody could look
    resolution: Resolution | None = None
    reopened_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Move | None = None  # how it left the agency; None: it is there, or was closed there
    baseless: bool = False  # it was returned, and the office gave it back

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or self.closed_at is not None


def follow(records: Sequence[Dispatch], moved: CaseMoved) -> Sequence[Dispatch]:
    """The records of a case, oldest first, after a move; a new one may stand at the end."""
    if moved.move is Move.UNDO_RETURN:
        return [_revived(record, records, moved) for record in records]
    if not _begins(moved):
        here = _here(records)
        return [_kept(record, moved) if record is here else record for record in records]
    before = [_ended(record, moved) if not record.is_over else record for record in records]
    if moved.before.state not in _AS_IF_NEW:
        before = [_judged(record, moved.after) for record in before]
    return [*before, _begun(moved)]


def _here(records: Sequence[Dispatch]) -> Dispatch | None:
    """The one that runs, else the one that was closed last; a return that was taken back may be an older one."""
    running = [record for record in records if not record.is_over]
    return (running or [record for record in records if record.ended_at is None] or [None])[-1]


def _begins(moved: CaseMoved) -> bool:
    """Inside an agency a case changes hands with its clocks and its record."""
    before, after = moved.before, moved.after
    waits = before.state is CaseState.NEED_INFO and before.resume_state in _NOT_GIVEN
    handed_on = moved.move is Move.REASSIGN and before.agency_id != after.agency_id and not waits
    return (moved.move is Move.DISPATCH or handed_on) and after.agency_id is not None


def _begun(moved: CaseMoved) -> Dispatch:
    case = moved.after
    if case.agency_id is None:
        raise ValueError(f"case {case.id} was given to no agency")
    return Dispatch(
        agency=case.agency_id,
        at=moved.at,
        accept_due=case.accept_due if case.accepted_at is None else None,
        resolve_due=case.resolve_due,
        paused_at=moved.at if case.state in PAUSED and case.severity is not Severity.P1 else None,
    )


def _judged(record: Dispatch, case: Case) -> Dispatch:
    """A return was baseless if the office then gave the case to the same agency."""
    returned = record.ending is Move.RETURN and record.agency == case.agency_id
    return replace(record, baseless=True) if returned else record


def _revived(record: Dispatch, records: Sequence[Dispatch], moved: CaseMoved) -> Dispatch:
    """The return is taken back: the case is where it was, whoever had it meanwhile."""
    returned = [one for one in records if one.ending is Move.RETURN and one.agency == moved.after.agency_id]
    if returned and record is returned[-1]:
        back = replace(record, ended_at=None, ending=None, baseless=False)
        return replace(back, accept_due=moved.after.accept_due, resolve_due=moved.after.resolve_due)
    return record if record.is_over else _ended(record, moved)


def _ended(record: Dispatch, moved: CaseMoved) -> Dispatch:
    answered = record.accepted_at is not None or moved.move is Move.RETURN
    return replace(
        record,
        ended_at=moved.at,
        ending=moved.move,
        accept_due=record.accept_due if answered or _came(record.accept_due, record, moved.at) else None,
        resolve_due=record.resolve_due if _came(record.resolve_due, record, moved.at) else None,
        paused_at=None,
    )


def _came(due: datetime | None, record: Dispatch, at: datetime) -> bool:
    """Whether a limit has passed; it does not come while the clock stands still."""
    stood = record.paused_at is not None and due is not None and record.paused_at < due
    return due is not None and at > due and not stood


def _kept(record: Dispatch, moved: CaseMoved) -> Dispatch:
    if record.closed_at is not None:
        return _after_closing(record, moved)
    if moved.move in _TAKEN:
        return _ended(record, moved)
    return _worked_on(_on_the_clock(record, moved), moved)


def _after_closing(record: Dispatch, moved: CaseMoved) -> Dispatch:
    if moved.move is Move.UNDO_CLOSE:
        return replace(record, closed_at=None, confirmed_by=None, resolution=None)
    return replace(record, reopened_at=moved.at) if moved.move is Move.REOPEN else record


def _on_the_clock(record: Dispatch, moved: CaseMoved) -> Dispatch:
    case = moved.after
    asked = record.accept_due is not None or case.accepted_at is None  # whether it had to be accepted here
    paused_at = record.paused_at
    if case.state not in PAUSED:
        paused_at = None
    elif moved.before.state not in PAUSED and case.severity is not Severity.P1:
        paused_at = moved.at
    return replace(
        record,
        accept_due=case.accept_due if asked else None,
        resolve_due=case.resolve_due,
        accepted_at=case.accepted_at if asked else None,
        paused_at=paused_at,
    )


def _worked_on(record: Dispatch, moved: CaseMoved) -> Dispatch:
    match moved.move:
        case Move.HANDLE:
            return replace(record, handled_at=moved.at)
        case Move.UNDO_HANDLE:
            return replace(record, handled_at=None, sent_at=record.sent_at if record.failed else None)
        case Move.ASK_VERIFICATION:
            return replace(record, sent_at=record.sent_at or moved.at)
        case Move.DISPUTE:
            return replace(record, failed=record.failed + 1)
        case Move.CONFIRM:
            return replace(record, confirmed_by=moved.actor)
        case Move.CLOSE:
            return replace(record, closed_at=moved.at, resolution=moved.after.resolution)
        case _:
            return record
