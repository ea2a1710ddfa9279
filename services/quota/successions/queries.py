"""SQL over successions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import asyncpg

from services.contracts.definitions import SuccessionEdge
from services.quota.successions.rules import Act, Edge

MAX_STEPS = 20

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('quota: successions', 0))"
_ACTS_OF = """
    SELECT act.id, act.day, act.relation, act.decision_number, act.decision_date, edge.predecessor_id,
        edge.successor_id, edge.weight, edge.weights_total, edge.is_main
    FROM succession edge JOIN succession_act act ON act.id = edge.act_id
    WHERE act.id IN (SELECT act_id FROM succession WHERE predecessor_id = ANY ($1::bigint[]))
"""
_ACT_IDS = "SELECT nextval('succession_act_id_seq') FROM generate_series(1, $1)"
_EDGE_IDS = "SELECT nextval('succession_id_seq') FROM generate_series(1, $1)"
_ACT = ("id", "day", "relation", "decision_number", "decision_date", "recorded_at", "recorded_by")
_EDGE = ("id", "act_id", "day", "predecessor_id", "successor_id", "weight", "weights_total", "is_main")


def _walk(here: str, there: str, *, forward: bool) -> str:
    """Whoever is reached from unit $1, each by its nearest act. Time goes one way: nobody is met in a circle."""
    later = "edge.day > walk.day" if forward else "edge.day < walk.day"
    start = "-infinity" if forward else "infinity"
    return f"""
        WITH RECURSIVE walk AS (
            SELECT $1::bigint AS unit_id, '{start}'::date AS day, 0 AS step, NULL::bigint AS edge_id
            UNION
            SELECT edge.{there}, edge.day, walk.step + 1, edge.id
            FROM walk JOIN succession edge ON edge.{here} = walk.unit_id AND {later}
            WHERE walk.step < $2 AND edge.{there} IS NOT NULL
        )
        SELECT DISTINCT ON (walk.unit_id) walk.unit_id, walk.step, edge.day, act.relation, act.decision_number,
            act.decision_date, edge.weight, edge.weights_total, edge.is_main
        FROM walk JOIN succession edge ON edge.id = walk.edge_id JOIN succession_act act ON act.id = edge.act_id
        ORDER BY walk.unit_id, walk.step, edge.id
    """


_SUCCESSORS = _walk("predecessor_id", "successor_id", forward=True)
_PREDECESSORS = _walk("successor_id", "predecessor_id", forward=False)


async def lock_successions(connection: asyncpg.Connection) -> None:
    """Until this transaction ends nobody else records an act."""
    await connection.execute(_LOCK)


async def acts_of(connection: asyncpg.Connection, predecessors: Iterable[int]) -> dict[tuple[int, date], Act]:
    """The whole act that each of these units ended by or gave a part away by, by unit and day."""
    rows: defaultdict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in await connection.fetch(_ACTS_OF, sorted(set(predecessors))):
        rows[row["id"]].append(row)
    found: dict[tuple[int, date], Act] = {}
    for same in rows.values():
        first = same[0]
        act = Act(
            first["day"],
            first["relation"],
            first["decision_number"],
            first["decision_date"],
            frozenset(
                Edge(row["predecessor_id"], row["successor_id"], row["weight"], row["weights_total"], row["is_main"])
                for row in same
            ),
        )
        found |= {(row["predecessor_id"], first["day"]): act for row in same}
    return found


async def record_acts(
    connection: asyncpg.Connection, acts: Sequence[Act], *, moment: datetime, actor: str
) -> list[SuccessionEdge]:
    """The acts are recorded; answers their edges."""
    ids = [row[0] for row in await connection.fetch(_ACT_IDS, len(acts))]
    rows = [
        (number, act.day, act.relation, act.decision_number, act.decision_date, moment, actor)
        for number, act in zip(ids, acts, strict=True)
    ]
    await connection.copy_records_to_table("succession_act", records=rows, columns=_ACT)
    ordered = sorted(
        ((number, act, edge) for number, act in zip(ids, acts, strict=True) for edge in act.edges),
        key=lambda one: (one[2].predecessor_id, one[2].successor_id or 0),
    )
    numbers = [row[0] for row in await connection.fetch(_EDGE_IDS, len(ordered))]
    numbered = list(zip(numbers, ordered, strict=True))
    edges = [
        (number, act_id, act.day, one.predecessor_id, one.successor_id, one.weight, one.weights_total, one.is_main)
        for number, (act_id, act, one) in numbered
    ]
    await connection.copy_records_to_table("succession", records=edges, columns=_EDGE)
    return [
        SuccessionEdge(
            number,
            act.day,
            act.relation,
            one.predecessor_id,
            one.successor_id,
            one.weight,
            one.weights_total,
            one.is_main,
        )
        for number, (_, act, one) in numbered
    ]


async def successors(connection: asyncpg.Connection, unit_id: int, *, steps: int) -> list[asyncpg.Record]:
    """What became of the unit, over at most so many acts."""
    return await connection.fetch(_SUCCESSORS, unit_id, steps)


async def predecessors(connection: asyncpg.Connection, unit_id: int, *, steps: int) -> list[asyncpg.Record]:
    """What the unit was made of, over at most so many acts."""
    return await connection.fetch(_PREDECESSORS, unit_id, steps)
