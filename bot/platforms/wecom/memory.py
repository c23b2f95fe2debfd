"""What is remembered of the last few thousand messages; a restart forgets it, and nothing depends on it."""

from typing import Final, Generic, TypeVar

V = TypeVar("V")
_MOST: Final = 5_000


class Memory(Generic[V]):
    """Values by key; the oldest is forgotten first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: dict[str, V] = {}

    def get(self, key: str | None) -> V | None:
        """The value, None if it is not known."""
        return self._kept.get(key) if key is not None else None

    def put(self, key: str, value: V) -> None:
        """Remember it as the newest."""
        self._kept.pop(key, None)
        self._kept[key] = value
        while len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]

    def take(self, key: str) -> V | None:
        """The value, which is forgotten."""
        return self._kept.pop(key, None)
