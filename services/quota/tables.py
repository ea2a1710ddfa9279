"""The tables that are read and written row by row. Units and plan lines come by the thousand: plain SQL is there."""

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class QuotaTable(SQLModel, registry=registry()):
    """A table of the schema `quota`; another service may have one of the same name in the same process."""


class Campaign(QuotaTable, table=True):
    """A campaign as it is defined now."""

    __tablename__: ClassVar[Any] = "campaign"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    code: str
    unit_id: int = Field(sa_type=BigInteger)
    hierarchy_day: date
    definition: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    revision: int = Field(sa_type=BigInteger)


class CampaignRevision(QuotaTable, table=True):
    """A campaign as it was defined from one change to the next."""

    __tablename__: ClassVar[Any] = "campaign_revision"

    campaign_id: int = Field(primary_key=True, sa_type=BigInteger)
    revision: int = Field(primary_key=True, sa_type=BigInteger)
    definition: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    changed_at: datetime = Field(sa_type=DateTime(timezone=True))
    changed_by: str


class Plan(QuotaTable, table=True):
    """One plan without its lines."""

    __tablename__: ClassVar[Any] = "plan"

    id: uuid.UUID = Field(primary_key=True)
    campaign_id: int = Field(sa_type=BigInteger)
    family: uuid.UUID
    revision: int
    unit_id: int | None = Field(default=None, sa_type=BigInteger)
    document_number: str
    document_date: date
    status: str
    edition: int = Field(sa_type=BigInteger)
    lines_total: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    created_by: str
    issued_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    issued_by: str | None = None
    note: str | None = None
    apportionments: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
