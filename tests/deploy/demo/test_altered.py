"""Nothing knows the demonstration: other codes and numbers give correspondingly other requests."""

import json
from collections import Counter

import msgspec
import pytest

from deploy.demo.documents import BINH_PHUOC, Documents, read_documents
from deploy.demo.reports import report_batches
from deploy.demo.requests import campaign_body, plan_requests, source_bodies, units_body
from tests.deploy.demo.altered import altered_copy, other_code, unit_code


@pytest.fixture(scope="module")
def real() -> Documents:
    return read_documents(BINH_PHUOC)


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    folder = tmp_path_factory.mktemp("altered")
    return read_documents(altered_copy(BINH_PHUOC, folder / "binh_phuoc", times=3))


def test_no_code_of_the_real_campaign_is_left(real: Documents, altered: Documents) -> None:
    sent = json.dumps(
        [
            units_body(altered),
            campaign_body(altered),
            [plan.body for plan in plan_requests(altered)],
            source_bodies(altered),
            msgspec.to_builtins([(batch.source, batch.rows) for batch in report_batches(altered)[-40:]]),
        ]
    )
    texts = set(texts_in(json.loads(sent)))
    codes = {unit.code for unit in real.units} | {one.code for one in (*real.indicators, *real.sources)}
    codes |= {reason.reason for one in real.indicators for reason in one.exclusions} | {real.campaign.code}
    # "police" is the kind of a source as well as the code of one.
    assert texts & codes <= {"police"}


def test_quotas_and_counts_are_as_many_times_as_large(real: Documents, altered: Documents) -> None:
    for one, other in zip(plan_requests(real)[:2], plan_requests(altered)[:2], strict=True):
        assert [(unit_code(line["unit"]), other_code(line["indicator"]), 3 * line["amount"]) for line in one.lines] == [
            (line["unit"], line["indicator"], line["amount"]) for line in other.lines
        ]
    ours, theirs = _district_totals(real), _district_totals(altered)
    assert theirs == {(unit_code(unit), other_code(code)): 3 * count for (unit, code), count in ours.items()}


def _district_totals(documents: Documents) -> Counter[tuple[str, str]]:
    district_of = {unit.code: unit.parent_code or "" for unit in documents.units}
    totals: Counter[tuple[str, str]] = Counter()
    for batch in report_batches(documents):
        for row in batch.rows:
            if row.outcome == "achieved":
                totals[district_of[row.unit], row.indicator] += row.value
    return totals


def texts_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in (*value.keys(), *value.values()) for text in texts_in(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts_in(part)]
    return [value] if isinstance(value, str) else []
