"""Which feature answers what: one route for an event; two equal claims are an error at start."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from bot.chat.feature import Command, Feature, Features, OnMove, OnPress
from bot.domain.case import Move

T = TypeVar("T")

START: Final = "/start"
_CASE_FOLLOWS: Final = re.compile(r"[\s#＃]*\d")


class RoutingFault(Exception):
    """Two features claim the same word, button, step, timer or further move."""


@dataclass(frozen=True, slots=True)
class Router:
    """The declarations of all features, looked up by what happened."""

    features: Features
    commands: dict[str, Command]
    presses: dict[str, OnPress]
    names: tuple[str, ...] = field(default=())  # feature names

    def command(self, text: str) -> tuple[Command, str] | None:
        """The command a text is or begins with, and what follows it; `text` is normalised.

        A word counts when it stands alone, before a space, or directly before a case number; words declared
        `glued` also directly before other words; `/word` and `/word@bot`, as some platforms write it, stand alone.
        A link that opens a chat arrives as `/start WORD` or `/start WORD_WHAT` and is that command.
        """
        head = text.split(maxsplit=1)
        if not head:
            return None
        word, rest = head[0].lower(), head[1] if len(head) > 1 else ""
        if word.startswith("/"):
            word = word.partition("@")[0]
            linked, _, what = rest.partition("_")
            if word == START and linked and (found := self._slashed(f"/{linked.lower()}")):
                return found, what
            return (found, rest) if (found := self._slashed(word)) else None
        if found := self.commands.get(word):
            return found, rest
        for length in range(len(word) - 1, 0, -1):
            found = self.commands.get(word[:length])
            rest = text.strip()[length:]
            if found and (found.glued or _CASE_FOLLOWS.match(rest)):
                return found, rest.strip()
        return None

    def _slashed(self, word: str) -> Command | None:
        """The command of `/word`; menus know no hyphen: `/hand_over`."""
        return self.commands.get(word) or self.commands.get(word[1:].replace("_", "-"))

    def words(self) -> Sequence[str]:
        """Every listed command word, for help and for guessing typing slips."""
        return [word for word, command in self.commands.items() if command.listed]

    def on_move(self, move: Move) -> Sequence[tuple[Feature, OnMove]]:
        """Who answers a move, in order of precedence."""
        return [(feature, on) for feature in self.features for on in feature.on_moves if move in on.moves]


def build(features: Features) -> Router:
    """A router over `features`.

    Raises:
        RoutingFault: two equal claims; the message names both features.
    """
    commands: dict[str, tuple[str, Command]] = {}
    presses: dict[str, tuple[str, OnPress]] = {}
    seen: dict[str, str] = {}
    for feature in features:
        for command in feature.commands:
            for word in command.words:
                _claim(commands, word.lower(), feature.name, command)
        for action, on in feature.presses.items():
            _claim(presses, action, feature.name, on)
        for name in (*feature.steps, *feature.dues, *feature.ticks, *feature.orders):
            if name in seen:
                raise RoutingFault(f"{name} is claimed by {seen[name]} and by {feature.name}")
            seen[name] = feature.name
    _check_further_moves(features)
    _check_single(features, "greeting")
    _check_single(features, "fallback")
    return Router(
        features,
        {word: command for word, (_, command) in commands.items()},
        {action: on for action, (_, on) in presses.items()},
        tuple(feature.name for feature in features),
    )


def _claim(claims: dict[str, tuple[str, T]], what: str, feature: str, by: T) -> None:
    if what in claims:
        raise RoutingFault(f"“{what}” is claimed by {claims[what][0]} and by {feature}")
    claims[what] = (feature, by)


def _check_further_moves(features: Features) -> None:
    """At most one feature may answer a given move with a further move, or the end would hang on their order."""
    for move in Move:
        makers = [feature.name for feature in features for on in feature.on_moves if move in on.moves and on.makes]
        if len(makers) > 1:
            raise RoutingFault(f"the move {move} is answered with further moves by {' and by '.join(makers)}")


def _check_single(features: Features, what: str) -> None:
    having = [feature.name for feature in features if getattr(feature, what) is not None]
    if len(having) > 1:
        raise RoutingFault(f"there is one {what}, and it is claimed by {' and by '.join(having)}")
