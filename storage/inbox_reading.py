"""Looking at the inbox without touching it."""

from storage.database import Tx, maybe_text, number, text
from storage.inbox import InboxState


async def state_of(tx: Tx, source: str, event_id: str) -> tuple[int, InboxState, str | None]:
    """Number, state and error of one arrival."""
    row = await tx.one(
        "SELECT id, state, error FROM inbox WHERE source = :source AND event_id = :event", source=source, event=event_id
    )
    return number(row, "id"), InboxState(text(row, "state")), maybe_text(row, "error")


async def lane_of(tx: Tx, kept: int) -> str | None:
    """The lane of an arrival, or None if there is none of this number."""
    row = await tx.maybe("SELECT lane FROM inbox WHERE id = :id", id=kept)
    return text(row, "lane") if row else None


async def counts(tx: Tx) -> dict[str, int]:
    """How many arrivals wait or were set aside, by state."""
    rows = await tx.all("SELECT state, count(*) AS n FROM inbox WHERE state IN ('new', 'set_aside') GROUP BY state")
    return {text(row, "state"): number(row, "n") for row in rows}


async def error_of(tx: Tx, kept: int) -> str | None:
    """Why an arrival failed last."""
    return maybe_text(await tx.one("SELECT error FROM inbox WHERE id = :id", id=kept), "error")
