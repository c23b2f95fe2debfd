"""How a feature declares what it answers, and all that a handler may touch."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

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
from bot.chat.messages import Arg, Button, Effects, Text
from bot.chat.schedule import Schedule
from bot.chat.work import Town, Work
from bot.domain.case import Case, CaseMoved, Move, Relation
from bot.domain.people import EVERYONE, MemberId, Role

E = TypeVar("E", bound=Event | CaseMoved)
Handler = Callable[[E, Work], Awaitable[Effects]]
PhotoHandler = Callable[[Incoming, Work], Awaitable[Effects | None]]  # None: not mine, the next feature is asked


@dataclass(frozen=True, slots=True)
class Command:
    words: tuple[str, ...]
    roles: frozenset[Role]
    group: bool
    private: bool
    handler: Handler[Incoming]
    example: str  # what help shows instead of the word: "办 0127"
    listed: bool
    glued: bool  # also recognised when its words follow without a space: 上报井盖坏了
    anywhere: bool  # also heard in a group that is not bound yet
    privately: bool  # said in a group, it is answered in private


@dataclass(frozen=True, slots=True)
class OnMove:
    moves: frozenset[Move]
    makes: frozenset[Move]  # the further moves its answer may make
    handler: Handler[CaseMoved]


@dataclass(frozen=True, slots=True)
class OnPhoto:
    takes: Callable[[Incoming, Town], bool]
    handler: PhotoHandler


@dataclass(frozen=True, slots=True)
class OnReply:
    relations: frozenset[Relation]
    handler: Handler[Incoming]


@dataclass(frozen=True, slots=True)
class OnPress:
    roles: frozenset[Role]
    handler: Handler[Pressed]


@dataclass(slots=True)
class Feature:
    """One folder of `handlers`. Declarations are read by the router; there is no global registry."""

    name: str
    commands: list[Command] = field(default_factory=list[Command])
    photos: list[OnPhoto] = field(default_factory=list[OnPhoto])
    presses: dict[str, OnPress] = field(default_factory=dict[str, OnPress])
    steps: dict[str, PhotoHandler] = field(default_factory=dict[str, PhotoHandler])
    replies: list[OnReply] = field(default_factory=list[OnReply])
    dues: dict[str, Handler[Due]] = field(default_factory=dict[str, Handler[Due]])
    ticks: dict[str, tuple[Schedule, Handler[Due]]] = field(default_factory=dict[str, tuple[Schedule, Handler[Due]]])
    on_moves: list[OnMove] = field(default_factory=list[OnMove])
    on_stored: list[Handler[PhotoStored]] = field(default_factory=list[Handler[PhotoStored]])
    on_failed: list[Handler[PhotoFailed]] = field(default_factory=list[Handler[PhotoFailed]])
    on_undelivered: list[Handler[NotDelivered]] = field(default_factory=list[Handler[NotDelivered]])
    on_placed: list[Handler[Placed]] = field(default_factory=list[Handler[Placed]])
    on_migrated: list[Handler[Migrated]] = field(default_factory=list[Handler[Migrated]])
    on_trouble: list[Handler[Trouble]] = field(default_factory=list[Handler[Trouble]])
    edits: list[PhotoHandler] = field(default_factory=list[PhotoHandler])
    orders: dict[str, Handler[Ordered]] = field(default_factory=dict[str, Handler[Ordered]])
    greeting: Handler[Incoming | Pressed] | None = None  # what a person is told at first contact
    fallback: Handler[Incoming] | None = None  # private words that nothing else understood

    def text(self, key: str, /, **args: Arg) -> Text:
        """A text of this feature's own catalogue."""
        return Text(f"{self.name}.{key}", args)

    def press(
        self,
        action: str,
        label: str | Text,
        *,
        case: Case | None = None,
        target: str = "",
        only: MemberId | None = None,
        row: int = 0,
        minutes: int = 60 * 24 * 7,
    ) -> Button:
        """A button of this feature. `label`: a key of its catalogue or a text; `target`: what else is chosen."""
        shown = label if isinstance(label, Text) else self.text(label)
        return Button(
            action=f"{self.name}.{action}",
            label=shown,
            case=case.id if case else None,
            round=case.round if case else 0,
            target=target,
            only=only,
            row=row,
            minutes=minutes,
        )

    def command(
        self,
        *words: str,
        roles: frozenset[Role] = EVERYONE,
        group: bool = True,
        private: bool = True,
        example: str = "",
        listed: bool = True,
        glued: bool = False,
        anywhere: bool = False,
        privately: bool = False,
    ) -> Callable[[Handler[Incoming]], Handler[Incoming]]:
        """Answers a message that is or begins with one of `words`; the other switches: see `Command`."""

        def declare(handler: Handler[Incoming]) -> Handler[Incoming]:
            self.commands.append(
                Command(words, roles, group, private, handler, example, listed, glued, anywhere, privately)
            )
            return handler

        return declare

    def photo(self, takes: Callable[[Incoming, Town], bool]) -> Callable[[PhotoHandler], PhotoHandler]:
        """Answers a photo, a position or free words that `takes` recognises, unless the answer is None."""

        def declare(handler: PhotoHandler) -> PhotoHandler:
            self.photos.append(OnPhoto(takes, handler))
            return handler

        return declare

    def button(self, action: str, roles: frozenset[Role] = EVERYONE) -> Callable[[Handler[Pressed]], Handler[Pressed]]:
        """Answers a press of this feature's button `action`, or its label typed as a word."""

        def declare(handler: Handler[Pressed]) -> Handler[Pressed]:
            self.presses[f"{self.name}.{action}"] = OnPress(roles, handler)
            return handler

        return declare

    def step(self, name: str) -> Callable[[PhotoHandler], PhotoHandler]:
        """Answers the next message of somebody whose open dialog stands at this step, unless the answer is None."""

        def declare(handler: PhotoHandler) -> PhotoHandler:
            self.steps[f"{self.name}.{name}"] = handler
            return handler

        return declare

    def reply(self, *relations: Relation) -> Callable[[Handler[Incoming]], Handler[Incoming]]:
        """Answers a message that quotes one of ours about a case, from somebody who is this to the case."""

        def declare(handler: Handler[Incoming]) -> Handler[Incoming]:
            self.replies.append(OnReply(frozenset(relations), handler))
            return handler

        return declare

    def due(self, name: str) -> Callable[[Handler[Due]], Handler[Due]]:
        """Answers a timer that was set with `timers.set_timer(tx, f"{feature}.{name}", …)`."""

        def declare(handler: Handler[Due]) -> Handler[Due]:
            self.dues[f"{self.name}.{name}"] = handler
            return handler

        return declare

    def tick(self, name: str, when: Schedule) -> Callable[[Handler[Due]], Handler[Due]]:
        """Answers the county's clock; once per due instant over all processes and restarts."""

        def declare(handler: Handler[Due]) -> Handler[Due]:
            self.ticks[f"{self.name}.{name}"] = (when, handler)
            return handler

        return declare

    def on_move(
        self, *moves: Move, makes: frozenset[Move] = frozenset()
    ) -> Callable[[Handler[CaseMoved]], Handler[CaseMoved]]:
        """Answers a move in the same transaction; `makes` are the further moves the answer may make."""

        def declare(handler: Handler[CaseMoved]) -> Handler[CaseMoved]:
            self.on_moves.append(OnMove(frozenset(moves), makes, handler))
            return handler

        return declare

    def photo_stored(self, handler: Handler[PhotoStored]) -> Handler[PhotoStored]:
        """Answers a photo whose bytes are kept."""
        self.on_stored.append(handler)
        return handler

    def photo_failed(self, handler: Handler[PhotoFailed]) -> Handler[PhotoFailed]:
        """Answers a photo that could not be had or read."""
        self.on_failed.append(handler)
        return handler

    def undelivered(self, handler: Handler[NotDelivered]) -> Handler[NotDelivered]:
        """Answers a message that was given up."""
        self.on_undelivered.append(handler)
        return handler

    def placed(self, handler: Handler[Placed]) -> Handler[Placed]:
        """Answers a change of what the bot may do in a chat."""
        self.on_placed.append(handler)
        return handler

    def migrated(self, handler: Handler[Migrated]) -> Handler[Migrated]:
        """Answers a chat that has another id now."""
        self.on_migrated.append(handler)
        return handler

    def troubled(self, handler: Handler[Trouble]) -> Handler[Trouble]:
        """Answers a platform that cannot be heard, or can be again."""
        self.on_trouble.append(handler)
        return handler

    def edit(self, handler: PhotoHandler) -> PhotoHandler:
        """Answers a message that was changed after it came, unless the answer is None."""
        self.edits.append(handler)
        return handler

    def greets(self, handler: Handler[Incoming | Pressed]) -> Handler[Incoming | Pressed]:
        """Tells a person at first contact what happens to what they send; runs with everything they do."""
        self.greeting = handler
        return handler

    def otherwise(self, handler: Handler[Incoming]) -> Handler[Incoming]:
        """Answers private words that nothing else understood."""
        self.fallback = handler
        return handler

    def order(self, name: str) -> Callable[[Handler[Ordered]], Handler[Ordered]]:
        """Answers a command of the machine's own command line."""

        def declare(handler: Handler[Ordered]) -> Handler[Ordered]:
            self.orders[f"{self.name}.{name}"] = handler
            return handler

        return declare


Features = tuple[Feature, ...]
