"""Exact splits of whole numbers, and what looks accidental and is always the same. No floating point number."""

from collections.abc import Mapping


class CannotSplit(ValueError):
    """The figures leave no exact split: the message says which numbers contradict each other."""


def split(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """`total` in whole parts by weight: largest remainder, ties by the order of the codes; the parts add up to it.

    Raises: CannotSplit where there is something to share out and no weight.
    """
    whole = sum(weights.values())
    if whole == 0:
        if total:
            raise CannotSplit(f"{total} cannot be split over {len(weights)} units that all weigh nothing.")
        return dict.fromkeys(weights, 0)
    parts = {code: total * weight // whole for code, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda code: (-(total * weights[code] % whole), code))
    for code in by_remainder[: total - sum(parts.values())]:
        parts[code] += 1
    return parts


def mixed(*numbers: int) -> int:
    """A number of 32 bits that looks accidental and is always the same for the same numbers."""
    state = 0x9E3779B9
    for number in numbers:
        state = ((state ^ number) * 0x85EBCA6B) & 0xFFFFFFFF
        state ^= state >> 13
        state = (state * 0xC2B2AE35) & 0xFFFFFFFF
        state ^= state >> 16
    return state
