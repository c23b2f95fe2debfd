"""What the errors of the SQLite driver mean."""

import sqlite3
from typing import Final

from storage.database import Conflict, Retry, Unknown, Violation

UNIQUE: Final = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
}
FSYNC: Final = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}


def statement_fault(error: sqlite3.Error) -> Exception:
    """What a driver error of a statement means; an error that is none of ours comes back as it is."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code in UNIQUE:
        return Conflict(_constraint(str(error)))
    if code & 0xFF == sqlite3.SQLITE_CONSTRAINT:
        return Violation(str(error))
    if code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return Retry(str(error))
    return error


def commit_fault(error: sqlite3.Error) -> Exception:
    """What a driver error of COMMIT means: what is no plain refusal leaves the outcome unknown."""
    fault = statement_fault(error)
    if fault is error:
        return Unknown(str(error), restart=getattr(error, "sqlite_errorcode", 0) in FSYNC)
    return fault


def _constraint(message: str) -> str:
    """`UNIQUE constraint failed: t.a, t.b` → `t(a, b)`; `… failed: index 'name'` → `name`."""
    what = message.rpartition("failed: ")[2]
    if what.startswith("index '"):
        return what[7:-1]
    columns = [column.rpartition(".") for column in what.split(", ")]
    return f"{columns[0][0]}({', '.join(name for _, _, name in columns)})"
