"""How a command reaches the database: by itself if nobody holds it, else through the bot that does."""

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bot import config
from bot.app.desk import Desk
from bot.config import Settings
from bot.control import Json, Tell, ask
from storage.database import DatabaseInUse


def settings_at(file: Path) -> Settings:
    """The settings of a file, and of the environment; without the file only if the environment says all that is needed.

    Raises:
        ConfigFault: something in them is wrong.
    """
    return config.load(file, os.environ)


async def reach(settings: Settings, job: str, args: Mapping[str, object], tell: Tell) -> Json:
    """Have a job done where the database is.

    Raises:
        JobFailed: it could not be done, or the bot that holds the database does not answer.
        DatabaseUnusable: the database is out of reach, or of another schema.
    """
    from bot.app.jobs import JOBS
    from bot.app.opening import sqlite_file

    try:
        async with _own_desk(settings) as desk:
            return await JOBS[job](desk, dict(args), tell)
    except DatabaseInUse:
        file = sqlite_file(settings)
        if file is None:
            raise
    return await ask(file, job, args, tell)


@asynccontextmanager
async def _own_desk(settings: Settings) -> AsyncGenerator[Desk]:
    from bot.app.app import open_app

    async with open_app(settings) as app:
        yield app.desk
