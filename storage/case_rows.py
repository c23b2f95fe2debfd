"""How a case lies in its row: the table beside the value."""

from datetime import datetime
from typing import Final

from bot.domain.case import Case, CaseId, CaseState, Resolution
from bot.domain.people import MemberId
from bot.domain.rulebook import AgencyId, CategoryId, GridId, Severity
from bot.domain.times import read, stored
from storage.database import Row, Value, maybe_number, maybe_text, number, text

_E6: Final = 1_000_000  # degrees are stored as whole millionths
_PLAIN: Final = [
    "state",
    "version",
    "round",
    "category",
    "severity",
    "description",
    "place",
    "grid",
    "community",
    "agency_id",
    "contact_id",
    "previous_agency_id",
    "previous_contact_id",
    "handler_id",
    "verifier_id",
    "merged_into",
    "reopened_from",
    "resume_state",
    "resolution",
    "repair_note",
    "returns",
    "extensions",
    "reworks",
    "reopens",
]
_INSTANTS: Final = [
    "moved_at",
    "filed_at",
    "dispatched_at",
    "accepted_at",
    "handled_at",
    "verified_at",
    "closed_at",
    "archived_at",
    "accept_due",
    "secure_due",
    "resolve_due",
    "hold_until",
    "photos_public_at",
    "progressed_at",
]
UPDATE: Final = (
    "UPDATE cases SET"
    " lat_e6 = :lat_e6, lon_e6 = :lon_e6, binding_at = :binding_at, state = :state, version = :version,"
    " round = :round, category = :category, severity = :severity, description = :description, place = :place,"
    " grid = :grid, community = :community, agency_id = :agency_id, contact_id = :contact_id,"
    " previous_agency_id = :previous_agency_id, previous_contact_id = :previous_contact_id,"
    " handler_id = :handler_id, verifier_id = :verifier_id, merged_into = :merged_into,"
    " reopened_from = :reopened_from, resume_state = :resume_state, resolution = :resolution,"
    " repair_note = :repair_note, returns = :returns, extensions = :extensions, reworks = :reworks,"
    " reopens = :reopens, moved_at = :moved_at, filed_at = :filed_at, dispatched_at = :dispatched_at,"
    " accepted_at = :accepted_at, handled_at = :handled_at, verified_at = :verified_at,"
    " closed_at = :closed_at, archived_at = :archived_at, accept_due = :accept_due, secure_due = :secure_due,"
    " resolve_due = :resolve_due, hold_until = :hold_until, photos_public_at = :photos_public_at,"
    " progressed_at = :progressed_at"
    " WHERE id = :id AND version = :seen"
)


def columns(case: Case) -> dict[str, Value]:
    """The values of a case for `UPDATE`."""
    columns: dict[str, Value] = {name: getattr(case, name) for name in _PLAIN}
    columns.update({name: _stamp(getattr(case, name)) for name in _INSTANTS})
    columns["lat_e6"] = None if case.lat is None else round(case.lat * _E6)
    columns["lon_e6"] = None if case.lon is None else round(case.lon * _E6)
    columns["binding_at"] = stored(case.moved_at) if case.binding else None
    return columns


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else stored(at)


def _instant(row: Row, column: str) -> datetime | None:
    value = maybe_text(row, column)
    return None if value is None else read(value)


def _degrees(row: Row, column: str) -> float | None:
    value = maybe_number(row, column)
    return None if value is None else value / _E6


def _member(row: Row, column: str) -> MemberId | None:
    value = maybe_number(row, column)
    return None if value is None else MemberId(value)


def _case_id(row: Row, column: str) -> CaseId | None:
    value = maybe_number(row, column)
    return None if value is None else CaseId(value)


def _agency(row: Row, column: str) -> AgencyId | None:
    value = maybe_text(row, column)
    return None if value is None else AgencyId(value)


def case_of(row: Row) -> Case:
    """The case of a row of `cases`."""
    category, grid = maybe_text(row, "category"), maybe_text(row, "grid")
    resume, resolution = maybe_text(row, "resume_state"), maybe_text(row, "resolution")
    return Case(
        id=CaseId(number(row, "id")),
        number=number(row, "number"),
        state=CaseState(text(row, "state")),
        version=number(row, "version"),
        round=number(row, "round"),
        reporter_id=MemberId(number(row, "reporter_id")),
        opened_at=read(text(row, "opened_at")),
        moved_at=read(text(row, "moved_at")),
        description=text(row, "description"),
        place=text(row, "place"),
        category=CategoryId(category) if category else None,
        severity=Severity(text(row, "severity")),
        lat=_degrees(row, "lat_e6"),
        lon=_degrees(row, "lon_e6"),
        grid=GridId(grid) if grid else None,
        community=_agency(row, "community"),
        home_platform=maybe_text(row, "home_platform"),
        home_chat=maybe_text(row, "home_chat"),
        practice=row["practice_at"] is not None,
        resume_state=CaseState(resume) if resume else None,
        agency_id=_agency(row, "agency_id"),
        contact_id=_member(row, "contact_id"),
        previous_agency_id=_agency(row, "previous_agency_id"),
        previous_contact_id=_member(row, "previous_contact_id"),
        handler_id=_member(row, "handler_id"),
        verifier_id=_member(row, "verifier_id"),
        merged_into=_case_id(row, "merged_into"),
        reopened_from=_case_id(row, "reopened_from"),
        resolution=Resolution(resolution) if resolution else None,
        repair_note=text(row, "repair_note"),
        returns=number(row, "returns"),
        extensions=number(row, "extensions"),
        reworks=number(row, "reworks"),
        reopens=number(row, "reopens"),
        binding=row["binding_at"] is not None,
        accept_due=_instant(row, "accept_due"),
        secure_due=_instant(row, "secure_due"),
        resolve_due=_instant(row, "resolve_due"),
        hold_until=_instant(row, "hold_until"),
        filed_at=_instant(row, "filed_at"),
        dispatched_at=_instant(row, "dispatched_at"),
        accepted_at=_instant(row, "accepted_at"),
        handled_at=_instant(row, "handled_at"),
        verified_at=_instant(row, "verified_at"),
        closed_at=_instant(row, "closed_at"),
        archived_at=_instant(row, "archived_at"),
        photos_public_at=_instant(row, "photos_public_at"),
        progressed_at=_instant(row, "progressed_at"),
    )
