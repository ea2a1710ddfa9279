"""The table of the graph: what of each field each viewer sees."""

from typing import Any, NamedTuple

from gateway.graph.ids import campaign_id, campaign_unit_id, unit_id

VIEWERS = {
    "units []": "blind",
    "units absent": "blind",
    "another province": "stranger",
    "another district": "sibling",
    "own district": "own",
    "the country": "above",
    "everything": "above",
}
"""Of whoever carries the scope: what the units make of them."""


class By(NamedTuple):
    """What a field shows depends on who looks."""

    blind: Any = None
    stranger: Any = None
    sibling: Any = None
    own: Any = None
    above: Any = None


class Thing(NamedTuple):
    """A thing of the graph, reached by `query` (`%s` stands for its fields) at `path`.

    `seen_by`: for the others there is nothing. `fields`: how each is asked for, and what it shows.
    """

    kind: str
    query: str
    path: tuple[str | int, ...]
    seen_by: frozenset[str]
    fields: dict[str, tuple[str, Any]]


EVERYBODY = frozenset({"blind", "stranger", "sibling", "own", "above"})
OF_THE_CAMPAIGN = frozenset({"sibling", "own", "above"})
OF_THE_DISTRICT = frozenset({"own", "above"})
DRIVE = 'query { campaign(code: "drive") { %s } }'


def _codes(*codes: str) -> dict[str, Any]:
    return {"totalCount": len(codes), "edges": [{"node": {"unit": {"code": code}}} for code in codes]}


def _plain(*codes: str) -> dict[str, Any]:
    return {"totalCount": len(codes), "edges": [{"node": {"code": code}} for code in codes]}


def _province(*achieved: int) -> dict[str, Any]:
    return {"unit": {"code": "P"}, "figures": [{"achieved": one} for one in achieved]}


_NODES = "{ totalCount edges { node { unit { code } } } }"
_PLAIN = "{ totalCount edges { node { code } } }"
_CARDS = {"code": "cards"}
_ID = campaign_unit_id("drive", "C11")

THINGS = [
    Thing(
        "Query",
        "query { %s }",
        (),
        EVERYBODY,
        {
            "campaign": ('(code: "drive") { code }', By(*[None] * 2, *[{"code": "drive"}] * 3)),
            "campaigns": (
                _PLAIN,
                By(
                    _plain(),
                    _plain("other", "shown"),
                    _plain("drive", "shown"),
                    _plain("drive", "shown"),
                    _plain("drive", "other", "shown"),
                ),
            ),
            "unit": ('(code: "C11") { code }', By(None, None, None, {"code": "C11"}, {"code": "C11"})),
            "units": (
                f"(level: COMMUNE) {_PLAIN}",
                By(
                    _plain(),
                    _plain("C90"),
                    _plain("C21", "C22"),
                    _plain("C11", "C12"),
                    _plain("C11", "C12", "C21", "C22", "C90"),
                ),
            ),
            "node": (f'(id: "{_ID}") {{ id }}', By(None, None, None, {"id": _ID}, {"id": _ID})),
        },
    ),
    Thing(
        "Campaign",
        DRIVE,
        ("campaign",),
        OF_THE_CAMPAIGN,
        {
            "id": ("", campaign_id("drive")),
            "code": ("", "drive"),
            "name": ("", "Đợt drive"),
            "firstDay": ("", "2024-04-04"),
            "lastDay": ("", "2024-07-03"),
            "timeZone": ("", "Asia/Ho_Chi_Minh"),
            "labels": ("", []),
            "decision": ("{ number }", {"number": "128/KH"}),
            "indicators": ("{ code }", [_CARDS]),
            "pauses": ("{ reason }", [{"reason": "nghỉ"}]),
            "asOf": ("", "2024-07-03"),
            "unit": (
                '(code: "D1") { unit { code } }',
                By(own={"unit": {"code": "D1"}}, above={"unit": {"code": "D1"}}),
            ),
            "units": (
                _NODES,
                By(
                    sibling=_codes("C21", "C22", "D2"),
                    own=_codes("C11", "C12", "D1"),
                    above=_codes("C11", "C12", "C21", "C22", "D1", "D2", "P"),
                ),
            ),
            "ranking": (
                f'(indicator: "cards", level: COMMUNE) {_NODES}',
                By(
                    sibling=_codes("C22", "C21"),
                    own=_codes("C11", "C12"),
                    above=_codes("C11", "C22", "C12", "C21"),
                ),
            ),
            "totals": ("{ achieved }", By(sibling=[], own=[], above=[{"achieved": 280}])),
            "cascade": (
                "(level: DISTRICT) { level units }",
                By(
                    sibling=[{"level": "DISTRICT", "units": 1}],
                    own=[{"level": "DISTRICT", "units": 1}],
                    above=[{"level": "DISTRICT", "units": 2}],
                ),
            ),
            "compliance": (
                '(level: COMMUNE, day: "2024-05-01") { units counts { late } }',
                By(
                    sibling={"units": 2, "counts": {"late": 3}},
                    own={"units": 2, "counts": {"late": 2}},
                    above={"units": 4, "counts": {"late": 5}},
                ),
            ),
        },
    ),
    Thing(
        "CascadeLevel",
        'query { campaign(code: "drive") { cascade(level: COMMUNE) { %s } } }',
        ("campaign", "cascade", 0),
        OF_THE_CAMPAIGN,
        {
            "level": ("", "COMMUNE"),
            "units": ("", By(sibling=2, own=2, above=4)),
            "received": ("", By(sibling=2, own=2, above=4)),
            "issued": ("", 0),
        },
    ),
    Thing(
        "ComplianceSummary",
        'query { campaign(code: "drive") { compliance(level: COMMUNE, day: "2024-05-01") { %s } } }',
        ("campaign", "compliance"),
        OF_THE_CAMPAIGN,
        {
            "level": ("", "COMMUNE"),
            "firstDay": ("", "2024-05-01"),
            "lastDay": ("", "2024-05-01"),
            "units": ("", By(sibling=2, own=2, above=4)),
            "counts": ("{ late }", By(sibling={"late": 3}, own={"late": 2}, above={"late": 5})),
            "sources": ("{ source }", ...),
        },
    ),
    Thing(
        "ReportCounts",
        'query { campaign(code: "drive") { compliance(level: COMMUNE, day: "2024-05-01") { counts { %s } } } }',
        ("campaign", "compliance", "counts"),
        OF_THE_CAMPAIGN,
        {
            "onTime": ("", 0),
            "late": ("", By(sibling=3, own=2, above=5)),
            "missing": ("", ...),
            "notOwed": ("", ...),
            "onTimeShare": ("{ numerator }", {"numerator": 0}),
        },
    ),
    Thing(
        "SourceCompliance",
        'query { campaign(code: "drive") { compliance(level: COMMUNE, day: "2024-05-01") { sources { %s } } } }',
        ("campaign", "compliance", "sources", 0),
        OF_THE_CAMPAIGN,
        {"source": ("", ...), "name": ("", ...), "kind": ("", ...), "counts": ("{ missing }", ...)},
    ),
    Thing(
        "CampaignUnit",
        'query { campaign(code: "drive") { unit(code: "D1") { %s } } }',
        ("campaign", "unit"),
        OF_THE_DISTRICT,
        {
            "id": ("", campaign_unit_id("drive", "D1")),
            "unit": ("{ code }", {"code": "D1"}),
            "parent": ("{ unit { code } figures { achieved } }", By(own=_province(), above=_province(280))),
            "ancestors": ("{ unit { code } figures { achieved } }", By(own=[_province()], above=[_province(280)])),
            "children": (_NODES, _codes("C11", "C12")),
            "figures": (
                "{ achieved rank rankedOf }",
                By(
                    own=[{"achieved": 200, "rank": None, "rankedOf": None}],
                    above=[{"achieved": 200, "rank": 1, "rankedOf": 2}],
                ),
            ),
            "figure": ('(indicator: "cards") { achieved }', {"achieved": 200}),
            "commendation": ("{ rank }", By(own={"rank": None}, above={"rank": 1})),
        },
    ),
    Thing(
        "Commendation",
        'query { campaign(code: "drive") { unit(code: "D1") { commendation { %s } } } }',
        ("campaign", "unit", "commendation"),
        OF_THE_DISTRICT,
        {
            "verdict": ("", ...),
            "score": ("{ denominator }", ...),
            "rank": ("", By(own=None, above=1)),
            "rankedOf": ("", By(own=None, above=2)),
            "indicators": ("{ indicator }", [{"indicator": "cards"}]),
        },
    ),
    Thing(
        "IndicatorVerdict",
        'query { campaign(code: "drive") { unit(code: "D1") { commendation { indicators { %s } } } } }',
        ("campaign", "unit", "commendation", "indicators", 0),
        OF_THE_DISTRICT,
        {
            "indicator": ("", "cards"),
            "verdict": ("", ...),
            "weight": ("", 1),
            "rate": ("{ numerator }", {"numerator": 200}),
            "reasons": ("{ code }", ...),
        },
    ),
    Thing(
        "CommendationReason",
        'query { campaign(code: "drive") { unit(code: "D1") { commendation { indicators { reasons { %s } } } } } }',
        ("campaign", "unit", "commendation", "indicators", 0, "reasons", 0),
        OF_THE_DISTRICT,
        {
            "code": ("", "BELOW_TARGET"),
            "leadsTo": ("", "FELL_SHORT"),
            "value": ("", ...),
            "of": ("", ...),
            "actual": ("{ numerator }", ...),
            "limit": ("", ...),
        },
    ),
    Thing(
        "CampaignUnit",
        'query { campaign(code: "drive") { unit(code: "P") { %s } } }',
        ("campaign", "unit"),
        OF_THE_CAMPAIGN,
        {
            "unit": ("{ name parent { name } }", {"name": "Đơn vị P", "parent": {"name": "Đơn vị N"}}),
            "parent": ("{ unit { code } }", None),
            "ancestors": ("{ unit { code } }", []),
            "children": (_NODES, By(sibling=_codes("D2"), own=_codes("D1"), above=_codes("D1", "D2"))),
            "figures": ("{ achieved }", By(sibling=[], own=[], above=[{"achieved": 280}])),
            "figure": ('(indicator: "cards") { achieved }', By(above={"achieved": 280})),
        },
    ),
    Thing(
        "Figure",
        'query { campaign(code: "drive") { unit(code: "C11") { figure(indicator: "cards") { %s } } } }',
        ("campaign", "unit", "figure"),
        OF_THE_DISTRICT,
        {
            "campaign": ("", "drive"),
            "unitCode": ("", "C11"),
            "level": ("", "COMMUNE"),
            "indicator": ("{ code }", _CARDS),
            "cohort": ("", None),
            "quota": ("", 350),
            "quotaBasis": ("", "RECEIVED"),
            "baseline": ("", 0),
            "achieved": ("", 175),
            "exempt": ("", 5),
            "declined": ("", None),
            "outstanding": ("", 170),
            "rate": ("{ numerator denominator }", {"numerator": 175, "denominator": 350}),
            "adjustedRate": ("{ numerator denominator }", {"numerator": 175, "denominator": 345}),
            "targetRate": ("", 1.0),
            "reached": ("", False),
            "rank": ("", 1),
            "rankedOf": ("", 2),
            "coverage": ("{ reported expected }", {"reported": 1, "expected": 1}),
            "labels": ("", []),
            "lastDay": ("", "2024-05-01"),
            "lastReceivedAt": ("", "2024-07-10T05:00:00Z"),
            "asOf": ("", "2024-07-03"),
            "exemptions": ("{ reason count }", [{"reason": "absent", "count": 5}]),
            "band": ("", "BEHIND"),
            "pace": ("{ expected }", {"expected": 350}),
            "knownAt": ("", None),
            "stale": ("", False),
            "sources": ("{ outcome value }", ...),
            "series": (
                '(from: "2024-05-01", to: "2024-05-02") { achieved }',
                [{"achieved": 175}, {"achieved": 175}],
            ),
        },
    ),
    Thing(
        "Pace",
        'query { campaign(code: "drive") { unit(code: "C11") { figure(indicator: "cards", asOf: "2024-07-02") '
        "{ pace { %s } } } } }",
        ("campaign", "unit", "figure", "pace"),
        OF_THE_DISTRICT,
        {
            "expected": ("", ...),
            "difference": ("", ...),
            "neededPerDay": ("{ numerator }", {"numerator": 170}),
            "forecast": ("", ...),
            "forecastReached": ("", False),
            "daysLeft": ("", 1),
        },
    ),
    Thing(
        "PerDay",
        'query { campaign(code: "drive") { unit(code: "C11") { figure(indicator: "cards", asOf: "2024-07-02") '
        "{ pace { neededPerDay { %s } } } } } }",
        ("campaign", "unit", "figure", "pace", "neededPerDay"),
        OF_THE_DISTRICT,
        {"numerator": ("", 170), "denominator": ("", 1), "value": ("", 170.0)},
    ),
    Thing(
        "DayCount",
        'query { campaign(code: "drive") { unit(code: "C11") { figure(indicator: "cards") '
        '{ series(from: "2024-05-01", to: "2024-05-01") { %s } } } } }',
        ("campaign", "unit", "figure", "series", 0),
        OF_THE_DISTRICT,
        {
            "day": ("", "2024-05-01"),
            "achieved": ("", 175),
            "exempt": ("", 5),
            "declined": ("", None),
            "expected": ("", ...),
            "paused": ("", False),
            "carriedOver": ("", None),
            "received": ("", None),
            "resolved": ("", None),
        },
    ),
    Thing(
        "SourceFigure",
        'query { campaign(code: "drive") { unit(code: "C11") { figure(indicator: "cards") { sources { %s } } } } }',
        ("campaign", "unit", "figure", "sources", 0),
        OF_THE_DISTRICT,
        {
            "source": ("", ...),
            "name": ("", ...),
            "kind": ("", ...),
            "outcome": ("", "ACHIEVED"),
            "group": ("", 1),
            "speaks": ("", True),
            "value": ("", 175),
            "groupValue": ("", 175),
            "comparedWith": ("", 175),
            "difference": ("", 0),
            "differenceRate": ("{ numerator }", ...),
            "beyondTolerance": ("", ...),
            "beyondSince": ("", None),
            "lastDay": ("", "2024-05-01"),
            "lastReceivedAt": ("", "2024-07-10T05:00:00Z"),
        },
    ),
    Thing(
        "Rate",
        'query { campaign(code: "drive") { unit(code: "C11") { figure(indicator: "cards") { rate { %s } } } } }',
        ("campaign", "unit", "figure", "rate"),
        OF_THE_DISTRICT,
        {"numerator": ("", 175), "denominator": ("", 350), "value": ("", 0.5), "printed": ("", "50,00")},
    ),
    Thing(
        "Coverage",
        'query { campaign(code: "drive") { unit(code: "D1") { figure(indicator: "cards") { coverage { %s } } } } }',
        ("campaign", "unit", "figure", "coverage"),
        OF_THE_DISTRICT,
        {"reported": ("", 2), "expected": ("", 2)},
    ),
    Thing(
        "ExemptionCount",
        'query { campaign(code: "drive") { unit(code: "C11") { figure(indicator: "cards") { exemptions { %s } } } } }',
        ("campaign", "unit", "figure", "exemptions", 0),
        OF_THE_DISTRICT,
        {"reason": ("", "absent"), "name": ("", "Vắng mặt"), "count": ("", 5), "suppressed": ("", False)},
    ),
    Thing(
        "Indicator",
        'query { campaign(code: "drive") { indicators { %s } } }',
        ("campaign", "indicators", 0),
        OF_THE_CAMPAIGN,
        {
            "code": ("", "cards"),
            "name": ("", "Căn cước"),
            "kind": ("", "QUOTA"),
            "measure": ("", "người"),
            "targetRate": ("", 1.0),
            "fedBy": ("", None),
            "cohorts": ("{ code }", [{"code": "young"}]),
        },
    ),
    Thing(
        "Cohort",
        'query { campaign(code: "drive") { indicators { cohorts { %s } } } }',
        ("campaign", "indicators", 0, "cohorts", 0),
        OF_THE_CAMPAIGN,
        {
            "code": ("", "young"),
            "name": ("", "Đến tuổi"),
            "targetRate": ("", 1.0),
            "targetOn": ("", "RAW"),
            "reasonsLeavingDenominator": ("", None),
        },
    ),
    Thing(
        "Pause",
        'query { campaign(code: "drive") { pauses { %s } } }',
        ("campaign", "pauses", 0),
        OF_THE_CAMPAIGN,
        {
            "firstDay": ("", "2024-06-24"),
            "lastDay": ("", "2024-06-30"),
            "indicators": ("", []),
            "reason": ("", "nghỉ"),
        },
    ),
    Thing(
        "Document",
        'query { campaign(code: "drive") { decision { %s } } }',
        ("campaign", "decision"),
        OF_THE_CAMPAIGN,
        {"number": ("", "128/KH"), "date": ("", "2024-04-04")},
    ),
    Thing(
        "Unit",
        'query { unit(code: "C11", on: "2024-05-01") { %s } }',
        ("unit",),
        OF_THE_DISTRICT,
        {
            "id": ("", unit_id("C11", None)),
            "code": ("", "C11"),
            "name": ("", "Đơn vị C11"),
            "level": ("", "COMMUNE"),
            "kind": ("", "commune"),
            "validFrom": ("", None),
            "validTo": ("", None),
            "parent": ("{ code }", {"code": "D1"}),
            "successors": ("{ code }", []),
            "predecessors": ("{ code }", []),
        },
    ),
    Thing(
        "CampaignConnection",
        "query { campaigns { %s } }",
        ("campaigns",),
        EVERYBODY,
        {
            "edges": ("{ node { code } }", By(*[...] * 5)),
            "pageInfo": ("{ hasNextPage }", {"hasNextPage": False}),
            "totalCount": ("", By(0, 2, 2, 2, 3)),
        },
    ),
    Thing(
        "CampaignEdge",
        "query { campaigns { edges { %s } } }",
        ("campaigns", "edges", 0),
        EVERYBODY - {"blind"},
        {
            "node": ("{ code }", By(None, {"code": "other"}, *[{"code": "drive"}] * 3)),
            "cursor": ("", ...),
        },
    ),
    Thing(
        "CampaignUnitConnection",
        'query { campaign(code: "drive") { units(level: DISTRICT) { %s } } }',
        ("campaign", "units"),
        OF_THE_CAMPAIGN,
        {
            "edges": ("{ node { id } }", ...),
            "pageInfo": ("{ hasNextPage }", {"hasNextPage": False}),
            "totalCount": ("", By(sibling=1, own=1, above=2)),
        },
    ),
    Thing(
        "CampaignUnitEdge",
        'query { campaign(code: "drive") { ranking(indicator: "cards", level: COMMUNE, within: "D1") '
        "{ edges { %s } } } }",
        ("campaign", "ranking", "edges", 0),
        OF_THE_DISTRICT,
        {"node": ("{ unit { code } }", {"unit": {"code": "C11"}}), "cursor": ("", ...)},
    ),
    Thing(
        "UnitConnection",
        "query { units(level: DISTRICT) { %s } }",
        ("units",),
        EVERYBODY,
        {
            "edges": ("{ node { id } }", ...),
            "pageInfo": ("{ hasNextPage }", {"hasNextPage": False}),
            "totalCount": ("", By(0, 0, 1, 1, 2)),
        },
    ),
    Thing(
        "UnitEdge",
        'query { units(q: "C11") { edges { %s } } }',
        ("units", "edges", 0),
        OF_THE_DISTRICT,
        {"node": ("{ code }", {"code": "C11"}), "cursor": ("", ...)},
    ),
    Thing(
        "PageInfo",
        "query { units(first: 2) { pageInfo { %s } } }",
        ("units", "pageInfo"),
        EVERYBODY,
        {
            "hasNextPage": ("", By(False, False, True, True, True)),
            "hasPreviousPage": ("", False),
            "startCursor": ("", By(None, ..., ..., ..., ...)),
            "endCursor": ("", By(None, ..., ..., ..., ...)),
        },
    ),
]
"""`...`: there is something, whatever it is."""
