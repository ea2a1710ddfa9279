"""Rule 11: places by exact rate."""

from collections.abc import Mapping
from fractions import Fraction


def ranks(rates: Mapping[str, tuple[int, int] | None]) -> dict[str, int | None]:
    """By unit: one more than there are units with a higher rate; None without a rate."""
    exact = {code: None if rate is None else Fraction(*rate) for code, rate in rates.items()}
    return {
        code: None if own is None else 1 + sum(1 for other in exact.values() if other is not None and other > own)
        for code, own in exact.items()
    }


def ranked_of(rates: Mapping[str, tuple[int, int] | None]) -> int:
    return sum(1 for rate in rates.values() if rate is not None)
