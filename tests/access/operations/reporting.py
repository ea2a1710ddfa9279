"""reporting's operations."""

from collections.abc import Iterable
from typing import Any

from tests.access.conftest import UNITS
from tests.access.operations.rows import (
    CODES,
    D1,
    D2,
    DRIVE,
    NO_CAMPAIGN,
    NO_HOOK,
    NO_SNAPSHOT,
    NO_UNIT,
    TREE,
    Row,
    cells,
)


def _counts(body: Any) -> Iterable[str]:
    return [f"{one['reason']}:{one['count']}" for one in body]


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
    "reporting GET /v1/snapshots/{id}/differences/inputs": Row(
        "reporting:read",
        "/v1/snapshots/{snapshot_drive}/differences/inputs?with={snapshot_drive}",
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
}
