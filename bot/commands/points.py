"""`points deduct`: where there is only one administrator, whoever sits at the machine is the second person."""

import asyncio
from pathlib import Path

from bot.commands.reaching import reach, settings_at
from bot.commands.showing import console, progress
from bot.commands.wording import say


def run_deduct(config: Path, number: int, *, agreed: bool | None) -> None:
    """Show a proposed deduction with the rider's words; decide it if a verdict is given."""
    settings = settings_at(config)
    with progress(say("points.reading")) as tell:
        found = asyncio.run(reach(settings, "deduction", {"number": number, "agreed": agreed}, tell))
    shown = {name: found[name] for name in ("number", "rider", "item", "points", "reason", "asker")}
    console.print(say("points.deduction", **shown, case=found["case"] or "—"), markup=False)
    if found["answer"]:
        console.print(say("points.answer", words=found["answer"]), markup=False)
    else:
        console.print(say("points.no_answer", until=found["until"]))
    if agreed is not None:
        console.print(say("points.agreed" if agreed else "points.declined"))
    else:
        console.print(say("points.was_decided" if found["decided"] else "points.how", number=number))
