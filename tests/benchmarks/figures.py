"""A province's children × 4 indicators, with rate and rank, from the read model."""

from datetime import date

from tests.benchmarks.client import Load, time_gets, time_gets_after, time_query
from tests.benchmarks.floor import CHILDREN
from tests.benchmarks.installation import Installation
from tests.benchmarks.prior import peer
from tests.benchmarks.ratios import Table, in_turns, times_faster

TIMES = 40
CLOSURE_TIMES = 3

# What there would be without roll-ups. Kindly: it takes for granted which source speaks, that no row was ever
# corrected and that all of them are daily, and it leaves quotas, ranks and coverage out.
CLOSURE = """
    SELECT child.unit_id, fact.indicator_no, sum(fact.value)
    FROM reporting.campaign_unit AS child
    JOIN reporting.campaign_closure AS line ON line.campaign_id = $1 AND line.ancestor_id = child.unit_id
    JOIN reporting.fact AS fact
        ON fact.tenant = line.tenant AND fact.campaign_id = $1 AND fact.unit_id = line.descendant_id
    WHERE child.campaign_id = $1 AND child.parent_id = $2 AND fact.source_id = $3 AND fact.outcome_no = 1
        AND fact.day <= $4
    GROUP BY 1, 2
"""
_HELD_BACK = [
    "What holds back what is made anew, by processor time of a request (26 November 2026, a loaded machine, in turns):"
    " PostgreSQL 2.6 ms (3.7 before), more than half of it the one statement of counts and marks; reporting 3.5 (4.4"
    " before), of which 0.6 are 64 figures put together. What is kept takes 0.3 and 1.4 ms, nearly all of it HTTP,"
    " authorisation and one look at the versions: what is made anew takes as much before it begins.",
    "Attempts: 12 round trips became 6 (a snapshot begins with its settings; the campaign comes with its versions and"
    " the token; units of the tree are remembered until it changes; counts and marks are one statement); the newest"
    " reception is looked for only where the top unit received something late (marks 1.9 to 0.9 ms); calendars are made"
    " once (figures put together 0.85 to 0.6 ms). Tried and not kept: totals and quotas set by set as the graph reads"
    " them, which is dearer for 16 units (1.1 ms) than unit by unit (0.5). Quotas are not remembered, so that they stay"
    " behind the second wall (ADR 0009). Coverage is remembered until what it follows from changes.",
]

# What every commit does that changes anything of the campaign; what is kept no longer holds.
CHANGE = "UPDATE reporting.campaign_copy SET version = version + 1 WHERE id = $1"


async def measure(place: Installation, load: Load) -> Table:
    """The table."""
    await place.caught_up()
    scenario = place.scenario
    floor_url = await peer(place, "floor", "tests.benchmarks.floor:create_app")
    async with place.admin() as connection:
        campaign, top = await connection.fetchrow(
            "SELECT id, unit_id FROM reporting.campaign_copy WHERE code = $1", scenario.code
        )
        source = await connection.fetchval("SELECT id FROM reporting.source_copy WHERE code = $1", scenario.register)
        facts = await connection.fetchval("SELECT count(*) FROM reporting.fact WHERE campaign_id = $1", campaign)
    day: date = scenario.last_day
    children = scenario.hierarchy.children[scenario.top.code]
    path = f"/v1/campaigns/{scenario.code}/figures?unit={scenario.top.code}&depth=1&limit=1000"
    url, token = place.urls["reporting"] + path, place.token("reporting:read")
    plain = f"{floor_url}/figures?campaign={campaign}&unit={top}&day={day}"

    async def anew(_: int) -> float:
        return await load.run(time_gets_after, (place.admin_url, CHANGE, (campaign,)), url, token, TIMES)

    async def kept(_: int) -> float:
        return await load.run(time_gets, url, token, TIMES)

    async def json_agg(_: int) -> float:
        return await load.run(time_gets, plain, "", TIMES)

    async def sql(_: int) -> float:
        return await load.run(time_query, place.admin_url, CHILDREN, (campaign, top, day), TIMES)

    async def closure(_: int) -> float:
        return await load.run(time_query, place.admin_url, CLOSURE, (campaign, top, source, day), CLOSURE_TIMES)

    found = await in_turns({"anew": anew, "kept": kept, "json_agg": json_agg, "sql": sql, "closure": closure})
    await place.stop("floor")
    return Table(
        "figures",
        f"{scenario.top.name}: {len(children)} children × 4 indicators",
        [
            times_faster(
                "over HTTP, made anew, against the closure query over facts",
                found["anew"],
                found["closure"],
                to_reach=80,
            ),
            times_faster(
                "over HTTP, kept since, against the closure query over facts",
                found["kept"],
                found["closure"],
                to_reach=80,
            ),
            times_faster(
                "over HTTP, made anew, against json_agg behind plain FastAPI",
                found["anew"],
                found["json_agg"],
                to_reach=None,
            ),
            times_faster(
                "over HTTP, kept since, against json_agg behind plain FastAPI",
                found["kept"],
                found["json_agg"],
                to_reach=None,
            ),
            times_faster("json_agg alone, against the closure query", found["sql"], found["closure"], to_reach=None),
        ],
        [
            f"{facts:,} facts of {len(scenario.hamlets):,} hamlets, {len(scenario.days)} days, 2 sources: the size of"
            " one province, where the target is set for the whole country.",
            "Ours authorises, ranks, counts coverage and carries labels; neither floor does. The closure query is timed"
            " in the client of the database, without HTTP.",
            "Made anew: before each request a commit changes the campaign, as a row that is reported does. Kept since:"
            " nothing changes in between, and ours asks the database for nothing but whether that is so.",
            *_HELD_BACK,
        ],
    )
