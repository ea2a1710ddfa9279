"""The table of operations: what each principal gets from each of them.

A cell is the status, then the code of a refusal, or whatever the answer shows of what was loaded, sorted.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tests.access.conftest import UNITS, campaign, plan, row

Shown = Callable[[Any], Iterable[str]]
CODES = {one["code"] for one in UNITS}
CAMPAIGNS = {"drive", "other", "shown"}
NOBODY = "401 unauthenticated"
SCOPE = "403 scope_missing"


def _nothing(_: Any) -> Iterable[str]:
    return ()


class Row(NamedTuple):
    """One operation: how it is called, the scopes that it needs, what is looked at in its answer, and its cells."""

    scopes: str
    path: str
    cells: dict[str, str]
    shows: Shown = _nothing
    body: Any = None
    source: str | None = None
    headers: dict[str, str] = {}  # noqa: RUF012  # never changed


def cells(
    *,
    blind: str,
    sibling: str,
    own: str,
    above: str,
    stranger: str | None = None,
    everything: str | None = None,
    its_reporter: str = SCOPE,
    other_reporter: str = SCOPE,
    admin: str = SCOPE,
) -> dict[str, str]:
    """`blind`: without units, and for whoever holds another province unless `stranger` says otherwise."""
    return {
        "no token": NOBODY,
        "expired": NOBODY,
        "wrong scope": SCOPE,
        "units []": blind,
        "units absent": blind,
        "another province": blind if stranger is None else stranger,
        "another district": sibling,
        "own district": own,
        "the country": above,
        "everything": above if everything is None else everything,
        "its reporter": its_reporter,
        "other reporter": other_reporter,
        "admin only": admin,
    }


def _open() -> dict[str, str]:
    return dict.fromkeys(cells(blind="", sibling="", own="", above=""), "200")


def _items(field: str, known: set[str]) -> Shown:
    return lambda body: {one[field] for one in body["items"]} & known


def _code(body: Any) -> Iterable[str]:
    return [body["code"]]


def _lines(body: Any) -> Iterable[str]:
    return [line["unit"] for line in body["lines"]]


def _documents(body: Any) -> Iterable[str]:
    known = {"received", "province", "d1", "d2", "draft", "draft2"}
    return {one["document"]["number"] for one in body["items"]} & known


def _nodes(body: Any) -> Iterable[str]:
    """Units that are shown with figures; those of which only code and name are, in brackets."""
    return [one["unit"]["code"] if one["figures_visible"] else f"({one['unit']['code']})" for one in body["items"]]


def _counts(body: Any) -> Iterable[str]:
    return [f"{one['reason']}:{one['count']}" for one in body]


def _walked(text: str) -> Iterable[str]:
    """Of a walk to units and their figures: each unit, and what was achieved."""
    codes, achieved = (column.split("\n") if column else [] for column in text.split("\x1d")[1:])
    return [f"{code[1:-1]}:{number}" for code, number in zip(codes, achieved, strict=True)]


HEALTH = {
    f"{service} GET {path}": Row("quota:read", path, _open())
    for service in ("quota", "progress", "reporting", "gateway")
    for path in ("/livez", "/readyz", "/metrics")
}
NO_CAMPAIGN, NO_UNIT, NO = "404 campaign_not_found", "404 unit_not_found", "404 not_found"
NO_SNAPSHOT, NO_HOOK = "404 snapshot_not_found", "404 webhook_not_found"
D1, D2 = "200 C11 C12 D1", "200 C21 C22 D2"
TREE = "200 C11 C12 C21 C22 D1 D2 P"
DRIVE = "/v1/campaigns/drive"
FIGURES = "progress:read progress:write"

# Nobody's units: whoever administers some of them only finds it empty.
AUDIT = {
    f"{service} GET /v1/audit": Row(
        "admin",
        "/v1/audit?limit=1",
        cells(blind="200", sibling="200", own="200", above="200", admin="200"),
    )
    for service in ("quota", "progress", "reporting")
}

QUOTA = {
    "quota GET /v1/units": Row(
        "quota:read",
        "/v1/units?limit=1000",
        cells(blind="200", stranger="200 C90 Q", sibling=D2, own=D1, above="200 C11 C12 C21 C22 C90 D1 D2 N P Q"),
        _items("code", CODES),
    ),
    "quota PUT /v1/units": Row(
        "quota:write",
        "/v1/units?dry_run=true",
        cells(blind="422 invalid_input", sibling="422 invalid_input", own="200", above="200"),
        body={"units": [one for one in UNITS if one["code"] == "C11"]},
    ),
    "quota GET /v1/units/{code}": Row(
        "quota:read", "/v1/units/C11", cells(blind=NO, sibling=NO, own="200 C11", above="200 C11"), _code
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
        _items("code", CAMPAIGNS),
    ),
    "quota GET /v1/campaigns/{code}": Row(
        "quota:read", DRIVE, cells(blind=NO, sibling="200 drive", own="200 drive", above="200 drive"), _code
    ),
    "quota PATCH /v1/campaigns/{code}": Row(
        "quota:write",
        DRIVE,
        cells(blind=NO, sibling="403 outside_token_units", own="403 outside_token_units", above="200 drive"),
        _code,
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
        _items("unit", CODES),
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
        _code,
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

PROGRESS = {
    "progress GET /internal/history/sources": Row(
        "progress:read",
        "/internal/history/sources",
        cells(blind=NO, sibling=NO, own=NO, above=NO, everything="200 police register"),
        lambda body: [one["code"] for one in body["sources"]],
    ),
    "progress GET /internal/history/batches": Row(
        "progress:read",
        "/internal/history/batches?campaign=1",
        cells(blind=NO, sibling=NO, own=NO, above=NO, everything="200 police register"),
        lambda body: {one["batch"]["source"] for one in body["batches"]},
    ),
    "progress GET /internal/history/rows": Row(
        "progress:read",
        "/internal/history/rows?campaign=1",
        cells(blind=NO, sibling=NO, own=NO, above=NO, everything="200"),
    ),
    "progress GET /v1/batches/{batch_id}": Row(
        FIGURES,
        "/v1/batches/{batch_d1}",
        cells(
            blind=NO,
            sibling=NO,
            own="200 register",
            above="200 register",
            its_reporter="200 register",
            other_reporter=NO,
        ),
        lambda body: [body["source"]],
    ),
    # Withdrawn already: whoever may withdraw it is told so, and nothing changes.
    "progress POST /v1/batches/{batch_id}/void": Row(
        "progress:amend",
        "/v1/batches/{batch_void}/void",
        cells(
            blind=NO,
            sibling=NO,
            own="409 batch_already_voided",
            above="409 batch_already_voided",
            its_reporter="409 batch_already_voided",
            other_reporter=NO,
        ),
        body={"reason": "nhầm"},
    ),
    "progress GET /v1/batches/{batch_id}/errors": Row(
        FIGURES,
        "/v1/batches/{batch_d1}/errors",
        cells(blind=NO, sibling=NO, own="200", above="200", its_reporter="200", other_reporter=NO),
        lambda body: [one["code"] for one in body["items"]],
    ),
    "progress GET /v1/campaigns/{code}/closure": Row(
        FIGURES,
        f"{DRIVE}/closure",
        cells(
            blind=NO,
            sibling="200 drive",
            own="200 drive",
            above="200 drive",
            its_reporter="200 drive",
            other_reporter="200 drive",
        ),
        lambda body: [body["campaign"]],
    ),
    "progress PUT /v1/campaigns/{code}/closure": Row(
        "progress:amend",
        f"{DRIVE}/closure",
        cells(
            blind=NO,
            sibling="403 top_unit_needed",
            own="403 top_unit_needed",
            above="412 precondition_failed",
            its_reporter=SCOPE,
        ),
        body={"through": None, "decision": {"number": "1", "date": "2024-05-01"}},
        headers={"If-Match": '"0"'},
    ),
    "progress GET /v1/campaigns/{code}/ledger": Row(
        FIGURES,
        f"{DRIVE}/ledger",
        cells(
            blind=NO,
            sibling="200 police C21:31 register C21:30 register C22:50",
            own="200 (register C12:1) register C11:175 register C11:5 register C12:25",
            above="200 (register C12:1) police C21:31 register C11:175 register C11:5 register C12:25"
            " register C21:30 register C22:50",
            its_reporter="200 (register C12:1) register C11:175 register C11:5 register C12:25"
            " register C21:30 register C22:50",
            other_reporter="200 police C21:31",
        ),
        lambda body: [
            f"{one['source']} {one['unit']}:{one['value']}"
            if one["live"]
            else f"({one['source']} {one['unit']}:{one['value']})"
            for one in body["items"]
        ],
    ),
    "progress GET /v1/campaigns/{code}/batches": Row(
        FIGURES,
        f"{DRIVE}/batches",
        cells(
            blind=NO,
            sibling="200 police:1",
            own="200 register:1 register:2",
            above="200 police:1 register:1 register:2 register:3",
            its_reporter="200 register:1 register:2 register:3",
            other_reporter="200 police:1",
        ),
        lambda body: [f"{one['source']}:{one['rows']['created']}" for one in body["items"]],
    ),
    "progress POST /v1/campaigns/{code}/reports": Row(
        "progress:write",
        f"{DRIVE}/reports?dry_run=true",
        cells(
            blind=NO,
            sibling="422 unknown_unit",
            own="200 accepted",
            above="200 accepted",
            its_reporter="200 accepted",
            other_reporter="403 source_not_yours",
        ),
        lambda body: [body["status"]],
        body={"source": "register", "rows": [row("C11", 175)]},
        source="register",
    ),
    "progress GET /v1/sources": Row(
        "progress:read",
        "/v1/sources",
        cells(blind="200", sibling="200 police register", own="200 police register", above="200 police register"),
        _items("code", {"police", "register"}),
    ),
    # Sources belong to no unit: whoever administers them does so for all.
    "progress PUT /v1/sources/{code}": Row(
        "admin",
        "/v1/sources/police",
        cells(blind="200 police", sibling="200 police", own="200 police", above="200 police", admin="200 police"),
        _code,
        body={
            "name": "Police",
            "kind": "police",
            "reports": [{"campaign": "drive", "indicator": "cards", "level": "commune"}],
            "aliases": {},
        },
    ),
}


def _drawn(body: Any) -> Iterable[str]:
    """What a notice shows of what was loaded: codes are not printed, names are."""
    return [one["code"] for one in UNITS if f">{one['name']}<" in str(body)]


REPORTING = {
    # What it takes is refused to everybody, lest a row change the world.
    "reporting PUT /v1/webhooks": Row(
        "reporting:publish",
        "/v1/webhooks",
        cells(
            blind="422 invalid_input",
            sibling="422 invalid_input",
            own="422 invalid_input",
            above="422 invalid_input",
        ),
        body={"code": "portal", "url": "https://127.0.0.1/", "events": ["discrepancy"]},
    ),
    # Of everything: whoever sees less finds none.
    "reporting GET /v1/webhooks": Row(
        "reporting:publish",
        "/v1/webhooks",
        cells(blind="200", sibling="200", own="200", above="200", everything="200 portal"),
        lambda body: [one["code"] for one in body["items"]],
    ),
    "reporting DELETE /v1/webhooks/{code}": Row(
        "reporting:publish",
        "/v1/webhooks/portal",
        cells(blind=NO_HOOK, sibling=NO_HOOK, own=NO_HOOK, above=NO_HOOK, everything="412 precondition_failed"),
        headers={"If-Match": '"0"'},
    ),
    "reporting GET /v1/webhooks/{code}/deliveries": Row(
        "reporting:publish",
        "/v1/webhooks/portal/deliveries",
        cells(blind=NO_HOOK, sibling=NO_HOOK, own=NO_HOOK, above=NO_HOOK, everything="200"),
    ),
    "reporting POST /v1/webhooks/{code}/deliveries/{id}/resend": Row(
        "reporting:publish",
        "/v1/webhooks/portal/deliveries/00000000-0000-7000-8000-000000000000/resend",
        cells(blind=NO_HOOK, sibling=NO_HOOK, own=NO_HOOK, above=NO_HOOK, everything="404 delivery_not_found"),
    ),
    # Refused to everybody, lest a row change the world: to whoever may publish because of the day.
    "reporting POST /v1/campaigns/{code}/snapshots": Row(
        "reporting:publish",
        f"{DRIVE}/snapshots",
        cells(
            blind=NO_CAMPAIGN,
            sibling=NO_UNIT,
            own=NO_UNIT,
            above="422 as_of_outside_campaign",
        ),
        body={"as_of": "2024-07-04"},
    ),
    "reporting GET /v1/campaigns/{code}/snapshots": Row(
        "reporting:read",
        f"{DRIVE}/snapshots",
        cells(blind=NO_CAMPAIGN, sibling="200", own="200", above="200 drive"),
        lambda body: [one["campaign"] for one in body["items"]],
    ),
    "reporting GET /v1/snapshots/{id}": Row(
        "reporting:read",
        "/v1/snapshots/{snapshot_drive}",
        cells(blind=NO_SNAPSHOT, sibling=NO_SNAPSHOT, own=NO_SNAPSHOT, above="200 drive"),
        lambda body: [body["campaign"]],
    ),
    "reporting GET /v1/snapshots/{id}/content": Row(
        "reporting:read",
        "/v1/snapshots/{snapshot_drive}/content",
        cells(blind=NO_SNAPSHOT, sibling=NO_SNAPSHOT, own=NO_SNAPSHOT, above=TREE),
        lambda body: {one["unit"] for one in body["figures"]},
    ),
    "reporting GET /v1/snapshots/{id}/differences": Row(
        "reporting:read",
        "/v1/snapshots/{snapshot_drive}/differences?with={snapshot_drive}",
        cells(blind=NO_SNAPSHOT, sibling=NO_SNAPSHOT, own=NO_SNAPSHOT, above="200 drive"),
        lambda body: [body["after"]["campaign"]],
    ),
    # Nothing of this campaign contradicts itself; a share that nobody printed of D1 does.
    "reporting GET /v1/campaigns/{code}/contradictions": Row(
        "reporting:read",
        f"{DRIVE}/contradictions?unit=D1&indicator=cards&printed=99,9",
        cells(blind=NO_CAMPAIGN, sibling=NO_UNIT, own="200 D1:200/600", above="200 D1:200/600"),
        lambda body: [f"{one['unit']}:{one['value']}/{one['limit']}" for one in body["items"]],
    ),
    "reporting GET /v1/campaigns/{code}/explain": Row(
        "reporting:read",
        f"{DRIVE}/explain?indicator=cards&unit=D1",
        cells(
            blind=NO_CAMPAIGN,
            sibling=NO_UNIT,
            own="200 C11:175 C12:25 register:2",
            above="200 C11:175 C12:25 register:2",
        ),
        lambda body: (
            [f"{one['unit']}:{one['value']}" for one in body["parts"]]
            + [f"{body['batches'][0]['source']}:{body['batches_total']}"]
        ),
    ),
    # Nobody reports on itself in this campaign; everybody is below its target.
    "reporting GET /v1/campaigns/{code}/commendation": Row(
        "reporting:read",
        f"{DRIVE}/commendation?level=district",
        cells(
            blind=NO_CAMPAIGN,
            sibling="200 D2:fell_short:None",
            own="200 D1:fell_short:None",
            above="200 D1:fell_short:1 D2:fell_short:2",
        ),
        lambda body: [f"{one['unit']}:{one['verdict']}:{one['rank']}" for one in body["items"]],
    ),
    "reporting GET /v1/campaigns/{code}/reconciliation": Row(
        "reporting:read",
        f"{DRIVE}/reconciliation?depth=5",
        cells(
            blind=NO_CAMPAIGN,
            sibling="200 C21:30:register:police C22:50:register D2:80:register:police",
            own="200 C11:175:register C11:5:register C12:25:register D1:200:register D1:5:register",
            above="200 C11:175:register C11:5:register C12:25:register C21:30:register:police C22:50:register"
            " D1:200:register D1:5:register D2:80:register:police P:280:register:police P:5:register",
        ),
        lambda body: [
            ":".join([one["unit"], str(one["value"]), *(source["source"] for source in one["sources"])])
            for one in body["items"]
        ],
    ),
    # Of 1 May alone, when register was late with everything.
    "reporting GET /v1/campaigns/{code}/compliance": Row(
        "reporting:read",
        f"{DRIVE}/compliance?from=2024-05-01&to=2024-05-01&source=register",
        cells(
            blind=NO_CAMPAIGN,
            sibling="200 C21:late C22:late of:2",
            own="200 C11:late C12:late of:2",
            above="200 C11:late C12:late C21:late C22:late of:4",
        ),
        lambda body: (
            [f"{one['unit']}:{one['status']}" for one in body["items"]] + [f"of:{body['summary']['counts']['late']}"]
        ),
    ),
    "reporting GET /v1/campaigns/{code}/notice": Row(
        "reporting:read",
        f"{DRIVE}/notice?unit=D1",
        cells(blind=NO_CAMPAIGN, sibling=NO_UNIT, own="200 C11 C12", above="200 C11 C12"),
        _drawn,
    ),
    "reporting GET /v1/campaigns/{code}/export": Row(
        "reporting:read",
        f"{DRIVE}/export",
        cells(blind=NO_CAMPAIGN, sibling=D2, own=D1, above=TREE),
        lambda body: {line.split(",")[0] for line in body.splitlines()} & CODES,
    ),
    "reporting GET /v1/campaigns/{code}/exemptions": Row(
        "reporting:read",
        f"{DRIVE}/exemptions?indicator=cards&unit=D1",
        cells(blind=NO_CAMPAIGN, sibling=NO_UNIT, own="200 absent:5", above="200 absent:5"),
        _counts,
    ),
    "reporting GET /v1/campaigns/{code}/figures": Row(
        "reporting:read",
        f"{DRIVE}/figures?depth=5",
        cells(
            blind=NO_CAMPAIGN,
            sibling="200 C21:2/2 C22:1/2 D2:None/None",
            own="200 C11:1/2 C12:2/2 D1:None/None",
            above="200 C11:1/2 C12:2/2 C21:2/2 C22:1/2 D1:1/2 D2:2/2 P:None/None",
        ),
        lambda body: [f"{one['unit']}:{one['rank']}/{one['ranked_of']}" for one in body["items"]],
    ),
    "reporting GET /v1/campaigns/{code}/ranking": Row(
        "reporting:read",
        f"{DRIVE}/ranking?indicator=cards&level=commune",
        cells(
            blind=NO_CAMPAIGN,
            sibling="200 C21:None C22:None of:None",
            own="200 C11:None C12:None of:None",
            above="200 C11:1 C12:3 C21:3 C22:1 of:4",
        ),
        lambda body: [f"{one['unit']}:{one['rank']}" for one in body["items"]] + [f"of:{body['ranked_of']}"],
    ),
    "reporting GET /v1/campaigns/{code}/series": Row(
        "reporting:read",
        f"{DRIVE}/series?indicator=cards&unit=D1",
        cells(blind=NO_CAMPAIGN, sibling=NO_UNIT, own="200 D1:200", above="200 D1:200"),
        lambda body: [f"{body['unit']}:{body['items'][-1]['achieved']}"],
    ),
    "reporting GET /v1/campaigns/{code}/flows": Row(
        "reporting:read",
        f"{DRIVE}/flows?indicator=cards&unit=D1",
        cells(blind=NO_CAMPAIGN, sibling=NO_UNIT, own="422 indicator_not_counted", above="422 indicator_not_counted"),
    ),
    "reporting POST /internal/graph/campaigns": Row(
        "reporting:read",
        "/internal/graph/campaigns",
        cells(
            blind="200 total:0",
            stranger="200 other:True shown:True total:2",
            sibling="200 drive:False shown:True total:2",
            own="200 drive:False shown:True total:2",
            above="200 drive:True other:True shown:True total:3",
        ),
        lambda body: (
            [f"{one['campaign']['code']}:{one['top_visible']}" for one in body["items"]] + [f"total:{body['total']}"]
        ),
        body={},
    ),
    "reporting POST /internal/graph/versions": Row(
        "reporting:read",
        "/internal/graph/versions",
        cells(
            blind="200",
            stranger="200 other shown",
            sibling="200 drive shown",
            own="200 drive shown",
            above="200 drive other shown",
        ),
        lambda body: list(body["campaigns"]),
        body={"campaigns": ["drive", "other", "shown", "nothing"]},
    ),
    "reporting POST /internal/graph/units": Row(
        "reporting:read",
        "/internal/graph/units",
        cells(
            blind="200 total:0",
            stranger="200 C90 Q total:2",
            sibling=f"{D2} total:3",
            own=f"{D1} total:3",
            above="200 C11 C12 C21 C22 C90 D1 D2 N P Q total:10",
        ),
        lambda body: [one["code"] for one in body["items"]] + [f"total:{body['total']}"],
        body={},
    ),
    "reporting POST /internal/graph/campaign-units": Row(
        "reporting:read",
        "/internal/graph/campaign-units",
        cells(blind=NO_CAMPAIGN, sibling="200 (P) D2", own="200 (P) C11 D1", above="200 C11 D1 D2 P"),
        _nodes,
        body={"campaign": "drive", "codes": ["P", "D1", "D2", "C11", "Q", "nothing"]},
    ),
    "reporting POST /internal/graph/children": Row(
        "reporting:read",
        "/internal/graph/children",
        cells(
            blind=NO_CAMPAIGN,
            sibling="200 D2:2 P:1",
            own="200 D1:2 P:1",
            above="200 D1:2 D2:2 P:2",
        ),
        lambda body: [f"{code}:{page['total']}" for code, page in body["pages"].items()],
        body={"campaign": "drive", "parents": ["P", "D1", "D2", "Q", "nothing"]},
    ),
    "reporting POST /internal/graph/ranking": Row(
        "reporting:read",
        "/internal/graph/ranking",
        cells(blind=NO_CAMPAIGN, sibling="200 C21 C22", own="200 C11 C12", above="200 C11 C12 C21 C22"),
        _nodes,
        body={"campaign": "drive", "indicator": "cards", "level": "commune"},
    ),
    "reporting POST /internal/graph/figures": Row(
        "reporting:read",
        "/internal/graph/figures",
        cells(blind=NO_CAMPAIGN, sibling="200 D2:80", own="200 C11:175 D1:200", above="200 C11:175 D1:200 D2:80 P:280"),
        lambda body: [f"{one['unit']}:{one['achieved']}" for one in body["items"]],
        body={"campaign": "drive", "units": ["P", "D1", "D2", "C11", "Q", "nothing"]},
    ),
    "reporting POST /internal/graph/series": Row(
        "reporting:read",
        "/internal/graph/series",
        cells(blind=NO_CAMPAIGN, sibling="200 D2:80", own="200 C11:175 D1:200", above="200 C11:175 D1:200 D2:80 P:280"),
        lambda body: [f"{one['unit']}:{one['achieved'][-1]}" for one in body["items"]],
        body={"campaign": "drive", "units": ["P", "D1", "D2", "C11", "Q", "nothing"], "indicators": ["cards"]},
    ),
    "reporting POST /internal/graph/exemptions": Row(
        "reporting:read",
        "/internal/graph/exemptions",
        cells(blind=NO_CAMPAIGN, sibling="200 D2:[]", own="200 D1:[5]", above="200 D1:[5] D2:[]"),
        lambda body: [f"{code}:{[one['count'] for one in counts]}" for code, counts in body["items"].items()],
        body={"campaign": "drive", "units": ["D1", "D2", "nothing"], "indicator": "cards"},
    ),
    "reporting POST /internal/graph/sources": Row(
        "reporting:read",
        "/internal/graph/sources",
        cells(
            blind=NO_CAMPAIGN,
            sibling="200 D2:80",
            own="200 C11:175 C11:5 D1:200 D1:5",
            above="200 C11:175 C11:5 D1:200 D1:5 D2:80 P:280 P:5",
        ),
        lambda body: [f"{one['unit']}:{one['value']}" for one in body["items"]],
        body={"campaign": "drive", "units": ["P", "D1", "D2", "C11", "Q", "nothing"]},
    ),
    "reporting POST /internal/graph/walk": Row(
        "reporting:read",
        "/internal/graph/walk",
        cells(
            blind="200",
            sibling="200 C21:30 C22:50 D2:80",
            own="200 C11:175 C12:25 D1:200",
            above="200 C11:175 C12:25 C21:30 C22:50 D1:200 D2:80 P:280",
        ),
        _walked,
        body={
            "steps": [
                {"to": "campaign", "code": "drive"},
                {"to": "units", "of": 0, "columns": ["code"], "first": 50},
                {"to": "figures", "of": 1, "columns": ["achieved"], "indicators": ["cards"]},
            ]
        },
    ),
    "reporting POST /internal/graph/commendations": Row(
        "reporting:read",
        "/internal/graph/commendations",
        cells(blind=NO_CAMPAIGN, sibling="200 D2:None", own="200 C11:None D1:None", above="200 C11:1 D1:1 D2:2 P:1"),
        lambda body: [f"{one['unit']}:{one['rank']}" for one in body["items"]],
        body={"campaign": "drive", "units": ["P", "D1", "D2", "C11", "Q", "nothing"]},
    ),
    "reporting POST /internal/graph/successions": Row(
        "reporting:read",
        "/internal/graph/successions",
        cells(blind="200", stranger="200", sibling="200", own="200", above="200"),
        lambda body: [*body["predecessors"], *body["successors"]],
        body={"codes": ["C11", "nothing"]},
    ),
    "reporting POST /internal/graph/cascade": Row(
        "reporting:read",
        "/internal/graph/cascade",
        cells(
            blind=NO_CAMPAIGN,
            sibling="200 commune:2 district:1",
            own="200 commune:2 district:1",
            above="200 commune:4 district:2 province:1",
        ),
        lambda body: [f"{one['level']}:{one['units']}" for one in body["levels"]],
        body={"campaign": "drive"},
    ),
    "reporting POST /internal/graph/compliance": Row(
        "reporting:read",
        "/internal/graph/compliance",
        cells(blind=NO_CAMPAIGN, sibling="200 3 late of 2", own="200 2 late of 2", above="200 5 late of 4"),
        lambda body: [f"{body['counts']['late']} late of {body['units']}"],
        body={"campaign": "drive", "level": "commune", "day": "2024-05-01"},
    ),
}

_QUERY = "{campaigns{edges{node{code}}}}"
_CAMPAIGNS = cells(
    blind="200",
    stranger="200 other shown",
    sibling="200 drive shown",
    own="200 drive shown",
    above="200 drive other shown",
)


def _graph_campaigns(body: Any) -> Iterable[str]:
    return [one["node"]["code"] for one in body["data"]["campaigns"]["edges"]]


GATEWAY = {
    "gateway GET /graphql": Row("reporting:read", f"/graphql?query={_QUERY}", _CAMPAIGNS, _graph_campaigns),
    "gateway POST /graphql": Row("reporting:read", "/graphql", _CAMPAIGNS, _graph_campaigns, body={"query": _QUERY}),
}

OPERATIONS = {**HEALTH, **AUDIT, **QUOTA, **PROGRESS, **REPORTING, **GATEWAY}
OPEN_DOCUMENTS = {"/openapi.json", "/docs", "/docs/oauth2-redirect"}
