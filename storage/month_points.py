"""What the close of a month reads of the ledger and adds to it, for many riders in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Row, Tx, Value, number
from storage.points import NewEntry

# What is settled in a month may have been earned, or may have counted, in an earlier one: that is not `own`, not `lost`.
_WORKED: Final = (
    "SELECT member_id,"
    " CAST(SUM(CASE WHEN (',' || CAST(:deeds AS TEXT) || ',') NOT LIKE ('%,' || item || ',%') THEN 0"
    " WHEN step = 'confirmed' AND delta > 0 THEN 1 WHEN step = 'reversed' AND delta < 0 THEN -lost ELSE 0 END)"
    " AS BIGINT) AS deeds,"
    " CAST(SUM(CASE WHEN step = 'confirmed' AND delta < 0 THEN 1 WHEN step = 'reversed' AND delta > 0 THEN -lost"
    " ELSE 0 END) AS BIGINT) AS deductions,"
    " CAST(SUM(CASE WHEN step = 'pending' THEN 1 WHEN of_id IS NOT NULL AND (step = 'confirmed' OR (step = 'reversed'"
    " AND delta = 0)) THEN -own ELSE 0 END) AS BIGINT) AS held,"
    " CAST(SUM(CASE WHEN item <> :reward THEN 0 WHEN of_id IS NULL THEN 1 WHEN step = 'reversed' THEN -own ELSE 0 END)"
    " AS BIGINT) AS rewarded,"
    " CAST(SUM(CASE WHEN day = :last_day THEN gain ELSE 0 END) AS BIGINT) AS gain_day,"
    " CAST(SUM(gain) AS BIGINT) AS gain_month FROM (SELECT p.member_id, p.item, p.step, p.delta, p.of_id, p.day,"
    " CASE WHEN e.period = p.period THEN 1 ELSE 0 END AS own,"
    " CASE WHEN COALESCE(k.period, e.period) = p.period THEN 1 ELSE 0 END AS lost,"
    " CASE WHEN p.of_id IS NULL AND p.delta > 0 AND p.spendable_only IS NULL"
    " AND (',' || CAST(:outside AS TEXT) || ',') NOT LIKE ('%,' || p.item || ',%') THEN p.delta ELSE 0 END AS gain"
    " FROM points p LEFT JOIN points e ON e.id = p.of_id LEFT JOIN points k ON k.of_id = p.of_id AND k.step = 'confirmed'"
    " WHERE p.period = :period AND p.member_id >= :first AND p.member_id <= :last) AS booked"
    " GROUP BY member_id ORDER BY member_id"
)
_POINTS: Final = (
    "INSERT INTO points (key, member_id, item, delta, step, actor_id, rules_id, period, day, at)"
    " SELECT CAST(:item AS TEXT) || ':' || CAST(:subject AS TEXT) || ':' || CAST(m.id AS TEXT) || ':1', m.id,"
    " CAST(:item AS TEXT), CAST(:delta AS BIGINT), 'confirmed', CAST(:actor AS BIGINT), CAST(:rules AS BIGINT),"
    " :period, :day, :at FROM members m WHERE m.id IN ("
)
_BALANCES: Final = (
    "INSERT INTO balances (member_id, period, ranking) SELECT m.id, :period, CAST(:delta AS BIGINT) FROM members m"
    " WHERE m.id IN ("
)
_MORE_POINTS: Final = "ON CONFLICT (member_id, period) DO UPDATE SET ranking = balances.ranking + excluded.ranking"
_WALLETS: Final = (
    "INSERT INTO wallets (member_id, spendable) SELECT m.id, CAST(:delta AS BIGINT) FROM members m WHERE m.id IN ("
)
_MORE_TO_SPEND: Final = "ON CONFLICT (member_id) DO UPDATE SET spendable = wallets.spendable + excluded.spendable"


@dataclass(frozen=True, slots=True)
class Worked:
    """A rider's month: deeds and deductions that count, entries that still wait for a person, and what was given.

    `rewarded`: the close has booked its reward before, and it stands. `day` and `month`: gains under the caps over all items, of the month's last day and of all of it. Entries that were
    taken back are among them, so that the caps have at least as much room as these leave.
    """

    member: MemberId
    deeds: int
    deductions: int
    held: int
    rewarded: bool
    day: int
    month: int


async def worked(
    tx: Tx,
    period: str,
    first: MemberId,
    last: MemberId,
    last_day: str,
    *,
    deeds: Sequence[str],
    outside: Sequence[str],
    reward: str,
) -> Sequence[Worked]:
    """The month of every member from `first` to `last` who has anything in it.

    `deeds`: codes of the items that are deeds of duty; `outside`: of those that stand outside the caps over all;
    `reward`: of what the close itself books.
    """
    rows = await tx.all(
        _WORKED,
        period=period,
        first=first,
        last=last,
        last_day=last_day,
        deeds=",".join(deeds),
        outside=",".join(outside),
        reward=reward,
    )
    return [_worked(row) for row in rows]


def _worked(row: Row) -> Worked:
    return Worked(
        MemberId(number(row, "member_id")),
        number(row, "deeds"),
        number(row, "deductions"),
        number(row, "held"),
        number(row, "rewarded") > 0,
        number(row, "gain_day"),
        number(row, "gain_month"),
    )


async def add_for_each(tx: Tx, gain: NewEntry, subject: str, riders: Sequence[MemberId]) -> None:
    """Book the same gain, which counts at once, for each of these riders, who are held: by the key of `subject`.

    Raises:
        Conflict: one of them has it already.
    """
    if not riders:
        return
    ids = ", ".join(f":m{n}" for n in range(len(riders)))
    who: dict[str, Value] = {f"m{n}": rider for n, rider in enumerate(riders)}
    await tx.run(
        f"{_POINTS} {ids})",
        item=gain.item,
        subject=subject,
        delta=gain.delta,
        actor=gain.actor_id,
        rules=gain.rules_id,
        period=gain.period,
        day=gain.day,
        at=stored(gain.at),
        **who,
    )
    await tx.run(f"{_BALANCES} {ids}) {_MORE_POINTS}", period=gain.period, delta=gain.delta, **who)
    await tx.run(f"{_WALLETS} {ids}) {_MORE_TO_SPEND}", delta=gain.delta, **who)
