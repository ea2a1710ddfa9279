"""The arithmetic of the benchmarks."""

import pytest

from tests.benchmarks.ratios import at_least, in_turns, paired_ratio, percentile, times_faster


async def test_measures_take_turns_and_the_first_round_does_not_count() -> None:
    seen: list[tuple[str, int]] = []

    def measure(name: str):
        async def act(number: int) -> float:
            seen.append((name, number))
            return float(number)

        return act

    assert await in_turns({"a": measure("a"), "b": measure("b")}, rounds=2) == {"a": [0.0, 1.0], "b": [0.0, 1.0]}
    assert seen == [("a", -1), ("b", -1), ("a", 0), ("b", 0), ("a", 1), ("b", 1)]


def test_a_ratio_is_of_one_round_and_the_median_of_all() -> None:
    assert paired_ratio([10, 20, 90], [20, 20, 30]) == 1


def test_a_rate_reaches_its_share_of_the_floor_or_does_not() -> None:
    line = at_least("posts", [30_000.0], [100_000.0], to_reach=0.33, unit="rows/s")
    assert (line.figure, line.floor, line.ratio, line.reached) == ("30,000 rows/s", "100,000 rows/s", 0.3, False)


def test_a_duration_is_so_many_times_shorter() -> None:
    line = times_faster("figures", [0.002], [0.5], to_reach=80)
    assert (line.ratio, line.reached) == (250, True)


@pytest.mark.parametrize(("share", "found"), [(0.5, 2), (0.99, 4), (0.25, 1), (0.26, 2)])
def test_a_percentile_is_a_value_that_was_seen(share: float, found: int) -> None:
    assert percentile([4, 2, 1, 3], share) == found
