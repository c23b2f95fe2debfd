"""Files of a message: made in the worker when it is sent, from words and rows in the reader's language."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.chat.feature import Feature
from bot.chat.messages import Arg, Attachment, AttachmentKind, Outgoing, Text
from bot.domain.people import MemberId, Role
from bot.engine.imaging import ImageWorker
from storage.database import Database
from tests.engine.stage import Stage, open_stage

SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
async def worker() -> AsyncIterator[ImageWorker]:
    made = ImageWorker(drawings={"told.xlsx": "tests.engine.imaging_drawings:told"})
    yield made
    await made.close()


def sheet() -> Attachment:
    words: dict[str, Arg] = {"file": Text("f.said", {"words": "周报"}), "title": Text("f.same")}
    rows = ((Text("f.yes"), 12, datetime(2026, 11, 20, 10, 30, tzinfo=UTC)), ("plain", 0, "=1+1"))
    return Attachment(AttachmentKind.FILE, (), "told.xlsx", words, rows)


async def made(
    database: Database, folder: Path, worker: ImageWorker, *, language: str = "zh-CN", **abilities: Any
) -> tuple[Stage, MemberId]:
    stage = await open_stage(database, folder, Feature("f"), worker=worker, abilities=abilities)
    return stage, await stage.member("li", Role.LEADER, language=language)


async def test_a_file_is_made_from_words_and_typed_cells(
    database: Database, tmp_path: Path, worker: ImageWorker
) -> None:
    stage, member = await made(database, tmp_path, worker)
    await stage.queues(Outgoing(member, Text("f.said", {"words": "周报"}), attachments=(sheet(),)))
    await stage.engine.drain()
    (shown,) = stage.shown("li")
    (file,) = shown.rendered.files
    told = json.loads(file.data)
    assert (file.name, file.mime) == ("周报.xlsx", SHEET_TYPE)
    assert (told["title"], told["file"]) == ("同", "周报")
    assert told["rows"] == [["是", 12, "2026-11-20T18:30"], ["plain", 0, "=1+1"]]


async def test_words_and_cells_are_in_the_language_of_the_reader(
    database: Database, tmp_path: Path, worker: ImageWorker
) -> None:
    stage, member = await made(database, tmp_path, worker, language="en")
    await stage.queues(Outgoing(member, Text("f.same"), attachments=(sheet(),)))
    await stage.engine.drain()
    (file,) = stage.shown("li")[0].rendered.files
    told = json.loads(file.data)
    assert (file.name, told["title"], told["rows"][0][0]) == ("周报 (en).xlsx", "same", "yes")


async def test_a_platform_without_files_shows_the_words_only(
    database: Database, tmp_path: Path, worker: ImageWorker
) -> None:
    stage, member = await made(database, tmp_path, worker, files=False)
    await stage.queues(Outgoing(member, Text("f.same"), attachments=(sheet(),)))
    await stage.engine.drain()
    (shown,) = stage.shown("li")
    assert (shown.text, shown.rendered.files, worker.pid) == ("同", (), None)


async def test_a_file_that_cannot_be_made_does_not_hold_the_message_back(
    database: Database, tmp_path: Path, worker: ImageWorker
) -> None:
    stage, member = await made(database, tmp_path, worker)
    broken = Attachment(AttachmentKind.FILE, (), "told.xlsx", {"file": "x", "fail": "yes"})
    await stage.queues(Outgoing(member, Text("f.same"), attachments=(broken, sheet())))
    await stage.engine.drain()
    (shown,) = stage.shown("li")
    assert [file.name for file in shown.rendered.files] == ["周报.xlsx"]
