"""Which of what sources tell is in a figure, and why the rest is not (rule 5), over plain totals."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.contracts.words import NotCounted


class Telling(NamedTuple):
    """What a source tells of one unit of an anchor up to a day; `value` None: nothing of the cohort asked for.

    `first_day`: the first day that it has a row of, of whatever cohort. Days are numbers.
    """

    anchor_id: int
    unit_id: int
    source_id: int
    first_day: int
    value: int | None


class Share(NamedTuple):
    """Of one source: what it tells of the unit in all, what of that counts, and why the rest does not, since when."""

    value: int
    counted: int
    not_counted: NotCounted | None
    since: int | None


def speaking_since(everything: Iterable[Telling], groups: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    """By anchor, the group that speaks and the first day of which it has a row, all cohorts together."""
    found: dict[int, tuple[int, int]] = {}
    for one in everything:
        group = groups.get(one.source_id)
        if group is not None:
            found[one.anchor_id] = min(found.get(one.anchor_id, (group, one.first_day)), (group, one.first_day))
    return found


def counts(one: Telling, groups: Mapping[int, int], speaking: Mapping[int, tuple[int, int]]) -> bool:
    """Whether what the source tells there is in the figure."""
    group = groups.get(one.source_id)
    return group is not None and speaking[one.anchor_id][0] == group


def shares_of(
    under: Iterable[Telling], groups: Mapping[int, int], speaking: Mapping[int, tuple[int, int]]
) -> dict[int, Share]:
    """By source, what it tells of the units `under`."""
    found: dict[int, Share] = {}
    for one in under:
        if one.value is None:
            continue
        old = found.get(one.source_id, Share(0, 0, None, None))
        if counts(one, groups, speaking):
            found[one.source_id] = old._replace(value=old.value + one.value, counted=old.counted + one.value)
        elif one.source_id not in groups:
            found[one.source_id] = Share(old.value + one.value, 0, NotCounted.IN_NO_GROUP, None)
        else:
            begun = speaking[one.anchor_id][1]
            since = begun if old.since is None else min(begun, old.since)
            found[one.source_id] = Share(old.value + one.value, old.counted, NotCounted.EARLIER_GROUP_SPEAKS, since)
    return found
