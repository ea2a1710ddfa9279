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
    scale = 10 ** (decimals + 2)
    return [printed_rate(one, scale, decimals=decimals, mode=RoundingMode.TRUNCATE) for one in shared_out(scale, parts)]


def shared_out(total: int, weights: Sequence[int]) -> list[int]:
    """Whole numbers in proportion to the weights (0 or more, one above 0) that add up to the total (rule 1).

    Each is its exact share rounded down, or one more: the largest remainders gain, of equal ones the earlier.
    """
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    for place in sorted(range(len(weights)), key=lambda one: -remainders[one])[: total - sum(shares)]:
        shares[place] += 1
    return shares
