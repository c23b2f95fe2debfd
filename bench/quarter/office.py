"""What leaders, deputies and the lead office do with what they are told; and the days of leave, night duty and 调休."""

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from bench.quarter.cast import short
from bench.quarter.talk import press
from bench.quarter.town import numbers_in
from tests.fake import Shown
from tests.town import Person

if TYPE_CHECKING:
    from bench.quarter.play import Play

_SOON: Final = (5, 150)  # minutes


@dataclass
class Office:
    """Everybody above the contacts, and deputies."""

    play: "Play"

    def see(self, chat: str, shown: Shown) -> None:
        """A message has come; what its buttons offer is taken up or not."""
        person, numbers = self.play.cast.by_account.get(chat), numbers_in(shown.text)
        if person is None or not shown.labels or not numbers:
            return
        random = Random(f"{self.play.seed}:{shown.id}")
        at = self.play.later(minutes=random.uniform(*_SOON), milliseconds=random.randrange(1000))
        number, labels, roll = int(numbers[0]), shown.labels, random.random()
        if "我来催" in labels and "换人办理" in labels and roll < 0.75:
            choice = "我来催" if roll < 0.5 else "换人办理" if roll < 0.63 else "情况说明"
            self.play.agenda.add(at, lambda: self._lead(person, number, choice))
        elif "我来办" in labels and roll < 0.25:
            self.play.agenda.add(at, lambda: self._press(person, number, "我来办"))
        elif "同意" in labels and roll < 0.85:
            days = _days_in(shown.text)
            self.play.agenda.add(at, lambda: self._decide(person, number, "同意" if roll < 0.7 else "不同意", days))
        elif "同意挂起" in labels and roll < 0.8:
            self.play.agenda.add(at, lambda: self._press(person, number, "同意挂起" if roll < 0.7 else "不同意"))
        elif "还没有承办单位" in shown.text:
            self.play.agenda.add(at, lambda: self._assign(person, number))
        elif person in self.play.cast.office:
            self._as_office(person, number, labels, roll, at)

    def _as_office(self, person: Person, number: int, labels: list[str], roll: float, at: object) -> None:
        order = next((label for label in labels if label.startswith("发给 ")), "")
        later = self.play.later(minutes=20 + roll * 200)
        if order and roll < 0.6:
            self.play.agenda.add(later, lambda: self._order(person, number, order))
        elif "已修好" in labels and roll < 0.7:
            self.play.agenda.add(later, lambda: self._press(person, number, "已修好" if roll < 0.6 else "没修好"))
        elif "我来催" in labels and roll < 0.4:
            self.play.agenda.add(later, lambda: self._lead(person, number, "我来催"))

    async def _press(self, person: Person, number: int, label: str) -> None:
        await press(self.play, person, number, label)

    async def _lead(self, person: Person, number: int, label: str) -> None:
        if not await press(self.play, person, number, label):
            return
        if label == "换人办理":
            shown = self._newest(person, number)
            if shown is not None and "换给谁办" in shown.text and shown.labels:
                await press(self.play, person, number, shown.labels[0])
        elif label == "情况说明" and self._is_asked(person, number, "请用一句话说明"):
            await person.says("班组在外抢修，下午到")
            self.play.did("words", number)
        elif label == "我来催":
            self.play.contacts.prod(number)

    def _newest(self, person: Person, number: int) -> Shown | None:
        return next(reversed(self.play.town.log.about.get((person.account, f"{number:04d}"), [])), None)

    def _is_asked(self, person: Person, number: int, words: str) -> bool:
        """Whether the bot's answer to a press has come: it is away, or the button may have been too old."""
        shown = self._newest(person, number)
        return shown is not None and shown.text.startswith(words)

    async def _order(self, person: Person, number: int, label: str) -> None:
        if await press(self.play, person, number, label):
            self.play.contacts.prod(number)

    async def _decide(self, person: Person, number: int, label: str, days: int) -> None:
        if await press(self.play, person, number, label) and label == "同意":
            self.play.did("extend", number, days)

    async def _assign(self, person: Person, number: int) -> None:
        case = await self.play.moves.now(number)
        if case.contact is None and case.state in ("reported", "filed", "returned", "reopened"):
            agency = self.play.random.choice(("urban_mgmt", "housing"))
            await person.says(f"转 {number:04d} {short(agency)}")


def _days_in(text: str) -> int:
    """How many days of extension a request is about."""
    _, _, rest = text.partition("申请延期 ")
    return int(rest.split(" ", 1)[0]) if rest else 0
