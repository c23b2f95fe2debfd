"""Pairs who verify each other: a figure, with a minimum below which nothing is said."""

import pytest

from bot.domain.collusion import Pair, Verified, pairs
from bot.domain.people import MemberId

ZHAO, QIAN, SUN = MemberId(2), MemberId(3), MemberId(4)


@pytest.mark.parametrize(
    ("verified", "expected"),
    [
        ([], []),
        ([(ZHAO, QIAN, 4)], []),  # too few to say anything
        ([(ZHAO, QIAN, 5)], [Pair(ZHAO, QIAN, 5, 5)]),
        ([(ZHAO, QIAN, 3), (ZHAO, SUN, 3)], []),  # half is not most
        ([(ZHAO, QIAN, 4), (ZHAO, SUN, 3)], [Pair(ZHAO, QIAN, 4, 7)]),
        (
            [(ZHAO, QIAN, 4), (ZHAO, SUN, 2), (QIAN, ZHAO, 6)],
            [Pair(QIAN, ZHAO, 6, 6), Pair(ZHAO, QIAN, 4, 6)],  # the most one-sided first
        ),
    ],
)
def test_a_pair_is_most_of_enough_reports(verified: list[tuple[MemberId, MemberId, int]], expected: list[Pair]) -> None:
    assert list(pairs(Verified(*one) for one in verified)) == expected


def test_the_share_is_that_of_the_colleague() -> None:
    assert Pair(ZHAO, QIAN, 4, 5).share == 0.8
