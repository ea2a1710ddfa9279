"""A row of the table: how an operation is called, and what each principal gets from it."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tests.access.conftest import UNITS

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


def items(field: str, known: set[str]) -> Shown:
    return lambda body: {one[field] for one in body["items"]} & known


def code(body: Any) -> Iterable[str]:
    return [body["code"]]


NO_CAMPAIGN, NO_UNIT, NO = "404 campaign_not_found", "404 unit_not_found", "404 not_found"
NO_SNAPSHOT, NO_HOOK = "404 snapshot_not_found", "404 webhook_not_found"
D1, D2 = "200 C11 C12 D1", "200 C21 C22 D2"
TREE = "200 C11 C12 C21 C22 D1 D2 P"
DRIVE = "/v1/campaigns/drive"
FIGURES = "progress:read progress:write"
