"""Help: what a person may send, written from the declarations of all features; and an answer to unknown words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.chat.events import Address, Incoming, Platform, Pressed
from bot.chat.feature import Feature, Features, Work
from bot.chat.messages import Acknowledge, Button, Effects, Lines, Outgoing, Text, answer
from bot.domain.people import HANDLERS, RIDERS, Member, Role
from bot.domain.recognise import normalise
from bot.domain.times import local_day
from handlers.help.rules import MOST_LINES, Entry, entries, first_lines, for_roles, guess, page
from storage import members

WORDS: Final = ("帮助", "help", "/help", "?")
ONCE_IN_S: Final = 600
LATER: Final = frozenset({"兑换", "证明", "设置", "名单", "导出"})  # promised, not built yet


def over(others: Features) -> Feature:
    """The help over these features: `FEATURES = (*others, help.over(others))`."""
    feature = Feature("help")
    shown = Help(feature, entries(others))
    feature.command(*WORDS, listed=False)(shown.show_help)
    feature.button("more")(shown.show_more)
    feature.otherwise(shown.not_understood)
    return feature


@dataclass(frozen=True, slots=True)
class Help:
    """The handlers of help over the commands that are known."""

    feature: Feature
    known: Sequence[Entry]

    async def show_help(self, event: Incoming, work: Work) -> Effects:
        """In a group the list goes to the person, and one short line says so."""
        lines, buttons = self._page(event, work, 0)
        if event.where.private:
            return [answer(event, lines, *buttons)]
        private = await _private_chat(event, work)
        if private is None:
            return [answer(event, self.feature.text("ask_in_private"))]
        return [Outgoing(private, lines, buttons), answer(event, self.feature.text("sent_in_private"))]

    async def show_more(self, event: Pressed, work: Work) -> Effects:
        lines, buttons = self._page(event, work, int(event.target))
        return [answer(event, lines, *buttons), Acknowledge(event)]

    async def not_understood(self, event: Incoming, work: Work) -> Effects:
        """Said once in ten minutes, to a guest once a day; a slip of a command word is guessed.

        A word of a feature to come is answered each time: silence would look like a fault.
        """
        first, is_guest = normalise(event.text).partition(" ")[0], work.actor.roles == frozenset({Role.GUEST})
        if first in LATER and not is_guest:
            return [Outgoing(event.where, self.feature.text("later", word=first), answers=event.message or None)]
        allowed = for_roles(self.known, work.actor.roles)
        usual = [entry.command.words[0] for entry in allowed]
        others = [word for entry in allowed for word in entry.command.words[1:]]
        needed = usual[: first_lines(allowed, work.actor.roles)]
        meant = guess(normalise(event.text), needed, [*usual, WORDS[0]], [*others, *WORDS[1:]])
        told = self.feature.text("meant", word=meant) if meant else self.feature.text("not_understood")
        when = local_day(event.at, work.town.zone) if is_guest else int(event.at.timestamp()) // ONCE_IN_S
        once = f"help:{work.actor.id}:{when}:{'' if is_guest else meant or ''}"
        return [Outgoing(event.where, told, answers=event.message or None, once=once)]

    def _page(self, event: Incoming | Pressed, work: Work, start: int) -> tuple[Lines, tuple[Button, ...]]:
        """One page of commands from `start` on, and the way to the next one."""
        actor = work.actor
        allowed = for_roles(self.known, actor.roles)
        shown, following = page(allowed, start, MOST_LINES if start else first_lines(allowed, actor.roles))
        commands = [
            self.feature.text("line", word=entry.shown(actor.language), does=Text(entry.key)) for entry in shown
        ]
        more = self.feature.press("more", "button.more", target=str(following)) if following else None
        return Lines((*self._first(event, work), *commands)), (more,) if more else ()

    def _first(self, event: Incoming | Pressed, work: Work) -> Sequence[Text]:
        """What the most of them want to know: where the bot hears only what mentions it, how it hears a report."""
        key = _first_line(work.actor)
        if key != "first.rider" or event.where.platform is not Platform.WECOM:
            return [self.feature.text(key)]
        called = work.town.mention or work.town.bot_name
        ways = [self.feature.text(f"mentioned.{way}", bot=called) for way in ("group", "quote")]
        return [self.feature.text("first.rider"), *ways, self.feature.text("mentioned.private")]


def _first_line(actor: Member) -> str:
    if actor.is_any(RIDERS | {Role.GUEST}):
        return "first.rider"
    return "first.contact" if actor.is_any(HANDLERS) else "first.other"


async def _private_chat(event: Incoming, work: Work) -> Address | None:
    """Where the person can be written to on the platform they asked on."""
    for account in await members.accounts(work.tx, work.actor.id):
        if account.reachable and (account.space, account.id) == (event.where.platform, event.sender):
            return Address(event.where.platform, account.id, private=True)
    return None
