"""Exact splits of whole numbers. Nothing here is a floating point number."""

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate

from deploy.loading.shares import CannotSplit, split


def split_evenly(total: int, codes: Collection[str], held: Mapping[str, int]) -> dict[str, int]:
    """`total` in parts as equal as whole numbers allow, after the held ones kept their value.

    Raises: CannotSplit where the held parts exceed the total.
    """
    kept = {code: held[code] for code in codes if code in held}
    rest = total - sum(kept.values())
    if rest < 0:
        raise CannotSplit(f"The held lines add up to {total - rest}, more than the {total} that there are.")
    return split(rest, {code: 1 for code in codes if code not in kept}) | kept


def split_within(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """`total` in whole parts by weight, none above its weight; the parts add up to it.

    The heaviest first (ties by code), each takes its share, rounded half up, of what the ones before it left:
    the way by which the contracts' example figure comes out, where the largest remainder gives one case less.
    Raises: CannotSplit where the total exceeds the weights.
    """
    whole = sum(weights.values())
    if total > whole:
        raise CannotSplit(f"{total} exempt cases do not fit into the {whole} that are left.")
    parts = dict.fromkeys(weights, 0)
    for code in sorted(weights, key=lambda code: (-weights[code], code)):
        if whole == 0:
            break
        parts[code] = (2 * total * weights[code] + whole) // (2 * whole)
        total -= parts[code]
        whole -= weights[code]
    return parts


def split_over_left(counts: Sequence[int], left: Mapping[str, int]) -> tuple[list[dict[str, int]], dict[str, int]]:
    """Each count in turn, split by what the ones before it left; and what all of them left.

    No part exceeds what was left before it, so that nothing becomes negative.
    Raises: CannotSplit where the counts exceed what there is.
    """
    rest = dict(left)
    parts: list[dict[str, int]] = []
    for count in counts:
        part = split_within(count, rest)
        rest = {code: rest[code] - part[code] for code in rest}
        parts.append(part)
    return parts, rest


def totals_by_day(total: int, weights: Sequence[int], *, phase: int) -> list[int]:
    """Of each day the total since the first one: `total` along the weights' running sum, `total` on the last day.

    Never falls, and stands still where a day weighs 0. `phase` (any whole number) decides when the curve steps from
    one whole number to the next, lest small totals all step on the same days.
    Raises: CannotSplit where there is something to spread and no day weighs anything.
    """
    running = list(accumulate(weights))
    whole = running[-1] if running else 0
    if whole == 0:
        if total:
            raise CannotSplit(f"{total} cannot be spread: no day is left for it.")
        return [0] * len(running)
    return [(total * so_far + phase % whole) // whole for so_far in running]
