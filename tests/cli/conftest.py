"""An installation made by `wudayuan init`, fresh for each test."""

import shutil
from pathlib import Path

import pytest

from tests.cli.installation import Installation


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    done = Installation(folder).run("init", "--yes", "--name", "松岭县", "--code", "SL", "--admin", "telegram:1001")
    assert done.status == 0, done.said
    return folder


@pytest.fixture
def house(made_once: Path, tmp_path: Path) -> Installation:
    """What `init` makes."""
    shutil.copytree(made_once, tmp_path, dirs_exist_ok=True)
    return Installation(tmp_path)
