"""The quota of every unit from the lines that name some of them (rule 8)."""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from services.contracts.words import QuotaBasis
from services.quota.hierarchy.places import TreeNode

ALL_COHORTS = 0

Key = tuple[int, int]
"""Indicator and cohort, by number; cohort 0 is all of them together."""


class SourceDocument(msgspec.Struct, frozen=True, order=True):
    """The document of a plan."""

    date: date
    number: str
    plan: str


class LineInForce(msgspec.Struct, frozen=True):
    """A number that a plan in force hands to a unit."""

    unit_id: int
    indicator_no: int
    cohort_no: int
    amount: int
    baseline: int
    document: SourceDocument


class Quota(msgspec.Struct):
    """What a unit was given, or what those below it were given in sum."""

    amount: int
    baseline: int
    basis: QuotaBasis
    documents: set[SourceDocument]


def quotas(tree: Sequence[TreeNode], lines: Iterable[LineInForce]) -> dict[int, dict[Key, Quota]]:
    """Per unit of the tree (ancestors first) and key: its received lines' sum, else its children's sum.

    Keys with a cohort are there where lines name it; the key of all cohorts sums lines with and without one.
    """
    found: dict[int, dict[Key, Quota]] = {node.id: {} for node in tree}
    for line in lines:
        if line.unit_id not in found:
            continue
        for cohort_no in {line.cohort_no, ALL_COHORTS}:
            _add(
                found[line.unit_id],
                (line.indicator_no, cohort_no),
                Quota(line.amount, line.baseline, QuotaBasis.RECEIVED, {line.document}),
            )
    for node in reversed(tree):
        if node.parent_id is None or node.parent_id not in found:
            continue
        above = found[node.parent_id]
        for key, quota in found[node.id].items():
            if key not in above or above[key].basis is QuotaBasis.DERIVED:
                _add(above, key, Quota(quota.amount, quota.baseline, QuotaBasis.DERIVED, quota.documents))
    return found


def _add(quotas_of_unit: dict[Key, Quota], key: Key, more: Quota) -> None:
    before = quotas_of_unit.get(key)
    if before is None:
        quotas_of_unit[key] = Quota(more.amount, more.baseline, more.basis, set(more.documents))
        return
    before.amount += more.amount
    before.baseline += more.baseline
    before.documents |= more.documents
