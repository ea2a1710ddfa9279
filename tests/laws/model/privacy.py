"""Rule 14: what a reader without the right learns of sensitive reasons, by what is told and by subtracting it."""

from collections.abc import Mapping, Sequence

from tests.laws.model.story import Indicator


def leaks(
    indicator: Indicator,
    *,
    small_count: int,
    counts: Mapping[str, int],
    told: Sequence[tuple[tuple[str, ...], int]],
    total: int | None,
) -> list[str]:
    """What should not be known and is.

    `counts`: how many cases are exempt for which reason. `told`: reasons (one, or several together) and the sum that
    the reader was shown. `total`: of all exempt cases, where that was shown.
    """
    sensitive = {reason.code for reason in indicator.reasons if reason.sensitive}

    def is_small(reasons: set[str]) -> bool:
        amount = sum(counts.get(code, 0) for code in reasons)
        return bool(reasons) and reasons <= sensitive and 0 < amount < small_count

    found = [f"{'+'.join(reasons)} is told: {amount}" for reasons, amount in told if is_small(set(reasons))]
    rest = set(counts) - {code for reasons, _ in told for code in reasons}
    if total is not None and is_small(rest):
        found.append(f"{'+'.join(sorted(rest))} follows from the total of {total}")
    return found
