"""Who answers an event: one route for what people do, the declared handlers for what happens by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.events import (
    Due,
    Event,
    Incoming,
    Migrated,
    NotDelivered,
    Ordered,
    PhotoFailed,
    PhotoStored,
    Placed,
    Pressed,
    Trouble,
)
from bot.chat.feature import E, Handler, Work
from bot.chat.messages import Effect, Effects
from bot.domain.refusal import Refused
from bot.engine.route import Routes
from storage import timers


@dataclass(frozen=True, slots=True)
class Answers:
    """The handlers of all features, called by what happened."""

    routes: Routes

    async def greeting(self, event: Incoming | Pressed, work: Work) -> Effects:
        """What a person is told at first contact, whatever becomes of the rest."""
        for feature in self.routes.router.features:
            if feature.greeting is not None:
                return await feature.greeting(event, work)
        return []

    async def answer(self, event: Event, work: Work) -> Effects:
        """What the features answer.

        Raises:
            Refused: a rule said no.
            LookupError: nobody answers a timer (its feature was taken out).
        """
        match event:
            case Incoming():
                return await self.routes.of_words(event, work)
            case Pressed():
                return await self.routes.of_press(event, work)
            case Due():
                return await self._due(event, work)
            case Ordered():
                return await self._order(event, work)
            case _:
                return await self._happened(event, work)

    async def _happened(self, event: Event, work: Work) -> Effects:
        """What nobody did: every feature that wants to may answer."""
        features = self.routes.router.features
        match event:
            case PhotoStored():
                return await _all([on for feature in features for on in feature.on_stored], event, work)
            case PhotoFailed():
                return await _all([on for feature in features for on in feature.on_failed], event, work)
            case NotDelivered():
                return await _all([on for feature in features for on in feature.on_undelivered], event, work)
            case Placed():
                return await _all([on for feature in features for on in feature.on_placed], event, work)
            case Migrated():
                return await _all([on for feature in features for on in feature.on_migrated], event, work)
            case Trouble():
                return await _all([on for feature in features for on in feature.on_trouble], event, work)
            case _:
                return []

    async def _due(self, event: Due, work: Work) -> Effects:
        for feature in self.routes.router.features:
            if event.name in feature.ticks:
                return await feature.ticks[event.name][1](event, work)
            if event.name in feature.dues:
                # Moved or cancelled since it was handed out: nothing is due any more.
                if not await timers.take(work.tx, event.name, event.key, event.due_at):
                    return []
                return await feature.dues[event.name](event, work)
        raise LookupError(f"nobody answers {event.name}")

    async def _order(self, event: Ordered, work: Work) -> Effects:
        for feature in self.routes.router.features:
            if event.name in feature.orders:
                return await feature.orders[event.name](event, work)
        raise Refused("core.unknown_order")


async def _all(handlers: Sequence[Handler[E]], event: E, work: Work) -> Effects:
    effects: list[Effect] = []
    for handler in handlers:
        effects += await handler(event, work)
    return effects
