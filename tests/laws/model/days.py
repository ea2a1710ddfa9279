"""Rule 7: which rows may be reported on a moment."""

from tests.laws.model.story import DAY


def is_official(day: int, *, days: int, received: int) -> bool:
    """Whether the day belongs to the campaign and does not lie ahead of the day on which the row came in."""
    return 0 <= day < days and day <= received // DAY


def is_closed(day: int, *, closed_through: int | None) -> bool:
    return closed_through is not None and day <= closed_through


def is_taken(day: int, *, days: int, received: int, closed_through: int | None, may_amend: bool) -> bool:
    return is_official(day, days=days, received=received) and (
        may_amend or not is_closed(day, closed_through=closed_through)
    )
