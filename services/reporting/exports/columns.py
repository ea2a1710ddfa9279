"""What an export holds of a figure, column by column. Names and types are the same in every format."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from services.contracts.figures import Figure
from services.reporting.visibility.units import TreeRow

Kind = Literal["text", "count", "flag", "day", "moment"]


class Column(NamedTuple):
    """`of`: the value, from the figure; a list of labels is one text, joined by semicolons."""

    name: str
    kind: Kind
    of: Callable[[Figure], Any]


def _path(kind: Kind, *names: str) -> Column:
    """What a chain of attributes leads to, named by it; None where the chain breaks off."""

    def value(figure: Figure) -> Any:
        found: Any = figure
        for name in names:
            found = None if found is None else getattr(found, name)
        return found

    return Column("_".join(names), kind, value)


COLUMNS: Sequence[Column] = (
    _path("text", "unit"),
    _path("text", "level"),
    _path("text", "indicator"),
    _path("text", "cohort"),
    _path("count", "quota"),
    _path("text", "quota_basis"),
    _path("count", "baseline"),
    _path("count", "achieved"),
    _path("count", "exempt"),
    _path("count", "declined"),
    _path("count", "outstanding"),
    _path("count", "rate", "numerator"),
    _path("count", "rate", "denominator"),
    _path("text", "rate", "printed"),
    _path("count", "adjusted_rate", "numerator"),
    _path("count", "adjusted_rate", "denominator"),
    _path("text", "adjusted_rate", "printed"),
    _path("text", "target_rate"),
    _path("flag", "reached"),
    _path("count", "rank"),
    _path("count", "ranked_of"),
    _path("text", "band"),
    _path("count", "pace", "expected"),
    _path("count", "pace", "difference"),
    _path("count", "pace", "needed_per_day", "numerator"),
    _path("count", "pace", "needed_per_day", "denominator"),
    _path("count", "pace", "forecast"),
    _path("flag", "pace", "forecast_reached"),
    _path("count", "pace", "days_left"),
    _path("count", "coverage", "reported"),
    _path("count", "coverage", "expected"),
    Column("labels", "text", lambda figure: ";".join(figure.labels)),
    _path("day", "last_day"),
    _path("moment", "last_received_at"),
    _path("day", "as_of"),
    _path("moment", "known_at"),
)

NAME = "unit_name"
"""The second column: the unit's name, which is not a part of its figure."""

HEADER: list[tuple[str, Kind]] = [(one.name, one.kind) for one in COLUMNS]
HEADER.insert(1, (NAME, "text"))


def lines_of(figures: Sequence[Figure], units: Sequence[TreeRow]) -> bytes:
    """One JSON array a figure and line, in the order of `HEADER`."""
    names = {unit.code: unit.name for unit in units}
    rows = []
    for figure in figures:
        row = [one.of(figure) for one in COLUMNS]
        row.insert(1, names[figure.unit])
        rows.append(row)
    return msgspec.json.Encoder().encode_lines(rows)
