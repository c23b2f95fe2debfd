"""Cases, the moves that changed them, and who is what to one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Unpack

from bot.domain.case import (
    Actor,
    Case,
    CaseId,
    CaseMoved,
    CaseState,
    Changes,
    Move,
    Relation,
    Resolution,
    advance,
)
from bot.domain.people import Member, MemberId, Role
from bot.domain.rulebook import AgencyId, CategoryId, GridId, Severity
from bot.domain.times import read, stored
from storage.database import Row, Stale, Tx, Value, maybe_number, maybe_text, number, text

_E6: Final = 1_000_000
_NOTED: Final = frozenset({Relation.CO_REPORTER, Relation.VERIFIER})  # relations kept beside the case's columns


async def insert(
    tx: Tx,
    reporter: MemberId,
    at: datetime,
    *,
    home: tuple[str, str] | None = None,
    practice: bool = False,
    reopened_from: CaseId | None = None,
) -> Case:
    """A new draft with the county's next number. `home`: platform and chat of the group it was posted in."""
    row = await tx.one("UPDATE counters SET value = value + 1 WHERE name = 'case' RETURNING value")
    made = await tx.one(
        "INSERT INTO cases (number, state, severity, description, place, reporter_id, home_platform, home_chat,"
        " practice_at, reopened_from, opened_at, moved_at) VALUES (:number, 'draft', 'P3', '', '', :reporter,"
        " :platform, :chat, :practice, :reopened, :at, :at) RETURNING *",
        number=number(row, "value"),
        reporter=reporter,
        platform=home[0] if home else None,
        chat=home[1] if home else None,
        practice=stored(at) if practice else None,
        reopened=reopened_from,
        at=stored(at),
    )
    return _case(made)


async def get(tx: Tx, case: CaseId) -> Case:
    """The case with this id."""
    return _case(await tx.one("SELECT * FROM cases WHERE id = :id", id=case))


async def find_number(tx: Tx, spoken: int) -> Case | None:
    """The case with this number, or None."""
    row = await tx.maybe("SELECT * FROM cases WHERE number = :number", number=spoken)
    return _case(row) if row else None


async def move(
    tx: Tx, case: Case, made: Move, by: Member, at: datetime, *, note: str = "", **changes: Unpack[Changes]
) -> CaseMoved:
    """Make a move: checked by the table, stored by version, written to `case_events`. The one way to move a case.

    Raises:
        Refused: the table, the relation or a guard says no.
        Stale: another transaction moved it first; the engine runs the event again.
    """
    actor = Actor(by.id, await relations(tx, case, by))
    after = advance(case, made, actor, at, **changes)
    await _save(tx, case, after)
    await tx.run(
        "INSERT INTO case_events (case_id, version, move, from_state, to_state, actor_id, agency_id, contact_id, at,"
        " note) VALUES (:case, :version, :move, :before, :after, :actor, :agency, :contact, :at, :note)",
        case=case.id,
        version=after.version,
        move=made,
        before=case.state,
        after=after.state,
        actor=by.id,
        agency=after.agency_id,
        contact=after.contact_id,
        at=stored(at),
        note=note,
    )
    return CaseMoved(case, after, made, by.id, at, note)


async def handed_note(tx: Tx, case: CaseId) -> str:
    """Why the case was last given to its contact, as noted then; empty if it never was."""
    row = await tx.maybe(
        "SELECT note FROM case_events WHERE case_id = :case AND move IN ('dispatch', 'reassign')"
        " ORDER BY version DESC LIMIT 1",
        case=case,
    )
    return text(row, "note") if row else ""


async def amend(tx: Tx, case: Case, **changes: Unpack[Changes]) -> Case:
    """Change what is known of a case without moving it (place, category, words).

    Raises:
        Stale: another transaction changed it first.
    """
    after = replace(case, version=case.version + 1, **changes)
    await _save(tx, case, after)
    return after


async def set_photos_public(tx: Tx, case: Case, at: datetime | None) -> Case:
    """Note that the photos of a case may (or may no longer) be shown in public."""
    after = replace(case, version=case.version + 1, photos_public_at=at)
    await _save(tx, case, after)
    return after


async def relations(tx: Tx, case: Case, member: Member) -> frozenset[Relation]:
    """Everything `member` is to `case`; empty for a stranger."""
    if member.is_system:
        return frozenset({Relation.SYSTEM})
    found: set[Relation] = set()
    own = {
        Relation.REPORTER: case.reporter_id,
        Relation.CONTACT: case.contact_id,
        Relation.PREVIOUS_CONTACT: case.previous_contact_id,
    }
    found.update(relation for relation, who in own.items() if who == member.id)
    if case.agency_id is not None:
        if case.agency_id in member.agencies(Role.CONTACT) and Relation.CONTACT not in found:
            found.add(Relation.DEPUTY)
        if case.agency_id in member.agencies(Role.LEADER):
            found.add(Relation.LEADER)
    if Role.DISPATCHER in member.roles:
        found.add(Relation.DISPATCHER)
    if Role.ADMIN in member.roles:
        found.add(Relation.ADMIN)
    asked = await tx.all(
        "SELECT relation FROM case_people WHERE case_id = :case AND member_id = :member",
        case=case.id,
        member=member.id,
    )
    found.update(Relation(text(row, "relation")) for row in asked if row["relation"] in _NOTED)
    if member.id in (case.reporter_id, case.handler_id):
        found.discard(Relation.VERIFIER)
    return frozenset(found)


async def may_see(tx: Tx, case: Case, member: Member) -> bool:
    """Whether the case exists for `member` at all."""
    return Role.AUDITOR in member.roles or bool(await relations(tx, case, member))


async def relate(tx: Tx, case: CaseId, member: MemberId, relation: Relation, at: datetime) -> None:
    """Note a relation beside the columns of the case. Idempotent."""
    await tx.run(
        "INSERT INTO case_people (case_id, member_id, relation, at) VALUES (:case, :member, :relation, :at)"
        " ON CONFLICT DO NOTHING",
        case=case,
        member=member,
        relation=relation,
        at=stored(at),
    )


async def unrelate(tx: Tx, case: CaseId, member: MemberId, relation: Relation) -> None:
    """Take a noted relation back. Idempotent."""
    await tx.run(
        "DELETE FROM case_people WHERE case_id = :case AND member_id = :member AND relation = :relation",
        case=case,
        member=member,
        relation=relation,
    )


async def related(tx: Tx, case: CaseId, relation: Relation) -> Sequence[MemberId]:
    """Members noted with this relation, earliest first."""
    rows = await tx.all(
        "SELECT member_id FROM case_people WHERE case_id = :case AND relation = :relation ORDER BY at, member_id",
        case=case,
        relation=relation,
    )
    return [MemberId(number(row, "member_id")) for row in rows]


async def note_passed(tx: Tx, case: CaseId, member: MemberId, attempt: int, at: datetime) -> None:
    """Note that somebody asked to look could not, in this attempt (the number of reworks). Idempotent."""
    await tx.run(
        "INSERT INTO case_people (case_id, member_id, relation, at) VALUES (:case, :member, :relation, :at)"
        " ON CONFLICT DO NOTHING",
        case=case,
        member=member,
        relation=f"passed:{attempt}",
        at=stored(at),
    )


async def passed(tx: Tx, case: CaseId, attempt: int) -> Sequence[MemberId]:
    """Who was asked in this attempt and could not look."""
    rows = await tx.all(
        "SELECT member_id FROM case_people WHERE case_id = :case AND relation = :relation",
        case=case,
        relation=f"passed:{attempt}",
    )
    return [MemberId(number(row, "member_id")) for row in rows]


async def list_of_reporter(tx: Tx, reporter: MemberId, most: int) -> Sequence[Case]:
    """A rider's own cases, newest first, open ones before the others; drafts and withdrawn ones left out."""
    rows = await tx.all(
        "SELECT * FROM cases WHERE reporter_id = :reporter AND state NOT IN ('draft', 'withdrawn')"
        " ORDER BY CASE WHEN state IN ('closed', 'rejected', 'merged') THEN 1 ELSE 0 END, opened_at DESC"
        " LIMIT CAST(:most AS BIGINT)",
        reporter=reporter,
        most=most,
    )
    return [_case(row) for row in rows]


async def list_of_contact(tx: Tx, contact: MemberId) -> Sequence[Case]:
    """Open cases a contact has to act on, the earliest limit first."""
    rows = await tx.all(
        "SELECT * FROM cases WHERE contact_id = :contact AND closed_at IS NULL"
        " AND state IN ('dispatched', 'accepted', 'rework', 'on_hold', 'need_info')"
        " ORDER BY COALESCE(CASE WHEN state = 'dispatched' THEN accept_due END, resolve_due, opened_at), id",
        contact=contact,
    )
    return [_case(row) for row in rows]


async def list_unassigned(tx: Tx, most: int) -> Sequence[Case]:
    """Cases that nobody is responsible for, oldest first."""
    rows = await tx.all(
        "SELECT * FROM cases WHERE state IN ('reported', 'filed', 'returned', 'reopened')"
        " ORDER BY opened_at LIMIT CAST(:most AS BIGINT)",
        most=most,
    )
    return [_case(row) for row in rows]


async def list_open_of_category(tx: Tx, category: CategoryId, since: datetime, most: int) -> Sequence[Case]:
    """Open cases of a category, newest first: candidates for the same place."""
    rows = await tx.all(
        "SELECT * FROM cases WHERE category = :category AND opened_at >= :since"
        " AND state NOT IN ('closed', 'rejected', 'merged', 'withdrawn') AND state <> 'draft' AND practice_at IS NULL"
        " ORDER BY opened_at DESC LIMIT CAST(:most AS BIGINT)",
        category=category,
        since=stored(since),
        most=most,
    )
    return [_case(row) for row in rows]


async def search(tx: Tx, words: str, state: CaseState | None, most: int) -> Sequence[Case]:
    """Newest cases whose place, words, or people contain `words` (and that are in `state`)."""
    rows = await tx.all(
        "SELECT c.* FROM cases c JOIN members r ON r.id = c.reporter_id LEFT JOIN members k ON k.id = c.contact_id"
        " WHERE c.state <> 'draft' AND (CAST(:state AS TEXT) = '' OR c.state = CAST(:state AS TEXT))"
        " AND (c.place LIKE :like ESCAPE '!' OR c.description LIKE :like ESCAPE '!' OR r.name LIKE :like ESCAPE '!'"
        " OR k.name LIKE :like ESCAPE '!') ORDER BY c.opened_at DESC LIMIT CAST(:most AS BIGINT)",
        state=state or "",
        like="%" + words.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%",
        most=most,
    )
    return [_case(row) for row in rows]


async def count_by_state(tx: Tx) -> dict[str, int]:
    """How many cases stand in each state; drafts left out."""
    rows = await tx.all("SELECT state, count(*) AS n FROM cases WHERE state <> 'draft' GROUP BY state")
    return {text(row, "state"): number(row, "n") for row in rows}


async def count_reports(tx: Tx, reporter: MemberId, since: datetime) -> int:
    """Cases a person opened since then."""
    row = await tx.one(
        "SELECT count(*) AS n FROM cases WHERE reporter_id = :reporter AND opened_at >= :since",
        reporter=reporter,
        since=stored(since),
    )
    return number(row, "n")


async def page(tx: Tx, after: CaseId, most: int) -> Sequence[Case]:
    """Cases with a larger id, in order of id: for exports that read by key."""
    rows = await tx.all(
        "SELECT * FROM cases WHERE id > :after AND state <> 'draft' ORDER BY id LIMIT CAST(:most AS BIGINT)",
        after=after,
        most=most,
    )
    return [_case(row) for row in rows]


async def _save(tx: Tx, before: Case, after: Case) -> None:
    values = _columns(after)
    changed = await tx.run(_UPDATE, id=before.id, seen=before.version, **values)
    if changed == 0:
        raise Stale(f"case {before.id}")


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
]
_UPDATE: Final = (
    "UPDATE cases SET lat_e6 = :lat_e6, lon_e6 = :lon_e6, binding_at = :binding_at, "
    + ", ".join(f"{name} = :{name}" for name in (*_PLAIN, *_INSTANTS))
    + " WHERE id = :id AND version = :seen"
)


def _columns(case: Case) -> dict[str, Value]:
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


def _case(row: Row) -> Case:
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
    )
