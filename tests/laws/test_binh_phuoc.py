"""The golden check: the model, told the real campaign of 2024, gives every printed figure of its notice."""

import csv
from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction

import pytest

from deploy.demo.documents import BINH_PHUOC
from tests.laws.binh_phuoc import binh_phuoc
from tests.laws.model.figures import Counts, Knowledge
from tests.laws.model.rates import printed

pytestmark = pytest.mark.xdist_group("the model of Bình Phước")  # told once, by one worker

CAMPAIGN = "bp-2024-90d-4phu"
LAST_DAY = 90
OUTCOMES: dict[str, Callable[[Counts], int | None]] = {
    "achieved": lambda counts: counts.added,
    "data_processed": lambda counts: counts.exempt,
    "declined": lambda counts: counts.declined,
}
"""The notice's words."""


def _rows(name: str) -> list[dict[str, str]]:
    with (BINH_PHUOC / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row.get("campaign_code", CAMPAIGN) == CAMPAIGN]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge(binh_phuoc())


def _counts(knowledge: Knowledge, row: dict[str, str]) -> Counts:
    return knowledge.counts(row["unit_code"], knowledge.story.indicator(row["indicator_code"]), None, LAST_DAY)


def test_every_printed_count_and_share_is_given(knowledge: Knowledge) -> None:
    """A share by one rounding or the other; of declined cases, what is left of 100 %: nothing is outstanding."""
    rows = [row for row in _rows("results") if row["outcome"] in OUTCOMES]
    assert len(rows) == 26
    shares: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for row in rows:
        counts = _counts(knowledge, row)
        found, share = OUTCOMES[row["outcome"]](counts), row["printed_percent_vi"]
        assert (found, counts.quota) == (int(row["value"]), int(row["denominator"])), row
        before = shares[row["unit_code"], row["indicator_code"]]
        shares[row["unit_code"], row["indicator_code"]] += Fraction(share.replace(",", "."))
        if row["outcome"] == "declined":
            assert (counts.added or 0) + (counts.exempt or 0) + (counts.declined or 0) == counts.quota
            yields = {printed_share(100 - before)}
        else:
            decimals = len(share.partition(",")[2])
            yields = {
                printed(int(row["value"]), int(row["denominator"]), decimals=decimals, rounding=rounding)
                for rounding in ("half_up", "truncate")
            }
        assert share in yields, row


def printed_share(percent: Fraction) -> str:
    """With one decimal."""
    return printed(percent.numerator, 100 * percent.denominator, decimals=1, rounding="half_up")


def test_every_district_stands_where_it_is_said_to(knowledge: Knowledge) -> None:
    rows = _rows("district_figures")
    assert len(rows) == 44
    for row in rows:
        counts = _counts(knowledge, row)
        assert (counts.added, counts.quota) == (int(row["achieved"]), int(row["quota"])), row


def test_every_exempt_reason_is_counted_as_printed(knowledge: Knowledge) -> None:
    for code in ("cccd", "eid_activation"):
        rows = sorted(
            (row for row in _rows("exclusions") if row["indicator_code"] == code),
            key=lambda row: int(row["printed_order"]),
        )
        found = knowledge.exemptions("70", knowledge.story.indicator(code), LAST_DAY)
        assert [(one["reason"], one["count"]) for one in found] == [
            (row["reason_code"], int(row["count"])) for row in rows
        ]


def test_nine_districts_of_eleven_fell_short_of_their_sims(knowledge: Knowledge) -> None:
    """As the notice says of them."""
    indicator = knowledge.story.indicator("sim_esign")
    districts = [one.code for one in knowledge.story.units if one.level == "district"]
    reached = [
        knowledge.standing(knowledge.counts(code, indicator, None, LAST_DAY), indicator, None, LAST_DAY)["reached"]
        for code in districts
    ]
    (printed_row,) = (row for row in _rows("results") if row["outcome"] == "units_not_good")
    assert (reached.count(False), len(reached)) == (int(printed_row["value"]), int(printed_row["denominator"]))
