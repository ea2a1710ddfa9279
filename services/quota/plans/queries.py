"""SQL over plans and their lines."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime

import asyncpg
import msgspec

from services.chassis.identity import Caller
from services.chassis.problems import NotFound
from services.contracts.definitions import CampaignDefinition, PlanLine
from services.quota.campaigns.queries import Sight, Sights, campaign_by_id
from services.quota.hierarchy.queries import places
from services.quota.plans.ceiling import NO_COHORT, Handover, Key, in_force, totals
from services.quota.plans.rules import Line, sums

FOREVER = datetime.max.replace(tzinfo=UTC)

_PLAN = """
    SELECT plan.id, plan.campaign_id, plan.family, plan.unit_id, unit.code AS unit, plan.revision,
        plan.document_number, plan.document_date, plan.status, plan.edition, plan.created_at, plan.issued_at,
        plan.lines_total, plan.note, plan.apportionments,
        (
            SELECT id FROM plan AS one WHERE one.campaign_id = plan.campaign_id AND one.family = plan.family
                AND one.revision < plan.revision ORDER BY one.revision DESC LIMIT 1
        ) AS supersedes,
        (
            SELECT id FROM plan AS one WHERE one.campaign_id = plan.campaign_id AND one.family = plan.family
                AND one.revision > plan.revision AND one.issued_at IS NOT NULL ORDER BY one.revision LIMIT 1
        ) AS superseded_by
    FROM plan LEFT JOIN unit ON unit.id = plan.unit_id
"""
_LINES = """
    SELECT line.plan_id, unit.code AS unit, line.unit_id, indicator_no, cohort_no, amount, baseline, held
    FROM plan_line line JOIN unit ON unit.id = line.unit_id WHERE line.plan_id = ANY ($1::uuid[])
    ORDER BY line.plan_id, line.position
"""
# Every revision of the plans that ever named the unit, those too that name it no more.
_RECEIVED = """
    SELECT plan.family, plan.revision, plan.document_date, line.indicator_no, line.cohort_no, line.amount
    FROM plan LEFT JOIN plan_line line ON line.plan_id = plan.id AND line.unit_id = $2
    WHERE plan.campaign_id = $1 AND plan.issued_at <= $3 AND plan.family IN (
        SELECT named.family FROM plan_line JOIN plan named ON named.id = plan_line.plan_id
        WHERE plan_line.unit_id = $2 AND named.campaign_id = $1 AND named.issued_at IS NOT NULL
    )
"""
_HANDED_DOWN = """
    SELECT plan.family, plan.revision, plan.document_date, line.indicator_no, line.cohort_no, sum(line.amount) AS amount
    FROM plan LEFT JOIN plan_line line ON line.plan_id = plan.id
    WHERE plan.campaign_id = $1 AND plan.issued_at IS NOT NULL AND plan.unit_id = $2
    GROUP BY plan.id, line.indicator_no, line.cohort_no
"""
# Another plan stands in the way where both are in force on some day: it ends where a later revision of it begins.
_NAMED_ALREADY = """
    SELECT DISTINCT ON (line.position) line.position, other.document_number, other.document_date
    FROM plan own
    JOIN plan_line line ON line.plan_id = own.id
    JOIN plan_line twin ON twin.unit_id = line.unit_id AND twin.indicator_no = line.indicator_no
        AND twin.cohort_no = line.cohort_no AND twin.plan_id <> line.plan_id
    JOIN plan other ON other.id = twin.plan_id AND other.issued_at IS NOT NULL
        AND other.campaign_id = own.campaign_id AND other.family <> own.family
    CROSS JOIN LATERAL (
        SELECT min(later.document_date) AS day FROM plan later
        WHERE later.campaign_id = other.campaign_id AND later.family = other.family
            AND later.revision > other.revision AND later.issued_at IS NOT NULL
    ) ended
    WHERE own.id = $1 AND (ended.day IS NULL OR ended.day > greatest(own.document_date, other.document_date))
    ORDER BY line.position, other.document_date, other.document_number
"""


class SeenPlan(msgspec.Struct, frozen=True):
    """A plan, its campaign and its lines, as far as a token sees them.

    `covers_issuer`: the token covers the issuing unit, for a plan without one the top unit; it sees every line.
    """

    row: asyncpg.Record
    campaign: CampaignDefinition
    lines: list[Line]
    covers_issuer: bool
    balance: list[dict[str, object]] = []

    def public(self) -> dict[str, object]:
        """The public form with its lines."""
        return {
            **summary(self.row, self.campaign, lines_total=len(self.lines)),
            "lines": [line.public() for line in self.lines],
            "apportionments": (self.row["apportionments"] or []) if self.covers_issuer else [],
            "balance": self.balance,
        }

    @property
    def handover(self) -> Handover:
        """What the plan hands over, in force or not."""
        row = self.row
        amounts = sums([line.stored for line in self.lines])
        return Handover(row["family"], row["revision"], row["document_date"], amounts)


def summary(row: asyncpg.Record, campaign: CampaignDefinition, *, lines_total: int) -> dict[str, object]:
    """The public form of a plan without its lines."""
    return {
        "id": str(row["id"]),
        "status": row["status"],
        "revision": row["revision"],
        "campaign": campaign.code,
        "unit": row["unit"],
        "document": {"number": row["document_number"], "date": row["document_date"]},
        "lines_total": lines_total,
        "created_at": _moment(row["created_at"]),
        "issued_at": _moment(row["issued_at"]),
        "note": row["note"],
        "supersedes": _id(row["supersedes"]),
        "superseded_by": _id(row["superseded_by"]),
    }


def _id(found: uuid.UUID | None) -> str | None:
    return None if found is None else str(found)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


async def lines_of(connection: asyncpg.Connection, plan_id: uuid.UUID, campaign: CampaignDefinition) -> list[Line]:
    """All lines of a plan, in the order of its document."""
    indicators = {number: code for code, number in campaign.numbers.indicators.items()}
    cohorts = {number: code for code, number in campaign.numbers.cohorts.items()}
    return [
        Line(
            row["unit"],
            indicators[row["indicator_no"]],
            None if row["cohort_no"] == NO_COHORT else cohorts[row["cohort_no"]],
            PlanLine(
                row["unit_id"],
                row["indicator_no"],
                row["cohort_no"],
                row["amount"],
                row["baseline"],
                row["held"],
            ),
        )
        for row in await connection.fetch(_LINES, [plan_id])
    ]


async def seen_plan(connection: asyncpg.Connection, caller: Caller, plan_id: uuid.UUID) -> SeenPlan:
    """The plan; a unit that it names sees, once it is issued, its own lines.

    Raises: NotFound.
    """
    row = await connection.fetchrow(f"{_PLAN} WHERE plan.id = $1", plan_id)
    campaign = await campaign_by_id(connection, row["campaign_id"]) if row is not None else None
    sight = await Sights(connection, caller).of(campaign) if campaign is not None else None
    if row is None or campaign is None or sight is None:
        raise _not_found(plan_id)
    lines = await lines_of(connection, plan_id, campaign)
    if sight.roots is None:
        return await _with_balance(connection, SeenPlan(row, campaign, lines, covers_issuer=True))
    codes = {line.unit for line in lines} | ({row["unit"]} if row["unit"] else set())
    paths = {code: place.path for code, place in (await places(connection, codes, day=campaign.hierarchy_day)).items()}
    if row["unit"] is not None and sight.sees(paths.get(row["unit"], ())):
        return await _with_balance(connection, SeenPlan(row, campaign, lines, covers_issuer=True))
    own = [line for line in lines if sight.sees(paths.get(line.unit, ()))]
    if not own or row["status"] == "draft":
        raise _not_found(plan_id)
    return SeenPlan(row, campaign, own, covers_issuer=False)


async def seen_anew(connection: asyncpg.Connection, seen: SeenPlan) -> SeenPlan:
    """The plan after its status has changed, and nothing else of it."""
    row = await connection.fetchrow(f"{_PLAN} WHERE plan.id = $1", seen.row["id"])
    return await _with_balance(connection, msgspec.structs.replace(seen, row=row, balance=[]))


async def _with_balance(connection: asyncpg.Connection, plan: SeenPlan) -> SeenPlan:
    """What the issuing unit has received and handed down on the plan's day, this plan included."""
    row, campaign = plan.row, plan.campaign
    if row["unit_id"] is None or row["status"] not in ("draft", "issued"):
        return plan
    day = row["document_date"]
    came = totals(in_force(await received(connection, campaign.id, row["unit_id"]), day))
    given = await handed_down(connection, campaign.id, row["unit_id"])
    went = totals(in_force([*given, plan.handover], day))
    balance = [
        {
            "indicator": one.code,
            "received": came.get(number),
            "handed_down": went[number],
            "unallocated": max(0, came[number] - went[number]) if number in came else None,
            "over": max(0, went[number] - came[number]) if number in came else None,
        }
        for one in campaign.indicators
        if (number := campaign.numbers.indicators[one.code]) in went
    ]
    return msgspec.structs.replace(plan, balance=balance)


def _not_found(plan_id: uuid.UUID) -> NotFound:
    return NotFound(path=f"the plan {plan_id}")


async def seen_plans(
    connection: asyncpg.Connection,
    campaign: CampaignDefinition,
    sight: Sight,
    *,
    after: uuid.UUID | None,
    limit: int,
) -> list[dict[str, object]]:
    """At most `limit` plans of a campaign that the token sees, without lines, those after `after`."""
    seen: list[dict[str, object]] = []
    while len(seen) < limit:
        rows = await connection.fetch(
            f"{_PLAN} WHERE plan.campaign_id = $1 AND ($2::uuid IS NULL OR plan.id > $2) ORDER BY plan.id LIMIT $3",
            campaign.id,
            after,
            limit,
        )
        seen += await _summaries(connection, campaign, sight, rows)
        if len(rows) < limit:
            break
        after = rows[-1]["id"]
    return seen[:limit]


async def _summaries(
    connection: asyncpg.Connection, campaign: CampaignDefinition, sight: Sight, rows: Sequence[asyncpg.Record]
) -> list[dict[str, object]]:
    if sight.roots is None:
        return [summary(row, campaign, lines_total=row["lines_total"]) for row in rows]
    lines = await connection.fetch(_LINES, [row["id"] for row in rows])
    codes = {line["unit"] for line in lines} | {row["unit"] for row in rows if row["unit"]}
    paths = {code: place.path for code, place in (await places(connection, codes, day=campaign.hierarchy_day)).items()}
    own: dict[uuid.UUID, int] = {}
    for line in lines:
        if sight.sees(paths.get(line["unit"], ())):
            own[line["plan_id"]] = own.get(line["plan_id"], 0) + 1
    found = []
    for row in rows:
        if row["unit"] is not None and sight.sees(paths.get(row["unit"], ())):
            found.append(summary(row, campaign, lines_total=row["lines_total"]))
        elif row["status"] != "draft" and row["id"] in own:
            found.append(summary(row, campaign, lines_total=own[row["id"]]))
    return found


async def received(
    connection: asyncpg.Connection, campaign_id: int, unit_id: int, *, by: datetime = FOREVER
) -> list[Handover]:
    """What issued plans hand to the unit over time, as known at the moment."""
    return _handovers(await connection.fetch(_RECEIVED, campaign_id, unit_id, by))


async def handed_down(connection: asyncpg.Connection, campaign_id: int, unit_id: int) -> list[Handover]:
    """What the unit's issued plans hand down over time."""
    return _handovers(await connection.fetch(_HANDED_DOWN, campaign_id, unit_id))


def _handovers(rows: Sequence[asyncpg.Record]) -> list[Handover]:
    found: dict[tuple[uuid.UUID, int], tuple[date, dict[Key, int]]] = {}
    for row in rows:
        _, amounts = found.setdefault((row["family"], row["revision"]), (row["document_date"], {}))
        if row["indicator_no"] is not None:
            key = (row["indicator_no"], row["cohort_no"])
            amounts[key] = amounts.get(key, 0) + int(row["amount"])
    return [Handover(family, revision, day, amounts) for (family, revision), (day, amounts) in found.items()]


async def lines_named_already(connection: asyncpg.Connection, plan_id: uuid.UUID) -> list[asyncpg.Record]:
    """Lines whose unit, indicator and cohort another plan names while both are in force, with its document."""
    return await connection.fetch(_NAMED_ALREADY, plan_id)


async def newest_revision(connection: asyncpg.Connection, campaign_id: int, family: uuid.UUID) -> asyncpg.Record:
    """The newest revision of a plan, a draft too: its id, status and document's number."""
    found = await connection.fetchrow(
        """
        SELECT id, status, document_number FROM plan WHERE campaign_id = $1 AND family = $2
        ORDER BY revision DESC LIMIT 1
        """,
        campaign_id,
        family,
    )
    assert found is not None
    return found


async def revision_before(
    connection: asyncpg.Connection, campaign_id: int, family: uuid.UUID, revision: int
) -> asyncpg.Record | None:
    """Document and moment of issue of the revision before that one."""
    return await connection.fetchrow(
        """
        SELECT document_number, document_date, issued_at FROM plan
        WHERE campaign_id = $1 AND family = $2 AND revision = $3
        """,
        campaign_id,
        family,
        revision - 1,
    )
