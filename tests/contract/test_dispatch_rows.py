"""The record of each dispatch as it lies in both databases: written with every move, kept by limits, made at the upgrade."""

import shutil
from datetime import timedelta
from pathlib import Path

from bot.domain.case import Case, CaseId, CaseState, Move, Resolution
from bot.domain.dispatched import Dispatch
from bot.domain.people import SYSTEM, MemberId, Post, Role
from bot.domain.rulebook import AgencyId
from bot.domain.times import stored
from storage import cases, dispatches, members
from storage.database import Database, Tx
from storage.migrate import MIGRATIONS, load, migrate
from tests.fake import FakeClock

AT = FakeClock().now()
HOUSING, WATER = AgencyId("housing"), AgencyId("water")


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


async def filed(tx: Tx) -> tuple[Case, MemberId]:
    rider = await members.insert(tx, "赵强", AT)
    contact = await members.insert(tx, "刘工", AT)
    await members.add_post(tx, contact, Post(Role.CONTACT, HOUSING), AT)
    system = await members.get(tx, SYSTEM)
    case = await cases.insert(tx, rider, AT)
    for move in (Move.REPORT, Move.FILE):
        case = (await cases.move(tx, case, move, system, AT)).after
    return case, contact


async def given(tx: Tx, case: Case, agency: AgencyId, contact: MemberId, after: float = 0) -> Case:
    moved = await cases.move(
        tx, case, Move.DISPATCH, await members.get(tx, SYSTEM), AT + hours(after), agency_id=agency,
        contact_id=contact, accept_due=AT + hours(after + 2), resolve_due=AT + hours(after + 8),
    )  # fmt: skip
    return moved.after


async def test_a_record_is_kept_with_every_move(database: Database) -> None:
    async with database.write() as tx:
        case, contact = await filed(tx)
        assert await dispatches.list_of_case(tx, case.id) == []
        case = await given(tx, case, HOUSING, contact)
        who, system = await members.get(tx, contact), await members.get(tx, SYSTEM)
        case = (await cases.move(tx, case, Move.RETURN, who, AT + hours(1))).after
        case = await given(tx, case, HOUSING, contact, 1)
        case = (await cases.move(tx, case, Move.ACCEPT, who, AT + hours(2))).after
        case = (await cases.move(tx, case, Move.HANDLE, who, AT + hours(3))).after
        case = (await cases.move(tx, case, Move.ASK_VERIFICATION, system, AT + hours(3))).after
        case = (await cases.move(tx, case, Move.CONFIRM, system, AT + hours(30))).after
        await cases.move(tx, case, Move.CLOSE, system, AT + hours(30), resolution=Resolution.RESOLVED)
        assert await dispatches.list_of_case(tx, case.id) == [
            Dispatch(
                agency=HOUSING, at=AT, accept_due=AT + hours(2), ended_at=AT + hours(1), ending=Move.RETURN,
                baseless=True,
            ),
            Dispatch(
                agency=HOUSING, at=AT + hours(1), accept_due=AT + hours(3), resolve_due=AT + hours(9),
                accepted_at=AT + hours(2), handled_at=AT + hours(3), sent_at=AT + hours(3), closed_at=AT + hours(30),
                confirmed_by=SYSTEM, resolution=Resolution.RESOLVED,
            ),
        ]  # fmt: skip


async def test_limits_counted_anew_are_those_of_the_record_that_runs(database: Database) -> None:
    async with database.write() as tx:
        case, contact = await filed(tx)
        case = await given(tx, case, WATER, contact)
        who, system = await members.get(tx, contact), await members.get(tx, SYSTEM)
        await members.add_post(tx, contact, Post(Role.CONTACT, WATER), AT)
        who = await members.get(tx, contact)
        case = (await cases.move(tx, case, Move.RETURN, who, AT + hours(1))).after
        case = await given(tx, case, HOUSING, contact, 1)
        case = await cases.amend(tx, case, accept_due=AT + hours(5), resolve_due=AT + hours(12))
        case = await cases.amend(tx, case, place="客运站")
        found = await dispatches.list_of_case(tx, case.id)
        assert [(one.accept_due, one.resolve_due) for one in found] == [
            (AT + hours(2), None),
            (AT + hours(5), AT + hours(12)),
        ]
        case = (await cases.move(tx, case, Move.HANDLE, who, AT + hours(3))).after
        case = (await cases.move(tx, case, Move.ASK_VERIFICATION, system, AT + hours(3))).after
        case = (await cases.move(tx, case, Move.CONFIRM, system, AT + hours(4))).after
        case = (await cases.move(tx, case, Move.CLOSE, system, AT + hours(4))).after
        await cases.amend(tx, case, resolve_due=AT + hours(99))
        assert (await dispatches.list_of_case(tx, case.id))[-1].resolve_due == AT + hours(12)


async def test_the_upgrade_makes_a_record_of_the_last_dispatch(fresh_database: Database, tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for migration in load()[:4]:
        shutil.copy(MIGRATIONS / migration.name, before)
    await migrate(fresh_database, before)
    async with fresh_database.write() as tx:
        rider = await members.insert(tx, "赵强", AT)
        for number, state in enumerate((CaseState.CLOSED, CaseState.ON_HOLD, CaseState.RETURNED, CaseState.FILED), 1):
            await _old_case(tx, number, state, rider)

    await migrate(fresh_database)

    async with fresh_database.read() as tx:
        closed, held, returned, waiting = [await dispatches.list_of_case(tx, CaseId(n)) for n in (1, 2, 3, 4)]
    limits = {"accept_due": AT + hours(2), "resolve_due": AT + hours(8), "accepted_at": AT + hours(1)}
    assert closed == [
        Dispatch(
            agency=HOUSING, at=AT, handled_at=AT + hours(3), sent_at=AT + hours(3), closed_at=AT + hours(6), failed=1,
            confirmed_by=rider, resolution=Resolution.RESOLVED, **limits,
        )
    ]  # fmt: skip
    assert held == [Dispatch(agency=HOUSING, at=AT, paused_at=AT + hours(6), **limits)]
    assert returned == waiting == []


async def _old_case(tx: Tx, number: int, state: CaseState, rider: MemberId) -> None:
    """A case as version 0004 left it."""
    over = state is CaseState.CLOSED
    await tx.run(
        "INSERT INTO cases (number, state, severity, description, place, reporter_id, opened_at, moved_at, agency_id,"
        " dispatched_at, accepted_at, handled_at, closed_at, accept_due, resolve_due, reworks, resolution) VALUES"
        " (:number, :state, 'P3', '', '', :rider, :opened, :moved, 'housing', :at, :accepted, :handled, :closed, :accept,"
        " :resolve, :reworks, :resolution)",
        number=number,
        state=state,
        rider=rider,
        opened=stored(AT),
        at=stored(AT) if state is not CaseState.FILED else None,
        moved=stored(AT + hours(6)),
        accepted=stored(AT + hours(1)),
        handled=stored(AT + hours(3)) if over else None,
        closed=stored(AT + hours(6)) if over else None,
        accept=stored(AT + hours(2)),
        resolve=stored(AT + hours(8)),
        reworks=1 if over else 0,
        resolution="resolved" if over else None,
    )
    for version, (move, at) in enumerate((("ask_verification", 3), ("ask_verification", 4), ("confirm", 6))):
        if over:
            await tx.run(
                "INSERT INTO case_events (case_id, version, move, from_state, to_state, actor_id, at)"
                " VALUES (:case, :version, :move, 'handled', 'verifying', :actor, :at)",
                case=number,
                version=version,
                move=move,
                actor=rider,
                at=stored(AT + hours(at)),
            )
