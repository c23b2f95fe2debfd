"""How people find the right message in a chat that has become long: the newest about a case, or by its button."""

from typing import TYPE_CHECKING

from bench.quarter.town import numbers_in
from tests.fake import Shown
from tests.town import Person

if TYPE_CHECKING:
    from bench.quarter.play import Play


def quote(play: "Play", person: Person, number: int, labelled: str | None = None) -> Shown | None:
    """The newest message about a case alone, or the newest about it with that button."""
    for shown in reversed(play.town.log.about.get((person.account, f"{number:04d}"), [])):
        if labelled is not None and labelled in shown.labels:
            return shown
        if labelled is None and numbers_in(shown.text) == [f"{number:04d}"] and "1. " not in shown.text:
            return shown
    return None


async def open_case(play: "Play", person: Person, number: int) -> Shown | None:
    """A message about the case to answer; the case is opened by its number where there is none."""
    shown = quote(play, person, number)
    if shown is None and not play.town.away:
        await person.says(f"办 {number:04d}")
        shown = quote(play, person, number)
    return shown


async def press(play: "Play", person: Person, number: int, label: str, *, opens: bool = False) -> bool:
    """Press the newest button of that name about a case; False if there is none. `opens`: look the case up for it."""
    shown = quote(play, person, number, label)
    if shown is None and opens and not play.town.away:
        await person.says(f"办 {number:04d}")
        shown = quote(play, person, number, label)
    if shown is None:
        return False
    data = next(button.data for button in shown.rendered.buttons if button.label == label)
    await person.presses_data(data, shown)
    return True
