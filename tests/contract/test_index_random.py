"""Random histories: what the database counts is what a slow, obvious recount finds in what happened."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from random import Random

import pytest

from bot.domain.case import CaseMoved, CaseState, Changes, Move, Resolution
from bot.domain.dispatched import PAUSED
from bot.domain.people import SYSTEM
from bot.domain.refusal import Refused
from bot.domain.rulebook import Severity
from bot.domain.tallies import Counts, Figures, Reports
from storage import index_figures, reminders
from storage.database import Database, Tx
from tests.contract.histories import AGENCIES, DECEMBER, NOVEMBER, History, People, draft, on, people, rate

OUT = (CaseState.DRAFT, CaseState.WITHDRAWN, CaseState.REJECTED, CaseState.MERGED)
URGENT = (Severity.P1, Severity.P2)
LEAVES = (Move.RETURN, Move.REROUTE, Move.WITHDRAW, Move.REJECT, Move.MERGE)
COUNTED = [one.name for one in fields(Counts) if one.name not in ("accepting", "handling", "in_all")]

# What may happen next in a state, and how often.
NEXT: Mapping[CaseState, Mapping[str, int]] = {
    CaseState.DRAFT: {"report": 20, "withdraw": 1},
    CaseState.REPORTED: {"file": 20, "ask": 2, "withdraw": 1, "reject": 1, "merge": 1},
    CaseState.NEED_INFO: {"supply": 8, "reassign": 2, "hand_on": 2, "reject": 1},
    CaseState.FILED: {"dispatch": 20, "ask": 1, "withdraw": 1, "reject": 1},
    CaseState.DISPATCHED: {
        "accept": 20, "handle": 6, "return": 12, "ask": 3, "reassign": 2, "hand_on": 3, "reroute": 3, "undo_return": 3,
        "withdraw": 1, "reject": 1, "merge": 1, "limits": 2,
    },
    CaseState.RETURNED: {"dispatch": 6, "same": 4, "undo_return": 3, "reject": 1},
    CaseState.ACCEPTED: {"handle": 20, "undo_accept": 4, "ask": 3, "hold": 4, "extend": 4, "hand_on": 4, "reject": 1,
        "limits": 3},
    CaseState.ON_HOLD: {"resume": 3, "handle": 2, "reassign": 2, "hand_on": 2, "nothing": 9, "reject": 1},
    CaseState.HANDLED: {"ask_verification": 8, "undo_handle": 1},
    CaseState.VERIFYING: {"confirm": 8, "by_rule": 4, "dispute": 6, "undo_handle": 2, "ask_verification": 2},
    CaseState.REWORK: {"handle": 12, "ask": 2, "hold": 2, "extend": 2, "hand_on": 2, "limits": 2},
    CaseState.VERIFIED: {"close": 1},
    CaseState.CLOSED: {"undo_close": 2, "reopen": 3, "rate": 8, "archive": 1},
    CaseState.REOPENED: {"dispatch": 8, "reject": 1},
    CaseState.REJECTED: {"undo_reject": 3, "archive": 1},
    CaseState.MERGED: {"undo_merge": 3, "archive": 1},
    CaseState.WITHDRAWN: {"archive": 1},
}  # fmt: skip


@dataclass
class Told:
    """A history, and what is beside the case: ratings and the instants at which it came to O3."""

    history: History
    ratings: list[tuple[str, datetime]]
    overdue: list[datetime]


async def random_history(tx: Tx, who: People, chance: Random) -> Told:
    at = on(chance.uniform(-3, 28))
    severity = chance.choice((Severity.P1, Severity.P2, Severity.P2, Severity.P3, Severity.P3, Severity.P4))
    history = await draft(
        tx, who, at, practice=chance.random() < 0.05, severity=severity, community=chance.choice(("", "a", "b", "c"))
    )
    told = Told(history, [], [])
    for _ in range(chance.randint(1, 22)):
        at += timedelta(minutes=chance.choice((1, 2, 5, 5, 30, 90, 200, 600, 1500)) + chance.random())
        with suppress(Refused):  # too late to be taken back, its own work, reopened before: then nothing happens
            odds = NEXT[history.case.state]
            await step(told, chance.choices(list(odds), list(odds.values()))[0], at, chance)
    return told


async def step(told: Told, what: str, at: datetime, chance: Random) -> None:
    history = told.history
    accept, resolve = (at + timedelta(hours=chance.uniform(0.2, most)) for most in (12, 120))
    agency = (history.case.previous_agency_id if what == "same" else None) or chance.choice(AGENCIES)
    match what:
        case "dispatch" | "same":
            await history.goes_to(agency, at, accept, resolve)
        case "hand_on":
            await history.goes_to(agency, at, accept, resolve, Move.REASSIGN)
        case "limits":
            await history.has(resolve_due=resolve, accept_due=accept)
        case "rate":
            await rated(told, chance.choice(("good", "fair", "bad")), at)
        case "nothing":
            pass
        case _:
            await move(history, what, at, resolve, chance)
    await maybe_overdue(told, at, chance)


async def move(history: History, what: str, at: datetime, resolve: datetime, chance: Random) -> None:
    who = history.who
    actors = dict.fromkeys(("report", "close", "ask_verification", "archive", "reroute", "by_rule"), who.system)
    actors |= dict.fromkeys(("extend", "confirm", "dispute", "undo_close"), who.checker)
    changes = Changes()
    if what == "extend":
        changes = Changes(resolve_due=resolve)
    elif what == "hold":
        changes = Changes(hold_until=at + timedelta(days=9))
    elif what == "close":
        changes = Changes(resolution=chance.choice((Resolution.RESOLVED, Resolution.RESOLVED, Resolution.NOT_FOUND)))
    made = Move.CONFIRM if what == "by_rule" else Move(what)
    await history.makes(made, at, actors.get(what), **changes)
    if made in (Move.DISPUTE, Move.UNDO_CLOSE):
        await history.has(resolve_due=resolve)


async def rated(told: Told, score: str, at: datetime) -> None:
    if not told.ratings:
        told.ratings.append((score, at))
        await rate(told.history, score, at)


async def maybe_overdue(told: Told, at: datetime, chance: Random) -> None:
    if chance.random() < 0.1 and told.history.case.dispatched_at is not None:
        told.overdue.append(at + timedelta(seconds=1))
        case, to = told.history.case.id, told.history.who.checker.id
        step = ("overdue", len(told.overdue), "O3")
        await reminders.add(told.history.tx, case, step, "lead_office", to, told.overdue[-1], told.overdue[-1])


# -- the recount: what happened is cut into the stays of a case at agencies, and each stay is looked at from the start ----


@dataclass
class Stay:
    """The moves of a case while it was with one agency, the first of them the one that brought it there."""

    agency: str
    moves: list[CaseMoved]
    left: CaseMoved | None = None
    given_back: bool = False


def stays_of(moves: Sequence[CaseMoved]) -> list[Stay]:
    found: list[Stay] = []
    here: Stay | None = None
    for moved in moves:
        agency = str(moved.after.agency_id)
        resumes = moved.before.resume_state if moved.before.state is CaseState.NEED_INFO else None
        handed_on = moved.move is Move.REASSIGN and moved.before.agency_id != moved.after.agency_id
        handed_on = handed_on and resumes not in (CaseState.REPORTED, CaseState.FILED)
        if moved.move is Move.UNDO_RETURN:
            if here is not None:
                here.left = moved
            here = [one for one in found if one.agency == agency and was_returned(one)][-1]
            here.left = None
            here.given_back = False
            here.moves.append(moved)
        elif moved.move is Move.DISPATCH or handed_on:
            if here is not None and not is_closed(here):
                here.left = moved
            if moved.before.state not in (CaseState.FILED, CaseState.REOPENED):
                for one in found:
                    one.given_back = one.given_back or (one.agency == agency and was_returned(one))
            here = Stay(agency, [moved])
            found.append(here)
        elif here is not None and moved.move in LEAVES and not is_closed(here):
            here.left, here = moved, None
        elif here is not None:
            here.moves.append(moved)
    return found


def was_returned(stay: Stay) -> bool:
    return stay.left is not None and stay.left.move is Move.RETURN


def latest(stay: Stay, until: Iterable[Move], without: Iterable[Move] = ()) -> CaseMoved | None:
    """The last of these moves that was not taken back by one of the others after it."""
    found = None
    for moved in stay.moves:
        if moved.move in until:
            found = moved
        elif moved.move in without:
            found = None
    return found


def is_closed(stay: Stay) -> bool:
    return latest(stay, [Move.CLOSE], [Move.UNDO_CLOSE]) is not None


def limit(stay: Stay, name: str) -> datetime | None:
    """The limit as it last stood while it mattered here: up to the closing."""
    moves = [moved for moved in stay.moves if moved.move not in (Move.REOPEN, Move.ARCHIVE)]
    return getattr(moves[-1].after, name)


def stood_since(stay: Stay) -> datetime | None:
    """Since when the clock stands still at the end of the stay."""
    since = None
    for moved in stay.moves:
        if moved.after.state not in PAUSED or moved.after.severity is Severity.P1:
            since = None
        elif since is None:
            since = moved.at
    return since


def ran_out(stay: Stay, due: datetime | None, *, answered: bool = False) -> datetime | None:
    """A limit that came while the case was here, or may still come; None if it left, or stood still, before."""
    since = stood_since(stay)
    if due is None or answered:
        return due
    if since is not None and since < due:
        return None
    return None if stay.left is not None and stay.left.at <= due else due


def within(at: datetime | None) -> bool:
    return at is not None and NOVEMBER <= at < DECEMBER


def answers(stay: Stay) -> tuple[datetime | None, bool]:
    """The limit to accept, if it came, and whether it was kept."""
    begun = stay.moves[0]
    accepted = latest(stay, [Move.ACCEPT], [Move.UNDO_ACCEPT])
    handled = next((moved for moved in stay.moves if moved.move is Move.HANDLE), None)
    taken_back = latest(stay, [Move.UNDO_ACCEPT])
    if begun.after.accepted_at is not None and taken_back is None:
        return None, False
    at = accepted.at if accepted else None
    if at is None and handled is not None:
        after_undo = [m for m in stay.moves if m.move is Move.HANDLE and (not taken_back or m.at > taken_back.at)]
        at = after_undo[0].at if after_undo else None
    due = limit(stay, "accept_due")
    returned = was_returned(stay)
    due = ran_out(stay, due, answered=at is not None or returned)
    if due is None:
        return None, False
    if returned:
        return due, stay.left is not None and stay.left.at <= due and not stay.given_back
    return due, at is not None and at <= due


def recount(all_told: Sequence[Told]) -> Figures:
    county: dict[str, int] = dict.fromkeys(COUNTED, 0)
    agencies: dict[str, dict[str, int]] = {}
    reports = dict.fromkeys([one.name for one in fields(Reports)], 0)
    communities = set[str]()
    for told in all_told:
        case = told.history.case
        if case.practice:
            continue
        count_report(told, county, agencies, reports, communities)
        if case.state not in OUT:
            stays = stays_of(told.history.moves)
            for stay in stays:
                own = agencies.setdefault(stay.agency, {})
                for name, n in count_stay(told, stay, stays).items():
                    if name.startswith("county_"):
                        county[name.removeprefix("county_")] += n
                    else:
                        own[name] = own.get(name, 0) + n
            count_ratings(told, stays, county, agencies)
    return Figures(
        county=Counts(**county),
        agencies={name: Counts(**counts) for name, counts in agencies.items() if any(counts.values())},
        reports=Reports(**reports),
        communities=frozenset(communities),
    )


def count_report(
    told: Told, county: dict[str, int], agencies: dict[str, dict[str, int]], reports: dict[str, int], near: set[str]
) -> None:
    case, moves = told.history.case, told.history.moves
    if not within(case.opened_at) or not any(moved.move is Move.REPORT for moved in moves):
        return
    filed = case.filed_at is not None and case.state not in OUT
    reports["reported"] += 1
    reports["withdrawn"] += case.state is CaseState.WITHDRAWN
    reports["merged"] += case.state is CaseState.MERGED
    reports["asked"] += any(moved.move is Move.ASK for moved in moves)
    reports["filed"] += filed
    for counts in (county, agencies.setdefault(str(case.agency_id), {}) if case.agency_id else {}):
        counts["filed"] = counts.get("filed", 0) + filed
        counts["extended"] = counts.get("extended", 0) + (filed and case.extensions > 0)
    if case.community and case.state not in OUT:
        near.add(case.community)


def count_stay(told: Told, stay: Stay, stays: Sequence[Stay]) -> dict[str, int]:
    found: dict[str, int] = {}
    if within(stay.moves[0].at):
        found |= {"dispatches": 1, "county_dispatches": 1}
        found |= {"returns": was_returned(stay), "county_returns": was_returned(stay)}
    due, kept = answers(stay)
    if within(due):
        first = next((one for one in stays if answers(one)[0] is not None), None) is stay
        found |= {"to_answer": 1, "answered": kept}
        found |= {"county_to_answer": first, "county_answered": first and kept}
    found |= due_of(told, stay, stays)
    found |= judged_of(told, stay)
    found |= verified_of(told, stay, stays)
    return found


def due_of(told: Told, stay: Stay, stays: Sequence[Stay]) -> dict[str, int]:
    since, state = stood_since(stay), told.history.case.state
    wanted = limit(stay, "resolve_due")
    is_held = state is CaseState.ON_HOLD and stay.left is None and since is not None
    held = is_held and wanted is not None and since is not None and since < wanted
    due = wanted if held else ran_out(stay, wanted)
    if not within(due) or due is None:
        return {}
    last = [one for one in stays if one is stay or ran_out_later(told, one)][-1] is stay
    closed = latest(stay, [Move.CLOSE], [Move.UNDO_CLOSE])
    handled = latest(stay, [Move.HANDLE], [Move.UNDO_HANDLE])
    ends = stay.left or closed
    values = {
        "due": True,
        "held": held,
        "closed": closed is not None,
        "on_time": closed is not None and handled is not None and handled.at <= due,
        "supervised": any(stay.moves[0].at <= at and (ends is None or at < ends.at) for at in told.overdue),
    }
    urgent = told.history.case.severity in URGENT
    values |= {f"urgent_{name}": urgent and values[name] for name in ("due", "held", "closed", "on_time")}
    return values | {f"county_{name}": last and value for name, value in values.items()}


def ran_out_later(told: Told, stay: Stay) -> bool:
    """Whether a stay has a limit of its own by which its case is counted."""
    if stay.left is None:
        return limit(stay, "resolve_due") is not None
    return ran_out(stay, limit(stay, "resolve_due")) is not None


def judged_of(told: Told, stay: Stay) -> dict[str, int]:
    closed = latest(stay, [Move.CLOSE], [Move.UNDO_CLOSE])
    if closed is None or not within(closed.at):
        return {}
    confirmed = latest(stay, [Move.CONFIRM])
    reopened = latest(stay, [Move.REOPEN])
    looked = confirmed is not None and confirmed.actor != SYSTEM
    scores = [score for score, at in told.ratings if closed.at <= at and (reopened is None or at < reopened.at)]
    if not looked and not scores:
        return {}
    solved = closed.after.resolution is Resolution.RESOLVED and reopened is None and (looked or "bad" not in scores)
    return {"judged": 1, "solved": solved, "county_judged": 1, "county_solved": solved}


def verified_of(told: Told, stay: Stay, stays: Sequence[Stay]) -> dict[str, int]:
    at = sent_at(stay)
    if not within(at):
        return {}
    failed = any(moved.move is Move.DISPUTE for moved in stay.moves)
    last = [one for one in stays if sent_at(one) is not None][-1] is stay
    reworked = any(moved.move is Move.DISPUTE for moved in told.history.moves)
    return {"verified": 1, "failed": failed, "county_verified": last, "county_failed": last and reworked}


def sent_at(stay: Stay) -> datetime | None:
    """The first time somebody was asked to look that was not taken back, unless an earlier attempt had failed."""
    found, failed = None, False
    for moved in stay.moves:
        failed = failed or moved.move is Move.DISPUTE
        if moved.move is Move.ASK_VERIFICATION:
            found = found or moved.at
        elif moved.move is Move.UNDO_HANDLE and not failed:
            found = None
    return found


def count_ratings(
    told: Told, stays: Sequence[Stay], county: dict[str, int], agencies: dict[str, dict[str, int]]
) -> None:
    for score, at in told.ratings:
        if within(at):
            closed = [one for one in stays if (by := latest(one, [Move.CLOSE], [Move.UNDO_CLOSE])) and by.at <= at]
            agency = closed[-1].agency if closed else str(told.history.case.agency_id)
            county[score] += 1
            own = agencies.setdefault(agency, {})
            own[score] = own.get(score, 0) + 1


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_counted_is_what_happened(database: Database, seed: int) -> None:
    chance = Random(seed)
    async with database.write() as tx:
        who = await people(tx)
        told = [await random_history(tx, who, chance) for _ in range(500)]
    async with database.read() as tx:
        found = await index_figures.count(tx, NOVEMBER, DECEMBER)
        slices, since = Figures(), NOVEMBER
        while since < DECEMBER:
            end = await index_figures.slice_end(tx, since, DECEMBER, 7)
            slices, since = slices + await index_figures.count(tx, since, end), end
    expected = recount(told)
    assert found.county == expected.county
    assert {name: one for name, one in found.agencies.items() if one != Counts()} == expected.agencies
    assert (found.reports, found.communities) == (expected.reports, expected.communities)
    assert slices == found
    assert [name for name in COUNTED if not getattr(found.county, name)] == [], "nothing of this kind happened"
