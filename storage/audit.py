"""What was done, by whom: append-only. Rows are written unsealed; one leased sealer later chains them."""

from datetime import datetime

from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Tx


async def note(tx: Tx, at: datetime, actor: MemberId | None, action: str, target: str, detail: str = "") -> None:
    """Write an audit row. `target` and `detail` hold references and codes, never personal data."""
    await tx.run(
        "INSERT INTO audit (at, actor_id, action, object, detail) VALUES (:at, :actor, :action, :target, :detail)",
        at=stored(at),
        actor=actor,
        action=action,
        target=target,
        detail=detail,
    )
