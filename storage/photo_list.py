"""What the rows of photos name: blobs for backups and sweeping, and what is kept of one case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import CaseId
from bot.domain.times import read
from storage.blobs import is_name
from storage.database import Row, Tx, maybe_number, maybe_text, number, text
from storage.photos import Media, PhotoState


@dataclass(frozen=True, slots=True)
class Kept:
    """One piece of evidence. `blob` is its name in the store, with `bytes`; both None unless it is stored."""

    by: str
    media: Media | None
    state: PhotoState
    at: datetime
    blob: str | None
    bytes: int | None


async def of_case(tx: Tx, case: CaseId) -> Sequence[Kept]:
    """Every photo and recording of a case, in the order they came, with the name of whoever sent it."""
    rows = await tx.all(
        "SELECT p.media, p.state, p.wanted_at, p.blob, p.bytes, m.name FROM photos p"
        " JOIN members m ON m.id = p.member_id WHERE p.case_id = :case ORDER BY p.id",
        case=case,
    )
    return [_kept(row) for row in rows]


async def page(tx: Tx, after: int, most: int) -> Sequence[tuple[int, tuple[str, ...]]]:
    """Photos with a larger id, by id, each with the names of its blobs."""
    rows = await tx.all(
        "SELECT id, blob, thumb FROM photos WHERE id > :after AND blob IS NOT NULL ORDER BY id"
        " LIMIT CAST(:most AS BIGINT)",
        after=after,
        most=most,
    )
    found = [(number(row, "id"), (maybe_text(row, "blob"), maybe_text(row, "thumb"))) for row in rows]
    return [(photo, tuple(name for name in names if name)) for photo, names in found]


async def blob_names(tx: Tx, after: int, most: int) -> tuple[Sequence[str], int]:
    """Names of the blobs that photos after `after` have, and the last of these photos; `after` when none is left.

    A photo that still waits has the blob that was uploaded on a page, if it was.
    """
    rows = await tx.all(
        "SELECT id, blob, thumb, CASE WHEN state = 'wanted' THEN ref END AS ref FROM photos"
        " WHERE id > CAST(:after AS BIGINT) ORDER BY id LIMIT CAST(:most AS BIGINT)",
        after=after,
        most=most,
    )
    found = [(maybe_text(row, "blob"), maybe_text(row, "thumb"), _upload(row)) for row in rows]
    names = [name for three in found for name in three if name is not None]
    return names, number(rows[-1], "id") if rows else after


def _upload(row: Row) -> str | None:
    """The blob that a reference names, if it names one (`page:` and its name)."""
    name = (maybe_text(row, "ref") or "").rpartition(":")[2]
    return name if is_name(name) else None


def _kept(row: Row) -> Kept:
    media = maybe_text(row, "media")
    return Kept(
        by=text(row, "name"),
        media=Media(media) if media else None,
        state=PhotoState(text(row, "state")),
        at=read(text(row, "wanted_at")),
        blob=maybe_text(row, "blob"),
        bytes=maybe_number(row, "bytes"),
    )
