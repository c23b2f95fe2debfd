"""Binding an account to a member: one-time codes, wrong tries, and what moves from the guest to the member."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.people import MemberId
from bot.domain.times import read, stored
from storage.database import Row, Tx, number, text


@dataclass(frozen=True, slots=True)
class BindCode:
    """A code that was given out; only its keyed hash is known here."""

    member_id: MemberId
    expires_at: datetime
    used: bool
    void: bool


async def add_code(tx: Tx, hashed: str, member: MemberId, at: datetime, expires_at: datetime) -> None:
    """Give a member a code."""
    await tx.run(
        "INSERT INTO bind_codes (hash, member_id, made_at, expires_at) VALUES (:hash, :member, :at, :until)",
        hash=hashed,
        member=member,
        at=stored(at),
        until=stored(expires_at),
    )


async def find_code(tx: Tx, hashed: str) -> BindCode | None:
    """The code with this hash, open or not."""
    row = await tx.maybe("SELECT * FROM bind_codes WHERE hash = :hash", hash=hashed)
    return _code(row) if row else None


async def use_code(tx: Tx, hashed: str, at: datetime) -> bool:
    """Use a code up; False if somebody else was faster."""
    return bool(
        await tx.run(
            "UPDATE bind_codes SET used_at = :at WHERE hash = :hash AND used_at IS NULL AND void_at IS NULL",
            hash=hashed,
            at=stored(at),
        )
    )


async def void_codes(tx: Tx, member: MemberId, at: datetime) -> int:
    """Make every open code of a member worthless; returns how many there were."""
    return await tx.run(
        "UPDATE bind_codes SET void_at = :at WHERE member_id = :member AND used_at IS NULL AND void_at IS NULL",
        member=member,
        at=stored(at),
    )


async def void_all_codes(tx: Tx, at: datetime) -> int:
    """Make every open code worthless: a new sheet replaces the old one."""
    return await tx.run("UPDATE bind_codes SET void_at = :at WHERE used_at IS NULL AND void_at IS NULL", at=stored(at))


async def list_codes(tx: Tx, since: datetime) -> Mapping[str, MemberId]:
    """Whose the open codes made at or after `since` are, by hash."""
    rows = await tx.all(
        "SELECT hash, member_id FROM bind_codes WHERE made_at >= :since AND used_at IS NULL AND void_at IS NULL",
        since=stored(since),
    )
    return {text(row, "hash"): MemberId(number(row, "member_id")) for row in rows}


async def list_unbound(tx: Tx) -> Sequence[MemberId]:
    """Members with a post and without any account, longest here first."""
    rows = await tx.all(
        "SELECT m.id FROM members m WHERE m.left_at IS NULL AND EXISTS (SELECT 1 FROM posts p WHERE p.member_id = m.id"
        " AND p.until_at IS NULL) AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.member_id = m.id) ORDER BY m.id"
    )
    return [MemberId(number(row, "id")) for row in rows]


async def list_owners(tx: Tx, accounts: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], MemberId]:
    """Whose these accounts (platform and id) are; one statement for 200 of them."""
    found: dict[tuple[str, str], MemberId] = {}
    for start in range(0, len(accounts), 200):
        some = accounts[start : start + 200]
        named = {f"{name}{at}": value for at, pair in enumerate(some) for name, value in zip("sa", pair, strict=True)}
        either = " OR ".join(f"(space = :s{at} AND id = :a{at})" for at in range(len(some)))
        for row in await tx.all(" ".join(("SELECT space, id, member_id FROM accounts WHERE", either)), **named):
            found[text(row, "space"), text(row, "id")] = MemberId(number(row, "member_id"))
    return found


async def add_try(tx: Tx, member: MemberId, what: str, at: datetime) -> None:
    """Note a wrong try."""
    await tx.run(
        "INSERT INTO tries (member_id, what, at) VALUES (:member, :what, :at)", member=member, what=what, at=stored(at)
    )


async def list_tries(tx: Tx, member: MemberId, what: str, since: datetime) -> Sequence[datetime]:
    """Wrong tries since then, oldest first."""
    rows = await tx.all(
        "SELECT at FROM tries WHERE member_id = :member AND what = :what AND at >= :since ORDER BY at",
        member=member,
        what=what,
        since=stored(since),
    )
    return [read(text(row, "at")) for row in rows]


async def list_tried(tx: Tx, begins: str, since: datetime) -> frozenset[tuple[MemberId, str]]:
    """Wrong tries since then whose name begins so: whose, and the name."""
    rows = await tx.all(
        "SELECT member_id, what FROM tries WHERE what LIKE :like AND at >= :since",
        like=f"{begins}%",
        since=stored(since),
    )
    return frozenset((MemberId(number(row, "member_id")), text(row, "what")) for row in rows)


# What a guest did and owns. The ledger of points and the histories stay as they were written.
_MOVES: Final = (
    "UPDATE accounts SET member_id = :member, bound_at = :at, unreachable_at = NULL WHERE member_id = :guest",
    "UPDATE cases SET reporter_id = :member WHERE reporter_id = :guest",
    "UPDATE photos SET member_id = :member WHERE member_id = :guest",
    "UPDATE interventions SET member_id = :member WHERE member_id = :guest",
    "UPDATE outbox SET member_id = :member WHERE member_id = :guest",
    "UPDATE tries SET member_id = :member WHERE member_id = :guest",
    "UPDATE case_people SET member_id = :member WHERE member_id = :guest AND NOT EXISTS (SELECT 1 FROM case_people o"
    " WHERE o.case_id = case_people.case_id AND o.relation = case_people.relation AND o.member_id = :member)",
    "UPDATE ratings SET member_id = :member WHERE member_id = :guest AND NOT EXISTS (SELECT 1 FROM ratings o"
    " WHERE o.case_id = ratings.case_id AND o.member_id = :member)",
    "UPDATE consents SET member_id = :member WHERE member_id = :guest AND NOT EXISTS (SELECT 1 FROM consents o"
    " WHERE o.purpose = consents.purpose AND o.version = consents.version AND o.member_id = :member)",
    "UPDATE drafts SET member_id = :member WHERE member_id = :guest AND NOT EXISTS (SELECT 1 FROM drafts o"
    " WHERE o.platform = drafts.platform AND o.chat = drafts.chat AND o.member_id = :member AND o.closed_at IS NULL)",
    "UPDATE dialogs SET member_id = :member WHERE member_id = :guest AND NOT EXISTS (SELECT 1 FROM dialogs o"
    " WHERE o.platform = dialogs.platform AND o.chat = dialogs.chat AND o.member_id = :member)",
    "UPDATE members SET left_at = :at WHERE id = :guest",
)


async def take_over(tx: Tx, guest: MemberId, member: MemberId, at: datetime) -> int:
    """Give everything a guest reported, sent and agreed to to the member; the guest is no more.

    Returns how many entries of the ledger stay under the guest: it is append-only, so only the office may book them
    over.
    """
    for statement in _MOVES:
        used = {"member": member, "guest": guest, "at": stored(at)}
        await tx.run(statement, **{name: value for name, value in used.items() if f":{name}" in statement})
    return number(await tx.one("SELECT count(*) AS n FROM points WHERE member_id = :guest", guest=guest), "n")


def _code(row: Row) -> BindCode:
    return BindCode(
        member_id=MemberId(number(row, "member_id")),
        expires_at=read(text(row, "expires_at")),
        used=row["used_at"] is not None,
        void=row["void_at"] is not None,
    )
