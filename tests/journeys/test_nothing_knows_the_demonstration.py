"""Every code of the demonstration is renamed and every number changed: the answers change accordingly."""

import csv
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from deploy.demo.documents import BINH_PHUOC
from tests.journeys.conftest import Demo, loaded
from tests.support.servers import Servers

# One worker runs all journeys, so that the demonstration is loaded once.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("journeys")]

CODE_COLUMNS = re.compile(r"(^|_)code$|^code$|issuer_unit_code|parent_campaign")
NUMBER_COLUMNS = {"quota", "achieved", "count", "value", "denominator"}
FACTOR = 3


def _renamed(code: str) -> str:
    """The demonstration's codes turned round: `bp-2024` → `x4202-pb`, so that their order changes too."""
    return f"x{code[::-1]}" if code else code


def _codes(folder: Path) -> set[str]:
    """Every code that a column of codes holds."""
    found: set[str] = set()
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                for column, value in row.items():
                    if CODE_COLUMNS.search(column):
                        found.add(value)
    return found - {""}


def _transform(source: Path, target: Path) -> None:
    shutil.copytree(source, target)
    codes = _codes(source)
    for file in target.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            columns, rows = list(reader.fieldnames or ()), list(reader)
        for row in rows:
            for column, value in row.items():
                if CODE_COLUMNS.search(column):
                    row[column] = _renamed(value)
                elif column == "applies_to":
                    row[column] = "|".join(_renamed(one) if one in codes else one for one in value.split("|"))
                elif column in NUMBER_COLUMNS and value.isdigit():
                    row[column] = str(int(value) * FACTOR)
        with file.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, columns)
            writer.writeheader()
            writer.writerows(rows)
    choices = target / "campaign.toml"
    lines = choices.read_text(encoding="utf-8").splitlines(keepends=True)
    sources = {code for line in lines if line.startswith("authority") for code in re.findall(r'"([^"]+)"', line)}
    words = codes | sources
    for place, line in enumerate(lines):
        if not line.startswith(("kind", "level")):
            lines[place] = re.sub(
                r'"([^"]+)"', lambda one: f'"{_renamed(one[1])}"' if one[1] in words else one[0], line
            )
    choices.write_text("".join(lines), encoding="utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def other(servers: Servers, tmp_path_factory: Any) -> AsyncIterator[Demo]:
    folder = tmp_path_factory.mktemp("other")
    _transform(BINH_PHUOC, folder / "data")
    async for demonstration in loaded(servers, folder, folder / "data"):
        yield demonstration


async def test_other_codes_and_numbers_give_other_answers(other: Demo) -> None:
    campaign, top = _renamed("bp-2024-90d-4phu"), _renamed("70")
    query = """query ($campaign: String!, $top: String!, $cccd: String!, $smartphone: String!) {
      campaign(code: $campaign) {
        totals(asOf: "2024-07-03") { unitCode indicator { code } quota achieved exempt declined outstanding labels
          exemptions { reason count } }
        unit(code: $top) { figure(indicator: $smartphone, asOf: "2024-07-03") { rate { printed } } }
        ranking(indicator: $cccd, level: DISTRICT, order: WORST, first: 2, asOf: "2024-07-03") {
          edges { node { unit { code name } } } } } }"""
    answer = await other.ask(
        query, campaign=campaign, top=top, cccd=_renamed("cccd"), smartphone=_renamed("smartphone_4g")
    )
    found = answer["campaign"]
    printed = {
        (row["indicator_code"], row["outcome"]): int(row["value"])
        for row in other.rows("results")
        if row["level"] == "province" and row["outcome"] in ("achieved", "data_processed", "declined")
    }
    totals = {figure["indicator"]["code"]: figure for figure in found["totals"]}
    assert sorted(totals) == sorted(map(_renamed, ("cccd", "eid_activation", "smartphone_4g", "sim_esign")))
    for code, figure in totals.items():
        assert figure["unitCode"] == top
        assert figure["achieved"] == printed[code, "achieved"]
        assert figure["exempt"] == printed.get((code, "data_processed"))
        assert figure["declined"] == printed.get((code, "declined"))
    assert totals[_renamed("cccd")]["achieved"] == FACTOR * 10963
    reasons = {one["reason"]: one["count"] for one in totals[_renamed("cccd")]["exemptions"]}
    assert reasons[_renamed("absent_unknown")] == FACTOR * 2270
    assert found["unit"]["figure"]["rate"]["printed"] == "101,70"
    worst = [edge["node"]["unit"]["code"] for edge in found["ranking"]["edges"]]
    assert worst == [_renamed("690"), _renamed("693")]
