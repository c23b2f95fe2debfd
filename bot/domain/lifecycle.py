"""The one state machine: which move is possible in which state, and who may make it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Unpack

from bot.domain.case import (
    BINDING_AFTER_RETURNS,
    MOST_EXTENSIONS,
    REOPEN_WINDOW,
    UNDO_WINDOW,
    Actor,
    Case,
    CaseState,
    Changes,
    Move,
    Relation,
)
from bot.domain.casenumber import spoken
from bot.domain.refusal import Refused
from bot.domain.rulebook import Severity


class Guard(StrEnum):
    """A further condition of a move, beside state and relation."""

    UNDO = "undo"  # within ten minutes of the last move
    NOT_BINDING = "not_binding"
    NOT_HANDLER = "not_handler"
    NOT_REPORTER_ALONE = "not_reporter_alone"  # P1 and P2 are never verified by the reporter's word
    EXTENDABLE = "extendable"
    REOPENABLE = "reopenable"
    HAS_REVIEW_DATE = "has_review_date"


@dataclass(frozen=True, slots=True)
class Rule:
    to: CaseState | None  # None: the state kept in `resume_state`
    by: frozenset[Relation]
    guards: tuple[Guard, ...] = ()
    new_round: bool = False


R, S, M, G = Relation, CaseState, Move, Guard

_OFFICE: Final = frozenset({R.DISPATCHER, R.ADMIN})
_AUTO: Final = _OFFICE | {R.SYSTEM}
_SIDE: Final = frozenset({R.CONTACT, R.DEPUTY, R.LEADER, R.ADMIN})  # the agency the case is with
_REPORTER: Final = frozenset({R.REPORTER, R.ADMIN})
_CHECKS: Final = frozenset({R.REPORTER, R.VERIFIER}) | _OFFICE
_TAKEN_BACK_BY: Final = frozenset({R.CONTACT, R.DEPUTY, R.LEADER})


def _to(to: CaseState | None, by: frozenset[Relation], *guards: Guard, new_round: bool = False) -> Rule:
    return Rule(to, by, guards, new_round)


RULES: Final[Mapping[tuple[CaseState, Move], Rule]] = {
    # intake
    (S.DRAFT, M.REPORT): _to(S.REPORTED, _REPORTER | {R.SYSTEM}),
    (S.DRAFT, M.WITHDRAW): _to(S.WITHDRAWN, _REPORTER | {R.SYSTEM}),
    (S.REPORTED, M.FILE): _to(S.FILED, _AUTO | {R.REPORTER}),
    (S.REPORTED, M.ASK): _to(S.NEED_INFO, _AUTO),
    (S.REPORTED, M.WITHDRAW): _to(S.WITHDRAWN, _REPORTER),
    (S.REPORTED, M.REJECT): _to(S.REJECTED, _OFFICE),
    (S.REPORTED, M.MERGE): _to(S.MERGED, _OFFICE | {R.REPORTER}),
    (S.NEED_INFO, M.SUPPLY): _to(None, _REPORTER | _AUTO),
    (S.NEED_INFO, M.WITHDRAW): _to(S.WITHDRAWN, _REPORTER),
    (S.NEED_INFO, M.REJECT): _to(S.REJECTED, _OFFICE, new_round=True),
    (S.NEED_INFO, M.MERGE): _to(S.MERGED, _OFFICE | {R.REPORTER}, new_round=True),
    (S.NEED_INFO, M.REASSIGN): _to(S.NEED_INFO, _AUTO | {R.LEADER}, new_round=True),
    # filed: the office finds the one contact
    (S.FILED, M.DISPATCH): _to(S.DISPATCHED, _AUTO, new_round=True),
    (S.FILED, M.ASK): _to(S.NEED_INFO, _AUTO),
    (S.FILED, M.WITHDRAW): _to(S.WITHDRAWN, _REPORTER),
    (S.FILED, M.REJECT): _to(S.REJECTED, _OFFICE),
    (S.FILED, M.MERGE): _to(S.MERGED, _OFFICE | {R.REPORTER}),
    # dispatched: three honest ways out
    (S.DISPATCHED, M.ACCEPT): _to(S.ACCEPTED, _SIDE),
    (S.DISPATCHED, M.HANDLE): _to(S.HANDLED, _SIDE),
    (S.DISPATCHED, M.RETURN): _to(S.RETURNED, _SIDE, G.NOT_BINDING, new_round=True),
    (S.DISPATCHED, M.ASK): _to(S.NEED_INFO, _SIDE | _OFFICE),
    (S.DISPATCHED, M.REASSIGN): _to(S.DISPATCHED, _AUTO | {R.LEADER, R.DEPUTY}, new_round=True),  # a deputy takes over
    (S.DISPATCHED, M.REROUTE): _to(S.FILED, frozenset({R.SYSTEM, R.REPORTER}), new_round=True),
    (S.DISPATCHED, M.UNDO_RETURN): _to(
        S.DISPATCHED, frozenset({R.PREVIOUS_CONTACT}), G.UNDO, G.NOT_BINDING, new_round=True
    ),
    (S.DISPATCHED, M.WITHDRAW): _to(S.WITHDRAWN, _REPORTER, G.UNDO, new_round=True),
    (S.DISPATCHED, M.REJECT): _to(S.REJECTED, _OFFICE, new_round=True),
    (S.DISPATCHED, M.MERGE): _to(S.MERGED, _OFFICE | {R.REPORTER}, new_round=True),
    (S.RETURNED, M.DISPATCH): _to(S.DISPATCHED, _AUTO, new_round=True),
    (S.RETURNED, M.UNDO_RETURN): _to(S.DISPATCHED, frozenset({R.PREVIOUS_CONTACT}), G.UNDO, new_round=True),
    (S.RETURNED, M.WITHDRAW): _to(S.WITHDRAWN, _REPORTER, G.UNDO),
    (S.RETURNED, M.REJECT): _to(S.REJECTED, _OFFICE),
    (S.RETURNED, M.MERGE): _to(S.MERGED, _OFFICE),
    # accepted: somebody is at it
    (S.ACCEPTED, M.HANDLE): _to(S.HANDLED, _SIDE),
    (S.ACCEPTED, M.UNDO_ACCEPT): _to(S.DISPATCHED, _TAKEN_BACK_BY, G.UNDO),
    (S.ACCEPTED, M.ASK): _to(S.NEED_INFO, _SIDE | _OFFICE),
    (S.ACCEPTED, M.HOLD): _to(S.ON_HOLD, _OFFICE, G.HAS_REVIEW_DATE),
    (S.ACCEPTED, M.EXTEND): _to(S.ACCEPTED, _OFFICE | {R.LEADER}, G.EXTENDABLE, new_round=True),
    (S.ACCEPTED, M.REASSIGN): _to(S.ACCEPTED, _AUTO | {R.LEADER, R.DEPUTY}, new_round=True),
    (S.ACCEPTED, M.REJECT): _to(S.REJECTED, _OFFICE, new_round=True),
    (S.ACCEPTED, M.MERGE): _to(S.MERGED, _OFFICE, new_round=True),
    (S.ON_HOLD, M.RESUME): _to(None, _AUTO | _SIDE),
    (S.ON_HOLD, M.REASSIGN): _to(S.ON_HOLD, _AUTO | {R.LEADER}, new_round=True),
    (S.ON_HOLD, M.HANDLE): _to(S.HANDLED, _SIDE),
    (S.ON_HOLD, M.REJECT): _to(S.REJECTED, _OFFICE, new_round=True),
    # handled: somebody else looks
    (S.HANDLED, M.ASK_VERIFICATION): _to(S.VERIFYING, _AUTO),
    (S.HANDLED, M.UNDO_HANDLE): _to(S.ACCEPTED, _TAKEN_BACK_BY, G.UNDO),
    (S.VERIFYING, M.ASK_VERIFICATION): _to(S.VERIFYING, _AUTO, new_round=True),
    (S.VERIFYING, M.UNDO_HANDLE): _to(S.ACCEPTED, _TAKEN_BACK_BY, G.UNDO, new_round=True),
    (S.VERIFYING, M.CONFIRM): _to(S.VERIFIED, _CHECKS | {R.SYSTEM}, G.NOT_HANDLER, G.NOT_REPORTER_ALONE),
    (S.VERIFYING, M.DISPUTE): _to(S.REWORK, _CHECKS, G.NOT_HANDLER, new_round=True),
    (S.REWORK, M.HANDLE): _to(S.HANDLED, _SIDE),
    (S.REWORK, M.ASK): _to(S.NEED_INFO, _SIDE | _OFFICE),
    (S.REWORK, M.HOLD): _to(S.ON_HOLD, _OFFICE, G.HAS_REVIEW_DATE),
    (S.REWORK, M.EXTEND): _to(S.REWORK, _OFFICE | {R.LEADER}, G.EXTENDABLE, new_round=True),
    (S.REWORK, M.REASSIGN): _to(S.REWORK, _AUTO | {R.LEADER, R.DEPUTY}, new_round=True),
    (S.VERIFIED, M.CLOSE): _to(S.CLOSED, _AUTO, new_round=True),
    # closed, and what may still happen to it
    (S.CLOSED, M.UNDO_CLOSE): _to(S.VERIFYING, _CHECKS, G.UNDO, G.NOT_HANDLER, new_round=True),
    (S.CLOSED, M.REOPEN): _to(S.REOPENED, frozenset({R.REPORTER, R.CO_REPORTER}) | _OFFICE, G.REOPENABLE),
    (S.REOPENED, M.DISPATCH): _to(S.DISPATCHED, _AUTO, new_round=True),
    (S.REOPENED, M.REJECT): _to(S.REJECTED, _OFFICE),
    (S.REJECTED, M.UNDO_REJECT): _to(S.REPORTED, _OFFICE, G.UNDO, new_round=True),
    (S.MERGED, M.UNDO_MERGE): _to(S.REPORTED, _OFFICE | {R.REPORTER}, G.UNDO, new_round=True),
    (S.CLOSED, M.ARCHIVE): _to(S.CLOSED, frozenset({R.SYSTEM})),
    (S.REJECTED, M.ARCHIVE): _to(S.REJECTED, frozenset({R.SYSTEM})),
    (S.MERGED, M.ARCHIVE): _to(S.MERGED, frozenset({R.SYSTEM})),
    (S.WITHDRAWN, M.ARCHIVE): _to(S.WITHDRAWN, frozenset({R.SYSTEM})),
}


def advance(case: Case, move: Move, actor: Actor, at: datetime, **changes: Unpack[Changes]) -> Case:
    """The case after `move`, with counts, round and instants kept; nothing is stored.

    Raises:
        Refused: the state does not allow the move, the actor may not make it, or a guard says no.
    """
    rule = RULES.get((case.state, move))
    if actor.relations.isdisjoint(rule.by if rule else frozenset(Relation)):
        raise Refused("case.unknown", number=spoken(case.number))  # never confirms that it exists
    if rule is None:
        raise Refused("case.not_now", number=spoken(case.number), state=case.state)
    changed = replace(case, **changes)
    for guard in rule.guards:
        _hold(guard, changed, case, actor, at)
    return _kept(case, changed, move, rule, actor, at)


def may(case: Case, move: Move, relations: frozenset[Relation]) -> bool:
    """Whether the table allows the move to somebody with these relations, guards apart: what a button may offer."""
    rule = RULES.get((case.state, move))
    return rule is not None and not rule.by.isdisjoint(relations)


def _hold(guard: Guard, case: Case, before: Case, actor: Actor, at: datetime) -> None:
    no: dict[Guard, tuple[bool, str]] = {
        G.UNDO: (at - before.moved_at > UNDO_WINDOW, "case.undo_too_late"),
        G.NOT_BINDING: (before.binding, "case.binding"),
        G.NOT_HANDLER: (actor.id == before.handler_id, "case.own_work"),
        G.NOT_REPORTER_ALONE: (
            before.is_urgent and (R.REPORTER in actor.relations or actor.id == before.reporter_id),
            "case.reporter_alone",
        ),
        G.EXTENDABLE: (before.extensions >= MOST_EXTENSIONS or before.severity is Severity.P1, "case.not_extendable"),
        G.REOPENABLE: (
            before.reopens > 0 or before.closed_at is None or at - before.closed_at > REOPEN_WINDOW,
            "case.not_reopenable",
        ),
        G.HAS_REVIEW_DATE: (case.hold_until is None or case.hold_until <= at, "case.no_review_date"),
    }
    broken, key = no[guard]
    if broken:
        raise Refused(key, number=spoken(case.number))


_STAMPS: Final[Mapping[Move, str]] = {
    M.FILE: "filed_at",
    M.DISPATCH: "dispatched_at",
    M.ACCEPT: "accepted_at",
    M.HANDLE: "handled_at",
    M.CONFIRM: "verified_at",
    M.CLOSE: "closed_at",
    M.ARCHIVE: "archived_at",
}
_COUNTS: Final[Mapping[Move, str]] = {
    M.RETURN: "returns",
    M.EXTEND: "extensions",
    M.DISPUTE: "reworks",
    M.REOPEN: "reopens",
}
_CLEARED: Final[Mapping[Move, tuple[str, ...]]] = {
    M.REROUTE: ("contact_id",),
    M.DISPATCH: ("accepted_at",),
    M.ACCEPT: ("previous_contact_id",),
    M.REASSIGN: ("previous_contact_id",),
    M.UNDO_RETURN: ("previous_contact_id",),
    M.UNDO_ACCEPT: ("accepted_at",),
    M.UNDO_HANDLE: ("handled_at", "handler_id", "photos_public_at"),
    M.DISPUTE: ("photos_public_at",),  # the tick was about the photos of that repair
    M.UNDO_CLOSE: ("closed_at", "verified_at"),
    M.REOPEN: ("closed_at", "verified_at", "photos_public_at"),
    M.UNDO_MERGE: ("merged_into",),
}


def _kept(before: Case, changed: Case, move: Move, rule: Rule, actor: Actor, at: datetime) -> Case:
    """`changed` with everything the machine keeps itself."""
    state = rule.to or before.resume_state
    if state is None:
        raise ValueError(f"case {before.id} has no state to resume")
    after = replace(
        changed,
        state=state,
        version=before.version + 1,
        round=before.round + rule.new_round,
        moved_at=before.moved_at if move is M.ARCHIVE else at,
        resume_state=before.state if move in (M.ASK, M.HOLD) else None if rule.to is None else changed.resume_state,
    )
    if stamp := _STAMPS.get(move):
        after = replace(after, **{stamp: at})
    if count := _COUNTS.get(move):
        after = replace(after, **{count: getattr(before, count) + 1})
    return _posts_kept(before, after, move, actor, at)


def _posts_kept(before: Case, after: Case, move: Move, actor: Actor, at: datetime) -> Case:
    """Who is responsible, who was, and who handled, after a move that changes it."""
    after = replace(after, **dict.fromkeys(_CLEARED.get(move, ())))
    if move is M.RETURN:
        return replace(
            after, previous_agency_id=before.agency_id, previous_contact_id=before.contact_id, contact_id=None
        )
    if move is M.DISPATCH:
        return replace(after, binding=before.binding or before.returns >= BINDING_AFTER_RETURNS)
    if move is M.UNDO_RETURN:
        back = before.previous_contact_id, before.previous_agency_id
        return replace(after, contact_id=back[0], agency_id=back[1], returns=max(0, before.returns - 1))
    if move is M.HANDLE:
        return replace(after, handler_id=actor.id, accepted_at=before.accepted_at or at)
    return after
