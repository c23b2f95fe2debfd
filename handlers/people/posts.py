"""Who is what: 授权, 撤权 and 移交 are asked by one admin and done when another has agreed."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effect, Effects, Lines, Outgoing, Rank, Text, answer
from bot.domain.people import Member, MemberId, Post, Role
from bot.domain.people import Rank as Turn
from bot.domain.refusal import Refused
from bot.domain.roll import role_named
from bot.domain.rulebook import AgencyId, Rulebook
from handlers.people import handover, welcome
from handlers.people.declared import feature, text
from storage import audit, case_queries, members, people

_AT_AGENCY = frozenset({Role.CONTACT, Role.LEADER, Role.VERIFIER, Role.STATION_KEEPER})
_DECIDE_MINUTES = 60 * 24


@dataclass(frozen=True, slots=True)
class Request:
    """What an admin asks for. `ref` ties the cards of all admins together."""

    kind: str  # grant | revoke | hand_over
    ref: str
    by: int
    member: int
    role: str = ""
    agency: str = ""
    to: int = 0


async def grant(event: Incoming, work: Work) -> Effects:
    """「授权 王队 专员 城管局」."""
    return await _of_role("grant", event, work)


async def revoke(event: Incoming, work: Work) -> Effects:
    """「撤权 王队 专员 城管局」."""
    return await _of_role("revoke", event, work)


async def hand_over(event: Incoming, work: Work) -> Effects:
    """「移交 姓名A 姓名B」: B takes A's post and all open cases."""
    named = event.rest.split()
    if len(named) != 2:
        raise Refused("people.posts.how_hand_over")
    leaving, coming = await person_named(named[0], work), await person_named(named[1], work)
    return await _ask(Request("hand_over", event.event_id, work.actor.id, leaving.id, to=coming.id), event, work)


async def agreed(event: Pressed, work: Work) -> Effects:
    """A second admin agrees (the only one there is, by a second tap): it is done."""
    request = Request(**json.loads(event.target))
    await _second(request, work)
    effects = await _done(await _checked(request, work), work, event.at)
    return [*effects, *await _closed(request, "posts.agreed", work), Acknowledge(event)]


async def declined(event: Pressed, work: Work) -> Effects:
    request = Request(**json.loads(event.target))
    await audit.note(work.tx, event.at, work.actor.id, "role.declined", f"member:{request.member}", request.kind)
    return [*await _closed(request, "posts.declined", work), Acknowledge(event)]


async def _of_role(kind: str, event: Incoming, work: Work) -> Effects:
    name, _, rest = event.rest.strip().partition(" ")
    words, _, unit = rest.strip().partition(" ")
    role = role_named(words)
    if not name or role is None:
        raise Refused("people.posts.how")
    member = await person_named(name, work)
    agency = _agency(role, unit.strip(), work.town.rulebook)
    request = Request(kind, event.event_id, work.actor.id, member.id, role, agency or "")
    return await _ask(request, event, work)


async def _ask(request: Request, event: Incoming, work: Work) -> Effects:
    """Every other admin gets a card; where there is none, the asker a second question."""
    request = await _checked(request, work)
    admins = await members.holders(work.tx, Role.ADMIN)
    others = [admin for admin in admins if admin != work.actor.id]
    what = await _what(request, work)
    target = json.dumps(asdict(request))
    buttons = tuple(
        feature.press(name, f"button.{name}", target=target, minutes=_DECIDE_MINUTES)
        for name in ("posts_agree", "posts_decline")
    )
    said = text("posts.asked" if others else "posts.sure", who=work.actor.name, what=what)
    asked: list[Effect] = [
        Outgoing(admin, said, buttons, slot=f"posts:{request.ref}", rank=Rank.CARD)
        for admin in others or [work.actor.id]
    ]
    return [*asked, answer(event, text("posts.waits", what=what))] if others else asked


async def _second(request: Request, work: Work) -> None:
    if request.by == work.actor.id and len(await members.holders(work.tx, Role.ADMIN)) > 1:
        raise Refused("people.posts.second_person")


async def _checked(request: Request, work: Work) -> Request:
    """The request, if it could be done now: asked when it is made and again when it is agreed to.

    Raises:
        Refused: nothing to give or take, the last admin, open cases, or a successor without account.
    """
    member = await members.get(work.tx, MemberId(request.member))
    if request.kind == "hand_over":
        await handover.check(member, await members.get(work.tx, MemberId(request.to)), work)
        return request
    role = Role(request.role)
    held = [post for post in member.posts if post.role is role and (post.agency or "") == request.agency]
    if request.kind == "grant":
        if held:
            raise Refused("people.posts.held", name=member.name)
        return request
    if not held:
        raise Refused("people.posts.not_held", name=member.name)
    if role is Role.ADMIN and len(await members.holders(work.tx, Role.ADMIN)) < 2:
        raise Refused("people.posts.last_admin")
    if role is Role.CONTACT and await _has_cases(member, request.agency, work):
        raise Refused("people.posts.has_cases", name=member.name)
    return request


async def _has_cases(member: Member, agency: str, work: Work) -> bool:
    open_cases = await case_queries.list_of_contact(work.tx, member.id)
    checking = await people.list_checking(work.tx, member.id)
    return any(case.agency_id == agency for case in open_cases) or bool(checking)


async def _done(request: Request, work: Work, at: datetime) -> Effects:
    member = await members.get(work.tx, MemberId(request.member))
    if request.kind == "hand_over":
        return await handover.carry_out(member, await members.get(work.tx, MemberId(request.to)), work, at, request.by)
    role, agency = Role(request.role), AgencyId(request.agency) if request.agency else None
    action = "role.granted" if request.kind == "grant" else "role.ended"
    detail = f"{role} {request.agency} asked:{request.by}"
    await audit.note(work.tx, at, work.actor.id, action, f"member:{member.id}", detail)
    if request.kind == "revoke":
        await members.end_post(work.tx, member.id, role, agency, at)
        return [_told(member, text("posts.ended", role=welcome.role_name(role)))]
    post = Post(role, agency, await _rank(role, agency, work))
    await members.add_post(work.tx, member.id, post, at, work.actor.id)
    now = replace(member, posts=(post,), duties=())
    return [_told(member, await welcome.words(now, work, welcome.today(work, at)))]


async def _rank(role: Role, agency: AgencyId | None, work: Work) -> Turn:
    """The first contact of an agency is A, a further one stands in."""
    if role is not Role.CONTACT or agency is None:
        return Turn.NONE
    return Turn.B if await members.holders(work.tx, role, agency) else Turn.A


def _told(member: Member, said: Text | Lines) -> Outgoing:
    return Outgoing(member.id, said, rank=Rank.CARD)


async def _closed(request: Request, key: str, work: Work) -> Effects:
    """The cards of all admins say how it ended and lose their buttons; the asker is told."""
    said = text(key, what=await _what(request, work), who=work.actor.name)
    admins = dict.fromkeys((*await members.holders(work.tx, Role.ADMIN), MemberId(request.by)))
    return [Outgoing(admin, said, slot=f"posts:{request.ref}", rank=Rank.CARD) for admin in admins]


async def _what(request: Request, work: Work) -> Text:
    member = await members.get(work.tx, MemberId(request.member))
    if request.kind == "hand_over":
        coming = await members.get(work.tx, MemberId(request.to))
        return text("posts.what_hand_over", name=member.name, to=coming.name)
    agency = work.town.rulebook.agencies.get(AgencyId(request.agency))
    role = welcome.role_name(Role(request.role))
    return text(f"posts.what_{request.kind}", name=member.name, role=role, unit=agency.short if agency else "")


async def person_named(name: str, work: Work) -> Member:
    """Who is meant by a name, or by the number that tells namesakes apart."""
    found = await people.by_name(work.tx, name)
    if name.isascii() and name.isdecimal() and len(name) <= 9:
        found = [member for member in await people.by_number(work.tx, int(name)) if not member.left]
    if not found:
        raise Refused("people.posts.nobody", name=name[:20])
    if len(found) > 1:
        raise Refused("people.posts.several", name=name, numbers="、".join(str(member.id) for member in found[:5]))
    return found[0]


def _agency(role: Role, words: str, rulebook: Rulebook) -> AgencyId | None:
    if role is Role.DISPATCHER:
        return rulebook.lead.id
    if role not in _AT_AGENCY:
        return None
    for agency in rulebook.agencies.values():
        if words in (agency.short, agency.name, agency.id) and not agency.is_area:
            return agency.id
    raise Refused("people.posts.which_agency", words=words[:20] or "…")
