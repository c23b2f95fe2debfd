"""What riders and admins see of the ledger, hints, deductions and look-alike photos, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.case import Case
from bot.domain.collusion import Verified
from bot.domain.ledger import Step
from bot.domain.people import SYSTEM, MemberId, Post, Role
from bot.domain.rulebook import Point
from bot.domain.times import stored
from storage import (
    cases,
    collusion,
    deductions,
    hints,
    members,
    photo_matches,
    photos,
    point_lines,
    points,
    recent_reports,
    restored,
)
from storage.database import Database, Tx
from storage.deductions import Proposal
from storage.hints import NOT_COUNTED, Hint, HintKind
from storage.photo_matches import Match, Sought
from storage.photos import Found, PhotoKind
from storage.points import NewEntry

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HALF_A_YEAR = AT - timedelta(days=180)
LOOKS = "0f1e2d3c4b5a6978"


def later(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


async def rider(tx: Tx, name: str = "赵强") -> MemberId:
    who = await members.insert(tx, name, AT, station="站前站")
    await members.add_post(tx, who, Post(Role.RIDER), AT)
    return who


async def a_case(tx: Tx, who: MemberId, at: datetime = AT, **known: Any) -> Case:
    """A filed case."""
    made = await cases.insert(tx, who, at)
    await tx.run("UPDATE cases SET state = 'filed' WHERE id = :id", id=made.id)
    filed = await cases.get(tx, made.id)
    return await cases.amend(tx, filed, **known) if known else filed


async def booked(tx: Tx, who: MemberId, key: str, delta: int, step: Step = Step.CONFIRMED, **more: Any) -> int:
    entry = NewEntry(
        key=key, member_id=who, item=key[:3], delta=delta, step=step, case_id=None, actor_id=who, rules_id=None,
        period="2026-11", day="2026-11-23", at=AT,
    )  # fmt: skip
    return await points.add(tx, replace(entry, **more))


# -- lines ---------------------------------------------------------------------------------------------------------


async def test_lines_are_read_newest_first_with_who_and_why(database: Database) -> None:
    async with database.write() as tx:
        who, boss = await rider(tx), await members.insert(tx, "李主任", AT)
        auto = await booked(tx, who, "A01:case:1", 2)
        waits = await booked(tx, who, "A04:case:1", 1, Step.PENDING)
        gift = await booked(tx, who, "A07:award:1", 20, actor_id=boss, reason="已查实")
        await points.reverse(tx, await points.get(tx, auto), boss, AT, "undone")
        lines = await point_lines.page(tx, who, "2026-11", None, 5)
        assert [(line.id, line.standing, line.by) for line in lines] == [
            (gift, "confirmed", "李主任"), (waits, "pending", ""), (auto, "reversed", "李主任"),
        ]  # fmt: skip
        assert [(line.reason, line.undone) for line in lines] == [("已查实", ""), ("", ""), ("", "undone")]
        assert [line.id for line in await point_lines.page(tx, who, "2026-11", waits, 5)] == [auto]
        assert await point_lines.count(tx, who, "2026-11") == 3
        assert await point_lines.page(tx, who, "2026-10", None, 5) == []


async def test_the_system_and_oneself_are_nobody_who_booked(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        await booked(tx, who, "A01:case:1", 2, Step.PENDING)
        await points.confirm(tx, (await points.list_recent(tx, who, 1))[0], SYSTEM, AT)
        [line] = await point_lines.page(tx, who, "2026-11", None, 5)
        assert (line.standing, line.by) == ("confirmed", "")


async def test_what_counts_in_a_later_month_is_a_line_of_both(database: Database) -> None:
    """A month that was closed keeps what it had; the running one gains and loses."""
    async with database.write() as tx:
        who = await rider(tx)
        waited = await booked(tx, who, "B02:intervention:1", 2, Step.PENDING)
        counted = await booked(tx, who, "A01:case:1", 2)
        await points.confirm(tx, await points.get(tx, waited), SYSTEM, AT, into="2026-12")
        await points.reverse(tx, await points.get(tx, counted), SYSTEM, AT, "reject", into="2026-12")
        november = await point_lines.page(tx, who, "2026-11", None, 5)
        december = await point_lines.page(tx, who, "2026-12", None, 5)
        assert [(line.entry, line.standing) for line in november] == [(counted, "confirmed"), (waited, "later")]
        assert [(line.entry, line.delta, line.standing) for line in december] == [
            (counted, -2, "reversed"), (waited, 2, "confirmed"),
        ]  # fmt: skip
        assert (await point_lines.sums(tx, who, "2026-11")).by_item == {"A01": 2, "B02": 0}
        assert (await point_lines.sums(tx, who, "2026-12")).by_item == {"A01": -2, "B02": 2}


async def test_a_month_is_summed_by_item_and_what_waits_apart(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        first = await booked(tx, who, "A01:case:1", 2)
        await booked(tx, who, "A01:case:2", 2)
        await booked(tx, who, "A02:case:3", 4, Step.PENDING)
        await booked(tx, who, "E02:month", 30, spendable_only=True)
        await points.reverse(tx, await points.get(tx, first), who, AT, "reject")
        sums = await point_lines.sums(tx, who, "2026-11")
        assert (dict(sums.by_item), sums.pending) == ({"A01": 2, "A02": 0}, 4)
        assert await point_lines.list_of_item(tx, who, "A01", "2026-11") == [first + 1]


# -- hints ---------------------------------------------------------------------------------------------------------


async def test_a_hint_holds_until_a_person_settles_it(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        case = await a_case(tx, who)
        entry = await booked(tx, who, f"A01:case:{case.id}", 2, Step.PENDING, case_id=case.id)
        assert not await hints.holds(tx, case.id, who)
        for hint in (Hint(HintKind.BURST, "7"), Hint(HintKind.BURST, "8"), Hint(HintKind.OWN_PLACE)):
            await hints.add(tx, entry, hint, AT)
        assert await hints.holds(tx, case.id, who) and await hints.count(tx) == 1
        [waiting] = await hints.page(tx, 0, 5)
        assert (waiting.entry, waiting.name, waiting.case_number) == (entry, "赵强", case.number)
        assert waiting.hints == (Hint(HintKind.BURST, "7"), Hint(HintKind.OWN_PLACE))
        assert await hints.page(tx, entry, 5) == []
        assert await hints.settle(tx, entry, SYSTEM, AT)
        assert not await hints.settle(tx, entry, SYSTEM, AT)
        assert not await hints.holds(tx, case.id, who) and await hints.count(tx) == 0


async def test_what_is_taken_back_waits_for_nobody(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        case = await a_case(tx, who)
        entry = await booked(tx, who, f"A01:case:{case.id}", 2, Step.PENDING, case_id=case.id)
        await hints.add(tx, entry, Hint(HintKind.OWN_PLACE), AT)
        await hints.drop_reversed(tx, case.id, SYSTEM, AT)
        assert await hints.count(tx) == 1
        await points.reverse(tx, await points.get(tx, entry), who, AT, "reject")
        await hints.drop_reversed(tx, case.id, SYSTEM, AT)
        assert await hints.count(tx) == 0
        assert not await hints.refused(tx, case.id, who)


async def test_what_a_person_refused_is_known(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        case = await a_case(tx, who)
        entry = await booked(tx, who, f"A01:case:{case.id}", 2, Step.PENDING, case_id=case.id)
        await hints.add(tx, entry, Hint(HintKind.OWN_PLACE), AT)
        await points.reverse(tx, await points.get(tx, entry), SYSTEM, AT, NOT_COUNTED)
        assert await hints.refused(tx, case.id, who)
        assert not await hints.refused(tx, case.id, SYSTEM)


# -- deductions ----------------------------------------------------------------------------------------------------


async def test_a_deduction_is_heard_and_decided_once(database: Database) -> None:
    async with database.write() as tx:
        who, boss = await rider(tx), await members.insert(tx, "李主任", AT)
        proposal = Proposal(
            member=who, item="E05", points=-20, case=None, reason="摆拍", photo=None, asked_by=boss, asked_at=AT,
            heard_until=later(60),
        )  # fmt: skip
        made = await deductions.add(tx, proposal)
        found = await deductions.get(tx, made)
        assert found.proposal == proposal
        assert not found.may_be_decided(later(59)) and found.may_be_decided(later(60))
        assert await deductions.answer(tx, made, "不是我", later(1))
        heard = await deductions.get(tx, made)
        assert heard.answer == "不是我" and heard.may_be_decided(later(2))
        assert [one.id for one in await deductions.list_open(tx)] == [made]
        assert await deductions.decide(tx, made, SYSTEM, later(3))
        assert not await deductions.decide(tx, made, SYSTEM, later(4))
        assert not await deductions.answer(tx, made, "晚了", later(5))
        await deductions.set_entry(tx, made, await booked(tx, who, "E05:deduction:1", -20))
        assert await deductions.list_open(tx) == []
        assert await deductions.find(tx, made + 1) is None


async def test_a_quarter_is_its_deductions_lessons_and_what_was_given_back(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        gone = await booked(tx, who, "E04:case:1", -1)
        await points.reverse(tx, await points.get(tx, gone), who, AT, "undo_reject")
        await booked(tx, who, "E04:case:2", -1)
        await booked(tx, who, "C03:award:1", 1)
        await booked(tx, who, "A01:case:3", 2)
        await booked(tx, who, ":restored:1", 1, Step.RESTORED, item="", reason="restored lessons E04 2")
        await booked(tx, who, ":spent:1", -30, Step.SPENT, item="", spendable_only=True)
        rows = await restored.of_months(tx, who, "2026-10", "2026-12", "C03")
        assert [(row.item, row.delta) for row in rows] == [("E04", -1), ("C03", 1), ("", 1)]
        assert await restored.of_months(tx, who, "2026-07", "2026-09", "C03") == []


# -- photos --------------------------------------------------------------------------------------------------------


async def a_photo(
    tx: Tx, case: Case, who: MemberId, *, sha: str, looks: str, kind: PhotoKind = PhotoKind.REPORT, at: datetime = AT
) -> int:
    photo = await photos.want(tx, who, kind, "sandbox", "ref", at, case=case.id)
    found = Found(
        blob="b.jpg", thumb="t.jpg", bytes=1, width=1, height=1, sha256_received=sha * 64, sha256_stored=sha * 64,
        dhash=looks, phash=looks, taken_claim=None, position_claim=None, ai_label=None,
    )  # fmt: skip
    assert await photos.store(tx, photo, found, at)
    return photo


def changed(looks: str, *bits: int) -> str:
    return f"{int(looks, 16) ^ sum(1 << bit for bit in bits):016x}"


async def test_the_same_bytes_come_before_a_likeness(database: Database) -> None:
    async with database.write() as tx:
        who, other = await rider(tx), await rider(tx, "李晓梅")
        theirs, mine = await a_case(tx, other), await a_case(tx, who)
        same = await a_photo(tx, theirs, other, sha="a", looks="0" * 16)
        near = await a_photo(tx, theirs, other, sha="b", looks=LOOKS)
        assert await photo_matches.sought(tx, mine.id, who) == []
        sent = await a_photo(tx, mine, who, sha="a", looks=LOOKS)
        [photo] = await photo_matches.sought(tx, mine.id, who)
        assert photo == Sought(sent, mine.id, who, "a" * 64, LOOKS, LOOKS)
        assert await photo_matches.find(tx, photo, HALF_A_YEAR) == Match(same, theirs.number, same=True)
        alike = replace(photo, sha256="c" * 64)
        assert await photo_matches.find(tx, alike, HALF_A_YEAR) == Match(near, theirs.number, same=False)


async def test_a_likeness_differs_in_eight_bits_at_most_wherever_they_are(database: Database) -> None:
    async with database.write() as tx:
        who, other = await rider(tx), await rider(tx, "李晓梅")
        theirs, mine = await a_case(tx, other), await a_case(tx, who)
        kept = await a_photo(tx, theirs, other, sha="a", looks=LOOKS)
        photo = Sought(0, mine.id, who, "c" * 64, LOOKS, LOOKS)
        for bits in (tuple(range(8)), (0, 9, 18, 27, 36, 45, 54, 63), (3, 15, 16, 30, 31, 44, 60, 63)):
            near = replace(photo, phash=changed(LOOKS, *bits), dhash=changed(LOOKS, *bits))
            assert await photo_matches.find(tx, near, HALF_A_YEAR) == Match(kept, theirs.number, same=False)
            far = replace(near, dhash=changed(LOOKS, *range(9)))
            assert await photo_matches.find(tx, far, HALF_A_YEAR) is None
        assert await photo_matches.find(tx, replace(photo, phash=changed(LOOKS, *range(9))), HALF_A_YEAR) is None


async def test_what_is_no_second_use_of_a_photo(database: Database) -> None:
    """One's own photos of the same case, own reports that came to nothing, practice, and what is older than asked."""
    async with database.write() as tx:
        who, other = await rider(tx), await rider(tx, "李晓梅")
        mine, before = await a_case(tx, who), await a_case(tx, who)
        photo = Sought(0, mine.id, who, "a" * 64, LOOKS, LOOKS)
        await a_photo(tx, mine, who, sha="a", looks=LOOKS)
        kept = await a_photo(tx, before, who, sha="a", looks=LOOKS)
        assert await photo_matches.find(tx, photo, HALF_A_YEAR) == Match(kept, before.number, same=True)
        assert await photo_matches.find(tx, photo, later(1)) is None
        await tx.run("UPDATE cases SET state = 'rejected' WHERE id = :id", id=before.id)
        assert await photo_matches.find(tx, photo, HALF_A_YEAR) is None

        by_another = await a_photo(tx, mine, other, sha="a", looks=LOOKS, kind=PhotoKind.VERIFY)
        assert await photo_matches.find(tx, photo, HALF_A_YEAR) == Match(by_another, mine.number, same=True)
        await tx.run("UPDATE cases SET practice_at = opened_at")
        assert await photo_matches.find(tx, photo, HALF_A_YEAR) is None


# -- reports and verifications -------------------------------------------------------------------------------------


async def test_recent_reports_say_when_and_where(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        first = await a_case(tx, who, AT, place="客运站", lat=46.9, lon=130.4)
        second = await a_case(tx, who, later(5))
        await cases.insert(tx, who, later(6))  # a draft
        found = await recent_reports.of(tx, who, AT, later(10))
        assert [(one.case, one.at, one.point) for one in found] == [
            (second.id, later(5), None), (first.id, AT, Point(46.9, 130.4)),
        ]  # fmt: skip
        assert [one.case for one in await recent_reports.of(tx, who, later(1), later(10))] == [second.id]
        assert await recent_reports.station(tx, who) == "站前站"
        assert await recent_reports.station(tx, SYSTEM) == ""


async def test_rejected_reports_count_while_they_are_rejected(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        case = await a_case(tx, who)
        await tx.run(
            "INSERT INTO case_events (case_id, version, move, from_state, to_state, actor_id, at)"
            " VALUES (:case, 9, 'reject', 'filed', 'rejected', :who, :at)",
            case=case.id, who=who, at=stored(later(5)),
        )  # fmt: skip
        assert await recent_reports.count_rejected(tx, who, AT, later(10)) == 0
        await tx.run("UPDATE cases SET state = 'rejected' WHERE id = :id", id=case.id)
        assert await recent_reports.count_rejected(tx, who, AT, later(10)) == 1
        assert await recent_reports.count_rejected(tx, who, AT, later(5)) == 0


async def test_who_verified_whose_reports_is_counted(database: Database) -> None:
    async with database.write() as tx:
        who, friend, contact = await rider(tx), await rider(tx, "李晓梅"), await members.insert(tx, "刘工", AT)
        for at, actor in enumerate((friend, friend, contact, who)):
            case = await a_case(tx, who)
            instant = stored(later(at))
            await tx.run(
                "INSERT INTO dispatches (case_id, agency_id, at, closed_at, confirmed_by)"
                " VALUES (:case, 'housing', :at, :at, :actor)",
                case=case.id, actor=actor, at=instant,
            )  # fmt: skip
        assert await collusion.verified_by_riders(tx, AT, later(60)) == [Verified(who, friend, 2)]
        assert await collusion.verified_by_riders(tx, later(1), later(60)) == [Verified(who, friend, 1)]
