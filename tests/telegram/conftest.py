"""A county on Telegram for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.engine.imaging import ImageWorker
from storage.database import open_database
from tests.telegram.town import TelegramTown, telegram_town


@pytest.fixture
async def town(sqlite_url: str, tmp_path: Path, image_worker: ImageWorker) -> AsyncIterator[TelegramTown]:
    database = await open_database(sqlite_url, guarded=True)
    async with telegram_town(database, tmp_path, image_worker) as made:
        yield made
    await database.close()
