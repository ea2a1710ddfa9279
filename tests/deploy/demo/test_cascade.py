"""From the printed figures to the communes: every margin is exact."""

import csv
from collections import Counter

import pytest

from deploy.demo.cascade import CommuneFigure, communes
from deploy.demo.documents import BINH_PHUOC, Documents, read_documents


@pytest.fixture(scope="module")
def documents() -> Documents:
    return read_documents(BINH_PHUOC)


@pytest.fixture(scope="module")
def figures(documents: Documents) -> list[CommuneFigure]:
    return [figure for indicator in documents.indicators for figure in communes(documents, indicator)]


def _rows(name: str) -> list[dict[str, str]]:
    with (BINH_PHUOC / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_commune_has_one_figure_per_indicator(figures: list[CommuneFigure]) -> None:
    assert len({(one.unit, one.indicator) for one in figures}) == len(figures) == 111 * 4


def test_communes_add_up_to_what_is_printed_of_their_district(figures: list[CommuneFigure]) -> None:
    sums: Counter[tuple[str, str, str]] = Counter()
    for one in figures:
        sums[one.district, one.indicator, "quota"] += one.quota
        sums[one.district, one.indicator, "achieved"] += one.achieved
    rows = _rows("district_figures")
    assert len(rows) == 44
    for row in rows:
        for column in ("quota", "achieved"):
            assert sums[row["unit_code"], row["indicator_code"], column] == int(row[column]), row


def test_districts_add_up_to_what_is_printed_of_the_province(figures: list[CommuneFigure]) -> None:
    sums: Counter[tuple[str, str]] = Counter()
    for one in figures:
        sums[one.indicator, "achieved"] += one.achieved
        sums[one.indicator, "data_processed"] += sum(one.exempt.values())
        sums[one.indicator, "declined"] += one.declined or 0
    printed = [row for row in _rows("results") if row["level"] == "province" and row["outcome"] != "units_not_good"]
    assert len(printed) == 8
    for row in printed:
        assert sums[row["indicator_code"], row["outcome"]] == int(row["value"]), row


def test_each_reason_adds_up_to_what_is_printed(figures: list[CommuneFigure]) -> None:
    sums: Counter[tuple[str, str]] = Counter()
    for one in figures:
        for reason, count in one.exempt.items():
            sums[one.indicator, reason] += count
    assert sums == {(row["indicator_code"], row["reason_code"]): int(row["count"]) for row in _rows("exclusions")}


def test_nothing_is_negative_and_nothing_outstanding_where_outcomes_are_known(figures: list[CommuneFigure]) -> None:
    for one in figures:
        assert min(one.quota, one.achieved, *one.exempt.values(), one.declined or 0) >= 0
        if one.declined is not None:
            assert one.achieved + sum(one.exempt.values()) + one.declined == one.quota
    assert {one.indicator for one in figures if one.declined is None} == {"smartphone_4g", "sim_esign"}


def test_what_the_commune_plan_prints_is_held(figures: list[CommuneFigure]) -> None:
    held = {one.indicator: (one.unit, one.quota) for one in figures if one.held}
    assert held == {
        "cccd": ("25453", 39),
        "eid_activation": ("25453", 731),
        "smartphone_4g": ("25453", 63),
        "sim_esign": ("25453", 731),
    }


def test_the_other_quotas_of_a_district_differ_by_one_at_most(figures: list[CommuneFigure]) -> None:
    for district, indicator in {(one.district, one.indicator) for one in figures}:
        free = [one.quota for one in figures if (one.district, one.indicator) == (district, indicator) and not one.held]
        assert max(free) - min(free) <= 1


def test_district_688_has_the_outcomes_of_the_contract(figures: list[CommuneFigure]) -> None:
    own = [one for one in figures if (one.district, one.indicator) == ("688", "cccd")]
    assert len(own) == 7
    assert sum(sum(one.exempt.values()) for one in own) == 187
    assert sum(one.declined or 0 for one in own) == 71
