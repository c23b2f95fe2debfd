"""From effects to rows: addresses, order, prompts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.chat.events import Address, Event, Platform, Trouble
from bot.chat.feature import Town
from bot.chat.messages import Outgoing, Rank, React
from bot.chat.wire import Body, write_body, write_choices
from bot.domain.people import MemberId
from bot.engine.here import today
from storage import audit, members, outbox, prompts
from storage.database import Tx
from storage.outbox import Draft

Prefers = Callable[[str], bool]


async def queue(tx: Tx, message: Outgoing, event: Event, town: Town) -> int | None:
    """Queue a message; returns its id, None if it was told before or nobody can be reached."""
    address = await _address(tx, message, event)
    if address is None:
        await _nobody(tx, message, event.at)
        return None
    where, member = address
    moved = isinstance(message.to, Address) and where != message.to  # ids of its messages are void
    answers = None if moved else message.answers
    body = write_body(Body(message.text, message.buttons, message.attachments, answers, message.page))
    queued = await outbox.add(tx, _draft(message, event.at, where, member, body))
    if queued is None:
        return None
    if message.slot is not None:
        await prompts.close_slot(tx, where.platform, where.chat, message.slot, queued, event.at)
    if message.buttons:
        await prompts.add(
            tx,
            queued,
            where.platform,
            where.chat,
            message.case or (message.valid.case if message.valid else None),
            write_choices(message.buttons),
            (message.not_before or event.at) + timedelta(minutes=max(button.minutes for button in message.buttons)),
        )
    return queued


async def queue_reaction(tx: Tx, reaction: React, at: datetime) -> None:
    """Queue a reaction; it goes at once or never."""
    where = reaction.where
    if not reaction.message or await today(tx, where) != where:
        return  # the message was said before the chat got another id
    await outbox.add(
        tx,
        Draft(
            kind="reaction",
            platform=where.platform,
            chat=where.chat,
            private=where.private,
            topic=f"{where.platform}:{where.chat}:react:{reaction.message}",
            body=write_body_of_reaction(reaction),
            rank=0,
            not_before=at,
            created_at=at,
            once=f"react:{where.platform}:{where.chat}:{reaction.message}:{reaction.emoji}",
        ),
    )


def write_body_of_reaction(reaction: React) -> str:
    """Message and emoji, one line each."""
    return f"{reaction.message}\n{reaction.emoji}"


async def _address(tx: Tx, message: Outgoing, event: Event) -> tuple[Address, MemberId | None] | None:
    if isinstance(message.to, Address):
        to = message.to
        owner = await members.id_by_account(tx, to.platform, to.chat) if to.private else None
        return await today(tx, to), owner
    accounts = [account for account in await members.accounts(tx, message.to) if account.reachable]
    here = getattr(getattr(event, "where", None), "platform", None)
    away = event.platform if isinstance(event, Trouble) else None  # the way that works is another one
    accounts.sort(key=lambda account: (account.space == away, account.space != here))
    if not accounts:
        return None
    best = accounts[0]
    return Address(Platform(best.space), best.id, private=True), message.to


async def _nobody(tx: Tx, message: Outgoing, at: datetime) -> None:
    await audit.note(tx, at, None, "message.no_address", f"member:{message.to}", message.once or "")


def _draft(message: Outgoing, at: datetime, where: Address, member: MemberId | None, body: str) -> Draft:
    thread = message.slot or (f"case:{message.case}" if message.case else f"at:{at.timestamp()}")
    if message.rank is Rank.REPLY and message.slot is None:
        thread += ":answers"  # whoever has just spoken is answered, whatever about the case is held for later
    draft = Draft(
        platform=where.platform,
        chat=where.chat,
        private=where.private,
        member_id=member,
        topic=f"{where.platform}:{where.chat}:{thread}",
        body=body,
        rank=message.rank,
        not_before=message.not_before or at,
        created_at=at,
        once=message.once,
        slot=message.slot,
        case_id=message.case,
        photos_until=at + timedelta(seconds=message.wait_photos_s) if message.wait_photos_s else None,
        only_edit=message.only_edit,
    )
    if message.valid is None:
        return draft
    return replace(
        draft,
        case_id=message.valid.case,
        valid_round=message.valid.round,
        valid_states=message.valid.states,
    )
