"""What effects lead to inside the transaction: messages are queued, moves are offered to every feature."""

from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from typing import Final

from bot.chat.events import Event
from bot.chat.feature import Feature, OnMove, Town, Work
from bot.chat.messages import Acknowledge, Effect, Effects, Outgoing, React
from bot.chat.routing import Router
from bot.domain.case import CaseMoved
from bot.domain.people import SYSTEM
from bot.domain.refusal import Refused
from bot.engine.queue import queue, queue_reaction
from storage import cases, members
from storage.database import Tx

_DEEPEST: Final = 8


@dataclass(slots=True)
class Cascade:
    """One event's effects; `acknowledgements` are left for after the commit. `signs`: platforms that know reactions."""

    tx: Tx
    event: Event
    router: Router
    town: Town
    signs: frozenset[str]
    acknowledgements: list[Acknowledge] = field(default_factory=list[Acknowledge])
    _moves: deque[tuple[CaseMoved, int]] = field(default_factory=deque[tuple[CaseMoved, int]])

    async def carry_out(self, effects: Effects) -> None:
        """Queue what is said and offer each move to every feature: first in, first out, features in their order.

        Raises:
            RuntimeError: an answer to a move refused, made an undeclared move, or the moves come to no end: bugs.
        """
        await self._keep(effects, 1)
        while self._moves:
            moved, depth = self._moves.popleft()
            if depth > _DEEPEST:
                raise RuntimeError(f"moves of case {moved.after.id} do not come to an end")
            for feature, on in self.router.on_move(moved.move):
                await self._keep(await self._answered(feature, on, moved), depth + 1)

    async def _answered(self, feature: Feature, on: OnMove, moved: CaseMoved) -> Effects:
        """What a feature answers to a move, the case read again as others may have moved it since."""
        now = replace(moved, after=await cases.get(self.tx, moved.after.id))
        work = Work(self.tx, await members.get(self.tx, SYSTEM), self.town)
        effects = await _never_refused(feature, on.handler(now, work))
        for effect in effects:
            if isinstance(effect, CaseMoved) and effect.move not in on.makes:
                raise RuntimeError(f"{feature.name} made the move {effect.move} without declaring it")
        return effects

    async def _keep(self, effects: Effects, depth: int) -> None:
        for effect in effects:
            await self._keep_one(effect, depth)

    async def _keep_one(self, effect: Effect, depth: int) -> None:
        match effect:
            case Outgoing():
                await queue(self.tx, effect, self.event, self.town)
            case CaseMoved():
                self._moves.append((effect, depth))
            case React():
                if effect.where.platform in self.signs:
                    await queue_reaction(self.tx, effect, self.event.at)
            case Acknowledge():
                await self._acknowledge(effect)

    async def _acknowledge(self, effect: Acknowledge) -> None:
        if not effect.to.said:
            self.acknowledgements.append(effect)
        elif effect.text is not None:  # a typed word: there is no button to answer, so it is said
            await queue(self.tx, Outgoing(effect.to.where, effect.text), self.event, self.town)


async def _never_refused(feature: Feature, answering: Awaitable[Effects]) -> Effects:
    try:
        return await answering
    except Refused as no:
        raise RuntimeError(f"{feature.name} refused inside a cascade: {no.key}") from no
