"""`init` as it asks, answered in advance."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.cli.installation import Installation

TIMEZONE, ADMINS, NO_TELEGRAM, NO_WECOM, NOW = "\r", "\r", "\r", "\r", "\r"  # as proposed


class Wizard:
    """`init` as it runs at a terminal that is no terminal: what it asks is answered in advance."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    async def until(self, words: str) -> str:
        """Read on until `words` have been said; returns everything said so far."""
        assert self.process.stdout is not None
        async with asyncio.timeout(40):
            while words not in self.said:
                line = await self.process.stdout.readline()
                assert line, f"it ended before {words!r}:\n{self.said}"
                self.said += line.decode()
        return self.said

    async def end(self) -> str:
        assert self.process.stdout is not None
        async with asyncio.timeout(40):
            self.said += (await self.process.stdout.read()).decode()
            await self.process.wait()
        return self.said


@asynccontextmanager
async def wizards(folder: Path, **environment: str) -> AsyncGenerator[Callable[..., Awaitable[Wizard]]]:
    """Begins one with the answers and arguments given; those that have not ended are ended."""
    begun: list[asyncio.subprocess.Process] = []

    async def begin(answers: str, *args: str, lang: str = "zh_CN.UTF-8") -> Wizard:
        made = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "init", "--name", "松岭县", "--code", "SL", *args, cwd=folder,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env=Installation(folder).environment(LANG=lang, **environment),
        )  # fmt: skip
        begun.append(made)
        assert made.stdin is not None
        made.stdin.write(answers.encode())
        await made.stdin.drain()
        return Wizard(made)

    yield begin
    for process in begun:
        if process.returncode is None:
            process.kill()
            await process.wait()
