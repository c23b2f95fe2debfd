"""How commands show what they do: a progress bar, short tables, plain lines."""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.control import Tell

console = Console(highlight=False)


@contextmanager
def progress(label: str) -> Generator[Tell]:
    """A bar that hears how much is done; nothing where nobody watches."""
    shown = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    )  # fmt: skip
    with shown:
        task = shown.add_task(label, total=None)

        async def tell(done: int, of: int) -> None:
            shown.update(task, completed=done, total=of or None)

        yield tell


def size(count: int) -> str:
    """Bytes for people: `3.4 MB`."""
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{count / 1000:.1f} kB"
