"""The one route of what a person did: button, command, quoted message, dialog, photo, help."""

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.chat.events import FromPerson, Incoming, Pressed
from bot.chat.feature import Command, PhotoHandler, Work
from bot.chat.messages import Button, Effects, Outgoing, Text, answer
from bot.chat.routing import Router
from bot.chat.texts import Texts
from bot.domain.case import CaseId
from bot.domain.casenumber import case_number, number_in_front
from bot.domain.casenumber import spoken as spoken_number
from bot.domain.people import Role
from bot.domain.refusal import Refused
from bot.domain.times import stored
from bot.domain.wording import tidied
from bot.engine.buttons import Signer, Word, chosen, meant, typed
from bot.engine.here import brought
from bot.engine.throttle import Throttle
from storage import cases, dialogs, groups, members, said
from storage.database import Tx
from storage.dialogs import Dialog

_GLUED: Final = re.compile(r"^([^\d#]+)(#?\d{4,9}号?)$")

Run = Callable[[], Awaitable[Effects]]


@dataclass(frozen=True, slots=True)
class Routes:
    """Finds who answers; what it calls returns effects."""

    router: Router
    texts: Texts
    signer: Signer
    throttle: Throttle

    async def of_press(self, event: Pressed, work: Work) -> Effects:
        """A button of ours, or nobody's."""
        pressed = await chosen(work.tx, self.signer, event, work.actor.id)  # signed for the chat as it was then
        return await self._press(await brought(work.tx, pressed), work)

    async def hears(self, tx: Tx, event: Incoming) -> bool:
        """Whether a message is for us at all: in a group that is not bound only the words declared `anywhere`."""
        if event.where.private or await _is_bound(tx, event):
            return True
        found = self.router.command(tidied(event.text))
        return found is not None and found[0].anywhere

    async def of_words(self, event: Incoming, work: Work) -> Effects:
        """First match wins; in a group, silence where nothing matches and nobody asked. Only for what `hears` lets through."""
        if event.about is not None:
            return await self._on_page(event, event.about, work)
        spoken = tidied(event.text)
        event = replace(event, about=await _quoted(work.tx, event))
        if event.edited:
            return await self._edited(event, work)
        if not event.forwarded:  # what somebody else said is no command of this person
            found = self.router.command(spoken)
            if found:
                return await self._command(replace(event, rest=found[1]), found[0], work)
            if effects := await self._typed(event, spoken, work):
                return effects
        dialog = await dialogs.find(work.tx, event.where.platform, event.where.chat, work.actor.id, event.at)
        answers_dialog = dialog is not None and event.about is not None and _is_about(dialog, event.about)
        if not answers_dialog and event.about is not None and (reply := await self._reply(event, event.about, work)):
            return await reply()
        return await self._rest(event, work)

    async def _on_page(self, event: Incoming, about: CaseId, work: Work) -> Effects:
        """What was sent on the page of a case is about that case: no command, and the answer to no other question."""
        reply = await self._reply(event, about, work)
        if reply is None:
            raise Refused("case.unknown", number=spoken_number((await cases.get(work.tx, about)).number))
        return await reply()

    async def _edited(self, event: Incoming, work: Work) -> Effects:
        """A message was changed: whoever made something of it is asked. Words alone that led to nothing stay so."""
        for feature in self.router.features:
            for handler in feature.edits:
                if (taken := await handler(event, work)) is not None:
                    return taken
        return await self._rest(replace(event, edited=False), work) if event.photos or event.media else []

    async def _rest(self, event: Incoming, work: Work) -> Effects:
        dialog = await dialogs.find(work.tx, event.where.platform, event.where.chat, work.actor.id, event.at)
        step = self._step(dialog.step) if dialog else None
        if step is not None and (taken := await step(event, work)) is not None:
            return taken
        for feature in self.router.features:
            for on in feature.photos:
                if on.takes(event, work.town) and (taken := await on.handler(event, work)) is not None:
                    return taken
        if not (event.where.private or event.addressed):
            return []
        for feature in self.router.features:
            if feature.fallback is not None:
                return await feature.fallback(event, work)
        return []

    def _step(self, name: str) -> PhotoHandler | None:
        return next((feature.steps[name] for feature in self.router.features if name in feature.steps), None)

    async def _command(self, event: Incoming, command: Command, work: Work) -> Effects:
        _allow(event, work, command.roles, command.words[0])
        # What may be a report is never held back: its own quota stores it and files it later.
        again = None if event.photos or command.glued else self.throttle.free_at(work.actor.id, event.at)
        if again is not None:
            return [_too_fast(event, work, again)]
        if event.where.private and not command.private:
            raise Refused("core.group_only", word=command.words[0])
        if event.where.private or command.group:
            return await command.handler(event, work)
        return await self._answered_privately(event, command, work)

    async def _answered_privately(self, event: Incoming, command: Command, work: Work) -> Effects:
        """A private matter asked in the group: answered in private where that reaches the person."""
        account = event.sender
        known = [found for found in await members.accounts(work.tx, work.actor.id) if found.reachable]
        if not command.privately or all(found.id != account for found in known):
            raise Refused("core.private_only", word=command.words[0])
        private = replace(event.where, chat=account, private=True)
        return await command.handler(replace(event, where=private, message="", answers=None), work)

    async def _typed(self, event: Incoming, spoken: str, work: Work) -> Effects:
        """A word that does the same as a button."""
        if not spoken or event.photos or event.media:
            return []
        case = event.about
        word, number = _word_and_number(spoken)
        if number is not None and case is None:
            named = await cases.find_number(work.tx, number)
            if named is None:
                return []
            case = named.id
        words = await typed(work.tx, self.texts, event, work.actor.id, word, case)
        if not words:
            return []
        if len(words) > 1:
            return [await _which(work.tx, event, words)]
        return await self._say(event, words[0], work)

    async def _say(self, event: Incoming, word: Word, work: Work) -> Effects:
        press = Pressed(
            event_id=event.event_id,
            where=event.where,
            sender=event.sender,
            data="",
            at=event.at,
            message=word.prompt.message or "",
            sender_name=event.sender_name,
            said=event.text,
        )
        return await self._press(await meant(work.tx, press, word.choice, work.actor.id), work)

    async def _press(self, event: Pressed, work: Work) -> Effects:
        on = self.router.presses.get(event.action)
        if on is None:
            raise Refused("core.button_stale")
        _allow(event, work, on.roles, event.action)
        return await on.handler(event, work)

    async def _reply(self, event: Incoming, quoted: CaseId, work: Work) -> Run | None:
        case = await cases.get(work.tx, quoted)
        held = await cases.relations(work.tx, case, work.actor)
        for feature in self.router.features:
            for on in feature.replies:
                if on.relations & held:
                    return lambda handler=on.handler: handler(event, work)
        return None


async def _quoted(tx: Tx, event: Incoming) -> CaseId | None:
    if event.answers is not None:
        return await said.find(tx, event.where.platform, event.where.chat, event.answers)
    number = number_in_front(event.quoted)
    case = await cases.find_number(tx, number) if number is not None else None
    return case.id if case else None


def _is_about(dialog: Dialog, case: CaseId) -> bool:
    """Whether a dialog names this case; a bare number may be a member as well, and names none."""
    if not dialog.data.startswith("{"):
        return False
    data: dict[str, object] = json.loads(dialog.data)
    return data.get("case") == case


async def _is_bound(tx: Tx, event: Incoming) -> bool:
    return (str(event.where.platform), event.where.chat) in await groups.bound(tx)


def _allow(event: FromPerson, work: Work, roles: frozenset[Role], what: str) -> None:
    if not work.actor.is_any(roles):
        masked = isinstance(event, Incoming) and event.masked
        raise Denied(what, "core.masked" if masked else "core.not_allowed")


class Denied(Refused):
    """The role does not allow it, or nobody knows whose role it would be; denied and audited."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(key)
        self.what = what


def _too_fast(event: Incoming, work: Work, again: datetime) -> Outgoing:
    """Said once for this pause; what follows is passed over in silence."""
    return replace(answer(event, Text("core.too_fast", {"again": again})), once=f"fast:{work.actor.id}:{stored(again)}")


async def _which(tx: Tx, event: Incoming, words: Sequence[Word]) -> Outgoing:
    """Several cases are meant by the word: a numbered list asks, three at most."""
    buttons: list[Button] = []
    for row, word in enumerate(words[:3]):
        label = word.choice.label
        if word.choice.case is not None:
            case = await cases.get(tx, word.choice.case)
            label = Text("core.choice", {"number": spoken_number(case.number), "label": label})
        buttons.append(replace(word.choice, label=label, row=row))
    return answer(event, Text("core.which"), *buttons)


def _word_and_number(spoken: str) -> tuple[str, int | None]:
    """A word and the case it is said about: 「接收 0127」, 「0127 接收」, 「接收0127」; else the words as they are."""
    parts = _GLUED.sub(r"\1 \2", spoken).split()
    numbers = [part for part in parts if case_number(part, alone_or_after_command=True) is not None]
    if len(numbers) != 1:
        return spoken, None
    word = "".join(part for part in parts if part != numbers[0])
    return word, case_number(numbers[0], alone_or_after_command=True)
