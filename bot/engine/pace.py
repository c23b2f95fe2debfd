"""Pure: given what was sent when, when may the next one go."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.chat.platform import Pace


@dataclass(slots=True)
class Pacer:
    """Sliding windows over what was sent, in seconds of any one clock."""

    paces: Sequence[Pace]
    _sent: dict[tuple[int, str], deque[float]] = field(default_factory=dict[tuple[int, str], "deque[float]"])
    _held: dict[str, float] = field(default_factory=dict[str, float])  # chat ("" for all) → until

    def free_at(self, chat: str, group: bool, now: float, items: int = 1) -> float:
        """The earliest instant at which `items` messages may go to `chat`; `now` if at once.

        No items: a call that is no message, such as a reaction, which only the pace over all counts.
        """
        free = max(now, self._held.get("", 0.0), self._held.get(chat, 0.0))
        for index, pace in self._counted(group, items):
            sent = self._sent.get((index, chat if pace.each_chat else ""))
            free = max(free, _window(sent, pace, now, max(1, items)))
        return free

    def note(self, chat: str, group: bool, at: float, items: int = 1) -> None:
        """Something went out."""
        for index, pace in self._counted(group, items):
            sent = self._sent.setdefault((index, chat if pace.each_chat else ""), deque())
            sent.extend([at] * max(1, items))
            while sent and sent[0] <= at - pace.seconds:
                sent.popleft()

    def _counted(self, group: bool, items: int) -> Iterator[tuple[int, Pace]]:
        for index, pace in enumerate(self.paces):
            if (group or not pace.groups) and (items or not pace.each_chat):
                yield index, pace

    def hold(self, chat: str, until: float) -> None:
        """The platform asked for a pause of this chat (of all, for "")."""
        self._held[chat] = max(until, self._held.get(chat, 0.0))


def _window(sent: "deque[float] | None", pace: Pace, now: float, items: int) -> float:
    if not sent:
        return now
    recent = [at for at in sent if at > now - pace.seconds]
    over = len(recent) + min(items, pace.count) - pace.count
    return recent[over - 1] + pace.seconds if over > 0 else now
