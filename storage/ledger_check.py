"""Whether a month is what its ledger says: every row worked out again, and every sum that is kept beside it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.replay import Difference, Line, Replay, What
from bot.domain.rulebook import PointRules
from storage import ledger_rows, months, rule_versions
from storage.database import Database, Tx
from storage.ledger_rows import Kept, Sum

Reader = Callable[[Tx, Sum | None], Awaitable[Sequence[Sum]]]

ROWS: Final = 500  # a slice; its transaction is over in some ten milliseconds
MEMBERS: Final = 5  # whose whole history is added up in a slice


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: `rows` of the month and `members` with any; `difference`: the first one, None if all is equal."""

    rows: int
    members: int
    difference: Difference | None


async def verify(database: Database, period: str, most: int = ROWS) -> Verdict:
    """Work a month out again from the rows of its ledger, and compare balances, wallets and the ranking that holds.

    In slices of at most so many rows, each a transaction of its own: the bot may go on working.
    """
    async with database.read() as tx:
        walk = _Walk(await rule_versions.list_all(tx))
    while walk.difference is None and (kept := await _rows(database, period, walk.last, most)):
        walk.take(kept)
    walk.finish()
    return Verdict(walk.rows, walk.members, walk.difference or await _sums(database, period))


class _Walk:
    """From row to row; a member's sums are compared after the last of theirs."""

    def __init__(self, versions: Mapping[int, PointRules]) -> None:
        self.rows = self.members = 0
        self.difference: Difference | None = None
        self.last: Line | None = None
        self._versions = versions
        self._replay: Replay | None = None
        self._kept: Kept | None = None

    def take(self, rows: Sequence[Kept]) -> None:
        """Read a slice, up to the first difference."""
        for kept in rows:
            if self._replay is None or self._replay.member != kept.line.member:
                self.finish()
                self._replay = Replay(kept.line.member, self._versions)
                self.members += 1
            if self.difference is not None:
                return
            self.rows += 1
            self.last, self._kept = kept.line, kept
            self.difference = self._replay.read(kept.line)

    def finish(self) -> None:
        """The member's rows are all read."""
        replay, kept = self._replay, self._kept
        if self.difference is not None or replay is None or kept is None:
            return
        ranked = max(0, replay.total)
        if kept.balance != replay.total:
            self.difference = Difference(What.BALANCE, replay.member, "", kept.balance, replay.total)
        elif kept.ranked not in (None, ranked):
            self.difference = Difference(What.RANKING, replay.member, "", kept.ranked or 0, ranked)


async def _rows(database: Database, period: str, after: Line | None, most: int) -> Sequence[Kept]:
    async with database.read() as tx:
        return await ledger_rows.page(tx, period, await _version(tx, period), after, most)


async def _version(tx: Tx, period: str) -> int:
    """The ranking that holds; 0 while one is being made, which does not have all points yet."""
    month = await months.find(tx, period)
    return month.version if month is not None and not month.checkpoint else 0


async def _sums(database: Database, period: str) -> Difference | None:
    """Sums of members without a row in the month, and the wallets of all."""

    async def balances(tx: Tx, after: Sum | None) -> Sequence[Sum]:
        return await ledger_rows.balances_without_rows(tx, period, after, ROWS)

    async def ranked(tx: Tx, after: Sum | None) -> Sequence[Sum]:
        return await ledger_rows.ranked_without_rows(tx, period, await _version(tx, period), after, ROWS)

    async def wallets(tx: Tx, after: Sum | None) -> Sequence[Sum]:
        return await ledger_rows.wallets(tx, after, MEMBERS)

    for what, read in ((What.BALANCE, balances), (What.RANKING, ranked), (What.WALLET, wallets)):
        if difference := await _first_unequal(database, what, read):
            return difference
    return None


async def _first_unequal(database: Database, what: What, read: Reader) -> Difference | None:
    last: Sum | None = None
    while True:
        async with database.read() as tx:
            sums = await read(tx, last)
        for one in sums:
            if one.found != one.expected:
                return Difference(what, one.member, "", one.found, one.expected)
        if not sums:
            return None
        last = sums[-1]
