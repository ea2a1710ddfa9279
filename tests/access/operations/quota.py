"""quota's operations."""

from collections.abc import Iterable
from typing import Any

from tests.access.conftest import UNITS, campaign, plan
from tests.access.operations.rows import CAMPAIGNS, CODES, D1, D2, DRIVE, NO, TREE, Row, cells, code, items


def _lines(body: Any) -> Iterable[str]:
    return [line["unit"] for line in body["lines"]]


def _documents(body: Any) -> Iterable[str]:
    known = {"received", "province", "d1", "d2", "draft", "draft2"}
    return {one["document"]["number"] for one in body["items"]} & known


QUOTA = {
    "quota GET /v1/units": Row(
        "quota:read",
        "/v1/units?limit=1000",
        cells(blind="200", stranger="200 C90 Q", sibling=D2, own=D1, above="200 C11 C12 C21 C22 C90 D1 D2 N P Q"),
        items("code", CODES),
    ),
    "quota PUT /v1/units": Row(
        "quota:write",
        "/v1/units?dry_run=true",
        cells(blind="422 invalid_input", sibling="422 invalid_input", own="200", above="200"),
        body={"units": [one for one in UNITS if one["code"] == "C11"]},
    ),
    "quota GET /v1/units/{code}": Row(
        "quota:read", "/v1/units/C11", cells(blind=NO, sibling=NO, own="200 C11", above="200 C11"), code
    ),
    # Refused to everybody, lest a row change the world: to whoever covers the unit because it goes on, to all others
    # because there is none (tests/access/hidden_things.py).
    "quota POST /v1/successions": Row(
        "quota:write",
        "/v1/successions",
        cells(
            blind="422 invalid_input",
            sibling="422 invalid_input",
            own="422 invalid_input",
            above="422 invalid_input",
        ),
        body={
            "day": "2024-05-01",
            "decision": {"number": "1/NQ", "date": "2024-05-01"},
            "relation": "abolish",
            "predecessors": ["C11"],
        },
    ),
    "quota GET /v1/units/{code}/succession": Row(
        "quota:read", "/v1/units/C11/succession", cells(blind=NO, sibling=NO, own="200", above="200")
    ),
    "quota POST /v1/campaigns": Row(
        "quota:write",
        "/v1/campaigns",
        # Whoever may create it is told that the code is taken; the others that there is no such unit.
        cells(
            blind="422 invalid_input",
            sibling="422 invalid_input",
            own="409 campaign_code_taken",
            above="409 campaign_code_taken",
        ),
        body=campaign("drive", "D1"),
    ),
    "quota GET /v1/campaigns": Row(
        "quota:read",
        "/v1/campaigns",
        cells(
            blind="200",
            stranger="200 other shown",
            sibling="200 drive shown",
            own="200 drive shown",
            above="200 drive other shown",
        ),
        items("code", CAMPAIGNS),
    ),
    "quota GET /v1/campaigns/{code}": Row(
        "quota:read", DRIVE, cells(blind=NO, sibling="200 drive", own="200 drive", above="200 drive"), code
    ),
    "quota PATCH /v1/campaigns/{code}": Row(
        "quota:write",
        DRIVE,
        cells(blind=NO, sibling="403 outside_token_units", own="403 outside_token_units", above="200 drive"),
        code,
        body={"allow_stretch": False},
        headers={"If-Match": "*"},
    ),
    "quota POST /v1/campaigns/{code}/close": Row(
        "quota:write",
        DRIVE + "/close",
        # Whoever may close it is told of the day that is none; the others of what they may not.
        cells(
            blind="422 invalid_input",
            sibling="422 invalid_input",
            own="422 invalid_input",
            above="422 invalid_input",
        ),
        body={"decision": {"number": "9/TB", "date": "2024-07-32"}},
    ),
    "quota POST /v1/campaigns/{code}/reopen": Row(
        "admin",
        DRIVE + "/reopen",
        cells(
            blind=NO,
            sibling="403 outside_token_units",
            own="403 outside_token_units",
            above="409 campaign_open",
            admin="409 campaign_open",
        ),
    ),
    "quota GET /v1/campaigns/{code}/plans": Row(
        "quota:read",
        f"{DRIVE}/plans?limit=1000",
        cells(
            blind=NO,
            sibling="200 d2 draft2 province",
            own="200 d1 draft province",
            above="200 d1 d2 draft draft2 province received",
        ),
        _documents,
    ),
    "quota POST /v1/campaigns/{code}/plans": Row(
        "quota:write",
        f"{DRIVE}/plans",
        cells(blind=NO, sibling="422 invalid_input", own="201", above="201"),
        body=plan("D1", "one more"),
    ),
    "quota POST /v1/campaigns/{code}/apportionments": Row(
        "quota:read",
        f"{DRIVE}/apportionments",
        cells(blind=NO, sibling="422 invalid_input", own="200 C11:5 C12:5", above="200 C11:5 C12:5"),
        lambda body: [f"{one['unit']}:{one['amount']}" for one in body["lines"]],
        body={"unit": "D1", "indicator": "cards", "amount": 10, "method": "equal"},
    ),
    "quota GET /v1/campaigns/{code}/quotas": Row(
        "quota:read",
        f"{DRIVE}/quotas",
        cells(blind=NO, sibling=D2, own=D1, above=TREE),
        items("unit", CODES),
    ),
    "quota GET /v1/campaigns/{code}/cascade": Row(
        "quota:read",
        f"{DRIVE}/cascade",
        cells(
            blind=NO,
            sibling="200 C21 C22 D2 commune:2/2 district:1/1",
            own="200 C11 C12 D1 commune:2/2 district:1/1",
            above="200 C11 C12 C21 C22 D1 D2 P commune:4/4 district:2/2 province:1/1",
        ),
        lambda body: (
            [one["unit"] for one in body["items"]]
            + [f"{one['level']}:{one['received']}/{one['units']}" for one in body["levels"]]
        ),
    ),
    "quota GET /v1/plans/{id}": Row(
        "quota:read",
        "/v1/plans/{plan_province}",
        cells(blind=NO, sibling="200 D2", own="200 D1", above="200 D1 D2"),
        _lines,
    ),
    "quota PUT /v1/plans/{id}": Row(
        "quota:write",
        "/v1/plans/{plan_draft}",
        cells(blind=NO, sibling=NO, own="200", above="200"),
        body=plan("D1", "draft"),
        headers={"If-Match": "*"},
    ),
    "quota POST /v1/plans/{id}/issue": Row(
        "quota:write",
        "/v1/plans/{plan_draft}/issue",
        cells(blind=NO, sibling=NO, own="409 plan_empty", above="409 plan_empty"),
        body={},
    ),
    "quota DELETE /v1/plans/{id}": Row(
        "quota:write",
        "/v1/plans/{plan_draft}",
        cells(blind=NO, sibling=NO, own="412 precondition_failed", above="412 precondition_failed"),
        headers={"If-Match": '"0"'},
    ),
    "quota POST /v1/plans/{id}/revise": Row(
        "quota:write",
        "/v1/plans/{plan_draft}/revise",
        cells(blind=NO, sibling=NO, own="409 plan_not_issued", above="409 plan_not_issued"),
        body={},
    ),
    "quota POST /v1/plans/{id}/withdraw": Row(
        "quota:write",
        "/v1/plans/{plan_draft}/withdraw",
        cells(blind=NO, sibling=NO, own="409 plan_not_issued", above="409 plan_not_issued"),
        body={"document": {"number": "9/QĐ", "date": "2024-05-10"}},
    ),
    # Between services: whoever does not see everything finds nothing.
    "quota GET /internal/campaigns/{code}": Row(
        "quota:read",
        "/internal/campaigns/drive",
        cells(blind=NO, sibling=NO, own=NO, above=NO, everything="200 drive"),
        code,
    ),
    "quota GET /internal/units": Row(
        "quota:read",
        "/internal/units?codes=C11&on=2024-05-01",
        cells(blind=NO, sibling=NO, own=NO, above=NO, everything="200 C11 D1 N P"),
        lambda body: [one["code"] for one in body["units"]],
    ),
    "quota GET /internal/history/units": Row(
        "quota:read",
        "/internal/history/units",
        cells(blind=NO, sibling=NO, own=NO, above=NO, everything="200 C11 C12 C21 C22 C90 D1 D2 N P Q"),
        lambda body: {one["code"] for one in body["units"]} & CODES,
    ),
    "quota GET /internal/history/successions": Row(
        "quota:read",
        "/internal/history/successions",
        cells(blind=NO, sibling=NO, own=NO, above=NO, everything="200"),
    ),
    "quota GET /internal/history/campaigns": Row(
        "quota:read",
        "/internal/history/campaigns",
        cells(blind=NO, sibling=NO, own=NO, above=NO, everything="200 drive other shown"),
        lambda body: {one["code"] for one in body["campaigns"]},
    ),
    "quota GET /internal/history/plans": Row(
        "quota:read",
        "/internal/history/plans",
        cells(blind=NO, sibling=NO, own=NO, above=NO, everything="200 d1 d2 province received"),
        lambda body: {one["plan"]["document"]["number"] for one in body["plans"]},
    ),
}
