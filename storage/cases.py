"""Cases, the moves that changed them, and who is what to one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Unpack

from bot.domain.case import Actor, Case, CaseId, CaseMoved, Changes, Move, Relation
from bot.domain.lifecycle import advance
from bot.domain.people import Member, MemberId, Role
from bot.domain.times import stored
from storage import dispatches
from storage.case_rows import UPDATE, case_of, columns
from storage.database import Stale, Tx, number, text

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
    return case_of(made)


async def get(tx: Tx, case: CaseId) -> Case:
    """The case with this id."""
    return case_of(await tx.one("SELECT * FROM cases WHERE id = :id", id=case))


async def find_number(tx: Tx, spoken: int) -> Case | None:
    """The case with this number, or None."""
    row = await tx.maybe("SELECT * FROM cases WHERE number = :number", number=spoken)
    return case_of(row) if row else None


async def move(
    tx: Tx, case: Case, made: Move, by: Member, at: datetime, *, note: str = "", **changes: Unpack[Changes]
) -> CaseMoved:
    """Make a move: checked by the table, stored by version, written down with its dispatch. The one way to move a case.

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
    moved = CaseMoved(case, after, made, by.id, at, note)
    await dispatches.keep(tx, moved)
    return moved


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
    if (after.accept_due, after.resolve_due) != (case.accept_due, case.resolve_due):
        await dispatches.set_limits(tx, after)
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
    at = member.agencies(Role.CONTACT)  # whoever left the post has nothing to do with its cases any more
    if member.id == case.reporter_id:
        found.add(Relation.REPORTER)
    if member.id == case.previous_contact_id and case.previous_agency_id in at:
        found.add(Relation.PREVIOUS_CONTACT)
    if case.agency_id is not None:
        if case.agency_id in at:
            found.add(Relation.CONTACT if member.id == case.contact_id else Relation.DEPUTY)
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


async def _save(tx: Tx, before: Case, after: Case) -> None:
    values = columns(after)
    changed = await tx.run(UPDATE, id=before.id, seen=before.version, **values)
    if changed == 0:
        raise Stale(f"case {before.id}")
