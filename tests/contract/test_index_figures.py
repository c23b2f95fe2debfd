"""The counts behind the indices, on both databases: a small county counted by hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction

import pytest

from bot.domain.case import Move, Resolution
from bot.domain.indices import Rate, ranking
from bot.domain.people import MemberId, Post, Role
from bot.domain.rulebook import Severity
from bot.domain.tallies import Counts, Figures, read_figures
from storage import index_figures, index_lengths, members, points, reminders, rider_figures
from storage.database import Database, Tx
from storage.index_lengths import Took
from storage.points import NewEntry, Step
from tests.contract.histories import DECEMBER, NOVEMBER, People, draft, filed, on, people, rate

DONE = Resolution.RESOLVED


async def small_county(tx: Tx) -> People:
    """Seventeen cases; what each counts for is written beside it. H is housing, W is water."""
    who = await people(tx)
    for make in (_usual_ones, _urgent_ones, _left_out_ones, _ones_that_move, _ones_that_wait, _ones_at_the_border):
        await make(tx, who)
    return who


async def _usual_ones(tx: Tx, who: People) -> None:
    # 1: H answers in time, closes in time, somebody looked; rated good.
    one = await filed(tx, who, on(2, 9), community="community:a")
    await one.goes_to("housing", on(2, 9), on(2, 11), on(5, 9))
    await one.makes(Move.ACCEPT, on(2, 10))
    await one.is_handled(on(4, 9))
    await one.is_closed(on(4, 10), resolution=DONE)
    await rate(one, "good", on(5, 9))
    # 2: H answers late (10:00 for 9:30). Handled in time, not mended; the second attempt is in time for the new limit.
    two = await filed(tx, who, on(3, 9), severity=Severity.P2, community="community:a")
    await two.goes_to("housing", on(3, 9), on(3, 9.5), on(4, 9))
    await two.makes(Move.ACCEPT, on(3, 10))
    await two.is_handled(on(4, 8))
    await two.makes(Move.DISPUTE, on(4, 12), who.checker)
    await two.has(resolve_due=on(5))
    await two.is_handled(on(4, 20))
    await two.is_closed(on(5, 8), resolution=DONE)
    await rate(two, "bad", on(6, 9))


async def _urgent_ones(tx: Tx, who: People) -> None:
    # 5: W handles it without accepting, which answers; closed by the rule, as nobody looked; rated fair: solved.
    five = await filed(tx, who, on(8, 9), severity=Severity.P1, community="community:b")
    await five.goes_to("water", on(8, 9), on(8, 9.25), on(8, 15))
    await five.is_handled(on(8, 9.1))
    await five.is_closed(on(9, 9.1), who.system, resolution=DONE)
    await rate(five, "fair", on(9, 12))


async def _left_out_ones(tx: Tx, who: People) -> None:
    # 8: a report that is joined with another.
    eight = await filed(tx, who, on(12, 9), community="community:c")
    await eight.makes(Move.MERGE, on(12, 10))
    # 9: taken back after it was reported. 10: a draft that was never finished. Neither covers a community.
    nine = await filed(tx, who, on(13, 9), community="community:c")
    await nine.makes(Move.WITHDRAW, on(13, 10))
    ten = await draft(tx, who, on(13, 9))
    await ten.makes(Move.WITHDRAW, on(13, 10))
    await draft(tx, who, on(13, 11))
    # 11: rejected after H had not answered in time: nothing of it counts for H.
    eleven = await filed(tx, who, on(14, 9), community="community:c")
    await eleven.goes_to("housing", on(14, 9), on(14, 11), on(17, 9))
    await eleven.makes(Move.REJECT, on(14, 12))
    # 12: practice.
    twelve = await filed(tx, who, on(14, 9), practice=True, community="community:c")
    await twelve.goes_to("housing", on(14, 9), on(14, 11), on(17, 9))
    await twelve.makes(Move.ACCEPT, on(14, 10))


async def _ones_that_move(tx: Tx, who: People) -> None:
    # 3: H returns it in time, which answers. W accepts late, is still at it, and it has come to O3.
    three = await filed(tx, who, on(5, 9))
    await three.goes_to("housing", on(5, 9), on(5, 11), on(8, 9))
    await three.makes(Move.RETURN, on(5, 10))
    await three.goes_to("water", on(5, 10), on(5, 12), on(10, 9))
    await three.makes(Move.ACCEPT, on(5, 13))
    await reminders.add(tx, three.case.id, ("overdue", 0, "O3"), "lead_office", who.checker.id, on(14, 9), on(14, 9))
    # 4: H returns it, the office gives it back: that return was none. Handled late, closed by the rule, not rated.
    four = await filed(tx, who, on(6, 9))
    await four.goes_to("housing", on(6, 9), on(6, 11), on(9, 9))
    await four.makes(Move.RETURN, on(6, 10))
    await four.goes_to("housing", on(6, 10), on(6, 12), on(9, 10))
    await four.makes(Move.ACCEPT, on(6, 11))
    await four.is_handled(on(9, 11))
    await four.is_closed(on(10, 11), who.system, resolution=DONE)
    # 13: H closes it in time, it is reopened; H again in time, but it cannot be mended.
    thirteen = await filed(tx, who, on(13, 9), community="community:a")
    await thirteen.goes_to("housing", on(13, 9), on(13, 11), on(16, 9))
    await thirteen.makes(Move.ACCEPT, on(13, 10))
    await thirteen.is_handled(on(15, 9))
    await thirteen.is_closed(on(15, 10), resolution=DONE)
    await thirteen.makes(Move.REOPEN, on(20, 9))
    await thirteen.goes_to("housing", on(20, 9), on(20, 11), on(23, 9))
    await thirteen.makes(Move.ACCEPT, on(20, 10))
    await thirteen.is_handled(on(22, 9))
    await thirteen.is_closed(on(22, 10), resolution=Resolution.UNFIXABLE)
    # 15: H lets its limit pass; the office gives it to W, who need not accept it and closes it in time.
    fifteen = await filed(tx, who, on(5, 9))
    await fifteen.goes_to("housing", on(5, 9), on(5, 11), on(7, 9))
    await fifteen.makes(Move.ACCEPT, on(5, 10))
    await fifteen.goes_to("water", on(8, 9), on(8, 11), on(12, 9), Move.REASSIGN)
    await fifteen.is_handled(on(11, 9))
    await fifteen.is_closed(on(11, 10), resolution=DONE)
    # 17: given to H by a wrong category, corrected after five minutes: H had nothing to answer.
    seventeen = await filed(tx, who, on(18, 9))
    await seventeen.goes_to("housing", on(18, 9), on(18, 11), on(21, 9))
    await seventeen.makes(Move.REROUTE, on(18, 9.1), who.system)
    await seventeen.goes_to("water", on(18, 9.1), on(18, 11.1), on(33, 9))
    await seventeen.makes(Move.ACCEPT, on(18, 10.1))


async def _ones_that_wait(tx: Tx, who: People) -> None:
    # 6: on approved hold when W's limit comes.
    six = await filed(tx, who, on(9, 9))
    await six.goes_to("water", on(9, 9), on(9, 11), on(12, 9))
    await six.makes(Move.ACCEPT, on(9, 10))
    await six.makes(Move.HOLD, on(10, 9), hold_until=on(45))
    # 7: waits for the reporter: W's limit has not come.
    seven = await filed(tx, who, on(10, 9))
    await seven.goes_to("water", on(10, 9), on(10, 11), on(13, 9))
    await seven.makes(Move.ACCEPT, on(10, 10))
    await seven.makes(Move.ASK, on(11, 9))
    # 14: H gets an extension into December.
    fourteen = await filed(tx, who, on(14, 9))
    await fourteen.goes_to("housing", on(14, 9), on(14, 11), on(19, 9))
    await fourteen.makes(Move.ACCEPT, on(14, 10))
    await fourteen.makes(Move.EXTEND, on(17, 9), resolve_due=on(33, 9))


async def _ones_at_the_border(tx: Tx, who: People) -> None:
    # 16: reported in October, given to H in November's first instant; accepted at the very limit; due when December begins.
    sixteen = await filed(tx, who, on(0, 23))
    await sixteen.goes_to("housing", on(1), on(1, 2), DECEMBER)
    await sixteen.makes(Move.ACCEPT, on(1, 2))


HOUSING = Counts(
    dispatches=11,  # 1 2 3 4 4 13 13 14 15 16 17; not 11, 12
    returns=2,  # 3 4
    to_answer=10,  # 1 2 3 4 4 13 13 14 15 16; 17 was taken away before
    answered=8,  # not 2 (late), not the first of 4 (baseless)
    due=6,  # 1 2 4 13 13 15; 3 and the first of 4 were returned before, 14 in December, 16 at its first instant
    held=0,
    closed=5,  # not 15
    on_time=4,  # 1 2 13 13; 4 was late
    urgent_due=1,  # 2
    urgent_closed=1,
    urgent_on_time=1,
    judged=4,  # 1 2 13 13; nobody looked at 4
    solved=2,  # 1 2; the first of 13 was reopened, the second cannot be mended
    good=1,
    bad=1,
    verified=5,  # 1 2 4 13 13
    failed=1,  # 2
    filed=5,  # 1 2 4 13 14: where a case is now; 16 was reported in October
    extended=1,  # 14
)
WATER = Counts(
    dispatches=6,  # 3 5 6 7 15 17
    returns=0,
    to_answer=5,  # 3 5 6 7 17; 15 had been accepted
    answered=4,  # 3 was late
    due=4,  # 3 5 6 15; the clock of 7 stands still, 17 in December
    held=1,  # 6
    closed=2,  # 5 15
    on_time=2,
    urgent_due=1,  # 5
    urgent_closed=1,
    urgent_on_time=1,
    supervised=1,  # 3
    judged=2,  # 5 by its rating, 15
    solved=2,
    fair=1,
    verified=2,  # 5 15
    filed=6,  # 3 5 6 7 15 17
)
COUNTY = Counts(
    dispatches=17,  # 11 + 6
    returns=2,
    to_answer=12,  # each case once, by its first dispatch: 1 2 3 4 5 6 7 13 14 15 16, and 17 by its second
    answered=10,  # not 2 (late), not 4 (baseless)
    due=8,  # each case once, by its last limit: 1 2 3 4 5 6 13 15
    held=1,  # 6
    closed=6,  # not 3, not 6
    on_time=5,  # not 4
    urgent_due=2,
    urgent_closed=2,
    urgent_on_time=2,
    supervised=1,
    judged=6,
    solved=4,
    good=1,
    fair=1,
    bad=1,
    verified=6,  # 1 2 4 5 13 15
    failed=1,
    filed=11,
    extended=1,
)


async def test_a_small_county_counted_by_hand(database: Database) -> None:
    async with database.write() as tx:
        await small_county(tx)
        found = await index_figures.count(tx, NOVEMBER, DECEMBER)
    assert found.agencies["housing"] == HOUSING
    assert found.agencies["water"] == WATER
    assert set(found.agencies) == {"housing", "water"}
    assert found.county == COUNTY
    # reported in November and finished: 1–9, 11, 13–15, 17, without 10, 12 (practice) and 16 (October)
    assert (found.reports.reported, found.reports.withdrawn, found.reports.merged) == (14, 1, 1)
    assert (found.reports.filed, found.reports.asked) == (11, 1)  # without 8, 9, 11; 7 was asked
    assert found.communities == {"community:a", "community:b"}


async def test_the_indices_of_that_county(database: Database) -> None:
    async with database.write() as tx:
        await small_county(tx)
        found = await index_figures.count(tx, NOVEMBER, DECEMBER)
    county, housing, water = found.county, found.agencies["housing"], found.agencies["water"]
    assert (county.response, county.solution, county.satisfaction) == (Rate(10, 12), Rate(4, 6), Rate(2, 3))
    # 0.2 × 5/6 + 0.4 × 2/3 + 0.4 × 2/3 = 1/6 + 8/15 = 7/10
    assert county.combined == Fraction(7, 10)
    assert county.satisfaction_index == Fraction(170, 3)  # (100 + 70 + 0) / 3
    assert (county.closing, county.closing_on_time) == (Rate(6, 7), Rate(5, 7))  # 8 due, 1 of them on hold
    assert (county.urgent_closing, county.urgent_closing_on_time) == (Rate(2, 2), Rate(2, 2))
    assert (county.rework, county.extension, county.returning) == (Rate(1, 6), Rate(1, 11), Rate(2, 17))
    assert county.supervision == Rate(1, 8)
    assert (found.reports.filing, found.reports.duplicates) == (Rate(11, 13), Rate(1, 14))
    assert found.reports.supplements == Rate(1, 14)
    assert found.coverage(4) == Rate(2, 4)
    # H has 6 limits, W has 4 and is not ranked
    placed = ranking((name, one.due, one.closing_on_time) for name, one in sorted(found.agencies.items()))
    assert [(one.who, one.rate, one.place) for one in placed] == [
        ("housing", Rate(4, 6), 1),
        ("water", Rate(2, 3), None),
    ]
    assert (housing.closing, water.closing) == (Rate(5, 6), Rate(2, 3))


def hours(found: Sequence[Took]) -> Counter[float]:
    return Counter((one.end - one.begin) / timedelta(hours=1) for one in found)


async def test_lengths_of_that_county(database: Database) -> None:
    async with database.write() as tx:
        await small_county(tx)
        accepted = await index_lengths.accepting(tx, NOVEMBER, DECEMBER)
        handled, closed = await index_lengths.closing(tx, NOVEMBER, DECEMBER)
    # 1 2 4 13 13 14 15 17 and W's 6 7 after one hour, 5 after six minutes, 16 after two hours, W's 3 after three
    assert hours(accepted) == {1.0: 10, 0.1: 1, 2.0: 1, 3.0: 1}
    # 1: 2 d; 2: 35 h; 4 (from its second dispatch): 73 h; 5: 0.1 h; 13: 48 h twice; 15 (with W): 72 h
    assert hours(handled) == {48.0: 3, 35.0: 1, 73.0: 1, 0.1: 1, 72.0: 1}
    # 1: 49 h; 2: 47 h; 4: 98 h; 5: 24.1 h; 13: 49 h, and 49 h from the dispatch after its reopening; 15: 145 h
    assert hours(closed) == {49.0: 3, 47.0: 1, 98.0: 1, 24.1: 1, 145.0: 1}


async def test_pauses_are_known(database: Database) -> None:
    async with database.write() as tx:
        who = await people(tx)
        case = await filed(tx, who, on(2, 9))
        await case.goes_to("housing", on(2, 9), on(2, 11), on(5, 9))
        await case.makes(Move.ASK, on(2, 10))
        await case.makes(Move.SUPPLY, on(2, 12))
        await case.has(accept_due=on(2, 13))
        await case.makes(Move.ACCEPT, on(2, 12.5))
        await case.makes(Move.HOLD, on(3, 9), hold_until=on(9))
        await case.makes(Move.REASSIGN, on(4, 9), who.checker)
        await case.is_handled(on(6, 9))
        await case.is_closed(on(6, 10), resolution=DONE)
        (accepted,) = await index_lengths.accepting(tx, NOVEMBER, DECEMBER)
        (handled,), _ = await index_lengths.closing(tx, NOVEMBER, DECEMBER)
    assert accepted.pauses == handled.pauses == [(on(2, 10), on(2, 12)), (on(3, 9), on(6, 9))]


async def test_nothing_is_counted_of_nothing(database: Database) -> None:
    async with database.read() as tx:
        assert await index_figures.count(tx, NOVEMBER, DECEMBER) == Figures()
        assert await index_figures.slice_end(tx, NOVEMBER, DECEMBER, 10) == DECEMBER
        counted = await rider_figures.page(
            tx, ("2026-11", NOVEMBER, DECEMBER), MemberId(0), 10, acting=(), fixing="B03"
        )
    assert counted[1] is None
    assert Figures().county.combined is None


@pytest.mark.parametrize("most", [1, 2, 5])
async def test_parts_add_up_to_the_whole(database: Database, most: int) -> None:
    async with database.write() as tx:
        await small_county(tx)
        whole = await index_figures.count(tx, NOVEMBER, DECEMBER)
        found, since, parts = Figures(), NOVEMBER, 0
        while since < DECEMBER:
            end = await index_figures.slice_end(tx, since, DECEMBER, most)
            found, since, parts = found + await index_figures.count(tx, since, end), end, parts + 1
    assert found == whole
    assert parts > 20 / most
    assert read_figures(found.write()) == found


def _entry(member: MemberId, item: str, delta: int, n: int, step: Step, **other: object) -> NewEntry:
    values: dict[str, object] = {"period": "2026-11", "day": "2026-11-05", "at": on(5), **other}
    return NewEntry(
        key=f"{item}:{member}:{n}", member_id=member, item=item, delta=delta, step=step, case_id=None, actor_id=member,
        rules_id=None, **values,
    )  # fmt: skip


async def _riders(tx: Tx) -> Mapping[str, MemberId]:
    """Four in office at the end of November, one who left during it, one who left before, one who came after."""
    found: dict[str, MemberId] = {}
    terms = {
        "active": (on(-9), None), "pending": (on(-9), None), "undone": (on(-9), None), "idle": (on(20), None),
        "left": (on(-9), on(10)), "before": (on(-9), on(0)), "after": (on(32), None),
    }  # fmt: skip
    for name, (since, until) in terms.items():
        member = await members.insert(tx, name, since)
        await members.add_post(tx, member, Post(Role.RIDER), since)
        if until is not None:
            await members.end_post(tx, member, Role.RIDER, None, until)
        found[name] = member
    await members.add_post(tx, found["active"], Post(Role.CAPTAIN), on(-9))
    return found


async def _book(tx: Tx, who: Mapping[str, MemberId]) -> None:
    active, pending, undone, left = (who[name] for name in ("active", "pending", "undone", "left"))
    booked = [
        _entry(active, "A01", 2, 1, Step.CONFIRMED),
        _entry(active, "B03", 2, 1, Step.PENDING),  # confirmed below
        _entry(active, "E06", -5, 1, Step.CONFIRMED),
        _entry(active, "E02", 30, 1, Step.CONFIRMED, spendable_only=True),
        _entry(active, "A01", 2, 2, Step.CONFIRMED, period="2026-10", day="2026-10-31"),
        _entry(active, "C01", 40, 1, Step.CONFIRMED),
        _entry(pending, "B01", 3, 1, Step.PENDING),
        _entry(undone, "A01", 2, 1, Step.CONFIRMED),  # taken back below
        _entry(left, "B03", 2, 1, Step.CONFIRMED),
    ]
    for entry in booked:
        await points.hold(tx, entry.member_id)
        await points.add(tx, entry)
    for entry in await points.list_recent(tx, active, 9):
        if entry.item == "B03":
            await points.confirm(tx, entry, active, on(6))
    await points.reverse(tx, (await points.list_recent(tx, undone, 1))[0], undone, on(6), "reject")


async def test_riders_counted_by_hand(database: Database) -> None:
    async with database.write() as tx:
        who = await _riders(tx)
        await _book(tx, who)
        actors = await people(tx)
        for n in range(7):  # the active one reported seven: one taken back, one rejected, five taken up
            case = await filed(tx, People(who["active"], actors.worker, actors.checker, actors.system), on(3 + n))
            if n < 2:
                await case.makes((Move.WITHDRAW, Move.REJECT)[n], on(3 + n, 1))
        for n in range(4):  # the pending one reported four, too few for a rate
            await filed(tx, People(who["pending"], actors.worker, actors.checker, actors.system), on(3 + n))
        found, last = await rider_figures.page(
            tx, ("2026-11", NOVEMBER, DECEMBER), MemberId(1), 50, acting=("A01", "B01", "B03"), fixing="B03"
        )
    assert last is None
    assert found.in_office == 5  # active, pending, undone, idle, and the rider of `people`
    assert found.activity == Rate(1, 5)  # pending waits, undone was taken back
    assert found.points == Counter({0: 4, 39: 1})  # 2 + 2 − 5 + 40; E02 cannot be ranked
    assert found.gini == Fraction(4, 5)
    assert found.fixed == 2  # active and left
    assert (found.issued, found.deducted, found.spent) == (76, 5, 0)  # 2 + 2 + 30 + 40, and 2 of who left
    assert (found.filed, found.filed_each) == (9, Fraction(9, 5))
    assert found.valid == Rate(5, 6)  # of who reported at least five: seven without the one taken back


async def test_riders_are_counted_page_by_page(database: Database) -> None:
    async with database.write() as tx:
        await _book(tx, await _riders(tx))
        period, after, found = ("2026-11", NOVEMBER, DECEMBER), MemberId(0), Figures()
        while after is not None:
            riders, after = await rider_figures.page(tx, period, after, 2, acting=("A01",), fixing="B03")
            found += Figures(riders=riders)
        once, _ = await rider_figures.page(tx, period, MemberId(0), 50, acting=("A01",), fixing="B03")
    assert found.riders == once
    assert found.on_the_spot == Rate(2, 2)


async def test_a_rating_is_that_of_the_agency_that_had_closed_the_case(database: Database) -> None:
    async with database.write() as tx:
        who = await people(tx)
        case = await filed(tx, who, on(2))
        await case.goes_to("housing", on(2), on(3), on(4))
        await case.is_handled(on(3))
        await case.is_closed(on(3), resolution=DONE)
        await rate(case, "good", on(4))
        await case.makes(Move.REOPEN, on(5))
        await case.goes_to("water", on(5), on(6), on(7))
        found = await index_figures.count(tx, NOVEMBER, DECEMBER)
    assert (found.agencies["housing"].good, found.agencies["water"].good) == (1, 0)


async def test_what_the_rule_closed_and_was_rated_bad_is_not_solved(database: Database) -> None:
    async with database.write() as tx:
        who = await people(tx)
        for score in ("bad", "good"):
            case = await filed(tx, who, on(2))
            await case.goes_to("housing", on(2), on(3), on(4))
            await case.is_handled(on(3))
            await case.is_closed(on(3), who.system, resolution=DONE)
            await rate(case, score, on(4))
        found = await index_figures.count(tx, NOVEMBER, DECEMBER)
    assert found.county.solution == Rate(1, 2)


async def test_the_clock_of_danger_does_not_stand_still(database: Database) -> None:
    """On hold when the limit comes is no excuse for P1, and a question does not keep the limit from coming."""
    async with database.write() as tx:
        who = await people(tx)
        held, asked = [await filed(tx, who, on(2), severity=Severity.P1) for _ in range(2)]
        for case in (held, asked):
            await case.goes_to("housing", on(2), on(2, 1), on(2, 6))
            await case.makes(Move.ACCEPT, on(2, 0.5))
        await held.makes(Move.HOLD, on(2, 1), hold_until=on(9))
        await asked.makes(Move.ASK, on(2, 1))
        found = await index_figures.count(tx, NOVEMBER, DECEMBER)
    assert (found.county.urgent_due, found.county.urgent_held, found.county.urgent_closing) == (2, 0, Rate(0, 2))
