"""What a person was shown and agreed to, by purpose and version of the text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Tx, number

PUBLIC_NAME: Final = "public_name"  # the purpose: the full name on posters and lists


@dataclass(frozen=True, slots=True)
class Seen:
    """How an account stands: whether its member was shown a text, and whether it can be written to."""

    shown: bool
    reachable: bool


async def seen(tx: Tx, space: str, account: str, purpose: str, version: str) -> Seen:
    """Both facts in one statement, because every event asks."""
    row = await tx.one(
        "SELECT count(a.unreachable_at) AS shut, count(c.purpose) AS shown FROM accounts a LEFT JOIN consents c"
        " ON c.member_id = a.member_id AND c.purpose = :purpose AND c.version = :version"
        " WHERE a.space = :space AND a.id = :id",
        space=space,
        id=account,
        purpose=purpose,
        version=version,
    )
    return Seen(shown=number(row, "shown") > 0, reachable=number(row, "shut") == 0)


async def show(tx: Tx, member: MemberId, purpose: str, version: str, platform: str) -> None:
    """Note that a text was shown; neither given nor refused yet. Idempotent."""
    await tx.run(
        "INSERT INTO consents (member_id, purpose, version, platform) VALUES (:member, :purpose, :version, :platform)"
        " ON CONFLICT (member_id, purpose, version) DO NOTHING",
        member=member,
        purpose=purpose,
        version=version,
        platform=platform,
    )


async def forget(tx: Tx, member: MemberId, purpose: str, version: str) -> None:
    """Note that a text was not shown after all; an answer given stays."""
    await tx.run(
        "DELETE FROM consents WHERE member_id = :member AND purpose = :purpose AND version = :version"
        " AND given_at IS NULL AND refused_at IS NULL",
        member=member,
        purpose=purpose,
        version=version,
    )


async def answer(
    tx: Tx, member: MemberId, purpose: str, version: str, platform: str, at: datetime, *, agreed: bool
) -> None:
    """Note what the person said; a later word replaces it."""
    await tx.run(
        "INSERT INTO consents (member_id, purpose, version, platform, given_at, refused_at)"
        " VALUES (:member, :purpose, :version, :platform, :given, :refused)"
        " ON CONFLICT (member_id, purpose, version) DO UPDATE SET platform = excluded.platform,"
        " given_at = excluded.given_at, refused_at = excluded.refused_at",
        member=member,
        purpose=purpose,
        version=version,
        platform=platform,
        given=stored(at) if agreed else None,
        refused=None if agreed else stored(at),
    )


async def given(tx: Tx, member: MemberId, purpose: str, version: str) -> bool:
    """Whether the member has agreed."""
    row = await tx.one(
        "SELECT count(given_at) AS n FROM consents WHERE member_id = :member AND purpose = :purpose"
        " AND version = :version",
        member=member,
        purpose=purpose,
        version=version,
    )
    return number(row, "n") > 0
