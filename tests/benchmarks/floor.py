"""The floor of reading: one SQL with `json_agg` over the same tables, behind plain FastAPI, which checks nothing."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from fastapi.responses import Response

# Units under one unit × indicators, with quota, sums of outcomes, and rank among siblings by exact rate.
CHILDREN = """
    WITH child AS MATERIALIZED (
        SELECT unit.tenant, unit.unit_id, unit.code, unit.level FROM reporting.campaign_unit AS unit
        WHERE unit.campaign_id = $1 AND unit.parent_id = $2
    ), figure AS (
        SELECT child.code, child.level, indicator.no AS indicator_no, quota.amount AS quota,
            sum(total.value) FILTER (WHERE total.outcome_no = 1) AS achieved,
            sum(total.value) FILTER (WHERE total.outcome_no = 2) AS exempt,
            sum(total.value) FILTER (WHERE total.outcome_no = 3) AS declined
        FROM child CROSS JOIN generate_series(1, 4) AS indicator (no)
        LEFT JOIN LATERAL (
            SELECT amount FROM reporting.quota_step AS step
            WHERE step.tenant = child.tenant AND step.campaign_id = $1 AND step.unit_id = child.unit_id
                AND step.indicator_no = indicator.no AND step.cohort_no = 0 AND step.from_day <= $3
            ORDER BY from_day DESC LIMIT 1
        ) AS quota ON true
        LEFT JOIN reporting.rollup_total AS total
            ON total.tenant = child.tenant AND total.campaign_id = $1 AND total.unit_id = child.unit_id
            AND total.indicator_no = indicator.no
        GROUP BY child.code, child.level, indicator.no, quota.amount
    )
    SELECT json_agg(one ORDER BY code, indicator_no)::text FROM (
        SELECT *, round(achieved * 100 / nullif(quota, 0), 2) AS rate,
            rank() OVER (PARTITION BY indicator_no ORDER BY achieved / nullif(quota, 0) DESC NULLS LAST) AS rank
        FROM figure
    ) AS one
"""

# The same of the first units of one level by name, ranked among all siblings.
OF_LEVEL = CHILDREN.replace(
    """        SELECT unit.tenant, unit.unit_id, unit.code, unit.level FROM reporting.campaign_unit AS unit
        WHERE unit.campaign_id = $1 AND unit.parent_id = $2
""",
    """        SELECT unit.tenant, unit.unit_id, unit.code, unit.level FROM reporting.campaign_unit AS unit
        WHERE unit.campaign_id = $1 AND unit.level = $2 ORDER BY unit.sort_key, unit.code LIMIT 693
""",
)
OF_UNIT = CHILDREN.replace("unit.parent_id = $2", "unit.unit_id = $2")


def create_app() -> FastAPI:
    """The application, ready for `uvicorn --factory`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=2, max_size=4) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/figures")
    async def figures(campaign: int, unit: int, day: str) -> Response:
        from datetime import date

        found = await app.state.pool.fetchval(CHILDREN, campaign, unit, date.fromisoformat(day))
        return Response(found, media_type="application/json")

    @app.get("/level")
    async def level(campaign: int, level: str, day: str) -> Response:
        from datetime import date

        found = await app.state.pool.fetchval(OF_LEVEL, campaign, level, date.fromisoformat(day))
        return Response(found, media_type="application/json")

    @app.get("/unit")
    async def unit(campaign: int, unit: int, day: str) -> Response:
        from datetime import date

        found = await app.state.pool.fetchval(OF_UNIT, campaign, unit, date.fromisoformat(day))
        return Response(found, media_type="application/json")

    return app
