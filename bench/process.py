"""The program as a whole: how long `--help` and the start take, and what it holds in memory when idle."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.measure import Figure, median, spread

ROUNDS = 5
COMMAND = [sys.executable, "-m", "bot"]


def help_s() -> list[float]:
    """Whole-process seconds of `--help`."""
    took: list[float] = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        subprocess.run([*COMMAND, "--help"], check=True, capture_output=True)
        took.append(time.perf_counter() - start)
    return took[1:]


def start_and_memory() -> tuple[list[float], list[float]]:
    """Seconds from start to a healthy answer, and proportional megabytes of the process tree after a rest."""
    ready: list[float] = []
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for n in range(ROUNDS + 1):
            took, size = _one_start(Path(folder))
            if n:  # the first one makes the database
                ready.append(took)
                memory.append(size)
    return ready, memory


def _one_start(folder: Path) -> tuple[float, float]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = time.perf_counter()
    bot = subprocess.Popen(
        [*COMMAND, "demo", "--port", str(port), "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_healthy(port, bot)
        took = time.perf_counter() - start
        time.sleep(2)
        return took, proportional_mb(bot.pid)
    finally:
        bot.send_signal(signal.SIGTERM)
        bot.wait(15)


def _until_healthy(port: int, bot: "subprocess.Popen[bytes]") -> None:
    for _ in range(2000):
        if bot.poll() is not None:
            raise RuntimeError(f"the bot ended with {bot.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.01)
    raise RuntimeError("the bot did not become healthy")


def proportional_mb(pid: int) -> float:
    """Proportional set size of a process and its children, in megabytes (Linux)."""
    total = 0
    for process in (pid, *_children(pid)):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if os.name == "posix" else []
    return [int(child) for child in found]


def run() -> list[Figure]:
    helped = help_s()
    ready, memory = start_and_memory()
    return [
        Figure("the --help page", median(helped), "s", 0.35, note=spread(helped)),
        Figure("start to ready", median(ready), "s", 1.5, note=spread(ready)),
        Figure("idle memory (PSS)", median(memory), "MB", 110, note=spread(memory)),
    ]
