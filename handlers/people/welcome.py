"""What somebody is told whose account is known now: role, term, the one thing to know."""

from datetime import date, datetime

from bot.chat.feature import Work
from bot.chat.messages import Lines, Text
from bot.domain.people import Member, Role
from bot.domain.scrub import surname
from bot.domain.times import local_day
from handlers.people.declared import text
from storage import people

_TOLD = (
    Role.RIDER, Role.CAPTAIN, Role.CONTACT, Role.LEADER, Role.DISPATCHER, Role.VERIFIER, Role.STATION_KEEPER, Role.ADMIN,
    Role.AUDITOR,
)  # fmt: skip


async def words(member: Member, work: Work, today: date) -> Lines:
    """T20, by the first role held."""
    role = next((role for role in _TOLD if role in member.roles), Role.GUEST)
    name = Text("core.rider", {"surname": surname(member.name)}) if role is Role.RIDER else member.name
    lines = [text("welcome.hello", name=name, bot=work.town.bot_name)]
    term = await people.latest_term(work.tx, member.id, today.isoformat())
    if term is not None and term[0] in work.town.rulebook.duties:
        lines.append(text("welcome.duty", duty=work.town.rulebook.duties[term[0]].name, until=day(term[1])))
    else:
        lines.append(text("welcome.role", role=role_name(role), unit=unit(member, role, work)))
    return Lines((*lines, text(f"welcome.{role}")))


def role_name(role: Role) -> Text:
    return text(f"role.{role}")


def unit(member: Member, role: Role, work: Work) -> str:
    """Short name of the agency at which a role is held; empty where it is held at none."""
    known = work.town.rulebook.agencies
    held = [post.agency for post in member.posts if post.role is role and post.agency in known]
    return known[held[0]].short if held and held[0] else ""


def day(written: str) -> Text:
    """A day as people read it, from `2026-11-01`."""
    when = date.fromisoformat(written)
    return text("day", year=when.year, month=when.month, day=when.day)


def today(work: Work, at: datetime) -> date:
    return local_day(at, work.town.zone)
