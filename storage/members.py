"""Members, their posts and duties, and the accounts they chat with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.people import SYSTEM, Member, MemberId, Post, Rank, Role
from bot.domain.rulebook import AgencyId, DutyId
from bot.domain.times import stored
from storage.database import Row, Tx, maybe_text, number, text

_SYSTEM: Final = Member(SYSTEM, "system", "zh-CN")


@dataclass(frozen=True, slots=True)
class Account:
    """Where a member can be reached; on every platform the id is also the private chat's."""

    space: str
    id: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Known:
    """An account of a platform, whose it is, and whether that member holds a post."""

    account: str
    name: str
    posted: bool


async def get(tx: Tx, member: MemberId) -> Member:
    """The member with the posts and duties held today. The system is known without asking."""
    if member == SYSTEM:
        return _SYSTEM
    row = await tx.one("SELECT * FROM members WHERE id = :id", id=member)
    posts = await tx.all("SELECT * FROM posts WHERE member_id = :id AND until_at IS NULL ORDER BY id", id=member)
    duties = await tx.all("SELECT duty FROM duties WHERE member_id = :id ORDER BY from_day", id=member)
    return _member(row, posts, duties)


async def list_by_id(tx: Tx, ids: Sequence[MemberId]) -> Sequence[Member]:
    """A handful of members in the order of `ids`."""
    return [await get(tx, member) for member in ids]


async def by_account(tx: Tx, space: str, account: str) -> Member | None:
    """Who chats under this account, or None."""
    member = await id_by_account(tx, space, account)
    return None if member is None else await get(tx, member)


async def id_by_account(tx: Tx, space: str, account: str) -> MemberId | None:
    """As `by_account`, where nothing else is wanted of the member."""
    row = await tx.maybe("SELECT member_id FROM accounts WHERE space = :space AND id = :id", space=space, id=account)
    return MemberId(number(row, "member_id")) if row else None


async def language(tx: Tx, member: MemberId) -> str:
    """The language the member reads."""
    return text(await tx.one("SELECT language FROM members WHERE id = :id", id=member), "language")


async def insert(
    tx: Tx,
    name: str,
    at: datetime,
    *,
    phone: str | None = None,
    language: str = "zh-CN",
    firm: str | None = None,
    station: str | None = None,
    badge: str | None = None,
    demo: str | None = None,
) -> MemberId:
    """A new person without posts."""
    row = await tx.one(
        "INSERT INTO members (name, phone, language, firm, station, badge, demo, created_at)"
        " VALUES (:name, :phone, :language, :firm, :station, :badge, :demo, :at) RETURNING id",
        name=name, phone=phone, language=language, firm=firm, station=station, badge=badge, demo=demo, at=stored(at),
    )  # fmt: skip
    return MemberId(number(row, "id"))


async def add_account(tx: Tx, member: MemberId, space: str, account: str, at: datetime, alias: str = "") -> None:
    """Bind an account; one that somebody else (a guest) had moves to `member`."""
    await tx.run(
        "INSERT INTO accounts (space, id, alias, member_id, bound_at) VALUES (:space, :id, :alias, :member, :at)"
        " ON CONFLICT (space, id) DO UPDATE SET member_id = excluded.member_id, bound_at = excluded.bound_at,"
        " unreachable_at = NULL",
        space=space, id=account, alias=alias or None, member=member, at=stored(at),
    )  # fmt: skip


async def add_post(tx: Tx, member: MemberId, post: Post, at: datetime, by: MemberId | None = None) -> None:
    """Give a post. Idempotent while it is held."""
    await tx.run(
        "INSERT INTO posts (member_id, role, agency, rank, from_at, granted_by)"
        " VALUES (:member, :role, :agency, :rank, :at, :by) ON CONFLICT DO NOTHING",
        member=member, role=post.role, agency=post.agency or "", rank=post.rank, at=stored(at), by=by,
    )  # fmt: skip


async def end_post(tx: Tx, member: MemberId, role: Role, agency: AgencyId | None, at: datetime) -> int:
    """End a post; returns how many were ended."""
    return await tx.run(
        "UPDATE posts SET until_at = :at WHERE member_id = :member AND role = :role AND agency = :agency"
        " AND until_at IS NULL",
        member=member, role=role, agency=agency or "", at=stored(at),
    )  # fmt: skip


async def add_duty(tx: Tx, member: MemberId, duty: DutyId, from_day: str, until_day: str) -> None:
    """Appoint to a duty for a term; days as `2026-11-01`."""
    await tx.run(
        "INSERT INTO duties (member_id, duty, from_day, until_day) VALUES (:member, :duty, :from, :until)"
        " ON CONFLICT (member_id, duty, from_day) DO UPDATE SET until_day = excluded.until_day",
        **{"member": member, "duty": duty, "from": from_day, "until": until_day},
    )


async def accounts(tx: Tx, member: MemberId) -> Sequence[Account]:
    """A member's accounts, the one bound last first."""
    rows = await tx.all(
        "SELECT space, id, unreachable_at FROM accounts WHERE member_id = :member ORDER BY bound_at DESC, space, id",
        member=member,
    )
    return [Account(text(row, "space"), text(row, "id"), row["unreachable_at"] is None) for row in rows]


async def list_in(tx: Tx, space: str) -> Sequence[Known]:
    """Every account of a platform whose owner has not left, owners in the order in which they came."""
    rows = await tx.all(
        "SELECT a.id, m.name, (SELECT count(*) FROM posts p WHERE p.member_id = m.id AND p.until_at IS NULL) AS posts"
        " FROM accounts a JOIN members m ON m.id = a.member_id WHERE a.space = :space AND m.left_at IS NULL"
        " ORDER BY m.id, a.id",
        space=space,
    )
    return [Known(text(row, "id"), text(row, "name"), number(row, "posts") > 0) for row in rows]


async def list_posted(tx: Tx, space: str) -> Mapping[str, tuple[str, frozenset[Role]]]:
    """Language and roles of everybody with a post, by their account in `space` that can be written to."""
    rows = await tx.all(
        "SELECT a.id, m.language, p.role FROM accounts a JOIN members m ON m.id = a.member_id"
        " JOIN posts p ON p.member_id = m.id WHERE a.space = :space AND a.unreachable_at IS NULL"
        " AND m.left_at IS NULL AND p.until_at IS NULL ORDER BY a.id, p.id",
        space=space,
    )
    found: dict[str, tuple[str, frozenset[Role]]] = {}
    for row in rows:
        account, role = text(row, "id"), frozenset({Role(text(row, "role"))})
        _, before = found.get(account, ("", frozenset[Role]()))
        found[account] = (text(row, "language"), before | role)
    return found


async def set_unreachable(tx: Tx, space: str, account: str, at: datetime | None) -> None:
    """Note that an account cannot be written to (None: it can again)."""
    await tx.run(
        "UPDATE accounts SET unreachable_at = :at WHERE space = :space AND id = :id",
        at=stored(at) if at else None, space=space, id=account,
    )  # fmt: skip


async def holders(tx: Tx, role: Role, agency: AgencyId | None = None) -> Sequence[MemberId]:
    """Who holds a post now: rank A before B, then by seniority in the post."""
    rows = await tx.all(
        "SELECT p.member_id FROM posts p JOIN members m ON m.id = p.member_id WHERE p.role = :role"
        " AND p.until_at IS NULL AND m.left_at IS NULL AND (CAST(:agency AS TEXT) = '' OR p.agency = CAST(:agency AS TEXT))"
        " ORDER BY CASE p.rank WHEN 'A' THEN 0 WHEN 'B' THEN 1 ELSE 2 END, p.id",
        role=role, agency=agency or "",
    )  # fmt: skip
    return [MemberId(number(row, "member_id")) for row in rows]


async def on_leave(tx: Tx, member: MemberId, at: datetime) -> bool:
    """Whether a leave of the member covers `at`."""
    row = await tx.one(
        "SELECT count(*) AS n FROM leaves WHERE member_id = :member AND from_at <= :at AND until_at > :at",
        member=member, at=stored(at),
    )  # fmt: skip
    return number(row, "n") > 0


async def reachable(tx: Tx, member: MemberId) -> bool:
    """Whether any account of the member can be written to."""
    return any(account.reachable for account in await accounts(tx, member))


async def phone(tx: Tx, member: MemberId) -> str | None:
    """The phone number, for those who may see it."""
    return maybe_text(await tx.one("SELECT phone FROM members WHERE id = :id", id=member), "phone")


async def set_name(tx: Tx, member: MemberId, name: str) -> None:
    """What the member is called."""
    await tx.run("UPDATE members SET name = :name WHERE id = :id", name=name, id=member)


async def set_language(tx: Tx, member: MemberId, language: str) -> None:
    """The language the member reads: zh-CN or en."""
    await tx.run("UPDATE members SET language = :language WHERE id = :id", language=language, id=member)


def _member(row: Row, posts: Sequence[Row], duties: Sequence[Row]) -> Member:
    return Member(
        id=MemberId(number(row, "id")),
        name=text(row, "name"),
        language=text(row, "language"),
        posts=tuple(
            Post(
                Role(text(post, "role")),
                AgencyId(text(post, "agency")) if post["agency"] else None,
                Rank(text(post, "rank")),
            )
            for post in posts
        ),
        duties=tuple(DutyId(text(duty, "duty")) for duty in duties),
        left=row["left_at"] is not None,
    )
