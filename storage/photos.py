"""Photos and recordings: a reference first, the bytes after the commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_number, maybe_text, number, text


class PhotoKind(StrEnum):
    REPORT = "report"
    SUPPLY = "supply"
    REPAIR = "repair"
    VERIFY = "verify"
    INTERVENTION = "intervention"
    EVIDENCE = "evidence"  # what an administrator books or deducts points by


class Media(StrEnum):
    """A recording, kept as evidence; nobody here listens to it or looks at it."""

    VOICE = "voice"
    VIDEO = "video"


class PhotoState(StrEnum):
    WANTED = "wanted"
    STORED = "stored"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPhoto:
    """A photo row; of a recording `media` is set. `blob` and `thumb` are names in the blob store."""

    id: int
    case_id: CaseId | None
    intervention_id: int | None
    member_id: MemberId
    kind: PhotoKind
    platform: str
    ref: str = field(repr=False)
    state: PhotoState
    wanted_at: datetime
    tries: int
    blob: str | None
    thumb: str | None
    reason: str | None
    dhash: str | None
    phash: str | None
    media: Media | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the image worker made of the bytes. Hashes as hexadecimal text, claims as the file says them."""

    blob: str
    thumb: str
    bytes: int
    width: int
    height: int
    sha256_received: str
    sha256_stored: str
    dhash: str
    phash: str
    taken_claim: str | None
    position_claim: tuple[float, float] | None
    ai_label: str | None


async def want(
    tx: Tx,
    member: MemberId,
    kind: PhotoKind,
    platform: str,
    ref: str,
    at: datetime,
    *,
    case: CaseId | None = None,
    intervention: int | None = None,
    media: Media | None = None,
) -> int:
    """Note a photo (or a recording) that is to be fetched; returns its id."""
    row = await tx.one(
        "INSERT INTO photos (case_id, intervention_id, member_id, kind, platform, ref, media, wanted_at, next_try_at)"
        " VALUES (:case, :intervention, :member, :kind, :platform, :ref, :media, :at, :at) RETURNING id",
        case=case,
        intervention=intervention,
        member=member,
        kind=kind,
        platform=platform,
        ref=ref,
        media=media,
        at=stored(at),
    )
    return number(row, "id")


async def get(tx: Tx, photo: int) -> StoredPhoto:
    return _photo(await tx.one("SELECT * FROM photos WHERE id = :id", id=photo))


async def list_by_id(tx: Tx, ids: Sequence[int]) -> Sequence[StoredPhoto]:
    """Photos in the order of `ids`; at most a message's worth."""
    return [await get(tx, photo) for photo in ids]


async def list_of_case(tx: Tx, case: CaseId, *kinds: PhotoKind) -> Sequence[StoredPhoto]:
    """Photos of a case in the order they came, without recordings; of all kinds if none is named."""
    rows = await tx.all("SELECT * FROM photos WHERE case_id = :case AND media IS NULL ORDER BY id", case=case)
    found = [_photo(row) for row in rows]
    return [photo for photo in found if not kinds or photo.kind in kinds]


async def recordings(tx: Tx, case: CaseId) -> Sequence[StoredPhoto]:
    """Voice and video of a case in the order they came, in whatever state."""
    rows = await tx.all("SELECT * FROM photos WHERE case_id = :case AND media IS NOT NULL ORDER BY id", case=case)
    return [_photo(row) for row in rows]


async def list_of_attempt(tx: Tx, case: CaseId, handled_at: datetime | None) -> Sequence[StoredPhoto]:
    """Photos of the repair as it was last handled, in the order they came; those of an earlier attempt are left out.

    Later parts of an album count, for they come after the result.
    """
    kept = await list_of_case(tx, case, PhotoKind.REPAIR)
    return [photo for photo in kept if handled_at is None or photo.wanted_at >= handled_at]


async def claim(tx: Tx, now: datetime, lease_until: datetime, most: int) -> Sequence[StoredPhoto]:
    """Lease photos that are to be fetched now, oldest first."""
    rows = await tx.all(
        "UPDATE photos SET lease_until = :until WHERE id IN (SELECT id FROM photos WHERE state = 'wanted'"
        " AND next_try_at <= :now AND (lease_until IS NULL OR lease_until < :now) ORDER BY id"
        " LIMIT CAST(:most AS BIGINT)) AND (lease_until IS NULL OR lease_until < :now) RETURNING *",
        now=stored(now),
        until=stored(lease_until),
        most=most,
    )
    return sorted((_photo(row) for row in rows), key=lambda photo: photo.id)


async def release(tx: Tx) -> None:
    """Free every lease: for the only process, when it starts."""
    await tx.run("UPDATE photos SET lease_until = NULL WHERE state = 'wanted' AND lease_until IS NOT NULL")


async def store(tx: Tx, photo: int, found: Found, at: datetime) -> bool:
    """Note that the bytes are kept; False if that was noted before."""
    position = found.position_claim
    return bool(
        await tx.run(
            "UPDATE photos SET state = 'stored', stored_at = :at, blob = :blob, thumb = :thumb, bytes = :bytes,"
            " width = :width, height = :height, sha256_received = :received, sha256_stored = :kept, dhash = :dhash,"
            " phash = :phash, taken_claim = :taken, lat_claim_e6 = :lat, lon_claim_e6 = :lon, ai_label = :ai,"
            " lease_until = NULL WHERE id = :id AND state = 'wanted'",
            id=photo,
            at=stored(at),
            blob=found.blob,
            thumb=found.thumb,
            bytes=found.bytes,
            width=found.width,
            height=found.height,
            received=found.sha256_received,
            kept=found.sha256_stored,
            dhash=found.dhash,
            phash=found.phash,
            taken=found.taken_claim,
            lat=round(position[0] * 1_000_000) if position else None,
            lon=round(position[1] * 1_000_000) if position else None,
            ai=found.ai_label,
        )
    )


async def store_recording(tx: Tx, photo: int, blob: str, size: int, sha256: str, at: datetime) -> bool:
    """Note that a recording of `size` bytes is kept as it came; False if that was noted before."""
    return bool(
        await tx.run(
            "UPDATE photos SET state = 'stored', stored_at = :at, blob = :blob, bytes = :size, sha256_received = :sha,"
            " sha256_stored = :sha, lease_until = NULL WHERE id = :id AND state = 'wanted'",
            id=photo,
            at=stored(at),
            blob=blob,
            size=size,
            sha=sha256,
        )
    )


async def fail(tx: Tx, photo: int, reason: str) -> bool:
    """Give a photo up; False if it was settled before."""
    return bool(
        await tx.run(
            "UPDATE photos SET state = 'failed', reason = :reason, lease_until = NULL WHERE id = :id"
            " AND state = 'wanted'",
            id=photo,
            reason=reason,
        )
    )


async def postpone(tx: Tx, photo: int, next_try_at: datetime, reason: str) -> None:
    """Try again later."""
    await tx.run(
        "UPDATE photos SET tries = tries + 1, next_try_at = :at, lease_until = NULL, reason = :reason WHERE id = :id"
        " AND state = 'wanted'",
        id=photo,
        at=stored(next_try_at),
        reason=reason,
    )


async def wait(tx: Tx, photo: int, next_try_at: datetime) -> None:
    """Let a photo wait without using up a try."""
    await tx.run(
        "UPDATE photos SET next_try_at = :at, lease_until = NULL WHERE id = :id AND state = 'wanted'",
        id=photo,
        at=stored(next_try_at),
    )


async def stored_since(tx: Tx, member: MemberId, since: datetime) -> tuple[int, int]:
    """Number of a person's photos that were kept since then, and the bytes of these and of their recordings."""
    row = await tx.one(
        "SELECT count(CASE WHEN media IS NULL THEN 1 END) AS n, COALESCE(sum(bytes), 0) AS size FROM photos WHERE member_id = :member"
        " AND wanted_at >= :since AND state = 'stored'",
        member=member,
        since=stored(since),
    )
    return number(row, "n"), number(row, "size")


async def attach(tx: Tx, case: CaseId, to: CaseId) -> None:
    """Hand the photos of a merged case to the case it was merged into."""
    await tx.run("UPDATE photos SET case_id = :to, kind = 'supply' WHERE case_id = :case", case=case, to=to)


async def detach(tx: Tx, case: CaseId, to: CaseId, sent_by: MemberId) -> None:
    """Take the photos of a merged report back out, if its sender is not also the other case's reporter."""
    await tx.run(
        "UPDATE photos SET case_id = :to, kind = 'report' WHERE case_id = :case AND member_id = :sender AND kind = 'supply'",
        case=case,
        to=to,
        sender=sent_by,
    )


async def same_received(tx: Tx, sha256: str, since: datetime, but: int) -> Sequence[StoredPhoto]:
    """Photos with the same received bytes since then."""
    rows = await tx.all(
        "SELECT * FROM photos WHERE sha256_received = :sha AND wanted_at >= :since AND id <> :but ORDER BY id LIMIT 10",
        sha=sha256,
        since=stored(since),
        but=but,
    )
    return [_photo(row) for row in rows]


async def next_try(tx: Tx) -> datetime | None:
    """When the next photo is to be fetched."""
    at = maybe_text(await tx.one("SELECT min(next_try_at) AS at FROM photos WHERE state = 'wanted'"), "at")
    return read(at) if at else None


def _photo(row: Row) -> StoredPhoto:
    case, media = maybe_number(row, "case_id"), maybe_text(row, "media")
    return StoredPhoto(
        id=number(row, "id"),
        case_id=CaseId(case) if case else None,
        intervention_id=maybe_number(row, "intervention_id"),
        member_id=MemberId(number(row, "member_id")),
        kind=PhotoKind(text(row, "kind")),
        platform=text(row, "platform"),
        ref=text(row, "ref"),
        state=PhotoState(text(row, "state")),
        wanted_at=read(text(row, "wanted_at")),
        tries=number(row, "tries"),
        blob=maybe_text(row, "blob"),
        thumb=maybe_text(row, "thumb"),
        reason=maybe_text(row, "reason"),
        dhash=maybe_text(row, "dhash"),
        phash=maybe_text(row, "phash"),
        media=Media(media) if media else None,
    )
