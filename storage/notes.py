"""Small facts about the installation itself, by name."""

from storage.database import Tx, text


async def find(tx: Tx, name: str) -> str | None:
    """The note, or None."""
    row = await tx.maybe("SELECT value FROM notes WHERE name = :name", name=name)
    return text(row, "value") if row else None


async def put(tx: Tx, name: str, value: str) -> None:
    """Write or overwrite a note."""
    await tx.run(
        "INSERT INTO notes (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=name,
        value=value,
    )


async def remove(tx: Tx, name: str) -> None:
    """Remove a note. Idempotent."""
    await tx.run("DELETE FROM notes WHERE name = :name", name=name)
