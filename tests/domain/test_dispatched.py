"""The record of each dispatch, move by move: what it says when the case stays, leaves, stands still or comes back."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Unpack

import pytest

from bot.domain.case import Actor, Case, CaseId, CaseMoved, CaseState, Changes, Move, Relation, Resolution
from bot.domain.dispatched import Dispatch, follow
from bot.domain.lifecycle import advance
from bot.domain.people import SYSTEM, MemberId
from bot.domain.rulebook import AgencyId, Severity

START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
HOUSING, WATER, POLICE = (AgencyId(name) for name in ("housing", "water", "police"))
SOMEBODY, VERIFIER = MemberId(7), MemberId(8)


@dataclass
class Story:
    """A case and its records; moves happen so many hours after the start."""

    case: Case
    records: Sequence[Dispatch] = field(default_factory=tuple[Dispatch, ...])

    def makes(self, move: Move, hours: float, by: MemberId = SOMEBODY, **changes: Unpack[Changes]) -> "Story":
        at = START + timedelta(hours=hours)
        after = advance(self.case, move, Actor(by, frozenset(Relation)), at, **changes)
        self.records = follow(self.records, CaseMoved(self.case, after, move, by, at))
        self.case = after
        return self

    def goes_to(self, agency: AgencyId, hours: float, move: Move = Move.DISPATCH) -> "Story":
        """Given to an agency, to be accepted within 2 hours and handled within 8."""
        begins = START + timedelta(hours=hours)
        return self.makes(
            move,
            hours,
            agency_id=agency,
            contact_id=SOMEBODY,
            accept_due=begins + timedelta(hours=2),
            resolve_due=begins + timedelta(hours=8),
        )

    def is_closed(self, hours: float, by: MemberId = VERIFIER) -> "Story":
        """Handled, sent to somebody, confirmed and closed, at one instant."""
        self.makes(Move.HANDLE, hours).makes(Move.ASK_VERIFICATION, hours).makes(Move.CONFIRM, hours, by)
        return self.makes(Move.CLOSE, hours, by, resolution=Resolution.RESOLVED)

    def record(self, which: int = -1, **expected: object) -> None:
        """The record has these values; instants in hours after the start."""
        found = self.records[which]
        for name, value in expected.items():
            have = getattr(found, name)
            assert ((have - START) / timedelta(hours=1) if isinstance(have, datetime) else have) == value, name


@pytest.fixture
def story() -> Story:
    case = Case(
        id=CaseId(1), number=1, state=CaseState.FILED, version=2, round=1, reporter_id=MemberId(2), opened_at=START,
        moved_at=START,
    )  # fmt: skip
    return Story(case)


def test_a_case_that_stays_has_one_record(story: Story) -> None:
    story.goes_to(HOUSING, 0).record(agency=HOUSING, at=0, accept_due=2, resolve_due=8, accepted_at=None, ended_at=None)
    story.makes(Move.ACCEPT, 1).is_closed(5)
    assert len(story.records) == 1
    story.record(
        accepted_at=1, handled_at=5, sent_at=5, failed=0, closed_at=5, confirmed_by=VERIFIER,
        resolution=Resolution.RESOLVED, reopened_at=None, ended_at=None, ending=None,
    )  # fmt: skip


def test_an_acceptance_taken_back_was_none_and_a_result_is_one_too(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.ACCEPT, 1).makes(Move.UNDO_ACCEPT, 1.1).record(accepted_at=None, accept_due=2)
    story.makes(Move.HANDLE, 3).record(accepted_at=3, handled_at=3)


def test_a_result_taken_back_was_not_sent_to_anybody(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.HANDLE, 1).makes(Move.ASK_VERIFICATION, 1).makes(Move.UNDO_HANDLE, 1.1)
    story.record(handled_at=None, sent_at=None)
    story.makes(Move.HANDLE, 2).makes(Move.ASK_VERIFICATION, 2).makes(Move.DISPUTE, 3, VERIFIER).record(
        sent_at=2, failed=1
    )
    story.makes(Move.HANDLE, 4).makes(Move.ASK_VERIFICATION, 4).makes(Move.UNDO_HANDLE, 4.1)
    story.record(handled_at=None, sent_at=2, failed=1)


def test_a_return_ends_the_record_and_its_limit_to_answer_stays(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.RETURN, 1)
    story.record(ending=Move.RETURN, ended_at=1, accept_due=2, resolve_due=None, accepted_at=None, baseless=False)
    story.goes_to(WATER, 1)
    story.record(0, baseless=False)
    story.record(agency=WATER, accept_due=3, ended_at=None)


def test_a_return_after_both_limits_leaves_both_standing(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.RETURN, 9).record(ending=Move.RETURN, accept_due=2, resolve_due=8)


def test_a_return_is_baseless_if_the_office_gives_the_case_back(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.RETURN, 1).goes_to(HOUSING, 1.5)
    story.record(0, baseless=True, ending=Move.RETURN)
    story.record(1, baseless=False, accept_due=3.5)


def test_a_return_is_baseless_too_if_it_came_back_by_way_of_another(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.RETURN, 1).goes_to(WATER, 1).makes(Move.RETURN, 2).goes_to(HOUSING, 2)
    story.record(0, baseless=True)
    story.record(1, baseless=False)
    story = Story(replace(story.case, state=CaseState.FILED, returns=0, binding=False, accepted_at=None))
    story.goes_to(HOUSING, 0).makes(Move.RETURN, 1).goes_to(WATER, 1).goes_to(HOUSING, 2, Move.REASSIGN)
    story.record(0, baseless=True)


def test_a_corrected_category_judges_no_return(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.RETURN, 1).goes_to(WATER, 1).makes(Move.REROUTE, 1.5).goes_to(HOUSING, 1.5)
    story.record(0, baseless=False)
    story.record(1, agency=WATER, ending=Move.REROUTE, accept_due=None, resolve_due=None)
    story.record(2, agency=HOUSING, baseless=False)


def test_a_return_taken_back_gives_the_record_its_life_back(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.RETURN, 1).makes(Move.UNDO_RETURN, 1.1)
    assert len(story.records) == 1
    story.record(ending=None, ended_at=None, accept_due=2, resolve_due=8)
    story.makes(Move.RETURN, 1.2).goes_to(WATER, 1.2)
    story.makes(Move.UNDO_RETURN, 1.3)
    story.record(0, agency=HOUSING, ending=None, ended_at=None, accept_due=3.2)  # the clocks the case has now
    story.record(1, agency=WATER, ending=Move.UNDO_RETURN, accept_due=None, resolve_due=None)
    story.makes(Move.ACCEPT, 2)
    story.record(0, accepted_at=2)
    story.record(1, accepted_at=None)


@pytest.mark.parametrize("move", [Move.WITHDRAW, Move.REJECT, Move.MERGE, Move.REROUTE])
@pytest.mark.parametrize(("hours", "accept_due"), [(0.1, None), (2.0, None), (3.0, 2.0)])
def test_what_was_taken_away_before_its_limit_came_was_not_late(
    story: Story, move: Move, hours: float, accept_due: float | None
) -> None:
    story.goes_to(HOUSING, 0)
    story.case = replace(story.case, moved_at=START + timedelta(hours=hours - 0.1))  # still within ten minutes
    story.makes(move, hours).record(ending=move, ended_at=hours, accept_due=accept_due, resolve_due=None)


def test_handing_on_ends_one_record_and_begins_another(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.ACCEPT, 1).goes_to(WATER, 9, Move.REASSIGN)
    story.record(0, ending=Move.REASSIGN, accepted_at=1, accept_due=2, resolve_due=8)  # late: the limit had passed
    story.record(1, agency=WATER, at=9, accept_due=None, resolve_due=17, accepted_at=None)  # nobody accepts it again
    story.makes(Move.HANDLE, 10).record(accepted_at=None, accept_due=None, handled_at=10)


def test_within_an_agency_nothing_begins_anew(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.REASSIGN, 1, contact_id=VERIFIER)
    assert len(story.records) == 1
    story.record(at=0, accept_due=2, ending=None)


def test_a_clock_that_stands_still_is_noted(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.ASK, 1).record(paused_at=1, accept_due=2)
    story.makes(Move.SUPPLY, 5).record(paused_at=None)
    story.makes(Move.ACCEPT, 5.5)
    story.makes(Move.HOLD, 6, hold_until=START + timedelta(hours=60)).record(paused_at=6)
    story.makes(Move.REASSIGN, 7).record(paused_at=6)
    story.goes_to(WATER, 20, Move.REASSIGN)
    story.record(0, resolve_due=None, paused_at=None)  # the limit of hour 8 never came: the clock stood
    story.record(1, agency=WATER, paused_at=20, accept_due=None)


def test_the_clocks_of_danger_never_stand_still(story: Story) -> None:
    story.case = replace(story.case, severity=Severity.P1)
    story.goes_to(HOUSING, 0).makes(Move.ASK, 1).record(paused_at=None)
    story.goes_to(WATER, 9, Move.REASSIGN)
    story.record(0, accept_due=2, resolve_due=8)
    story.record(1, paused_at=None)


def test_a_closing_taken_back_was_none(story: Story) -> None:
    story.goes_to(HOUSING, 0).is_closed(1).makes(Move.UNDO_CLOSE, 1.1, VERIFIER)
    story.record(closed_at=None, confirmed_by=None, resolution=None, handled_at=1)
    story.makes(Move.DISPUTE, 2, VERIFIER).record(failed=1)


def test_what_is_reopened_was_closed_and_begins_anew(story: Story) -> None:
    story.goes_to(HOUSING, 0).is_closed(1, by=SYSTEM).makes(Move.REOPEN, 30).record(closed_at=1, reopened_at=30)
    story.goes_to(HOUSING, 31)
    story.record(0, closed_at=1, reopened_at=30, confirmed_by=SYSTEM, resolve_due=8, ended_at=None)
    story.record(1, accept_due=33, resolve_due=39, handled_at=None, closed_at=None, reopened_at=None)
    story.is_closed(35).record(closed_at=35, handled_at=35)


def test_a_reopening_that_is_rejected_leaves_the_closing(story: Story) -> None:
    story.goes_to(HOUSING, 0).is_closed(1).makes(Move.REOPEN, 30).makes(Move.REJECT, 31)
    story.record(closed_at=1, reopened_at=30, ending=None)


def test_an_agency_named_while_the_reporter_is_asked_has_nothing_yet(story: Story) -> None:
    story.goes_to(HOUSING, 0).makes(Move.REROUTE, 1).makes(Move.ASK, 2).goes_to(WATER, 3, Move.REASSIGN)
    assert len(story.records) == 1
    story.makes(Move.SUPPLY, 4).goes_to(WATER, 5)
    story.record(1, agency=WATER, at=5)


def test_before_a_dispatch_there_is_no_record(story: Story) -> None:
    assert story.makes(Move.ASK, 1).makes(Move.SUPPLY, 2).makes(Move.REJECT, 3).records == []
