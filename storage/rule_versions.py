"""Versions of the point rules as they were in force; the ledger names the one an entry was booked by."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from bot.domain.rulebook import PointItem, PointRules
from bot.domain.times import stored
from storage.database import Row, Tx, number, text


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """`content` is JSON, `hash` its SHA-256 in hexadecimal."""

    id: int
    effective_from: str
    hash: str
    content: str

    @property
    def rules(self) -> PointRules:
        """What the content says."""
        return read_rules(self.content)


async def find(tx: Tx, effective_from: str) -> RuleVersion | None:
    """The version that is in force from this day on, e.g. "2026-01-01"."""
    row = await tx.maybe("SELECT * FROM rules WHERE effective_from = :day", day=effective_from)
    return None if row is None else _version(row)


async def in_force(tx: Tx, day: str) -> RuleVersion | None:
    """The version in force on a day of the county; None before the first. One for a later day does not count yet."""
    row = await tx.maybe(
        "SELECT * FROM rules WHERE effective_from <= :day ORDER BY effective_from DESC LIMIT 1", day=day
    )
    return None if row is None else _version(row)


async def list_all(tx: Tx) -> Mapping[int, PointRules]:
    """The rules of every version, by its id."""
    return {number(row, "id"): _version(row).rules for row in await tx.all("SELECT * FROM rules ORDER BY id")}


async def insert(tx: Tx, effective_from: str, digest: str, content: str, at: datetime) -> None:
    """Keep a version, unless there is one from that day on, perhaps by another process just now."""
    await tx.run(
        "INSERT INTO rules (effective_from, hash, content, stored_at) VALUES (:day, :hash, :content, :at)"
        " ON CONFLICT (effective_from) DO NOTHING",
        day=effective_from,
        hash=digest,
        content=content,
        at=stored(at),
    )


def written_rules(rules: PointRules) -> str:
    """The rules as they are kept: the same rules are the same text."""
    return json.dumps(asdict(rules), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=32)
def read_rules(content: str) -> PointRules:
    """The rules that `written_rules` wrote; a field that came later has its default."""
    known: dict[str, Any] = json.loads(content)
    known["items"] = tuple(_item(item) for item in known["items"])
    return PointRules(**known)


def _item(known: dict[str, Any]) -> PointItem:
    known["points"] = tuple(known["points"])
    return PointItem(**known)


def _version(row: Row) -> RuleVersion:
    return RuleVersion(number(row, "id"), text(row, "effective_from"), text(row, "hash"), text(row, "content"))
