"""The invented county comes to life: its people become members, those of the picker get sandbox accounts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from bot.chat.events import Platform
from bot.county import DemoPerson
from bot.domain.people import Post, Role
from bot.domain.rulebook import Rulebook
from bot.web.sandbox_view import SandboxPerson
from storage import chats, groups, members
from storage.chats import Chat
from storage.database import Database, Tx

GROUP: Final = "work-group"
_NO_DUTY: Final = "#56616f"
_CONTACTS: Final = ("contact-1", "contact-2")
_ANSWERING: Final = frozenset({"agency", "utility", "township", "station"})
_A_TIME: Final = 20  # people a transaction, so that nobody waits long


async def seed(
    database: Database, people: Sequence[DemoPerson], rulebook: Rulebook, group: str, now: datetime, day: date
) -> None:
    """Make members of `people` and bind the work group, called `group`; `day` is the county's, from which terms count."""
    for first in range(0, len(people), _A_TIME):
        async with database.write() as tx:
            for person in people[first : first + _A_TIME]:
                await _join(tx, person, rulebook, now, day)
    async with database.write() as tx:
        await chats.save(tx, Platform.SANDBOX, GROUP, Chat(group, now))
        await groups.bind(tx, Platform.SANDBOX, GROUP, now)
        await _stand_in(tx, rulebook, now)


async def _join(tx: Tx, person: DemoPerson, rulebook: Rulebook, now: datetime, day: date) -> None:
    firm = rulebook.agencies[person.platform].short if person.platform else None
    member = await members.insert(
        tx,
        person.name,
        now,
        phone=person.phone,
        firm=firm,
        station=person.station or None,
        demo=person.demo or None,
    )
    for post in person.posts:
        await members.add_post(tx, member, post, now)
    term = person.term(day)
    for duty in person.duties if term else ():
        begin, end = term if term else (day, day)
        await members.add_duty(tx, member, duty, begin.isoformat(), end.isoformat())
    if person.demo:
        await members.add_account(tx, member, Platform.SANDBOX, person.demo, now, alias=person.name)


async def _stand_in(tx: Tx, rulebook: Rulebook, now: datetime) -> None:
    """Two contacts are on the page: between them they answer for every agency, so that no report stays without one."""
    desks = [await members.by_account(tx, Platform.SANDBOX, account) for account in _CONTACTS]
    here = [desk for desk in desks if desk is not None]
    working = [agency for agency in rulebook.agencies.values() if not agency.is_area and agency.kind in _ANSWERING]
    for index, agency in enumerate(working):
        if here and not any(agency.id in desk.agencies(Role.CONTACT) for desk in here):
            await members.add_post(tx, here[index % len(here)].id, Post(Role.CONTACT, agency.id), now)


def picker(people: Sequence[DemoPerson], rulebook: Rulebook) -> tuple[SandboxPerson, ...]:
    """The people of the sandbox's picker, in the order of the file."""
    return tuple(_shown(person, rulebook) for person in people if person.demo)


def _shown(person: DemoPerson, rulebook: Rulebook) -> SandboxPerson:
    post = person.posts[0]
    agency = person.platform or post.agency
    return SandboxPerson(
        account=person.demo,
        name=person.name,
        role=post.role,
        duty_colour=_colour(person, rulebook),
        unit=rulebook.agencies[agency].short if agency else "",
    )


def _colour(person: DemoPerson, rulebook: Rulebook) -> str:
    if person.duties:
        return rulebook.duties[person.duties[0]].colour
    own = {post.agency for post in person.posts}
    return next((duty.colour for duty in rulebook.duties.values() if duty.agency in own), _NO_DUTY)
