"""The roll: everybody who holds a post, read and written in few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.people import Member, MemberId, Post, Rank, Role
from bot.domain.roll import Entry, Person, PersonRow
from bot.domain.rulebook import AgencyId, DutyId
from bot.domain.times import stored
from storage import members
from storage.database import Row, Tx, Value, maybe_text, number, text

_AT_ONCE: Final = 200  # rows of one INSERT


@dataclass(frozen=True, slots=True)
class Counts:
    """What an import did, in persons."""

    added: int
    changed: int
    same: int


async def list_roll(tx: Tx) -> Sequence[Person]:
    """Everybody who holds a post or is known by phone, by id; four statements whatever their number."""
    rows = await tx.all(
        "SELECT * FROM members m WHERE m.left_at IS NULL AND m.id <> 1 AND (m.phone IS NOT NULL OR EXISTS"
        " (SELECT 1 FROM posts p WHERE p.member_id = m.id AND p.until_at IS NULL)) ORDER BY m.id"
    )
    posts = _by_member(await tx.all("SELECT * FROM posts WHERE until_at IS NULL ORDER BY id"))
    duties = _by_member(await tx.all("SELECT * FROM duties ORDER BY from_day, duty"))
    accounts = _by_member(
        await tx.all(
            "SELECT a.* FROM accounts a WHERE EXISTS (SELECT 1 FROM members m WHERE m.id = a.member_id"
            " AND (m.phone IS NOT NULL OR EXISTS (SELECT 1 FROM posts p WHERE p.member_id = m.id"
            " AND p.until_at IS NULL))) ORDER BY a.space, a.id"
        )
    )
    return [_person(row, posts, duties, accounts) for row in rows]


async def store(
    tx: Tx, made: Sequence[Entry], at: datetime, by: MemberId, language: str
) -> tuple[Counts, Sequence[tuple[MemberId, Entry]]]:
    """Write what is new of the roll; nobody is removed. Idempotent. Returns also who was added or changed.

    An account that somebody has stays theirs: `binding.take_over` is for a guest's.
    """
    fresh = [entry for entry in made if entry.person is None]
    changed = [entry for entry in made if entry.person is not None and entry.changes()]
    who: list[tuple[MemberId, Entry]] = list(zip(await _insert_all(tx, fresh, at, language), fresh, strict=True))
    for entry in changed:
        if entry.person is not None:
            await _update(tx, entry.person, entry, at)
            who.append((entry.person.id, entry))
    await _add_posts(tx, who, at, by)
    await _add_duties(tx, who)
    await _add_accounts(tx, who, at)
    return Counts(len(fresh), len(changed), len(made) - len(fresh) - len(changed)), who


async def by_name(tx: Tx, name: str) -> Sequence[Member]:
    """Members called so who have not left, those longest here first."""
    rows = await tx.all(
        "SELECT id FROM members WHERE name = :name AND left_at IS NULL AND id <> 1 ORDER BY id", name=name
    )
    return await members.list_by_id(tx, [MemberId(number(row, "id")) for row in rows]) if rows else []


async def by_number(tx: Tx, member: int) -> Sequence[Member]:
    """The member with this number, if there is one: tells namesakes apart."""
    row = await tx.maybe("SELECT id FROM members WHERE id = :id AND id <> 1", id=member)
    return [await members.get(tx, MemberId(number(row, "id")))] if row else []


async def list_checking(tx: Tx, contact: MemberId) -> Sequence[int]:
    """Ids of a contact's cases that wait for the check of their repair."""
    rows = await tx.all(
        "SELECT id FROM cases WHERE contact_id = :contact AND closed_at IS NULL"
        " AND state IN ('handled', 'verifying', 'verified') ORDER BY id",
        contact=contact,
    )
    return [number(row, "id") for row in rows]


async def latest_term(tx: Tx, member: MemberId, day: str) -> tuple[DutyId, str] | None:
    """Duty and last day of the appointment that runs on `day`, the one that ends last."""
    row = await tx.maybe(
        "SELECT duty, until_day FROM duties WHERE member_id = :member AND until_day >= :day"
        " ORDER BY until_day DESC, duty LIMIT 1",
        member=member,
        day=day,
    )
    return (DutyId(text(row, "duty")), text(row, "until_day")) if row else None


async def _insert_all(tx: Tx, fresh: Sequence[Entry], at: datetime, language: str) -> Sequence[MemberId]:
    """New members, in the order of `fresh`. Rows alike in every column are interchangeable."""
    rows = [_facts(entry.first) | {"language": language, "at": stored(at)} for entry in fresh]
    made: dict[tuple[Value, ...], list[int]] = {}
    for some in _portions(rows):
        sql, args = _many("INSERT INTO members (name, phone, firm, station, language, created_at)", some)
        for row in await tx.all(sql + " RETURNING id, name, phone, firm, station", **args):
            key = (row["name"], row["phone"], row["firm"], row["station"])
            made.setdefault(key, []).append(number(row, "id"))
    return [MemberId(made[tuple(_facts(entry.first).values())].pop(0)) for entry in fresh]


def _facts(row: PersonRow) -> dict[str, Value]:
    return {"name": row.name, "phone": row.phone, "firm": row.firm, "station": row.station}


async def _update(tx: Tx, person: Person, entry: Entry, at: datetime) -> None:
    """New facts; empty cells change nothing. Posts that the roll now gives otherwise are ended."""
    row = entry.first
    await tx.run(
        "UPDATE members SET name = :name, phone = COALESCE(CAST(:phone AS TEXT), phone),"
        " firm = COALESCE(CAST(:firm AS TEXT), firm), station = COALESCE(CAST(:station AS TEXT), station)"
        " WHERE id = :id",
        id=person.id,
        **_facts(row),
    )
    for post in person.posts:
        if any(_replaces(wanted.post, post) for wanted in entry.rows):
            await members.end_post(tx, person.id, post.role, post.agency, at)


def _replaces(wanted: Post, held: Post) -> bool:
    """Whether a held post ends with the new one: another rank at the same agency, a rider's other community."""
    if wanted.role is not held.role or wanted == held:
        return False
    return wanted.agency == held.agency or wanted.role is Role.RIDER


async def _add_posts(tx: Tx, who: Sequence[tuple[MemberId, Entry]], at: datetime, by: MemberId) -> None:
    rows: list[Mapping[str, Value]] = [
        {"member": member, "role": row.role, "agency": row.agency or "", "rank": row.rank, "at": stored(at), "by": by}
        for member, entry in who
        for row in entry.rows
    ]
    for some in _portions(rows):
        sql, args = _many("INSERT INTO posts (member_id, role, agency, rank, from_at, granted_by)", some)
        await tx.run(sql + " ON CONFLICT DO NOTHING", **args)


async def _add_duties(tx: Tx, who: Sequence[tuple[MemberId, Entry]]) -> None:
    rows: dict[tuple[MemberId, DutyId], Mapping[str, Value]] = {
        (member, duty): {"member": member, "duty": duty, "first": _since(entry, duty, row), "last": row.until_day}
        for member, entry in who
        for row in entry.rows
        for duty in row.duties
    }
    for some in _portions(list(rows.values())):
        sql, args = _many("INSERT INTO duties (member_id, duty, from_day, until_day)", some)
        again = " ON CONFLICT (member_id, duty, from_day) DO UPDATE SET until_day = excluded.until_day"
        await tx.run(sql + again, **args)


def _since(entry: Entry, duty: DutyId, row: PersonRow) -> str:
    """A term that still runs keeps its first day: a corrected last day is no second appointment."""
    known = entry.person.duties if entry.person else ()
    running = [since for held, since, until in known if held == duty and until >= row.from_day]
    return running[-1] if running else row.from_day


async def _add_accounts(tx: Tx, who: Sequence[tuple[MemberId, Entry]], at: datetime) -> None:
    rows: list[Mapping[str, Value]] = [
        {"space": space, "account": account, "member": member, "at": stored(at)}
        for member, entry in who
        for space, account in entry.accounts
    ]
    for some in _portions(rows):
        sql, args = _many("INSERT INTO accounts (space, id, member_id, bound_at)", some)
        await tx.run(sql + " ON CONFLICT (space, id) DO NOTHING", **args)


def _portions(rows: Sequence[Mapping[str, Value]]) -> Sequence[Sequence[Mapping[str, Value]]]:
    return [rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE)]


def _many(head: str, rows: Sequence[Mapping[str, Value]]) -> tuple[str, dict[str, Value]]:
    """One statement for several rows: its VALUES list holds names of parameters only."""
    lists = ", ".join("(" + ", ".join(f":{name}{at}" for name in row) + ")" for at, row in enumerate(rows))
    return f"{head} VALUES {lists}", {f"{name}{at}": row[name] for at, row in enumerate(rows) for name in row}


def _by_member(rows: Sequence[Row]) -> Mapping[int, Sequence[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(number(row, "member_id"), []).append(row)
    return found


def _person(
    row: Row,
    posts: Mapping[int, Sequence[Row]],
    duties: Mapping[int, Sequence[Row]],
    accounts: Mapping[int, Sequence[Row]],
) -> Person:
    who = number(row, "id")
    return Person(
        id=MemberId(who),
        name=text(row, "name"),
        phone=maybe_text(row, "phone"),
        firm=maybe_text(row, "firm"),
        station=maybe_text(row, "station"),
        posts=tuple(_post(post) for post in posts.get(who, ())),
        duties=tuple(
            (DutyId(text(duty, "duty")), text(duty, "from_day"), text(duty, "until_day"))
            for duty in duties.get(who, ())
        ),
        accounts=tuple((text(account, "space"), text(account, "id")) for account in accounts.get(who, ())),
    )


def _post(row: Row) -> Post:
    agency = text(row, "agency")
    return Post(Role(text(row, "role")), AgencyId(agency) if agency else None, Rank(text(row, "rank")))
