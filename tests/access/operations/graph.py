"""The gateway's operations, and the questions that it puts to reporting."""

from collections.abc import Iterable
from typing import Any

from tests.access.operations.rows import D1, D2, NO_CAMPAIGN, Row, cells


def _nodes(body: Any) -> Iterable[str]:
    """Units that are shown with figures; those of which only code and name are, in brackets."""
    return [one["unit"]["code"] if one["figures_visible"] else f"({one['unit']['code']})" for one in body["items"]]


def _walked(text: str) -> Iterable[str]:
    """Of a walk to units and their figures: each unit, and what was achieved."""
    codes, achieved = (column.split("\n") if column else [] for column in text.split("\x1d")[1:])
    return [f"{code[1:-1]}:{number}" for code, number in zip(codes, achieved, strict=True)]


QUESTIONS = {
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
