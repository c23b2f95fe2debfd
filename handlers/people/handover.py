"""A contact leaves the post: the successor takes it, with every open case."""

from datetime import datetime

from bot.chat.feature import Work
from bot.chat.messages import Effect, Effects, Outgoing, Rank
from bot.domain.case import WITH_CONTACT, Case, CaseId, Move
from bot.domain.people import Member, Post, Role
from bot.domain.refusal import Refused
from handlers.people import welcome
from handlers.people.declared import text
from storage import audit, case_queries, cases, loans, members, people


async def check(leaving: Member, coming: Member, work: Work) -> None:
    """Whether the post can change hands.

    Raises:
        Refused: there is no post, it is the same person, or the successor could not be reached.
    """
    if not leaving.agencies(Role.CONTACT):
        raise Refused("people.posts.no_contact", name=leaving.name)
    if leaving.id == coming.id:
        raise Refused("people.posts.how_hand_over")
    if not await members.reachable(work.tx, coming.id):
        raise Refused("people.posts.unbound", name=coming.name)


async def carry_out(leaving: Member, coming: Member, work: Work, at: datetime, asked_by: int) -> Effects:
    """End the post, give it, move the cases; clocks go on, for the agency stays the same."""
    posts = [post for post in leaving.posts if post.role is Role.CONTACT]
    for post in posts:
        await _change(post, leaving, coming, work, at)
    moved = await _cases(leaving, coming, work, at)
    checking = await people.list_checking(work.tx, leaving.id)
    for case in checking:  # nothing is asked of the contact now; a dispute must find the new one
        await cases.amend(work.tx, await cases.get(work.tx, CaseId(case)), contact_id=coming.id)
    number = len(moved) + len(checking)
    detail = f"to member:{coming.id} cases={number} asked:{asked_by}"
    await audit.note(work.tx, at, work.actor.id, "post.handed_over", f"member:{leaving.id}", detail)
    now = await members.get(work.tx, coming.id)
    unit = welcome.unit(now, Role.CONTACT, work)
    return [
        *moved,
        Outgoing(leaving.id, text("handed.leaving", to=coming.name, number=number), rank=Rank.CARD),
        Outgoing(coming.id, text("handed.coming", name=leaving.name, unit=unit, number=number), rank=Rank.CARD),
    ]


async def _change(post: Post, leaving: Member, coming: Member, work: Work, at: datetime) -> None:
    await members.end_post(work.tx, leaving.id, Role.CONTACT, post.agency, at)
    await members.end_post(work.tx, coming.id, Role.CONTACT, post.agency, at)  # a deputy moves up
    await members.add_post(work.tx, coming.id, post, at, work.actor.id)


async def _cases(leaving: Member, coming: Member, work: Work, at: datetime) -> list[Effect]:
    """The open cases, those too that are lent while `leaving` is on leave; what is on loan with them stays a loan."""
    held = [*await case_queries.list_of_contact(work.tx, leaving.id), *await _lent(leaving, coming, work, at)]
    for case in held:
        await loans.pass_on(work.tx, case.id, leaving.id, coming.id, at)
    return [
        await cases.move(work.tx, case, Move.REASSIGN, work.actor, at, note="handed_over", contact_id=coming.id)
        for case in held
    ]


async def _lent(leaving: Member, coming: Member, work: Work, at: datetime) -> list[Case]:
    """What deputies have in hand for `leaving`: there is nobody to give it back to any more."""
    found: list[Case] = []
    for loan in await loans.list_from(work.tx, leaving.id):
        await loans.end(work.tx, loan.case, at)
        case = await cases.get(work.tx, loan.case)
        if case.contact_id == loan.holder != coming.id and case.state in WITH_CONTACT:
            found.append(case)
    return found
