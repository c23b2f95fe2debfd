"""Databases for counties on WeCom."""

from collections.abc import AsyncIterator

import pytest

from storage.database import Database, open_database


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[Database]:
    """A database with the whole schema."""
    database = await open_database(sqlite_url, guarded=True)
    yield database
    await database.close()
