"""Tables for the tests of the databases themselves."""

import pytest

from storage.database import (
    Database,
)


@pytest.fixture
async def riders(fresh_database: Database) -> Database:
    """A database with two small tables."""
    async with fresh_database.write() as tx:
        await tx.run(
            "CREATE TABLE riders (id BIGINT PRIMARY KEY, name TEXT NOT NULL CHECK (name <> ''),"
            " station TEXT, badge BIGINT, weight REAL)"
            if fresh_database.dialect == "postgres"
            else "CREATE TABLE riders (id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (name <> ''),"
            " station TEXT, badge INTEGER, weight REAL) STRICT"
        )
        await tx.run("CREATE UNIQUE INDEX riders_badge ON riders (station, badge)")
        await tx.run("CREATE UNIQUE INDEX riders_lower ON riders (lower(name))")
        await tx.run("CREATE TABLE helmets (rider BIGINT NOT NULL REFERENCES riders (id))")
    fresh_database.longest_hold_ms = 0
    return fresh_database
