"""The same picture again: by its bytes, or by two hashes of what it shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Row, Tx, number, text

NEAR_BITS: Final = 8  # rule book 8.2: so many of the 64 bits of a hash may differ
_MOST: Final = 2000  # compared one by one; a hash that more photos are like says nothing
# The parts of a hash that have an index: first digit, digits, who has that part. Of 8 differing bits spread over 5 parts
# one part has at most 1: so whatever is near has a part that is equal but for one bit, and only that is compared.
_PARTS: Final = (
    (0, 3, "SELECT id FROM photos WHERE substr(phash, 1, 3) IN"),
    (3, 3, "SELECT id FROM photos WHERE substr(phash, 4, 3) IN"),
    (6, 3, "SELECT id FROM photos WHERE substr(phash, 7, 3) IN"),
    (9, 3, "SELECT id FROM photos WHERE substr(phash, 10, 3) IN"),
    (12, 4, "SELECT id FROM photos WHERE substr(phash, 13, 4) IN"),
)

_FOUND: Final = (
    "SELECT p.id, p.dhash, p.phash, p.case_id, c.number FROM photos p JOIN cases c ON c.id = p.case_id"
    " WHERE c.practice_at IS NULL AND p.wanted_at >= :since AND p.state = 'stored' AND p.kind IN ('report', 'supply', 'verify')"
    " AND NOT (p.member_id = :member AND (p.case_id = :case OR c.state IN ('draft', 'withdrawn', 'rejected')))"
)


@dataclass(frozen=True, slots=True)
class Sought:
    """A photo that is looked for: who sent it and for which case. What they sent for that case before is no match."""

    photo: int
    case: CaseId
    member: MemberId
    sha256: str
    dhash: str
    phash: str


@dataclass(frozen=True, slots=True)
class Match:
    """A photo of another report, or of another person; `number` is its case's."""

    photo: int
    number: int
    same: bool


async def sought(tx: Tx, case: CaseId, member: MemberId) -> Sequence[Sought]:
    """The stored pictures a member sent for a case."""
    rows = await tx.all(
        "SELECT id, sha256_received, dhash, phash FROM photos WHERE case_id = :case AND member_id = :member"
        " AND state = 'stored' AND media IS NULL AND dhash IS NOT NULL AND kind IN ('report', 'supply', 'verify')"
        " ORDER BY id",
        case=case,
        member=member,
    )
    return [
        Sought(number(row, "id"), case, member, text(row, "sha256_received"), text(row, "dhash"), text(row, "phash"))
        for row in rows
    ]


async def find(tx: Tx, photo: Sought, since: datetime) -> Match | None:
    """The newest photo since then with the same bytes or, where there is none, one that looks the same.

    Practice does not count, nor what the member sent with reports of their own that came to nothing.
    """
    same = await tx.maybe(
        _FOUND + " AND p.sha256_received = :sha ORDER BY p.id DESC LIMIT 1", sha=photo.sha256, **_of(photo, since)
    )
    if same is not None:
        return Match(number(same, "id"), number(same, "number"), same=True)
    near = [row for row in await _candidates(tx, photo, since) if _is_near(row, photo)]
    return Match(number(near[0], "id"), number(near[0], "number"), same=False) if near else None


async def _candidates(tx: Tx, photo: Sought, since: datetime) -> Sequence[Row]:
    """Photos with a part of the hash that is equal but for one bit, newest first."""
    parts: list[str] = []
    args: dict[str, str] = {}
    for at, (first, digits, has) in enumerate(_PARTS):
        values = list(_within_a_bit(photo.phash[first : first + digits]))
        names = [f"p{at}x{n}" for n in range(len(values))]
        args.update(zip(names, values, strict=True))
        listed = ", ".join(f":{name}" for name in names)
        parts.append(f"{has} ({listed})")
    among = " UNION ".join(parts)
    return await tx.all(
        f"{_FOUND} AND p.id IN ({among}) ORDER BY p.id DESC LIMIT CAST(:most AS BIGINT)",
        most=_MOST,
        **_of(photo, since),
        **args,
    )


def _of(photo: Sought, since: datetime) -> dict[str, str | int]:
    return {"case": photo.case, "member": photo.member, "since": stored(since)}


def _within_a_bit(part: str) -> Iterator[str]:
    """A part of a hash and every one that differs from it in one bit."""
    value, digits = int(part, 16), len(part)
    yield part
    for bit in range(4 * digits):
        yield f"{value ^ (1 << bit):0{digits}x}"


def _is_near(row: Row, photo: Sought) -> bool:
    """Both hashes: each alone is fooled by pictures that are nearly all one grey."""
    return all(
        _apart(text(row, name), mine) <= NEAR_BITS for name, mine in (("dhash", photo.dhash), ("phash", photo.phash))
    )


def _apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()
