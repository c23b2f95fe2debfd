"""Members, roles and the posts they hold; duties are data of the county and not an enum."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from bot.domain.rulebook import AgencyId, DutyId

MemberId = NewType("MemberId", int)

SYSTEM: Final = MemberId(1)  # inserted by the first migration; acts for deadlines and stored photos


class Role(StrEnum):
    """What a member is in the county; a member may be several."""

    GUEST = "guest"
    RIDER = "rider"
    CAPTAIN = "captain"
    CONTACT = "contact"
    LEADER = "leader"
    DISPATCHER = "dispatcher"
    VERIFIER = "verifier"
    STATION_KEEPER = "station_keeper"
    ADMIN = "admin"
    AUDITOR = "auditor"


EVERYONE: Final = frozenset(Role)
RIDERS: Final = frozenset({Role.RIDER, Role.CAPTAIN})
HANDLERS: Final = frozenset({Role.CONTACT, Role.LEADER})
OFFICE: Final = frozenset({Role.DISPATCHER, Role.ADMIN})


class Rank(StrEnum):
    """Whose turn it is inside an agency: A answers, B stands in."""

    A = "A"
    B = "B"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Post:
    """A role a member holds, with the agency it is held at where there is one."""

    role: Role
    agency: AgencyId | None = None
    rank: Rank = Rank.NONE


@dataclass(frozen=True, slots=True)
class Member:
    """A person (or the system) as a handler sees them: no phone number, no account."""

    id: MemberId
    name: str
    language: str
    posts: tuple[Post, ...] = ()
    duties: tuple[DutyId, ...] = ()
    left: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        """Every role held; somebody without any is a guest."""
        return frozenset(post.role for post in self.posts) or frozenset({Role.GUEST})

    @property
    def is_system(self) -> bool:
        return self.id == SYSTEM

    def is_any(self, roles: Iterable[Role]) -> bool:
        """Whether the member holds at least one of `roles`; the system holds all."""
        return self.is_system or not self.roles.isdisjoint(roles)

    def agencies(self, *roles: Role) -> frozenset[AgencyId]:
        """The agencies at which the member holds one of `roles`."""
        return frozenset(post.agency for post in self.posts if post.agency and post.role in roles)
