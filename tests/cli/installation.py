"""An installation in a folder of its own, and the command line run in it as people run it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Installation:
    """`folder` is where commands are run."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "var" / "wudayuan.db"

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WDY_", "LC_", "LANG"))}
        return {**kept, "PYTHONPATH": str(REPOSITORY), "LANG": "en_US.UTF-8", "WDY_WEB__PORT": "0", **more}

    def run(self, *args: str, **environment: str) -> Result:
        """Run a command to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *args],
            cwd=self.folder,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def running(self, *args: str, ready: str) -> Iterator["Running"]:
        """Run a command that stays, until it has said something that matches `ready`."""
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", *args],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        assert process.stdout is not None
        try:
            yield Running(process, process.stdout, _heard(process.stdout, ready))
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def setting(self, section: str, line: str) -> None:
        """Add a line to a section of the configuration."""
        file = self.folder / "config.toml"
        file.write_text(file.read_text("utf-8").replace(f"[{section}]\n", f"[{section}]\n{line}\n"), "utf-8")

    def settings(self, section: str, **values: str | int | list[str]) -> None:
        """Give settings of a section these values."""
        file = self.folder / "config.toml"
        before, head, after = file.read_text("utf-8").partition(f"[{section}]\n")
        assert head, section
        own, gap, rest = after.partition("\n[")
        kept = [line for line in own.splitlines() if line.partition(" = ")[0] not in values]
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]  # which is TOML, too
        file.write_text(before + head + "\n".join([*lines, *kept, ""]) + gap + rest, "utf-8")


@dataclass(frozen=True)
class Running:
    process: "subprocess.Popen[str]"
    output: IO[str]
    ready: "re.Match[str]"

    def stop(self, number: int) -> tuple[int, str]:
        """Send a signal; returns the exit status and what was said after it became ready."""
        self.process.send_signal(number)
        said = self.output.read()
        return self.process.wait(10), said


def _heard(output: IO[str], pattern: str) -> "re.Match[str]":
    said = ""
    for line in output:
        said += line
        if found := re.search(pattern, line):
            return found
    raise AssertionError(f"it ended without saying {pattern}: {said}")


def port_of(running: Running) -> int:
    """Where a bot started with `run` listens."""
    return int(json.loads(running.ready.string)["port"])
