"""SQL of revisions. Newest first is by acknowledgement: rows that come later never move a page that was given out."""

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg
import msgspec

from services.contracts.events import day_number

FIRST_BATCHES, MOST_BATCHES = 8, 4_096
"""How many batches are looked through at first, doubled while a page is not full, and at most for one page."""

_BATCHES = """
    SELECT acknowledgement FROM batch
    WHERE campaign_id = $1 AND acknowledgement <= $2 AND status <> 'rejected'
      AND ($3::bigint IS NULL OR source_id = $3) AND ($4::timestamptz IS NULL OR received_at <= $4)
    ORDER BY acknowledgement DESC LIMIT $5
"""
_KEY = "tenant, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day"
_L_KEY = ", ".join(f"l.{one}" for one in _KEY.split(", "))
# A revision is live where none of its key is later, by what is known at the moment asked for: rows that had been
# received, of batches that were not withdrawn yet.
_PAGE = f"""
    SELECT l.tenant, l.unit_id, l.indicator_no, l.source_id, l.cohort_no, l.outcome_no, l.reason_no, l.day,
           l.mode_no, l.value, l.about, l.acknowledgement, l.received_at, u.code AS unit, s.code AS source,
           b.id AS batch, b.subject AS sender, b.void_reason,
           CASE WHEN $3::timestamptz IS NULL OR b.voided_at <= $3 THEN b.voided_at END AS voided_at,
           coalesce(l.day <= b.amends_through, false) AS amends,
           (b.voided_at IS NULL OR coalesce(b.voided_at > $3, false)) AND NOT EXISTS (
               SELECT FROM ledger n JOIN batch nb
                   ON nb.campaign_id = $1 AND nb.acknowledgement = n.acknowledgement
                   AND (nb.voided_at IS NULL OR nb.voided_at > $3)
               WHERE n.tenant = l.tenant AND n.campaign_id = $1 AND n.unit_id = l.unit_id
                 AND n.indicator_no = l.indicator_no AND n.source_id = l.source_id AND n.cohort_no = l.cohort_no
                 AND n.outcome_no = l.outcome_no AND n.reason_no = l.reason_no AND n.day = l.day
                 AND (n.received_at, n.acknowledgement) > (l.received_at, l.acknowledgement)
                 AND ($3 IS NULL OR n.received_at <= $3)
           ) AS live
    FROM ledger l
    JOIN batch b ON b.campaign_id = $1 AND b.acknowledgement = l.acknowledgement
    JOIN unit_copy u ON u.id = l.unit_id
    JOIN source s ON s.id = l.source_id
    WHERE l.campaign_id = $1 AND {{where}}
      AND ($3 IS NULL OR l.received_at <= $3)
      AND ($4::bigint IS NULL OR l.source_id = $4)
      AND ($5::smallint IS NULL OR l.indicator_no = $5)
      AND ($6::date IS NULL OR l.day = $6)
      AND ($7::bigint[] IS NULL OR EXISTS (
          SELECT FROM campaign_unit t WHERE t.campaign_id = $1 AND t.unit_id = l.unit_id AND t.path && $7
      ))
      AND (cardinality($18::smallint[]) = 0
           OR (l.indicator_no, l.reason_no) NOT IN (SELECT * FROM unnest($18, $19::smallint[])))
      AND (l.acknowledgement < $8 OR (
          l.acknowledgement = $8 AND ({_L_KEY}) > ($9, $10, $11, $12, $13, $14, $15, date '1970-01-01' + $16::integer)
      ))
    ORDER BY l.acknowledgement DESC, {_L_KEY} LIMIT $17
"""
_OF_UNITS = "(l.tenant, l.unit_id) IN (SELECT * FROM unnest($2::bigint[], $20::bigint[]))"
_OF_BATCHES = "l.acknowledgement = ANY ($2::bigint[])"

Place = tuple[int, list[int]]
"""Where a page ends: an acknowledgement and the key of the last row; without a key the batch is behind us."""


class Revision(msgspec.Struct, frozen=True):
    """One row of the ledger, and how it stands."""

    tenant: int
    unit_id: int
    indicator_no: int
    source_id: int
    cohort_no: int
    outcome_no: int
    reason_no: int
    day: date
    mode_no: int
    value: int
    about: bool
    acknowledgement: int
    received_at: datetime
    unit: str
    source: str
    batch: object
    sender: str
    void_reason: str | None
    voided_at: datetime | None
    amends: bool
    live: bool

    @property
    def place(self) -> Place:
        """Where a page ends that ends with this row."""
        key = [self.tenant, self.unit_id, self.indicator_no, self.source_id, self.cohort_no, self.outcome_no]
        return self.acknowledgement, [*key, self.reason_no, day_number(self.day)]


class Wanted(msgspec.Struct, frozen=True):
    """Which revisions: what is None does not matter. `roots`: ids of the subtrees in which the units lie.

    `kept_back`: numbers of indicators and reasons of which none is wanted.
    """

    campaign_id: int
    known_at: datetime | None
    source_id: int | None
    indicator_no: int | None
    day: date | None
    roots: Sequence[int] | None
    kept_back: Sequence[tuple[int, int]] = ()


async def source_id_of(connection: asyncpg.Connection, code: str) -> int | None:
    """The id of a source."""
    return await connection.fetchval("SELECT id FROM source WHERE code = $1", code)


async def of_units(
    connection: asyncpg.Connection, wanted: Wanted, units: Sequence[tuple[int, int]], *, after: Place, limit: int
) -> list[Revision]:
    """Revisions of a few units, each with its tenant, behind `after`."""
    tenants, ids = [one[0] for one in units], [one[1] for one in units]
    return await _page(connection, _OF_UNITS, tenants, wanted, after, limit, ids)


async def of_all(
    connection: asyncpg.Connection, wanted: Wanted, *, after: Place, limit: int
) -> tuple[list[Revision], Place | None]:
    """Revisions of any unit behind `after`, and how far was looked: None where nothing is left."""
    found: list[Revision] = []
    batches, looked = FIRST_BATCHES, 0
    while True:
        below = after[0] if after[1] else after[0] - 1
        rows = await connection.fetch(_BATCHES, wanted.campaign_id, below, wanted.source_id, wanted.known_at, batches)
        numbers = [row["acknowledgement"] for row in rows]
        if numbers:
            found += await _page(connection, _OF_BATCHES, numbers, wanted, after, limit - len(found))
        if len(numbers) < batches:
            return found, None
        looked += batches
        after = (numbers[-1], [])
        if len(found) >= limit or looked >= MOST_BATCHES:
            return found, after
        batches *= 2


async def _page(
    connection: asyncpg.Connection,
    where: str,
    numbers: Sequence[int],
    wanted: Wanted,
    after: Place,
    limit: int,
    *more: Sequence[int],
) -> list[Revision]:
    acknowledgement, key = after
    rows = await connection.fetch(
        _PAGE.format(where=where),
        wanted.campaign_id,
        numbers,
        wanted.known_at,
        wanted.source_id,
        wanted.indicator_no,
        wanted.day,
        None if wanted.roots is None else list(wanted.roots),
        acknowledgement,
        *(key or [None] * 8),
        limit,
        [indicator for indicator, _ in wanted.kept_back],
        [reason for _, reason in wanted.kept_back],
        *more,
    )
    return [Revision(**row) for row in rows]
