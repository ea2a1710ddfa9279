"""Exact rates and their printed forms (rule 9). Nothing here is a floating point number."""

from collections.abc import Sequence

from services.contracts.words import RoundingMode


def printed_rate(numerator: int, denominator: int, *, decimals: int, mode: RoundingMode) -> str:
    """The rate in percent with a comma, without sign or grouping: 579/837 → `69,18`.

    `numerator` ≥ 0, `denominator` > 0. Half-up is floor(x + ½) on the last printed digit; truncate drops the rest.
    """
    scaled = numerator * 100 * 10**decimals
    whole = (2 * scaled + denominator) // (2 * denominator) if mode is RoundingMode.HALF_UP else scaled // denominator
    if decimals == 0:
        return str(whole)
    digits = str(whole).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]},{digits[-decimals:]}"


def balanced_shares(parts: Sequence[int], *, decimals: int) -> list[str]:
    """The share of each part in their sum, printed so that all add up to 100 %: largest remainder, ties by order.

    Raises: ZeroDivisionError where the parts are all 0.
    """
    whole, scale = sum(parts), 10 ** (decimals + 2)
    floors = [part * scale // whole for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda place: -(parts[place] * scale % whole))
    for place in by_remainder[: scale - sum(floors)]:
        floors[place] += 1
    return [printed_rate(one, scale, decimals=decimals, mode=RoundingMode.TRUNCATE) for one in floors]
