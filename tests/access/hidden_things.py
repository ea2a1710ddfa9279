"""Where an operation takes the code or id of a thing: what is hidden there from whom, and what does not exist."""

from collections.abc import Callable
from typing import Any, NamedTuple

from gateway.graph.ids import campaign_id, campaign_unit_id, unit_id
from services.chassis.pagination import encode_cursor
from tests.access.conftest import campaign, plan, row


class Hidden(NamedTuple):
    """`hidden` exists outside `units`, `absent` nowhere; both are put in the place of `{asked}`.

    `shown_to_all`: whether whoever sees everything gets another answer there.
    """

    scopes: str
    path: str
    hidden: str
    absent: str
    units: str
    body: Callable[[str], Any] | None = None
    source: str | None = None
    shown_to_all: bool = True


NO_PLAN = "00000000-0000-7000-8000-000000000000"
BATCHES = "progress:read progress:write"
DRIVE = "/v1/campaigns/drive"
_READ, _WRITE, _REPORT = "quota:read", "quota:write", "reporting:read"
_UNIT = ("C21", "C29", "D1")
_CAMPAIGN = ("drive", "drove", "Q")
_PLAN = ("{plan_d2}", NO_PLAN, "D1")
_SNAPSHOT = ("{snapshot_drive}", NO_PLAN, "Q")
_HOOK = ("portal", "portel", "D1")
_PUBLISH = "reporting:publish"
_DRAFT = ("{plan_draft2}", NO_PLAN, "D1")


def _cursor(*last: Any) -> str:
    return encode_cursor(last)


def _one_row(unit: str) -> Any:
    return {"source": "register", "rows": [row(unit, 1)]}


PARAMETERS = {
    "quota GET /v1/units ?within": Hidden(_READ, "/v1/units?within={asked}", *_UNIT),
    "quota GET /v1/units/{code} code": Hidden(_READ, "/v1/units/{asked}", *_UNIT),
    "quota GET /v1/units/{code}/succession code": Hidden(_READ, "/v1/units/{asked}/succession", *_UNIT),
    "quota GET /v1/campaigns/{code} code": Hidden(_READ, "/v1/campaigns/{asked}", *_CAMPAIGN),
    "quota PATCH /v1/campaigns/{code} code": Hidden(
        _WRITE, "/v1/campaigns/{asked}", *_CAMPAIGN, lambda _: {"allow_stretch": True}
    ),
    "quota POST /v1/campaigns/{code}/close code": Hidden(
        _WRITE,
        "/v1/campaigns/{asked}/close",
        "other",  # whoever may see it learns that it is closed already; nothing is written
        "otter",
        "P",
        lambda _: {"decision": {"number": "9", "date": "2024-07-05"}},
    ),
    "quota POST /v1/campaigns/{code}/reopen code": Hidden("admin", "/v1/campaigns/{asked}/reopen", *_CAMPAIGN),
    "quota GET /v1/campaigns/{code}/plans code": Hidden(_READ, "/v1/campaigns/{asked}/plans", *_CAMPAIGN),
    "quota POST /v1/campaigns/{code}/plans code": Hidden(
        _WRITE, "/v1/campaigns/{asked}/plans", *_CAMPAIGN, lambda _: plan("Q", "1", C90=1)
    ),
    "quota POST /v1/campaigns/{code}/apportionments code": Hidden(
        _READ,
        "/v1/campaigns/{asked}/apportionments",
        *_CAMPAIGN,
        lambda _: {"unit": "Q", "indicator": "cards", "amount": 10, "method": "equal"},
    ),
    "quota GET /v1/campaigns/{code}/quotas code": Hidden(_READ, "/v1/campaigns/{asked}/quotas", *_CAMPAIGN),
    "quota GET /v1/campaigns/{code}/quotas ?unit": Hidden(_READ, f"{DRIVE}/quotas?unit={{asked}}", *_UNIT),
    "quota GET /v1/campaigns/{code}/cascade code": Hidden(_READ, "/v1/campaigns/{asked}/cascade", *_CAMPAIGN),
    "quota GET /v1/campaigns/{code}/cascade ?unit": Hidden(_READ, f"{DRIVE}/cascade?unit={{asked}}", *_UNIT),
    "quota GET /v1/plans/{id} id": Hidden(_READ, "/v1/plans/{asked}", *_PLAN),
    "quota PUT /v1/plans/{id} id": Hidden(_WRITE, "/v1/plans/{asked}", *_DRAFT, lambda _: plan("D1", "1", C11=1)),
    "quota POST /v1/plans/{id}/issue id": Hidden(_WRITE, "/v1/plans/{asked}/issue", *_DRAFT, lambda _: {}),
    "quota DELETE /v1/plans/{id} id": Hidden(_WRITE, "/v1/plans/{asked}", *_DRAFT),
    "quota POST /v1/plans/{id}/revise id": Hidden(_WRITE, "/v1/plans/{asked}/revise", *_DRAFT, lambda _: {}),
    "quota POST /v1/plans/{id}/withdraw id": Hidden(
        _WRITE,
        "/v1/plans/{asked}/withdraw",
        *_DRAFT,
        lambda _: {"document": {"number": "9/QĐ", "date": "2024-05-10"}},
    ),
    "quota GET /internal/campaigns/{code} code": Hidden(_READ, "/internal/campaigns/{asked}", "drive", "drove", "N"),
    "quota GET /internal/units ?codes": Hidden(_READ, "/internal/units?codes={asked}&on=2024-05-01", "C21", "C29", "N"),
    # Streams between services: `after` and the campaign's id tell nothing to whoever does not see everything.
    "quota GET /internal/history/units ?after": Hidden(
        _READ, "/internal/history/units?after={asked}", _cursor(1), _cursor(9), "N"
    ),
    "quota GET /internal/history/successions ?after": Hidden(
        _READ, "/internal/history/successions?after={asked}", _cursor(0), _cursor(9), "N", shown_to_all=False
    ),
    "quota GET /internal/history/campaigns ?after": Hidden(
        _READ, "/internal/history/campaigns?after={asked}", _cursor(1), _cursor(9), "N"
    ),
    "quota GET /internal/history/plans ?after": Hidden(
        _READ, "/internal/history/plans?after={asked}", _cursor(NO_PLAN), _cursor("f" + NO_PLAN[1:]), "N"
    ),
    "progress GET /internal/history/sources ?after": Hidden(
        "progress:read", "/internal/history/sources?after={asked}", _cursor("a"), _cursor("z"), "N"
    ),
    "progress GET /internal/history/closures ?after": Hidden(
        "progress:read",
        "/internal/history/closures?after={asked}",
        _cursor(0, 0),
        _cursor(9, 0),
        "N",
        shown_to_all=False,
    ),
    "progress GET /internal/history/batches ?campaign": Hidden(
        "progress:read", "/internal/history/batches?campaign={asked}", "1", "9", "N"
    ),
    "progress GET /internal/history/rows ?campaign": Hidden(
        "progress:read", "/internal/history/rows?campaign={asked}", "1", "9", "N"
    ),
    "progress GET /v1/batches/{batch_id} batch_id": Hidden(BATCHES, "/v1/batches/{asked}", "{batch_d2}", NO_PLAN, "D1"),
    "progress GET /v1/batches/{batch_id}/errors batch_id": Hidden(
        BATCHES, "/v1/batches/{asked}/errors", "{batch_d2}", NO_PLAN, "D1"
    ),
    "progress POST /v1/batches/{batch_id}/void batch_id": Hidden(
        "progress:amend", "/v1/batches/{asked}/void", "{batch_void}", NO_PLAN, "D2", lambda _: {"reason": "x"}
    ),
    "progress GET /v1/campaigns/{code}/closure code": Hidden(BATCHES, "/v1/campaigns/{asked}/closure", *_CAMPAIGN),
    "progress PUT /v1/campaigns/{code}/closure code": Hidden(
        "progress:amend",
        "/v1/campaigns/{asked}/closure",
        *_CAMPAIGN,
        lambda _: {"through": None, "decision": {"number": "1", "date": "2024-05-01"}},
    ),
    "progress GET /v1/campaigns/{code}/ledger code": Hidden(BATCHES, "/v1/campaigns/{asked}/ledger", *_CAMPAIGN),
    "progress GET /v1/campaigns/{code}/ledger ?unit": Hidden(BATCHES, f"{DRIVE}/ledger?unit={{asked}}", *_UNIT),
    "progress GET /v1/campaigns/{code}/batches code": Hidden(BATCHES, "/v1/campaigns/{asked}/batches", *_CAMPAIGN),
    "progress POST /v1/campaigns/{code}/reports code": Hidden(
        "progress:write",
        "/v1/campaigns/{asked}/reports?dry_run=true",
        *_CAMPAIGN,
        lambda _: _one_row("C90"),
        source="register",
    ),
    "reporting GET /v1/campaigns/{code}/contradictions code": Hidden(
        _REPORT, "/v1/campaigns/{asked}/contradictions", *_CAMPAIGN
    ),
    "reporting GET /v1/campaigns/{code}/contradictions ?unit": Hidden(
        _REPORT, f"{DRIVE}/contradictions?unit={{asked}}", *_UNIT
    ),
    "reporting GET /v1/campaigns/{code}/explain code": Hidden(
        _REPORT, "/v1/campaigns/{asked}/explain?indicator=cards&unit=Q", *_CAMPAIGN
    ),
    "reporting GET /v1/campaigns/{code}/explain ?unit": Hidden(
        _REPORT, f"{DRIVE}/explain?indicator=cards&unit={{asked}}", *_UNIT
    ),
    "reporting GET /v1/campaigns/{code}/commendation code": Hidden(
        _REPORT, "/v1/campaigns/{asked}/commendation", *_CAMPAIGN
    ),
    "reporting GET /v1/campaigns/{code}/compliance code": Hidden(
        _REPORT, "/v1/campaigns/{asked}/compliance", *_CAMPAIGN
    ),
    "reporting GET /v1/campaigns/{code}/compliance ?unit": Hidden(
        _REPORT, f"{DRIVE}/compliance?unit={{asked}}", *_UNIT
    ),
    "reporting GET /v1/campaigns/{code}/reconciliation code": Hidden(
        _REPORT, "/v1/campaigns/{asked}/reconciliation", *_CAMPAIGN
    ),
    "reporting GET /v1/campaigns/{code}/reconciliation ?unit": Hidden(
        _REPORT, f"{DRIVE}/reconciliation?unit={{asked}}", *_UNIT
    ),
    "reporting GET /v1/campaigns/{code}/exemptions code": Hidden(
        _REPORT, "/v1/campaigns/{asked}/exemptions?indicator=cards", *_CAMPAIGN
    ),
    "reporting GET /v1/campaigns/{code}/exemptions ?unit": Hidden(
        _REPORT, f"{DRIVE}/exemptions?indicator=cards&unit={{asked}}", *_UNIT
    ),
    "reporting POST /v1/campaigns/{code}/snapshots code": Hidden(
        "reporting:publish", "/v1/campaigns/{asked}/snapshots", *_CAMPAIGN, lambda _: {"as_of": "2024-07-04"}
    ),
    "reporting GET /v1/campaigns/{code}/snapshots code": Hidden(_REPORT, "/v1/campaigns/{asked}/snapshots", *_CAMPAIGN),
    "reporting GET /v1/snapshots/{id} id": Hidden(_REPORT, "/v1/snapshots/{asked}", *_SNAPSHOT),
    "reporting GET /v1/snapshots/{id}/content id": Hidden(_REPORT, "/v1/snapshots/{asked}/content", *_SNAPSHOT),
    "reporting GET /v1/snapshots/{id}/differences id": Hidden(
        _REPORT, "/v1/snapshots/{asked}/differences?with={asked}", *_SNAPSHOT
    ),
    "reporting GET /v1/snapshots/{id}/differences ?with": Hidden(
        _REPORT, "/v1/snapshots/{snapshot_other}/differences?with={asked}", *_SNAPSHOT
    ),
    "reporting GET /v1/snapshots/{id}/differences/inputs id": Hidden(
        _REPORT, "/v1/snapshots/{asked}/differences/inputs?with={asked}", *_SNAPSHOT
    ),
    "reporting GET /v1/snapshots/{id}/differences/inputs ?with": Hidden(
        _REPORT, "/v1/snapshots/{snapshot_other}/differences/inputs?with={asked}", *_SNAPSHOT
    ),
    "reporting GET /v1/campaigns/{code}/notice ?snapshot": Hidden(
        _REPORT, "/v1/campaigns/other/notice?snapshot={asked}", *_SNAPSHOT, shown_to_all=False
    ),
    "reporting DELETE /v1/webhooks/{code} code": Hidden(_PUBLISH, "/v1/webhooks/{asked}", *_HOOK),
    "reporting GET /v1/webhooks/{code}/deliveries code": Hidden(_PUBLISH, "/v1/webhooks/{asked}/deliveries", *_HOOK),
    "reporting POST /v1/webhooks/{code}/deliveries/{id}/resend code": Hidden(
        _PUBLISH, f"/v1/webhooks/{{asked}}/deliveries/{NO_PLAN}/resend", *_HOOK
    ),
    # The webhook is hidden already.
    "reporting POST /v1/webhooks/{code}/deliveries/{id}/resend id": Hidden(
        _PUBLISH, "/v1/webhooks/portal/deliveries/{asked}/resend", NO_PLAN, "1" + NO_PLAN[1:], "D1"
    ),
    "reporting GET /v1/campaigns/{code}/notice code": Hidden(_REPORT, "/v1/campaigns/{asked}/notice", *_CAMPAIGN),
    "reporting GET /v1/campaigns/{code}/notice ?unit": Hidden(_REPORT, f"{DRIVE}/notice?unit={{asked}}", *_UNIT),
    "reporting GET /v1/campaigns/{code}/export code": Hidden(_REPORT, "/v1/campaigns/{asked}/export", *_CAMPAIGN),
    "reporting GET /v1/campaigns/{code}/export ?unit": Hidden(_REPORT, f"{DRIVE}/export?unit={{asked}}", *_UNIT),
    "reporting GET /v1/campaigns/{code}/series code": Hidden(
        _REPORT, "/v1/campaigns/{asked}/series?indicator=cards", *_CAMPAIGN
    ),
    "reporting GET /v1/campaigns/{code}/series ?unit": Hidden(
        _REPORT, f"{DRIVE}/series?indicator=cards&unit={{asked}}", *_UNIT
    ),
    "reporting GET /v1/campaigns/{code}/flows code": Hidden(
        _REPORT, "/v1/campaigns/{asked}/flows?indicator=cards", *_CAMPAIGN
    ),
    "reporting GET /v1/campaigns/{code}/flows ?unit": Hidden(
        _REPORT, f"{DRIVE}/flows?indicator=cards&unit={{asked}}", *_UNIT
    ),
    "reporting GET /v1/campaigns/{code}/figures code": Hidden(_REPORT, "/v1/campaigns/{asked}/figures", *_CAMPAIGN),
    "reporting GET /v1/campaigns/{code}/figures ?unit": Hidden(_REPORT, f"{DRIVE}/figures?unit={{asked}}", *_UNIT),
    "reporting GET /v1/campaigns/{code}/ranking code": Hidden(
        _REPORT, "/v1/campaigns/{asked}/ranking?indicator=cards&level=commune", *_CAMPAIGN
    ),
    "reporting GET /v1/campaigns/{code}/ranking ?within": Hidden(
        _REPORT, f"{DRIVE}/ranking?indicator=cards&level=commune&within={{asked}}", *_UNIT
    ),
}
"""By operation and parameter."""

OF_NO_UNIT = {"progress PUT /v1/sources/{code} code"}
"""Codes of things that belong to no unit."""

BODIES = {
    "quota PUT /v1/units parent_code": Hidden(
        _WRITE,
        "/v1/units?dry_run=true",
        "D2",
        "D9",
        "D1",
        lambda asked: {
            "units": [{"code": "C19", "level": "commune", "kind": "xa", "parent_code": asked, "name": "Xã mới"}]
        },
    ),
    "quota POST /v1/successions predecessors": Hidden(
        _WRITE,
        "/v1/successions",
        *_UNIT,
        lambda asked: {
            "day": "2024-05-01",
            "decision": {"number": "1/NQ", "date": "2024-05-01"},
            "relation": "merge",
            "predecessors": [asked],
            "successors": ["C12"],
        },
        shown_to_all=False,
    ),
    "quota POST /v1/successions successors": Hidden(
        _WRITE,
        "/v1/successions",
        *_UNIT,
        lambda asked: {
            "day": "2024-05-01",
            "decision": {"number": "1/NQ", "date": "2024-05-01"},
            "relation": "merge",
            "predecessors": ["C11"],
            "successors": [asked],
        },
        shown_to_all=False,
    ),
    "quota POST /v1/campaigns unit": Hidden(
        _WRITE, "/v1/campaigns", "D2", "D9", "D1", lambda asked: campaign("drive", asked)
    ),
    "quota POST /v1/campaigns part_of": Hidden(
        _WRITE, "/v1/campaigns", "other", "otter", "D1", lambda asked: campaign("drive", "D1", part_of=asked)
    ),
    "quota POST /v1/campaigns/{code}/apportionments unit": Hidden(
        _READ,
        f"{DRIVE}/apportionments",
        *_UNIT,
        lambda asked: {"unit": asked, "indicator": "cards", "amount": 10, "method": "equal"},
    ),
    "quota POST /v1/campaigns/{code}/apportionments previous_campaign": Hidden(
        _READ,
        f"{DRIVE}/apportionments",
        "other",
        "otter",
        "D1",
        lambda asked: {
            "unit": "D1",
            "indicator": "cards",
            "amount": 10,
            "method": "previous",
            "previous_campaign": asked,
        },
    ),
    "quota POST /v1/campaigns/{code}/plans unit": Hidden(
        _WRITE, f"{DRIVE}/plans", "D2", "D9", "D1", lambda asked: plan(asked, "1", C21=1)
    ),
    "quota POST /v1/campaigns/{code}/plans lines": Hidden(
        _WRITE, f"{DRIVE}/plans", *_UNIT, lambda asked: plan("D1", "1", **{asked: 1}), shown_to_all=False
    ),
    "progress POST /v1/campaigns/{code}/reports unit": Hidden(
        "progress:write", f"{DRIVE}/reports?dry_run=true", *_UNIT, _one_row, source="register"
    ),
    "reporting POST /internal/graph/campaigns codes": Hidden(
        _REPORT, "/internal/graph/campaigns", *_CAMPAIGN, lambda asked: {"codes": [asked]}
    ),
    "reporting POST /internal/graph/units codes": Hidden(
        _REPORT, "/internal/graph/units", *_UNIT, lambda asked: {"codes": [asked]}
    ),
    "reporting POST /internal/graph/units within": Hidden(
        _REPORT, "/internal/graph/units", *_UNIT, lambda asked: {"within": asked}
    ),
    "reporting POST /internal/graph/campaign-units campaign": Hidden(
        _REPORT, "/internal/graph/campaign-units", *_CAMPAIGN, lambda asked: {"campaign": asked}
    ),
    "reporting POST /internal/graph/campaign-units codes": Hidden(
        _REPORT, "/internal/graph/campaign-units", *_UNIT, lambda asked: {"campaign": "drive", "codes": [asked]}
    ),
    "reporting POST /internal/graph/campaign-units within": Hidden(
        _REPORT, "/internal/graph/campaign-units", *_UNIT, lambda asked: {"campaign": "drive", "within": asked}
    ),
    "reporting POST /internal/graph/children parents": Hidden(
        _REPORT, "/internal/graph/children", "D2", "D9", "D1", lambda asked: {"campaign": "drive", "parents": [asked]}
    ),
    "reporting POST /internal/graph/ranking within": Hidden(
        _REPORT,
        "/internal/graph/ranking",
        "D2",
        "D9",
        "D1",
        lambda asked: {"campaign": "drive", "indicator": "cards", "level": "commune", "within": asked},
    ),
    "reporting POST /internal/graph/figures units": Hidden(
        _REPORT, "/internal/graph/figures", *_UNIT, lambda asked: {"campaign": "drive", "units": [asked]}
    ),
    "reporting POST /internal/graph/exemptions units": Hidden(
        _REPORT,
        "/internal/graph/exemptions",
        *_UNIT,
        lambda asked: {"campaign": "drive", "units": [asked], "indicator": "cards"},
    ),
    "reporting POST /internal/graph/versions campaigns": Hidden(
        _REPORT, "/internal/graph/versions", *_CAMPAIGN, lambda asked: {"campaigns": [asked]}
    ),
    "reporting POST /internal/graph/sources units": Hidden(
        _REPORT, "/internal/graph/sources", *_UNIT, lambda asked: {"campaign": "drive", "units": [asked]}
    ),
    "reporting POST /internal/graph/walk campaign": Hidden(
        _REPORT, "/internal/graph/walk", *_CAMPAIGN, lambda asked: {"steps": [{"to": "campaign", "code": asked}]}
    ),
    "reporting POST /internal/graph/walk unit": Hidden(
        _REPORT, "/internal/graph/walk", *_UNIT, lambda asked: _walk({"to": "unit", "code": asked})
    ),
    "reporting POST /internal/graph/walk within": Hidden(
        _REPORT, "/internal/graph/walk", *_UNIT, lambda asked: _walk({"to": "units", "within": asked, "first": 9})
    ),
    "reporting POST /internal/graph/commendations units": Hidden(
        _REPORT, "/internal/graph/commendations", *_UNIT, lambda asked: {"campaign": "drive", "units": [asked]}
    ),
    "reporting POST /internal/graph/successions codes": Hidden(
        _REPORT, "/internal/graph/successions", *_UNIT, lambda asked: {"codes": [asked]}, shown_to_all=False
    ),
    "reporting POST /internal/graph/cascade campaign": Hidden(
        _REPORT, "/internal/graph/cascade", *_CAMPAIGN, lambda asked: {"campaign": asked}
    ),
    "reporting POST /internal/graph/compliance campaign": Hidden(
        _REPORT, "/internal/graph/compliance", *_CAMPAIGN, lambda asked: {"campaign": asked, "level": "commune"}
    ),
    "reporting POST /internal/graph/series units": Hidden(
        _REPORT, "/internal/graph/series", *_UNIT, lambda asked: {"campaign": "drive", "units": [asked]}
    ),
}
"""By operation and field of the body."""


def _walk(step: dict[str, Any]) -> Any:
    """A walk from the campaign to the step's units and their figures."""
    step |= {"of": 0, "columns": ["code"]}
    return {"steps": [{"to": "campaign", "code": "drive"}, step, {"to": "figures", "of": 1, "columns": ["quota"]}]}


def _asking(query: str) -> Callable[[str], Any]:
    return lambda asked: {"query": query, "variables": {"asked": asked}}


def _graph(query: str, hidden: str, absent: str, units: str) -> Hidden:
    return Hidden(_REPORT, "/graphql", hidden, absent, units, _asking(query))


_IN_DRIVE = 'query ($asked: String!) { campaign(code: "drive") { %s } }'
_NODE = "query ($asked: ID!) { node(id: $asked) { __typename id } }"
ARGUMENTS = {
    "Query.campaign code": [
        _graph("query ($asked: String!) { campaign(code: $asked) { name totals { achieved } } }", *_CAMPAIGN)
    ],
    "Query.unit code": [_graph("query ($asked: String!) { unit(code: $asked) { name parent { name } } }", *_UNIT)],
    "Query.units within": [_graph("query ($asked: String!) { units(within: $asked) { totalCount } }", *_UNIT)],
    "Query.node id": [
        _graph(_NODE, campaign_id("drive"), campaign_id("drove"), "Q"),
        _graph(_NODE, unit_id("C21", None), unit_id("C29", None), "D1"),
        _graph(_NODE, campaign_unit_id("drive", "C21"), campaign_unit_id("drive", "C29"), "D1"),
        _graph(_NODE, campaign_unit_id("drive", "C11"), campaign_unit_id("drove", "C11"), "Q"),
    ],
    "Campaign.unit code": [_graph(_IN_DRIVE % "unit(code: $asked) { figures { achieved } }", *_UNIT)],
    "Campaign.units within": [_graph(_IN_DRIVE % "units(within: $asked) { totalCount }", *_UNIT)],
    "Campaign.ranking within": [
        _graph(
            _IN_DRIVE % 'ranking(indicator: "cards", level: COMMUNE, within: $asked) { totalCount }', "D2", "D9", "D1"
        )
    ],
}
"""By argument of the graph that takes a code or an id."""
