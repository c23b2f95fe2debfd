"""The indices of the rule book: tables worked out by hand, and what must hold for any counts."""

from collections import Counter
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.indices import (
    Rate,
    combined,
    decimal,
    gini,
    median,
    p90,
    percent,
    published,
    ranking,
    satisfaction_index,
    valid_rate,
    wilson,
)
from bot.domain.rulebook import Publicity

NOTHING = Rate(0, 0)
COUNTS = st.integers(0, 200)


@st.composite
def rates(draw: st.DrawFn, least: int = 0) -> Rate:
    whole = draw(st.integers(least, 300))
    return Rate(draw(st.integers(0, whole)), whole)


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 0, "—"),  # no whole: neither 0 % nor 100 %
        (0, 7, "0.0%"),
        (7, 7, "100.0%"),
        (7, 8, "87.5%"),  # 7/8 = 0.875
        (2, 3, "66.6%"),  # 0.6666… is cut
        (1999, 2000, "99.9%"),  # 0.9995 would round to 100
        (3, 2, "150.0%"),
    ],
)
def test_a_rate_prints_itself(part: int, whole: int, said: str) -> None:
    assert str(Rate(part, whole)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "—"), (Fraction(0), "0.0"), (Fraction(254, 3), "84.7"), (Fraction(1, 20), "0.1"), (Fraction(100), "100.0")],
)  # 254/3 = 84.666… is nearer to 84.7; 0.05 is half and goes up
def test_a_figure_with_one_decimal(value: Fraction | None, said: str) -> None:
    assert decimal(value) == said


@pytest.mark.parametrize(
    ("response", "solution", "satisfaction", "expected"),
    [
        # 0.2 × 0.9 + 0.4 × 0.8 + 0.4 × 0.7 = 0.18 + 0.32 + 0.28 = 0.78
        (Rate(9, 10), Rate(8, 10), Rate(7, 10), Fraction(78, 100)),
        # without the first: (0.4 × 0.8 + 0.4 × 0.7) / 0.8 = 0.60 / 0.8 = 0.75
        (NOTHING, Rate(8, 10), Rate(7, 10), Fraction(3, 4)),
        # without the second: (0.2 × 0.9 + 0.4 × 0.7) / 0.6 = 0.46 / 0.6 = 23/30
        (Rate(9, 10), NOTHING, Rate(7, 10), Fraction(23, 30)),
        # the last alone has all the weight
        (NOTHING, NOTHING, Rate(7, 10), Fraction(7, 10)),
        (Rate(9, 10), NOTHING, NOTHING, Fraction(9, 10)),
        (NOTHING, NOTHING, NOTHING, None),
    ],
)
def test_the_weight_of_a_missing_rate_is_shared_out(
    response: Rate, solution: Rate, satisfaction: Rate, expected: Fraction | None
) -> None:
    assert combined(response, solution, satisfaction) == expected


@pytest.mark.parametrize(
    ("good", "fair", "bad", "expected"),
    [
        (0, 0, 0, None),
        (6, 3, 1, Fraction(81)),  # (600 + 210 + 0) / 10
        (0, 0, 4, Fraction(0)),
        (4, 0, 0, Fraction(100)),
        (1, 1, 1, Fraction(170, 3)),  # (100 + 70) / 3
    ],
)
def test_the_satisfaction_index(good: int, fair: int, bad: int, expected: Fraction | None) -> None:
    assert satisfaction_index(good, fair, bad) == expected


@pytest.mark.parametrize(
    ("filed", "reported", "withdrawn", "expected"),
    [(4, 4, 0, None), (4, 5, 0, Rate(4, 5)), (3, 5, 2, Rate(3, 3)), (0, 5, 5, NOTHING), (0, 0, 0, None)],
)
def test_the_valid_rate_of_a_rider_needs_five_reports(
    filed: int, reported: int, withdrawn: int, expected: Rate | None
) -> None:
    assert valid_rate(filed, reported, withdrawn) == expected


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        # z² = 3.8416. All of n: p = 1, the root is z/2n, so the bound is 1/(1 + z²/n) = n/(n + z²).
        (Rate(10, 10), 10 / 13.8416),  # 0.722
        (Rate(5, 5), 5 / 8.8416),  # 0.566
        (Rate(1, 1), 1 / 4.8416),  # 0.207: one lucky case proves little
        (Rate(0, 10), 0.0),
        # 8 of 10: (0.8 + 0.19208 − 1.96 × √(0.016 + 0.009604)) / 1.38416
        #        = (0.99208 − 1.96 × 0.1600125) / 1.38416 = (0.99208 − 0.3136245) / 1.38416 = 0.678456 / 1.38416
        (Rate(8, 10), 0.4901568),
        # 95 of 100: (0.95 + 0.019208 − 1.96 × √(0.000475 + 0.00009604)) / 1.038416
        #          = (0.969208 − 1.96 × 0.02389645) / 1.038416 = (0.969208 − 0.04683705) / 1.038416
        (Rate(95, 100), 0.8882482),
    ],
)
def test_the_wilson_bound(rate: Rate, expected: float) -> None:
    assert wilson(rate) == pytest.approx(expected, abs=1e-6)


def test_nothing_has_no_bound() -> None:
    assert wilson(NOTHING) is None


@given(rates(least=1))
def test_the_wilson_bound_is_the_formula(rate: Rate) -> None:
    """(p + z²/2n − z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n), in exact fractions but for the root, which has 50 digits."""
    n, p, z = rate.whole, Fraction(rate.part, rate.whole), Fraction(196, 100)
    under = p * (1 - p) / n + z * z / (4 * n * n)
    with localcontext() as context:
        context.prec = 50
        root = Fraction((Decimal(under.numerator) / Decimal(under.denominator)).sqrt())
    assert wilson(rate) == pytest.approx(float((p + z * z / (2 * n) - z * root) / (1 + z * z / n)), abs=1e-12)


@given(rates(least=1))
def test_the_bound_is_below_the_rate_and_rises_with_it(rate: Rate) -> None:
    bound = wilson(rate)
    assert bound is not None
    assert 0 <= bound <= rate.part / rate.whole + 1e-12
    better, larger = wilson(Rate(rate.part + 1, rate.whole + 1)), wilson(Rate(rate.part * 2, rate.whole * 2))
    assert better is not None and better > bound - 1e-12
    assert larger is not None and larger >= bound - 1e-12  # the same rate of more cases is surer


def test_agencies_are_placed_by_the_bound_and_equals_share_a_place() -> None:
    found = [
        ("a", 10, Rate(8, 10)),  # 0.490
        ("b", 5, Rate(5, 5)),  # 0.566
        ("c", 100, Rate(95, 100)),  # 0.888: more cases beat the five that were all on time
        ("d", 10, Rate(8, 10)),  # as a
        ("e", 4, Rate(4, 4)),  # four limits: too few
        ("f", 6, NOTHING),  # all six on hold: nothing to rank by
        ("g", 10, Rate(0, 10)),
        ("h", 6, Rate(2, 2)),  # four of six on hold; 2/(2 + z²) = 0.342
    ]
    assert [(one.who, one.place) for one in ranking(found)] == [
        ("c", 1),
        ("b", 2),
        ("a", 3),
        ("d", 3),
        ("h", 5),
        ("g", 6),
        ("e", None),
        ("f", None),
    ]
    assert ranking(found[:0]) == []


def test_the_county_says_how_many_places_are_published() -> None:
    found = [(n, 20, Rate(20 - n, 20)) for n in range(11)]  # eleven agencies, each a little later than the one before
    placed = ranking([*found, (11, 20, Rate(11, 20)), (12, 3, Rate(3, 3))])  # one more equals the tenth
    assert [one.who for one in published(placed, Publicity.FULL_MASKED)] == [*range(10), 11, 10]
    assert [one.who for one in published(placed, Publicity.FULL)] == [*range(10), 11, 10]
    assert [one.who for one in published(placed, Publicity.TOP)] == [*range(10), 11]


@given(st.lists(st.tuples(st.integers(0, 9), rates(least=1)), max_size=12))
def test_places_rise_as_bounds_fall(found: list[tuple[int, Rate]]) -> None:
    placed = ranking((index, due, rate) for index, (due, rate) in enumerate(found))
    assert sorted(one.who for one in placed) == list(range(len(found)))
    assert all((one.place is None) == (found[one.who][0] < 5) for one in placed)
    ranked = [(one.place, wilson(one.rate)) for one in placed if one.place is not None]
    for place, bound in ranked:
        assert bound is not None
        assert place == 1 + sum(other is not None and other > bound for _, other in ranked)


@pytest.mark.parametrize(
    ("values", "middle", "ninetieth"),
    [
        ([], None, None),
        ([7], Fraction(7), 7),
        ([1, 2], Fraction(3, 2), 2),  # rank ⌈0.9 × 2⌉ = 2
        ([3, 1, 2], Fraction(2), 3),
        ([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], Fraction(55), 90),  # rank 9
        ([*range(1, 12)], Fraction(6), 10),  # rank ⌈9.9⌉ = 10
        ([5, 5, 5, 5, 1000], Fraction(5), 1000),  # the mean would be 204
        ([1] * 9 + [50], Fraction(1), 1),  # nine in ten do not exceed 1
    ],
)
def test_median_and_ninetieth_percentile(values: list[int], middle: Fraction | None, ninetieth: int | None) -> None:
    assert (median(Counter(values)), p90(Counter(values))) == (middle, ninetieth)


@given(st.lists(st.integers(0, 50), min_size=1))
def test_nine_in_ten_are_at_most_the_ninetieth_percentile(values: list[int]) -> None:
    middle, ninetieth = median(Counter(values)), p90(Counter(values))
    assert middle is not None and ninetieth is not None
    assert sum(value <= ninetieth for value in values) * 10 >= 9 * len(values)
    assert sum(value < ninetieth for value in values) * 10 < 9 * len(values)
    assert middle <= ninetieth
    assert sum(value < middle for value in values) * 2 <= len(values)
    assert sum(value > middle for value in values) * 2 <= len(values)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], None),
        ([0, 0, 0], None),
        ([40, 40, 40], Fraction(0)),
        ([0, 0, 0, 90], Fraction(3, 4)),  # one taker of four
        # 1·10 + 2·20 + 3·30 = 140; 2 × 140 / (3 × 60) − 4/3 = 280/180 − 240/180
        ([30, 10, 20], Fraction(2, 9)),
        # −5 counts as 0: 1·0 + 2·10 = 20; 40 / (2 × 10) − 3/2
        ([-5, 10], Fraction(1, 2)),
    ],
)
def test_gini(points: list[int], expected: Fraction | None) -> None:
    assert gini(Counter(points)) == expected


@given(st.integers(1, 300), st.integers(1, 1000))
def test_equal_shares_are_0_and_one_taker_is_all_but_one(riders: int, points: int) -> None:
    assert gini({points: riders}) == 0
    assert gini({points: 1, 0: riders - 1}) == Fraction(riders - 1, riders)


@given(st.lists(st.integers(-20, 100), min_size=1, max_size=40))
def test_gini_is_half_the_mean_difference(points: list[int]) -> None:
    """The definition: the mean of |x − y| over all pairs, divided by twice the mean."""
    shown = [max(0, value) for value in points]
    found = gini(Counter(points))
    if not sum(shown):
        assert found is None
        return
    apart = sum(abs(one - other) for one in shown for other in shown)
    assert found == Fraction(apart, 2 * len(shown) * sum(shown))
    assert 0 <= found < 1


@given(rates(), rates(), rates())
def test_the_combined_rate_lies_between_the_rates(response: Rate, solution: Rate, satisfaction: Rate) -> None:
    known = [rate.value for rate in (response, solution, satisfaction) if rate.value is not None]
    found = combined(response, solution, satisfaction)
    assert found is None if not known else found is not None and min(known) <= found <= max(known)


@given(rates(least=1), rates(), rates())
def test_the_combined_rate_rises_with_each_rate(response: Rate, solution: Rate, satisfaction: Rate) -> None:
    better = Rate(min(response.part + 1, response.whole), response.whole)
    before, after = combined(response, solution, satisfaction), combined(better, solution, satisfaction)
    assert before is not None and after is not None and after >= before


@given(COUNTS, COUNTS, COUNTS)
def test_the_satisfaction_index_lies_between_0_and_100(good: int, fair: int, bad: int) -> None:
    index = satisfaction_index(good, fair, bad)
    assert index is None or 0 <= index <= 100


@given(rates())
def test_only_all_prints_as_100(rate: Rate) -> None:
    assert (percent(rate.value) == "100.0%") == (rate.whole > 0 and rate.part == rate.whole)
