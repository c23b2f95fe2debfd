"""The worker's process: limits, clean surroundings, crashes, hangs, idleness."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.engine.imaging import ImageWorker, Limits, NoSuchDrawing, Reason, Unreadable, WorkerUnusable
from tests.engine import imaging_drawings
from tests.engine.imaging_pictures import halves, opened, save

PICTURE = save(halves())
DRAWINGS = {
    name: f"tests.engine.imaging_drawings:{name}"
    for name, value in vars(imaging_drawings).items()
    if getattr(value, "__module__", "") == imaging_drawings.__name__
}


def worker(**limits: float) -> ImageWorker:
    return ImageWorker(Limits(**limits), DRAWINGS)  # type: ignore[arg-type] - each by its own name


async def gone(pid: int) -> None:
    """Return when the process has ended; it must be a child that is still known."""
    ended = asyncio.Event()
    handle = os.pidfd_open(pid)
    asyncio.get_running_loop().add_reader(handle, ended.set)
    try:
        await asyncio.wait_for(ended.wait(), 20)
    finally:
        asyncio.get_running_loop().remove_reader(handle)
        os.close(handle)


async def works(tried: ImageWorker) -> bool:
    return (await tried.prepare(PICTURE)).width == 80


async def test_started_on_demand_and_kept_for_the_next() -> None:
    async with worker() as tried:
        assert tried.pid is None
        assert await works(tried)
        first = tried.pid
        assert first is not None
        assert await works(tried)
        assert tried.pid == first
    assert tried.pid is None


async def test_ends_when_idle_and_starts_again() -> None:
    async with worker(idle_s=0.0) as tried:
        assert await works(tried)
        first = tried.pid
        assert first is not None
        await gone(first)
        assert tried.pid is None
        assert await works(tried)
        assert tried.pid not in {None, first}


async def test_draws_what_is_listed_and_nothing_else() -> None:
    async with worker() as tried:
        drawn = opened(await tried.draw("beside", '{"paper": "white"}', [PICTURE, PICTURE]))
        assert (drawn.format, drawn.size) == ("PNG", (160, 40))
        for name in ("missing", "os:getcwd", DRAWINGS["beside"]):
            with pytest.raises(NoSuchDrawing):
                await tried.draw(name, "{}")


async def test_many_at_once_take_turns() -> None:
    async with worker() as tried:
        sizes = range(20, 30)
        made = await asyncio.gather(*(tried.prepare(save(halves((2 * n, n)))) for n in sizes))
        assert [one.height for one in made] == list(sizes)


async def test_surroundings_are_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WDY_TELEGRAM__TOKEN", "not for the worker")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not for the worker")
    async with worker(memory_bytes=1 << 30, cpu_s=10) as tried:
        told = json.loads(await tried.draw("surroundings", ""))
        given = Path(f"/proc/{told['pid']}/environ").read_bytes()
    assert set(told["environment"]) <= {
        "PYTHONPATH", "PYTHONUTF8", "MALLOC_ARENA_MAX", "LD_LIBRARY_PATH", "TMPDIR", "TEMP", "LC_CTYPE",
    }  # fmt: skip
    assert b"not for the worker" not in given
    assert told["limits"]["AS"] == [1 << 30, 1 << 30]
    assert told["limits"]["CORE"] == [0, 0]
    assert told["cpu_s"] <= told["limits"]["CPU"][0] <= told["cpu_s"] + 11


async def test_starts_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "PIL.py").write_text("raise SystemExit('a module that lies around is not ours')")
    monkeypatch.chdir(tmp_path)
    async with worker() as tried:
        assert await works(tried)


async def test_killed_in_mid_request_the_request_is_tried_again(tmp_path: Path) -> None:
    async with worker() as tried:
        assert await works(tried)
        first = tried.pid
        assert await tried.draw("fall_over_once", str(tmp_path / "fell")) == b"drawn"
        assert tried.pid not in {None, first}


async def test_killed_between_requests_is_not_noticed() -> None:
    async with worker() as tried:
        assert await works(tried)
        assert tried.pid is not None
        os.kill(tried.pid, signal.SIGKILL)
        assert await works(tried)


@pytest.mark.parametrize("name", ["fall_over", "devour", "raise_words"])
async def test_what_fails_twice_is_broken_and_the_next_works(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    async with worker() as tried:
        with pytest.raises(Unreadable) as refused:
            await tried.draw(name, "")
        assert refused.value.reason is Reason.BROKEN
        assert await works(tried)
    said = capfd.readouterr().err
    assert "private words" not in said
    assert said.count('"place": "tests.engine.imaging_drawings:') == (0 if name == "fall_over" else 2)


async def test_a_hang_ends_at_the_time_limit(tmp_path: Path) -> None:
    async with worker(wall_s=0.5) as tried:
        with pytest.raises(Unreadable) as refused:
            await tried.draw("hang", str(tmp_path / "hangs"))
        assert refused.value.reason is Reason.TIME
        assert (tmp_path / "hangs").exists()
        assert await works(tried)


async def test_cpu_is_limited_for_each_request_not_in_all() -> None:
    async with worker(cpu_s=1) as tried:
        first = None
        for _ in range(3):
            assert await tried.draw("burn", "") == b"burnt"
            first = first or tried.pid
        assert tried.pid == first
        with pytest.raises(Unreadable) as refused:
            await tried.draw("spin", "")
        assert refused.value.reason is Reason.TIME
        assert await works(tried)


async def test_a_cancelled_request_leaves_no_reply_behind(tmp_path: Path) -> None:
    async with worker() as tried:
        os.mkfifo(tmp_path / "hangs")
        asked = asyncio.create_task(tried.draw("hang", str(tmp_path / "hangs")))
        assert await asyncio.to_thread((tmp_path / "hangs").read_text) == "hangs"
        pid = tried.pid
        assert pid is not None
        asked.cancel()
        await gone(pid)
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await works(tried)


async def test_what_is_printed_does_not_reach_the_replies(capfd: pytest.CaptureFixture[str]) -> None:
    async with worker() as tried:
        assert await tried.draw("chatter", "") == b"still understood"
        assert await works(tried)
    assert "a library prints this" in capfd.readouterr().err


async def test_closed_it_starts_no_other(tmp_path: Path) -> None:
    tried = worker()
    assert await works(tried)
    await tried.close()
    with pytest.raises(WorkerUnusable):
        await tried.prepare(PICTURE)


async def test_a_worker_that_cannot_start_blames_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    async with worker() as tried:
        with monkeypatch.context() as away:
            away.setattr(sys, "path", [entry for entry in sys.path if "site-packages" not in entry])
            away.setattr(sys, "executable", "/bin/false")
            with pytest.raises(WorkerUnusable):
                await tried.prepare(PICTURE)
        assert await works(tried)


def test_the_bot_never_imports_a_decoder() -> None:
    program = "import sys, bot.engine.imaging; print(sorted({'PIL', 'pillow_heif'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
