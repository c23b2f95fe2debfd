"""Which moves of a case are told to people, and what of them still stands."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeVar

from bot.domain.case import Move

# A case that goes from agency to agency shows where it went, not who sent it away.
TOLD: Final = frozenset(
    {
        Move.REPORT,
        Move.DISPATCH,
        Move.REASSIGN,
        Move.ACCEPT,
        Move.ASK,
        Move.SUPPLY,
        Move.HOLD,
        Move.RESUME,
        Move.EXTEND,
        Move.HANDLE,
        Move.DISPUTE,
        Move.CLOSE,
        Move.REOPEN,
        Move.REJECT,
        Move.MERGE,
        Move.WITHDRAW,
    }
)
HANDED_OVER: Final = frozenset({Move.DISPATCH, Move.REASSIGN})
TAKEN_BACK: Final[Mapping[Move, Move]] = {
    Move.UNDO_ACCEPT: Move.ACCEPT,
    Move.UNDO_HANDLE: Move.HANDLE,
    Move.UNDO_CLOSE: Move.CLOSE,
    Move.UNDO_REJECT: Move.REJECT,
    Move.UNDO_MERGE: Move.MERGE,
}


class Step(Protocol):
    """A move that was made."""

    @property
    def move(self) -> Move: ...


S = TypeVar("S", bound=Step)


def standing(steps: Sequence[S]) -> Sequence[S]:
    """The steps worth telling, the first first; what was taken back leaves no trace."""
    kept: list[S] = []
    for step in steps:
        undone = TAKEN_BACK.get(step.move)
        if undone is not None:
            last = max((index for index, earlier in enumerate(kept) if earlier.move is undone), default=None)
            kept = kept if last is None else kept[:last] + kept[last + 1 :]
        elif step.move in TOLD:
            kept.append(step)
    return kept
