"""Figures of a month that are being counted for somebody: how far they have come, kept between two parts."""

from dataclasses import dataclass

from bot.domain.people import MemberId
from bot.domain.tallies import Figures, read_figures
from bot.domain.times import read, stored
from storage.database import Tx, number, text
from storage.index_parts import Part


@dataclass(frozen=True, slots=True)
class Run:
    """What was counted for a member, and what is left."""

    member: MemberId
    counted: Figures
    left: Part


async def find(tx: Tx, member: MemberId) -> Run | None:
    """What is being counted for this member, or None."""
    row = await tx.maybe("SELECT * FROM figure_runs WHERE member_id = :member", member=member)
    if row is None:
        return None
    left = Part(
        text(row, "period"),
        read(text(row, "since")),
        read(text(row, "until")),
        MemberId(number(row, "after_rider")),
    )
    return Run(member, read_figures(text(row, "counted")), left)


async def save(tx: Tx, run: Run) -> None:
    """Keep how far it has come; one that was begun for the member before is given up."""
    await tx.run(
        "INSERT INTO figure_runs (member_id, period, since, until, after_rider, counted) VALUES (:member, :period, :since,"
        " :until, :after, :counted) ON CONFLICT (member_id) DO UPDATE SET period = excluded.period,"
        " since = excluded.since, until = excluded.until, after_rider = excluded.after_rider, counted = excluded.counted",
        member=run.member,
        period=run.left.month,
        since=stored(run.left.since),
        until=stored(run.left.until),
        after=run.left.after,
        counted=run.counted.write(),
    )


async def end(tx: Tx, member: MemberId) -> None:
    """It was told, or is not wanted any more. Idempotent."""
    await tx.run("DELETE FROM figure_runs WHERE member_id = :member", member=member)
