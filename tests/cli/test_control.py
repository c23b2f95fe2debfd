"""The socket beside a running bot: who may speak, what is heard, what is left behind."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from bot.control import ControlServer, JobFailed, Json, NotAnswering, Tell, ask


async def _job(name: str, args: Json, tell: Tell) -> Json:
    await tell(1, 2)
    if args.get("fail"):
        raise JobFailed("export.exists", file=args["fail"])
    return {"did": name, "saw": args["words"]}


def _server(folder: Path) -> ControlServer:
    return ControlServer(folder / "wudayuan.db", _job, {"greet"})


class Heard:
    """A command's ear for progress."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []

    async def __call__(self, done: int, of: int) -> None:
        self.steps.append((done, of))


async def test_a_job_is_done_with_its_progress_and_a_failure_is_told(tmp_path: Path) -> None:
    heard = Heard()
    async with _server(tmp_path):
        result = await ask(tmp_path / "wudayuan.db", "greet", {"words": "你好"}, heard)
        with pytest.raises(JobFailed, match=r"export\.exists") as failed:
            await ask(tmp_path / "wudayuan.db", "greet", {"fail": "a.xlsx"}, heard)

    assert failed.value.fields == {"file": "a.xlsx"}
    assert result == {"did": "greet", "saw": "你好"}
    assert heard.steps == [(1, 2), (1, 2)]


async def test_a_wrong_token_is_refused_and_the_right_one_is_not(tmp_path: Path) -> None:
    database = tmp_path / "wudayuan.db"
    address_file = tmp_path / "wudayuan.db.control"
    async with _server(tmp_path):
        right = address_file.read_text()
        address_file.write_text(json.dumps(json.loads(right) | {"token": "guessed"}))
        with pytest.raises(JobFailed, match="wrong_token"):
            await ask(database, "greet", {"words": ""}, Heard())
        address_file.write_text(right)

        assert (await ask(database, "greet", {"words": ""}, Heard()))["did"] == "greet"


async def test_a_job_of_another_version_is_refused(tmp_path: Path) -> None:
    async with _server(tmp_path):
        with pytest.raises(JobFailed, match="other_version"):
            await ask(tmp_path / "wudayuan.db", "dance", {}, Heard())


@pytest.mark.parametrize(
    "line", [b"\n", b"[]\n", b"\xff\xfe\n", b'{"token": 1}\n', b'{"token": "x", "job": "greet"}\n']
)
async def test_nonsense_on_the_socket_is_refused_and_the_bot_goes_on(tmp_path: Path, line: bytes) -> None:
    database = tmp_path / "wudayuan.db"
    async with _server(tmp_path):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "wudayuan.db.sock")
        writer.write(line)
        said = await reader.readline()
        writer.close()

        assert "wrong_token" in json.loads(said)["fault"]
        assert (await ask(database, "greet", {"words": "x"}, Heard()))["saw"] == "x"


async def test_only_the_same_user_can_speak_and_nothing_is_left_behind(tmp_path: Path) -> None:
    async with _server(tmp_path):
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}

    assert modes == {"wudayuan.db.control": 0o600, "wudayuan.db.sock": 0o600}
    assert not list(tmp_path.iterdir())
    with pytest.raises(NotAnswering, match="silent"):
        await ask(tmp_path / "wudayuan.db", "greet", {}, Heard())


async def test_what_a_crash_left_behind_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "wudayuan.db.control").write_text(json.dumps({"token": "old", "path": "", "port": 1}))
    (tmp_path / "wudayuan.db.sock").write_text("")
    with pytest.raises(NotAnswering):
        await ask(tmp_path / "wudayuan.db", "greet", {}, Heard())

    async with _server(tmp_path):
        assert (await ask(tmp_path / "wudayuan.db", "greet", {"words": "x"}, Heard()))["did"] == "greet"


async def test_a_path_too_long_for_a_socket_is_served_on_loopback(tmp_path: Path) -> None:
    folder = tmp_path / ("很长的文件夹名" * 8)
    folder.mkdir()
    async with _server(folder):
        address = json.loads((folder / "wudayuan.db.control").read_text())

        assert address["port"] > 0
        assert not (folder / "wudayuan.db.sock").exists()
        assert (await ask(folder / "wudayuan.db", "greet", {"words": "x"}, Heard()))["did"] == "greet"
