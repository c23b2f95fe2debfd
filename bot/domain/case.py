"""A case: its states, the moves that change it, and what people are to it. What may happen when: lifecycle.py."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType, TypedDict

from bot.domain.people import MemberId
from bot.domain.rulebook import AgencyId, CategoryId, GridId, Severity

CaseId = NewType("CaseId", int)

UNDO_WINDOW: Final = timedelta(minutes=10)
REOPEN_WINDOW: Final = timedelta(days=7)
MOST_EXTENSIONS: Final = 2
BINDING_AFTER_RETURNS: Final = 2  # the second return goes to the dispatcher, whose answer binds


class CaseState(StrEnum):
    DRAFT = "draft"
    REPORTED = "reported"
    NEED_INFO = "need_info"
    REJECTED = "rejected"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    FILED = "filed"
    DISPATCHED = "dispatched"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    ON_HOLD = "on_hold"
    HANDLED = "handled"
    VERIFYING = "verifying"
    REWORK = "rework"
    VERIFIED = "verified"
    CLOSED = "closed"
    REOPENED = "reopened"


FINAL: Final = frozenset({CaseState.REJECTED, CaseState.MERGED, CaseState.WITHDRAWN, CaseState.CLOSED})
OPEN: Final = frozenset(CaseState) - FINAL - {CaseState.DRAFT}
CORRECTABLE: Final = frozenset({CaseState.REPORTED, CaseState.FILED, CaseState.DISPATCHED})  # by the reporter
WITH_CONTACT: Final = frozenset(
    {CaseState.DISPATCHED, CaseState.ACCEPTED, CaseState.REWORK, CaseState.ON_HOLD, CaseState.NEED_INFO}
)


class Resolution(StrEnum):
    RESOLVED = "resolved"
    UNFIXABLE = "unfixable"
    NOT_FOUND = "not_found"
    REFERRED = "referred"
    EXPLAINED = "explained"


class Move(StrEnum):
    REPORT = "report"  # the draft is complete
    FILE = "file"
    ASK = "ask"  # something is missing: the reporter is asked
    SUPPLY = "supply"
    REJECT = "reject"
    MERGE = "merge"
    WITHDRAW = "withdraw"
    DISPATCH = "dispatch"
    RETURN = "return"
    REASSIGN = "reassign"
    REROUTE = "reroute"  # the reporter corrected the category before anybody accepted
    ACCEPT = "accept"
    HOLD = "hold"
    RESUME = "resume"
    EXTEND = "extend"
    HANDLE = "handle"
    ASK_VERIFICATION = "ask_verification"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    CLOSE = "close"
    REOPEN = "reopen"
    ARCHIVE = "archive"
    UNDO_REJECT = "undo_reject"
    UNDO_MERGE = "undo_merge"
    UNDO_RETURN = "undo_return"
    UNDO_ACCEPT = "undo_accept"
    UNDO_HANDLE = "undo_handle"
    UNDO_CLOSE = "undo_close"


class Relation(StrEnum):
    """What a person is to one case; permission is a matter of these and never of a role alone."""

    REPORTER = "reporter"
    CO_REPORTER = "co_reporter"
    CONTACT = "contact"  # the one responsible
    DEPUTY = "deputy"
    LEADER = "leader"
    PREVIOUS_CONTACT = "previous_contact"  # handed it on a moment ago
    DISPATCHER = "dispatcher"
    VERIFIER = "verifier"  # asked to look, and neither reporter nor handler
    ADMIN = "admin"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    id: CaseId
    number: int
    state: CaseState
    version: int
    round: int  # buttons bind to it; a new round makes the old ones stale
    reporter_id: MemberId
    opened_at: datetime
    moved_at: datetime
    description: str = ""
    place: str = ""
    category: CategoryId | None = None
    severity: Severity = Severity.P3
    lat: float | None = None
    lon: float | None = None
    grid: GridId | None = None
    community: AgencyId | None = None
    home_platform: str | None = None
    home_chat: str | None = None
    practice: bool = False  # a first try of a new rider: touches nobody
    resume_state: CaseState | None = None
    agency_id: AgencyId | None = None
    contact_id: MemberId | None = None
    previous_agency_id: AgencyId | None = None
    previous_contact_id: MemberId | None = None
    handler_id: MemberId | None = None
    verifier_id: MemberId | None = None
    merged_into: CaseId | None = None
    reopened_from: CaseId | None = None
    resolution: Resolution | None = None
    repair_note: str = ""
    returns: int = 0
    extensions: int = 0
    reworks: int = 0
    reopens: int = 0
    binding: bool = False
    accept_due: datetime | None = None
    secure_due: datetime | None = None
    resolve_due: datetime | None = None
    hold_until: datetime | None = None
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    accepted_at: datetime | None = None
    handled_at: datetime | None = None
    verified_at: datetime | None = None
    closed_at: datetime | None = None
    archived_at: datetime | None = None
    photos_public_at: datetime | None = None
    progressed_at: datetime | None = None  # the contact wrote about it without a move

    @property
    def is_urgent(self) -> bool:
        return self.severity in (Severity.P1, Severity.P2)


class Changes(TypedDict, total=False):
    """What a move may write beside the state; `advance` keeps counts, rounds and instants itself."""

    description: str
    place: str
    category: CategoryId | None
    severity: Severity
    lat: float | None
    lon: float | None
    grid: GridId | None
    community: AgencyId | None
    agency_id: AgencyId | None
    contact_id: MemberId | None
    verifier_id: MemberId | None
    merged_into: CaseId | None
    resolution: Resolution | None
    repair_note: str
    accept_due: datetime | None
    secure_due: datetime | None
    resolve_due: datetime | None
    hold_until: datetime | None
    progressed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who moves: the member and what they are to this case."""

    id: MemberId
    relations: frozenset[Relation]


@dataclass(frozen=True, slots=True)
class CaseMoved:
    """A move that was made. Features answer it in the same transaction."""

    before: Case
    after: Case
    move: Move
    actor: MemberId
    at: datetime
    note: str = ""
