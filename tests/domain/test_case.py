"""The life of a case: every (state, move, relation) against a table written by hand, then guards and what is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.case import FINAL, OPEN, Actor, Case, CaseId, CaseState, Changes, Move, Relation
from bot.domain.lifecycle import advance, may
from bot.domain.people import MemberId
from bot.domain.refusal import Refused
from bot.domain.rulebook import AgencyId, Severity

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
REPORTER, CONTACT, HANDLER, SOMEBODY, EARLIER = (MemberId(n) for n in (11, 12, 13, 14, 15))

LETTERS = {
    "r": Relation.REPORTER,
    "o": Relation.CO_REPORTER,
    "c": Relation.CONTACT,
    "d": Relation.DEPUTY,
    "l": Relation.LEADER,
    "p": Relation.PREVIOUS_CONTACT,
    "z": Relation.DISPATCHER,
    "v": Relation.VERIFIER,
    "a": Relation.ADMIN,
    "s": Relation.SYSTEM,
}

# state: move → next state, who may (letters above), + if a new round begins. What is not listed is refused.
EXPECTED = """
draft: report → reported ras
draft: withdraw → withdrawn ras
reported: file → filed rzas
reported: ask → need_info zas
reported: withdraw → withdrawn ra
reported: reject → rejected za
reported: merge → merged rza
need_info: supply → accepted rzas
need_info: withdraw → withdrawn ra
need_info: reject → rejected za +
need_info: merge → merged rza +
need_info: reassign → need_info lzas +
filed: dispatch → dispatched zas +
filed: ask → need_info zas
filed: withdraw → withdrawn ra
filed: reject → rejected za
filed: merge → merged rza
dispatched: accept → accepted cdla
dispatched: handle → handled cdla
dispatched: return → returned cdla +
dispatched: ask → need_info cdlza
dispatched: reassign → dispatched dlzas +
dispatched: reroute → filed rs +
dispatched: undo_return → dispatched p +
dispatched: withdraw → withdrawn ra +
dispatched: reject → rejected za +
dispatched: merge → merged rza +
returned: dispatch → dispatched zas +
returned: undo_return → dispatched p +
returned: withdraw → withdrawn ra
returned: reject → rejected za
returned: merge → merged za
accepted: handle → handled cdla
accepted: undo_accept → dispatched cdl
accepted: ask → need_info cdlza
accepted: hold → on_hold za
accepted: extend → accepted lza +
accepted: reassign → accepted dlzas +
accepted: reject → rejected za +
accepted: merge → merged za +
on_hold: resume → accepted cdlzas
on_hold: reassign → on_hold lzas +
on_hold: handle → handled cdla
on_hold: reject → rejected za +
handled: ask_verification → verifying zas
handled: undo_handle → accepted cdl
verifying: ask_verification → verifying zas +
verifying: undo_handle → accepted cdl +
verifying: confirm → verified rvzas
verifying: dispute → rework rvza +
rework: handle → handled cdla
rework: ask → need_info cdlza
rework: hold → on_hold za
rework: extend → rework lza +
rework: reassign → rework dlzas +
verified: close → closed zas +
closed: undo_close → verifying rvza +
closed: reopen → reopened roza
closed: archive → closed s
reopened: dispatch → dispatched zas +
reopened: reject → rejected za
rejected: undo_reject → reported za +
rejected: archive → rejected s
merged: undo_merge → reported rza +
merged: archive → merged s
withdrawn: archive → withdrawn s
"""


def _table() -> dict[tuple[CaseState, Move], tuple[CaseState, frozenset[Relation], bool]]:
    table: dict[tuple[CaseState, Move], tuple[CaseState, frozenset[Relation], bool]] = {}
    for line in EXPECTED.split("\n"):
        if not line:
            continue
        state, _, rest = line.partition(": ")
        move, _, result = rest.partition(" → ")
        to, who, *plus = result.split()
        table[CaseState(state), Move(move)] = (CaseState(to), frozenset(LETTERS[letter] for letter in who), bool(plus))
    return table


ALLOWED = _table()


def a_case(state: CaseState, **other: object) -> Case:
    """A case in `state` for which every guard says yes."""
    case = Case(
        id=CaseId(1),
        number=127,
        state=state,
        version=7,
        round=3,
        reporter_id=REPORTER,
        opened_at=NOW - timedelta(hours=5),
        moved_at=NOW - timedelta(minutes=1),
        agency_id=AgencyId("housing"),
        contact_id=CONTACT,
        previous_agency_id=AgencyId("power"),
        previous_contact_id=EARLIER,
        handler_id=HANDLER,
        resume_state=CaseState.ACCEPTED if state in (CaseState.NEED_INFO, CaseState.ON_HOLD) else None,
        closed_at=NOW - timedelta(minutes=1) if state is CaseState.CLOSED else None,
    )
    return replace(case, **other)  # pyright: ignore[reportArgumentType] - fields of a case, written by this test


def somebody(*relations: Relation) -> Actor:
    return Actor(SOMEBODY, frozenset(relations))


def changes_of(move: Move) -> Changes:
    return Changes(hold_until=NOW + timedelta(days=7)) if move is Move.HOLD else Changes()


def refusal(case: Case, move: Move, actor: Actor, at: datetime = NOW, **changes: object) -> str:
    with pytest.raises(Refused) as no:
        advance(case, move, actor, at, **changes)  # pyright: ignore[reportArgumentType]
    assert no.value.args_of_text["number"] == "0127"
    return no.value.key


@pytest.mark.parametrize("state", CaseState)
def test_every_move_by_everybody(state: CaseState) -> None:
    case = a_case(state)
    for move in Move:
        expected = ALLOWED.get((state, move))
        for relation in Relation:
            if expected is None:
                assert refusal(case, move, somebody(relation)) == "case.not_now", (move, relation)
                assert not may(case, move, frozenset({relation}))
                continue
            to, who, new_round = expected
            assert may(case, move, frozenset({relation})) is (relation in who), (move, relation)
            if relation not in who:
                assert refusal(case, move, somebody(relation)) == "case.unknown", (move, relation)
                continue
            after = advance(case, move, somebody(relation), NOW, **changes_of(move))
            assert (after.state, after.round, after.version) == (to, 3 + new_round, 8), (move, relation)


@pytest.mark.parametrize("state", CaseState)
def test_a_stranger_never_learns_that_a_case_exists(state: CaseState) -> None:
    """Neither an allowed nor an impossible move answers a stranger otherwise than a number that does not exist."""
    for move in Move:
        assert refusal(a_case(state), move, somebody()) == "case.unknown"


def test_final_states_are_left_only_by_an_undo_a_reopening_or_the_archive() -> None:
    leaving = {move for (state, move) in ALLOWED if state in FINAL}
    assert leaving == {Move.UNDO_CLOSE, Move.UNDO_REJECT, Move.UNDO_MERGE, Move.REOPEN, Move.ARCHIVE}
    assert CaseState.DRAFT not in OPEN
    assert FINAL.isdisjoint(OPEN)


UNDOS = [
    (CaseState.RETURNED, Move.UNDO_RETURN, Relation.PREVIOUS_CONTACT),
    (CaseState.DISPATCHED, Move.UNDO_RETURN, Relation.PREVIOUS_CONTACT),
    (CaseState.DISPATCHED, Move.WITHDRAW, Relation.REPORTER),
    (CaseState.RETURNED, Move.WITHDRAW, Relation.REPORTER),
    (CaseState.ACCEPTED, Move.UNDO_ACCEPT, Relation.CONTACT),
    (CaseState.HANDLED, Move.UNDO_HANDLE, Relation.CONTACT),
    (CaseState.VERIFYING, Move.UNDO_HANDLE, Relation.DEPUTY),
    (CaseState.CLOSED, Move.UNDO_CLOSE, Relation.REPORTER),
    (CaseState.REJECTED, Move.UNDO_REJECT, Relation.DISPATCHER),
    (CaseState.MERGED, Move.UNDO_MERGE, Relation.REPORTER),
]


@pytest.mark.parametrize(("state", "move", "relation"), UNDOS)
def test_undo_is_possible_for_ten_minutes(state: CaseState, move: Move, relation: Relation) -> None:
    moved = NOW - timedelta(minutes=10)
    at_the_edge = a_case(state, moved_at=moved)
    assert advance(at_the_edge, move, somebody(relation), NOW).moved_at == NOW
    too_late = a_case(state, moved_at=moved - timedelta(seconds=1))
    assert refusal(too_late, move, somebody(relation)) == "case.undo_too_late"


def test_a_binding_case_is_not_returned_nor_taken_back() -> None:
    contact, before = somebody(Relation.CONTACT), somebody(Relation.PREVIOUS_CONTACT)
    free, bound = a_case(CaseState.DISPATCHED), a_case(CaseState.DISPATCHED, binding=True)
    assert advance(free, Move.RETURN, contact, NOW).state is CaseState.RETURNED
    assert refusal(bound, Move.RETURN, contact) == "case.binding"
    assert advance(free, Move.UNDO_RETURN, before, NOW).contact_id == EARLIER
    assert refusal(bound, Move.UNDO_RETURN, before) == "case.binding"


@pytest.mark.parametrize("move", [Move.CONFIRM, Move.DISPUTE])
def test_nobody_verifies_their_own_work(move: Move) -> None:
    case = a_case(CaseState.VERIFYING)
    office = frozenset({Relation.ADMIN})
    assert advance(case, move, Actor(SOMEBODY, office), NOW).state is not CaseState.VERIFYING
    assert refusal(case, move, Actor(HANDLER, office)) == "case.own_work"


def test_the_handler_does_not_take_a_closing_back() -> None:
    case = a_case(CaseState.CLOSED)
    assert refusal(case, Move.UNDO_CLOSE, Actor(HANDLER, frozenset({Relation.ADMIN}))) == "case.own_work"


@pytest.mark.parametrize(
    ("severity", "alone"), [(Severity.P1, False), (Severity.P2, False), (Severity.P3, True), (Severity.P4, True)]
)
def test_the_reporter_alone_verifies_only_what_is_not_urgent(severity: Severity, alone: bool) -> None:
    case = a_case(CaseState.VERIFYING, severity=severity)
    reporter = Actor(REPORTER, frozenset({Relation.REPORTER}))
    if alone:
        assert advance(case, Move.CONFIRM, reporter, NOW).state is CaseState.VERIFIED
    else:
        assert refusal(case, Move.CONFIRM, reporter) == "case.reporter_alone"
        in_two_hats = Actor(REPORTER, frozenset({Relation.REPORTER, Relation.ADMIN}))
        assert refusal(case, Move.CONFIRM, in_two_hats) == "case.reporter_alone"
    assert advance(case, Move.CONFIRM, somebody(Relation.VERIFIER), NOW).state is CaseState.VERIFIED
    # A doubt needs nobody's agreement.
    assert advance(case, Move.DISPUTE, reporter, NOW).state is CaseState.REWORK


def test_extensions_are_granted_twice_and_never_for_a_critical_case() -> None:
    leader = somebody(Relation.LEADER)
    case = a_case(CaseState.ACCEPTED, extensions=1)
    due = NOW + timedelta(days=2)
    granted = advance(case, Move.EXTEND, leader, NOW, resolve_due=due)
    assert (granted.extensions, granted.resolve_due) == (2, due)
    assert refusal(granted, Move.EXTEND, leader) == "case.not_extendable"
    assert refusal(a_case(CaseState.ACCEPTED, severity=Severity.P1), Move.EXTEND, leader) == "case.not_extendable"


def test_a_case_is_reopened_once_within_seven_days() -> None:
    reporter = somebody(Relation.REPORTER)
    edge = a_case(CaseState.CLOSED, closed_at=NOW - timedelta(days=7), verified_at=NOW - timedelta(days=7))
    reopened = advance(edge, Move.REOPEN, reporter, NOW)
    assert (reopened.reopens, reopened.closed_at, reopened.verified_at) == (1, None, None)
    late = a_case(CaseState.CLOSED, closed_at=NOW - timedelta(days=7, seconds=1))
    assert refusal(late, Move.REOPEN, reporter) == "case.not_reopenable"
    again = a_case(CaseState.CLOSED, reopens=1)
    assert refusal(again, Move.REOPEN, reporter) == "case.not_reopenable"


@pytest.mark.parametrize("state", [CaseState.ACCEPTED, CaseState.REWORK])
def test_a_hold_needs_a_review_date_to_come(state: CaseState) -> None:
    office, case = somebody(Relation.DISPATCHER), a_case(state)
    assert refusal(case, Move.HOLD, office) == "case.no_review_date"
    assert refusal(case, Move.HOLD, office, hold_until=NOW) == "case.no_review_date"
    held = advance(case, Move.HOLD, office, NOW, hold_until=NOW + timedelta(seconds=1))
    assert (held.state, held.resume_state) == (CaseState.ON_HOLD, state)
    back = advance(held, Move.RESUME, somebody(Relation.SYSTEM), NOW)
    assert (back.state, back.resume_state) == (state, None)


@pytest.mark.parametrize(
    "state", [CaseState.REPORTED, CaseState.FILED, CaseState.DISPATCHED, CaseState.ACCEPTED, CaseState.REWORK]
)
def test_a_question_comes_back_to_where_it_was_asked(state: CaseState) -> None:
    asked = advance(a_case(state), Move.ASK, somebody(Relation.ADMIN), NOW)
    assert (asked.state, asked.resume_state) == (CaseState.NEED_INFO, state)
    handed_on = advance(asked, Move.REASSIGN, somebody(Relation.ADMIN), NOW, contact_id=SOMEBODY)
    assert (handed_on.state, handed_on.resume_state) == (CaseState.NEED_INFO, state)
    answered = advance(handed_on, Move.SUPPLY, somebody(Relation.REPORTER), NOW)
    assert (answered.state, answered.resume_state) == (state, None)


def test_a_hold_is_not_left_for_a_state_that_nobody_kept() -> None:
    with pytest.raises(ValueError, match="no state to resume"):
        advance(a_case(CaseState.ON_HOLD, resume_state=None), Move.RESUME, somebody(Relation.SYSTEM), NOW)


STAMPS = [
    (CaseState.REPORTED, Move.FILE, "filed_at"),
    (CaseState.FILED, Move.DISPATCH, "dispatched_at"),
    (CaseState.DISPATCHED, Move.ACCEPT, "accepted_at"),
    (CaseState.ACCEPTED, Move.HANDLE, "handled_at"),
    (CaseState.VERIFYING, Move.CONFIRM, "verified_at"),
    (CaseState.VERIFIED, Move.CLOSE, "closed_at"),
    (CaseState.CLOSED, Move.ARCHIVE, "archived_at"),
]


@pytest.mark.parametrize(("state", "move", "stamp"), STAMPS)
def test_instants_are_kept(state: CaseState, move: Move, stamp: str) -> None:
    actor = somebody(Relation.SYSTEM, Relation.CONTACT)
    assert getattr(advance(a_case(state), move, actor, NOW), stamp) == NOW


def test_archiving_is_no_news() -> None:
    case = a_case(CaseState.CLOSED)
    assert advance(case, Move.ARCHIVE, somebody(Relation.SYSTEM), NOW).moved_at == case.moved_at


def test_the_second_return_binds() -> None:
    contact, office = somebody(Relation.CONTACT), somebody(Relation.DISPATCHER)
    once = advance(a_case(CaseState.DISPATCHED), Move.RETURN, contact, NOW)
    assert (once.returns, once.contact_id, once.previous_contact_id) == (1, None, CONTACT)
    assert once.previous_agency_id == "housing"
    handed = advance(once, Move.DISPATCH, office, NOW, contact_id=SOMEBODY, agency_id=AgencyId("water"))
    assert (handed.binding, handed.contact_id) == (False, SOMEBODY)
    twice = advance(handed, Move.RETURN, contact, NOW)
    decided = advance(twice, Move.DISPATCH, office, NOW, contact_id=CONTACT, agency_id=AgencyId("housing"))
    assert (twice.returns, decided.binding) == (2, True)
    assert refusal(decided, Move.RETURN, contact) == "case.binding"


def test_a_return_taken_back_counts_no_more() -> None:
    case = a_case(CaseState.DISPATCHED)
    returned = advance(case, Move.RETURN, somebody(Relation.CONTACT), NOW)
    handed = advance(returned, Move.DISPATCH, somebody(Relation.SYSTEM), NOW, contact_id=SOMEBODY)
    back = advance(handed, Move.UNDO_RETURN, somebody(Relation.PREVIOUS_CONTACT), NOW)
    assert (back.returns, back.contact_id, back.agency_id) == (0, CONTACT, "housing")
    assert back.previous_contact_id is None


def test_accepting_and_reassigning_end_the_way_back() -> None:
    returned = a_case(CaseState.DISPATCHED)
    assert advance(returned, Move.ACCEPT, somebody(Relation.CONTACT), NOW).previous_contact_id is None
    assert advance(returned, Move.REASSIGN, somebody(Relation.ADMIN), NOW).previous_contact_id is None


def test_a_rerouted_case_is_nobodys() -> None:
    rerouted = advance(a_case(CaseState.DISPATCHED), Move.REROUTE, somebody(Relation.SYSTEM), NOW)
    assert rerouted.contact_id is None


def test_who_handled_is_kept_and_taken_back() -> None:
    case = a_case(CaseState.DISPATCHED, handler_id=None)
    handled = advance(case, Move.HANDLE, somebody(Relation.DEPUTY), NOW)
    assert (handled.handler_id, handled.accepted_at, handled.handled_at) == (SOMEBODY, NOW, NOW)
    later = NOW + timedelta(minutes=5)
    undone = advance(handled, Move.UNDO_HANDLE, somebody(Relation.CONTACT), later)
    assert (undone.handler_id, undone.handled_at, undone.accepted_at) == (None, None, NOW)
    unaccepted = advance(undone, Move.UNDO_ACCEPT, somebody(Relation.CONTACT), later)
    assert unaccepted.accepted_at is None


def test_a_dispute_counts_a_rework_and_a_dispatch_is_not_yet_accepted() -> None:
    disputed = advance(a_case(CaseState.VERIFYING, reworks=1), Move.DISPUTE, somebody(Relation.REPORTER), NOW)
    assert disputed.reworks == 2
    fresh = advance(a_case(CaseState.REOPENED, accepted_at=NOW), Move.DISPATCH, somebody(Relation.SYSTEM), NOW)
    assert fresh.accepted_at is None
