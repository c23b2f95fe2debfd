"""What is thrown away: arrivals long done, and files that no photo has."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from bot.engine import uploads
from bot.engine.clock import Clock
from bot.engine.reading import INTERNAL
from storage import inbox, photo_list
from storage.blobs import BlobStore, BlobsUnavailable
from storage.database import Database

log = structlog.get_logger(__name__)

_INBOX_KEPT: Final = timedelta(days=30)  # no platform repeats an update that is older
_FILE_KEPT: Final = timedelta(hours=24)  # between a file and its row lies at most a fetch; a crash there leaves it
_SLICE: Final = 500  # rows in one transaction, so that nothing holds the database long
_EVERY_S: Final = 6 * 3600.0
_DIGITS: Final = 15  # of a name, as a number: 60 bits, and a file taken for another's is merely kept


@dataclass(slots=True)
class Upkeep:
    """Any process may do it at any time: everything here may happen twice."""

    database: Database
    blobs: BlobStore
    clock: Clock

    async def run(self) -> None:
        """Clean up now and then until cancelled."""
        while True:
            forgotten = await self.forget_arrivals()
            try:
                swept = await self.sweep_files()
            except BlobsUnavailable as fault:
                log.warning("sweep_failed", error=str(fault))
            else:
                log.info("upkeep", forgotten=forgotten, swept=swept)
            await asyncio.sleep(_EVERY_S)

    async def forget_arrivals(self) -> int:
        """Delete arrivals that were done 30 days ago; what was set aside stays. Returns how many."""
        before, all_ = self.clock.now() - _INBOX_KEPT, 0
        while True:
            async with self.database.write() as tx:
                gone = await inbox.forget(tx, before, _SLICE)
            all_ += gone
            if gone < _SLICE:
                return all_

    async def sweep_files(self) -> int:
        """Delete files older than a day that no photo has; returns how many.

        A file that is put again meanwhile is as new, so the rows may be read first.
        """
        before = self.clock.now() - _FILE_KEPT
        known = await self._known()
        orphans = [
            blob.name
            async for blob in self.blobs.names()
            if blob.stored_at < before and int(blob.name[:_DIGITS], 16) not in known
        ]
        for name in orphans:
            await self.blobs.delete(name)
        return len(orphans) + await self.blobs.discard_unfinished(before)

    async def _known(self) -> set[int]:
        async with self.database.read() as tx:
            waiting = await inbox.payloads(tx, INTERNAL, uploads.PREFIX)
        known = {int(name[:_DIGITS], 16) for payload in waiting for name in uploads.named(payload)}
        after, last = -1, 0
        while after != last:
            after = last
            async with self.database.read() as tx:
                names, last = await photo_list.blob_names(tx, after, _SLICE)
            known.update(int(name[:_DIGITS], 16) for name in names)
        return known
