"""The peer that an ordinary team would write first: pydantic in, one object a row through the ORM, one commit.

Kindly naive: units are known by heart, what is there already is asked for in one question, and nothing else that
ingestion has to do (authority, receipts row by row, idempotency, events) is done at all.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field
from sqlalchemy import DateTime, tuple_
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field as Column
from sqlmodel import SQLModel, select, text
from sqlmodel.ext.asyncio.session import AsyncSession

SCHEMA = "bench"


class _Key(SQLModel):
    tenant: int = Column(primary_key=True)
    campaign_id: int = Column(primary_key=True)
    unit_id: int = Column(primary_key=True)
    indicator_no: int = Column(primary_key=True)
    source_id: int = Column(primary_key=True)
    cohort_no: int = Column(default=0, primary_key=True)
    outcome_no: int = Column(default=1, primary_key=True)
    reason_no: int = Column(default=0, primary_key=True)
    day: date = Column(primary_key=True)


class NaiveLatest(_Key, table=True):
    """The live row of every key."""

    __tablename__ = "naive_latest"
    __table_args__ = ({"schema": SCHEMA},)
    acknowledgement: int
    received_at: datetime = Column(sa_type=DateTime(timezone=True))
    mode_no: int = 0
    value: int


class NaiveLedger(_Key, table=True):
    """Every row that was ever reported."""

    __tablename__ = "naive_ledger"
    __table_args__ = ({"schema": SCHEMA},)
    acknowledgement: int = Column(primary_key=True)
    received_at: datetime = Column(sa_type=DateTime(timezone=True))
    mode_no: int = 0
    value: int


class RowIn(BaseModel):
    """One row."""

    unit: str
    indicator: str
    day: date
    value: int = Field(ge=0)
    outcome: str = "achieved"


class BatchIn(BaseModel):
    """One batch."""

    source: str
    rows: list[RowIn]


def create_app() -> FastAPI:
    """The application, ready for `uvicorn --factory`."""
    engine = create_async_engine(os.environ["BENCH_DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1))
    units: dict[str, tuple[int, int, int]] = {}
    sources: dict[str, int] = {}
    acknowledgements = count(5_000_000)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with engine.connect() as connection:
            found = await connection.execute(
                text("SELECT code, tenant, campaign_id, unit_id FROM progress.campaign_unit")
            )
            units.update({row.code: (row.tenant, row.campaign_id, row.unit_id) for row in found})
            known = await connection.execute(text("SELECT code, id FROM progress.source"))
            sources.update({row.code: row.id for row in known})
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)
    indicators = {"cccd": 1, "eid": 2, "sim": 3, "smartphone": 4}

    @app.post("/reports")
    async def take(batch: BatchIn) -> dict[str, int]:
        moment, number = datetime.now(UTC), next(acknowledgements)
        keys = []
        for row in batch.rows:
            tenant, campaign, unit = units[row.unit]
            indicator, source = indicators[row.indicator], sources[batch.source]
            keys.append((tenant, campaign, unit, indicator, source, row.day))
        async with AsyncSession(engine) as session:
            columns = tuple_(NaiveLatest.unit_id, NaiveLatest.indicator_no, NaiveLatest.source_id, NaiveLatest.day)
            found = await session.exec(select(NaiveLatest).where(columns.in_([key[2:] for key in keys])))
            known = {(one.unit_id, one.indicator_no, one.source_id, one.day): one for one in found}
            corrected = 0
            for key, row in zip(keys, batch.rows, strict=True):
                tenant, campaign, unit, indicator, source, day = key
                facts: dict[str, Any] = {
                    "tenant": tenant,
                    "campaign_id": campaign,
                    "unit_id": unit,
                    "indicator_no": indicator,
                    "source_id": source,
                    "day": day,
                    "acknowledgement": number,
                    "received_at": moment,
                    "value": row.value,
                }
                session.add(NaiveLedger(**facts))
                live = known.get(key[2:])
                if live is None:
                    session.add(NaiveLatest(**facts))
                else:
                    live.value, live.acknowledgement, live.received_at = row.value, number, moment
                    corrected += 1
            await session.commit()
        return {"created": len(keys) - corrected, "corrected": corrected}

    return app
