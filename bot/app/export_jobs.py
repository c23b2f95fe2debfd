"""Spreadsheets that commands have written, and the note of each in the audit."""

import getpass
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from bot.app.desk import Desk
from bot.control import JobFailed, Json, Tell
from storage import audit


async def _export(kind: str, desk: Desk, args: Json, tell: Tell) -> Json:
    """`out`, `month` or None, `by`: who asks."""
    from bot.export import Asked
    from bot.export.kinds import EXPORTS

    asked = Asked(
        database=desk.open.database,
        town=desk.open.town,
        texts=desk.open.texts,
        to=Path(args["out"]),
        month=args["month"],
        by=args["by"] or getpass.getuser(),
        now=desk.clock.now(),
        tell=tell,
    )
    try:
        rows = await EXPORTS[kind](asked)
    except FileExistsError as fault:
        raise JobFailed("export.exists", file=args["out"]) from fault
    except OSError as fault:
        raise JobFailed("export.unwritable", file=args["out"], why=fault.strerror or "") from fault
    async with desk.open.database.write() as tx:
        await audit.note(tx, asked.now, None, f"{kind}.exported", f"month:{asked.month or 'all'}", f"rows={rows}")
    return {"rows": rows}


def _job(kind: str) -> Callable[[Desk, Json, Tell], Awaitable[Json]]:
    async def job(desk: Desk, args: Json, tell: Tell) -> Json:
        return await _export(kind, desk, args, tell)

    return job


# A kind is offered once it is in `bot.export.kinds` and named here; its words are [export.KIND] of the catalogues.
EXPORT_JOBS: Final[Mapping[str, Callable[[Desk, Json, Tell], Awaitable[Json]]]] = {
    f"export_{kind}": _job(kind) for kind in ("cases", "points", "agencies", "ranking")
}
