"""Which blobs the rows of photos name."""

from collections.abc import Sequence

from storage.database import Tx, maybe_text, number


async def page(tx: Tx, after: int, most: int) -> Sequence[tuple[int, tuple[str, ...]]]:
    """Photos with a larger id, by id, each with the names of its blobs."""
    rows = await tx.all(
        "SELECT id, blob, thumb FROM photos WHERE id > :after AND blob IS NOT NULL ORDER BY id"
        " LIMIT CAST(:most AS BIGINT)",
        after=after,
        most=most,
    )
    found = [(number(row, "id"), (maybe_text(row, "blob"), maybe_text(row, "thumb"))) for row in rows]
    return [(photo, tuple(name for name in names if name)) for photo, names in found]
