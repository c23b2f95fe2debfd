"""One process per SQLite file: a lock of the operating system, which a crash cannot leave behind."""

import os
import sys
from pathlib import Path

from storage.database import DatabaseInUse

if sys.platform == "win32":
    import msvcrt

    FAR_AWAY = 1 << 30  # Windows locks are mandatory, so the byte locked lies beyond the pid that others read

    def _lock(file: int) -> None:
        os.lseek(file, FAR_AWAY, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class LockFile:
    """`<database>.lock`, held from creation to `release`. The file itself stays: removing it would be a race."""

    def __init__(self, database: Path) -> None:
        """Take the lock.

        Raises:
            DatabaseInUse: it is held, by another process or by this one.
        """
        path = Path(f"{database.resolve()}.lock")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._file)
        except OSError as held:
            pid = _pid(self._file)
            os.close(self._file)
            who = f"process {pid}" if pid else "another process"
            raise DatabaseInUse(f"{database} is in use by {who}; stop it first, or use another database", pid) from held
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())
        self._held = True

    def release(self) -> None:
        """Give the lock back. Idempotent."""
        if self._held:
            self._held = False
            os.ftruncate(self._file, 0)
            os.close(self._file)


def _pid(file: int) -> int | None:
    content = os.pread(file, 32, 0) if sys.platform != "win32" else os.read(file, 32)
    return int(content) if content.strip().isdigit() else None
