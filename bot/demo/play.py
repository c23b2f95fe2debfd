"""A scripted morning in the sandbox: people act, the bot answers, the pictures are kept."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.chat.events import Address, Platform
from bot.platforms.sandbox import SandboxPlatform
from bot.web.sandbox_view import SandboxScene
from storage.database import Database
from storage.sandbox import SandboxRows
from storage.sandbox_reading import SandboxMessage, list_messages

_HERE: Final = Path(__file__).parent
_MOST: Final = 200


class Stage(Protocol):
    """What the script needs of the demo; its loops are not running."""

    @property
    def desk(self) -> SandboxPlatform: ...

    @property
    def rows(self) -> SandboxRows: ...

    @property
    def scene(self) -> SandboxScene: ...

    @property
    def folder(self) -> Path: ...

    @property
    def database(self) -> Database: ...

    async def settle(self) -> None: ...

    async def fast_forward(self, length: timedelta) -> None: ...


class ScriptFault(Exception):
    """The morning did not go as written: a button that should be there is not."""


@dataclass(frozen=True, slots=True)
class Step:
    """One act; see morning.toml."""

    who: str
    tells: str = ""
    group: bool = False
    says: str = ""
    photos: tuple[str, ...] = ()
    reply_to: str = ""
    presses: str = ""
    about: str = ""
    wait_minutes: int = 0


def morning() -> Sequence[Step]:
    """The steps of morning.toml."""
    raw: dict[str, Any] = tomllib.loads((_HERE / "morning.toml").read_text("utf-8"))
    return [_step(step) for step in raw["step"]]


def _step(raw: dict[str, Any]) -> Step:
    return Step(
        who=raw["who"],
        tells=raw.get("tells", ""),
        group=raw.get("group", False),
        says=raw.get("says", ""),
        photos=tuple(raw.get("photos", ())),
        reply_to=raw.get("reply_to", ""),
        presses=raw.get("presses", ""),
        about=raw.get("about", ""),
        wait_minutes=raw.get("wait_minutes", 0),
    )


async def play(stage: Stage, console: Console) -> Sequence[Path]:
    """Play the morning with a progress display; returns the pictures the bot made, in order.

    Raises:
        ScriptFault: something did not happen as written.
    """
    steps = morning()
    columns = (TextColumn("[dim]{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(steps))
        for step in steps:
            if step.tells:
                console.print(step.tells)
            await _act(stage, step)
            progress.advance(task)
    return await _keep_pictures(stage)


async def _act(stage: Stage, step: Step) -> None:
    if step.wait_minutes:
        await stage.fast_forward(timedelta(minutes=step.wait_minutes))
    person = stage.scene.person(step.who)
    if person is None:
        raise ScriptFault(f"nobody is called {step.who}")
    chat = stage.scene.group_chat if step.group else step.who
    where = Address(Platform.SANDBOX, chat, private=not step.group)
    if step.presses:
        message, data = await _button(stage, chat, step.presses, step.about)
        await stage.desk.presses(where, step.who, person.name, message, data)
    else:
        answers = (await _button(stage, chat, step.reply_to, step.about))[0] if step.reply_to else None
        pictures = [await stage.desk.keeps(_sample(name)) for name in step.photos]
        await stage.desk.says(where, step.who, person.name, step.says, pictures=pictures, answers=answers)
    await stage.settle()


async def _button(stage: Stage, chat: str, label: str, about: str) -> tuple[str, str]:
    """Message and data of the newest button with this label, in a message that speaks of `about`."""
    messages = await _messages(stage, chat)
    for message in reversed(messages):
        for button in message.buttons:
            if button.label == label and about in message.text:
                return str(message.id), button.data
    said = messages[-1].text if messages else "nothing"
    raise ScriptFault(f"{chat} has no button {label!r}; the last words were: {said}")


async def _messages(stage: Stage, chat: str) -> Sequence[SandboxMessage]:
    async with stage.database.read() as tx:
        return await list_messages(tx, chat, _MOST)


def _sample(name: str) -> bytes:
    return (_HERE / "photos" / f"{name}.jpg").read_bytes()


async def _keep_pictures(stage: Stage) -> Sequence[Path]:
    """Write what the bot drew for the group as files."""
    kept: list[Path] = []
    for message in await _messages(stage, stage.scene.group_chat):
        if message.sender is not None:
            continue
        for upload in message.pictures:
            path = stage.folder / f"closing-{len(kept) + 1}.jpg"
            path.write_bytes(b"".join([part async for part in stage.rows.parts(upload)]))
            kept.append(path)
    return kept
