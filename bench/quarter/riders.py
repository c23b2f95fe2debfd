"""What riders do: report, look at repairs or not, answer questions or not, rate, urge, ask how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from bench.quarter.moves import Seen
from bench.quarter.schedule import Report
from bench.quarter.talk import press, quote
from tests.fake import Shown

if TYPE_CHECKING:
    from bench.quarter.play import Play

_LOOKS: Final = 14  # so often somebody looks whether the question has come
_SCORES: Final = ("满意", "满意", "满意", "基本满意", "不满意")


@dataclass
class Riders:
    """The reporters of cases, and whoever is asked to look."""

    play: "Play"

    def plan(self, reports: Sequence[Report]) -> None:
        for report in reports:
            self.play.agenda.add(report.at, lambda report=report: self._report(report))

    async def _report(self, report: Report) -> None:
        rider = self.play.cast.riders[report.rider]
        name = f"before-{report.at:%m%d%H%M%S%f}.jpg"
        await rider.says(report.words, photo=name if report.photo else None, at=report.position, group=report.in_group)

    def see(self, case: Seen) -> None:
        """A case has moved; whoever it concerns makes up their mind."""
        random = Random(f"{self.play.seed}:{case.number}:{case.version}:rider")
        match case.move:
            case "ask_verification" if case.state == "verifying" and case.verifier is not None:
                self._asked_to_look(case, random)
            case "ask" if case.state == "need_info" and random.random() < 0.8:
                at = self.play.later(minutes=4 + random.random() * 300)
                self.play.agenda.add(at, lambda: self._reply(case))
            case "close":
                self._closed(case, random)
            case "dispatch":
                self._reported(case, random)
            case "file" if case.severity == "P1" and random.random() < 0.7:
                label = "没有危险" if random.random() < 0.6 else "是，有危险"
                at = self.play.later(minutes=2 + random.random() * 40)
                self.play.agenda.add(at, lambda: self._sure(case, label))

    def _reported(self, case: Seen, random: Random) -> None:
        """Some take it back, some ask how far it is, some urge."""
        if random.random() < 0.01:
            self.play.agenda.add(self.play.later(minutes=3), lambda: self._withdraw(case))
        if random.random() < 0.12:
            at = self.play.later(hours=random.random() * 30)
            words = f"进度 {case.spoken}" if random.random() < 0.7 else "进度"
            self.play.agenda.add(at, lambda: self._says(case.reporter, words))
        if random.random() < 0.06:
            at = self.play.later(hours=random.random() * 60)
            self.play.agenda.add(at, lambda: self._says(case.reporter, f"催办 {case.spoken}"))

    async def _says(self, member: int, words: str) -> None:
        await self.play.cast.by_member[member].says(words)

    async def _sure(self, case: Seen, label: str) -> None:
        """Words sounded like danger; the rider says whether there is any, if asked."""
        if await press(self.play, self.play.cast.by_member[case.reporter], case.number, label) and label == "没有危险":
            self.play.did("calm", case.number)

    async def _withdraw(self, case: Seen) -> None:
        if (await self.play.moves.now(case.number)).state == "dispatched":
            await self._says(case.reporter, "撤回")

    def _asked_to_look(self, case: Seen, random: Random) -> None:
        """Four in five answer; who mends badly is found out."""
        who = self.play.cast.contacts.get(case.contact or 0)
        botched = random.random() < (who.habit.botches if who else 0.05)
        roll = random.random()
        label = "" if roll < 0.2 else "没路过" if roll < 0.28 else "没修好" if botched else "已修好"
        if label:
            at = self.play.later(minutes=5 + random.random() * 400)
            self.play.agenda.add(at, lambda: self._look(case, label, _LOOKS))

    async def _look(self, case: Seen, label: str, looks: int) -> None:
        now = await self.play.moves.now(case.number)
        if now.state != "verifying" or now.verifier != case.verifier or case.verifier is None:
            return
        person = self.play.cast.by_member[case.verifier]
        pressed = await press(self.play, person, case.number, label)
        if not pressed and looks:  # it is held in the meal peak: the rider is busy
            self.play.agenda.add(self.play.later(minutes=47), lambda: self._look(case, label, looks - 1))

    async def _reply(self, case: Seen) -> None:
        now, rider = await self.play.moves.now(case.number), self.play.cast.by_member[case.reporter]
        if now.state != "need_info":
            return
        shown = self._question(case)
        if shown is None:
            self.play.agenda.add(self.play.later(minutes=63), lambda: self._reply(case))
        else:
            await rider.says("东门左边，绿色棚子旁", answers=shown)

    def _question(self, case: Seen) -> Shown | None:
        rider = self.play.cast.by_member[case.reporter]
        shown = quote(self.play, rider, case.number)
        return shown if shown is not None and "想问" in shown.text else None

    def _closed(self, case: Seen, random: Random) -> None:
        if random.random() < 0.45:
            at = self.play.later(hours=random.random() * 40)
            self.play.agenda.add(at, lambda: self._rate(case, random.choice(_SCORES)))
        elif random.random() < 0.04:
            at = self.play.later(days=random.random() * 5)
            self.play.agenda.add(at, lambda: self._says(case.reporter, f"重开 {case.spoken}"))

    async def _rate(self, case: Seen, score: str) -> None:
        rider = self.play.cast.by_member[case.reporter]
        if await press(self.play, rider, case.number, score) and score == "不满意" and self.play.random.random() < 0.5:
            self.play.agenda.add(
                self.play.town.clock.now() + timedelta(minutes=2),
                lambda: self._says(case.reporter, f"重开 {case.spoken}"),
            )
