"""progress's operations."""

from tests.access.conftest import row
from tests.access.operations.rows import DRIVE, FIGURES, NO, SCOPE, Row, cells, code, items

PROGRESS = {
    "progress GET /internal/history/sources": Row(
        "progress:read",
        "/internal/history/sources",
        cells(blind=NO, sibling=NO, own=NO, above=NO, everything="200 police register"),
        lambda body: [one["code"] for one in body["sources"]],
    ),
    "progress GET /internal/history/closures": Row(
        "progress:read",
        "/internal/history/closures",
        cells(blind=NO, sibling=NO, own=NO, above=NO, everything="200"),
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
        items("code", {"police", "register"}),
    ),
    # Sources belong to no unit: whoever administers them does so for all.
    "progress PUT /v1/sources/{code}": Row(
        "admin",
        "/v1/sources/police",
        cells(blind="200 police", sibling="200 police", own="200 police", above="200 police", admin="200 police"),
        code,
        body={
            "name": "Police",
            "kind": "police",
            "reports": [{"campaign": "drive", "indicator": "cards", "level": "commune"}],
            "aliases": {},
        },
    ),
}
