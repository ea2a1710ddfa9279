"""Exact rates and their printed forms (rule 9). Nothing here is a floating point number."""

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
