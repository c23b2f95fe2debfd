"""Paths of the settings: made absolute, and checked against the disk before anything is opened."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bot.config.checks import SQLITE
from bot.config.faults import shown
from bot.config.settings import Settings

Problem = tuple[str, str, str]  # section, key, sentence


def absolute(settings: Settings, base: Path) -> Settings:
    """`settings` with every relative path taken from the folder `base`.

    So a command started in another folder finds the same database as the running bot.
    """
    storage, town, rulebook, bot = settings.storage, settings.town, settings.rulebook, settings.bot
    # Four slashes on POSIX (sqlite:////srv/a.db), three and a drive on Windows (sqlite:///C:/a.db).
    url = storage.url if not storage.url.startswith(SQLITE) else SQLITE + (base / storage.url[len(SQLITE) :]).as_posix()
    photos = storage.photos if "://" in storage.photos else str(base / storage.photos)
    return settings.model_copy(
        update={
            "town": town.model_copy(update={"secret_file": base / town.secret_file}),
            "storage": storage.model_copy(update={"url": url, "photos": photos}),
            "rulebook": rulebook.model_copy(update={"dir": base / rulebook.dir if rulebook.dir else None}),
            "bot": bot.model_copy(update={"messages_dir": base / bot.messages_dir if bot.messages_dir else None}),
        }
    )


def problems(settings: Settings) -> Iterator[Problem]:
    """What the disk has against the (absolute) paths of `settings`."""
    storage = settings.storage
    if storage.url.startswith(SQLITE):
        yield from _file_cannot_be(Path(storage.url[len(SQLITE) :]), "storage", "url")
    if "://" not in storage.photos:
        yield from _folder_cannot_be(Path(storage.photos), "storage", "photos")
    yield from _file_cannot_be(settings.town.secret_file, "town", "secret_file")
    yield from _folder_is_missing(settings.rulebook.dir, "rulebook", "dir")
    yield from _folder_is_missing(settings.bot.messages_dir, "bot", "messages_dir")


def others_may_read(path: Path) -> bool:
    """Whether another user of this machine may read `path`; Windows keeps such rights elsewhere, so never there."""
    return os.name == "posix" and path.stat().st_mode & 0o077 != 0


def has_password(url: str) -> bool:
    """Whether a database address holds a password, before the @ or among the options."""
    parts = urlsplit(url)
    return parts.password is not None or "password=" in parts.query


def _file_cannot_be(path: Path, section: str, key: str) -> Iterator[Problem]:
    if path.is_dir():
        yield section, key, f"{shown(path)} is a folder. Name a file in it."
    else:
        yield from _folder_cannot_be(path.parent, section, key)


def _folder_cannot_be(path: Path, section: str, key: str) -> Iterator[Problem]:
    there = next(place for place in (path, *path.parents) if place.exists())
    if not there.is_dir():
        yield section, key, f"{shown(there)} is a file, so no folder can be made there. Name another folder."
    elif not os.access(there, os.W_OK | os.X_OK):
        yield section, key, f"the folder {shown(there)} cannot be written to. Give the bot's user the right to."


def _folder_is_missing(path: Path | None, section: str, key: str) -> Iterator[Problem]:
    if path is not None and not path.is_dir():
        yield section, key, f"there is no folder {shown(path)}. Make it, or leave the setting empty."
