"""Looking for what may go costs as much in a young county as in one that has sent a million messages."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.times import stored
from storage import outbox
from storage.database import Database, Row, Value
from storage.outbox import Draft

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


class Plans:
    """A transaction that only notes how SQLite would find the rows."""

    def __init__(self, made: sqlite3.Connection) -> None:
        self.made = made
        self.seen: list[str] = []

    async def all(self, sql: str, **args: Value) -> Sequence[Row]:
        self.seen += [str(row[3]) for row in self.made.execute(f"EXPLAIN QUERY PLAN {sql}", args)]
        return []

    async def one(self, sql: str, **args: Value) -> Row:
        await self.all(sql, **args)
        return {"at": None}


async def test_unsent_messages_are_found_by_the_index_of_unsent_messages(sqlite_template: Path) -> None:
    with closing(sqlite3.connect(sqlite_template)) as made:
        tx = Plans(made)
        await outbox.claim(tx, "sandbox", NOW, NOW, 4)
        await outbox.lost(tx, "sandbox", NOW)
        await outbox.next_at(tx, "sandbox")
        await outbox.oldest_due(tx, NOW)
        await outbox.recently_sent(tx, "sandbox", NOW)
        await outbox.counts(tx)
    of_rows = [step for step in tx.seen if "outbox" in step or " o" in step or " e" in step]
    assert len(of_rows) >= 6
    assert [step for step in of_rows if "INDEX outbox_" not in step] == []


async def test_what_waits_is_under_way_or_went_is_told_apart(database: Database) -> None:
    async with database.write() as tx:
        ids = [await outbox.add(tx, draft(n)) for n in range(4)]
        assert None not in ids
        claimed = await outbox.claim(tx, "sandbox", NOW, NOW + timedelta(minutes=1), 2)
        assert [one.id for one in claimed] == ids[:2]
        await outbox.sent(tx, claimed[0].id, "m1", NOW)
        assert await outbox.next_at(tx, "sandbox") == await outbox.oldest_due(tx, NOW) == NOW
        recent = await outbox.recently_sent(tx, "sandbox", NOW)
        assert [(one.id, at) for one, at in recent if at is not None] == [(ids[0], NOW)]
        assert [one.id for one, at in recent if at is None] == [ids[1]]
        assert await outbox.lost(tx, "sandbox", NOW) == []
        assert [one.id for one in await outbox.lost(tx, "sandbox", NOW + timedelta(hours=1))] == [ids[1]]
        again = await outbox.claim(tx, "sandbox", NOW, NOW + timedelta(minutes=1), 9)
        assert [(one.id, one.state) for one in again] == [(ids[1], "unknown"), (ids[2], "queued"), (ids[3], "queued")]


async def test_a_change_of_a_message_that_is_held_is_held_as_long(database: Database) -> None:
    later = NOW + timedelta(hours=3)
    async with database.write() as tx:
        await outbox.add(tx, replace(draft(1), slot="closing:1", not_before=later))
        changed = await outbox.add(tx, replace(draft(1), slot="closing:1", only_edit=True))
        assert await outbox.claim(tx, "sandbox", NOW, later, 9) == []
        assert [one.id for one in await outbox.claim(tx, "sandbox", later, later, 9)] == [changed]


def draft(n: int) -> Draft:
    return Draft(
        platform="sandbox", chat=f"u{n}", private=True, topic=f"sandbox:u{n}:{stored(NOW)}", body="{}", rank=0,
        not_before=NOW, created_at=NOW,
    )  # fmt: skip
