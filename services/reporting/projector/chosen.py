"""Rules 4 and 5 over sets, as SQL: which live rows count, and how they change totals from day to day.

Texts over relations that whoever uses them names: `live` and `anchor_source` are the tables of that name, or what stood
in them at a moment, and `rule` holds who stands in which authority group (`indicator_no`, `source_id`, `place`).
"""

from services.reporting.projector.counting import STOCK_NO


def spoken(where: str, *also: str) -> str:
    """The sources that ever speak at an anchor, each with the first day of an earlier group (`until`; NULL: never).

    `also`: further columns of `presence`, the relation `anchor_source`.
    """
    columns = ("tenant", "indicator_no", "anchor_id", "outcome_no", "source_id", *also)
    return f"""
        SELECT {", ".join(f"presence.{column}" for column in columns)},
            min(presence.first_day) OVER (
                PARTITION BY presence.indicator_no, presence.anchor_id, presence.outcome_no ORDER BY rule.place
                GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until
        FROM anchor_source AS presence JOIN rule USING (indicator_no, source_id)
        WHERE presence.outcome_no <> {STOCK_NO} AND {where}
    """


COUNTS = "(spoken.until IS NULL OR live.day < spoken.until)"
"""Whether a live row counts: it comes before the day on which its group falls silent."""

# A total begins anew at each cumulative row, and what happened on a day is the total less the one before.
_SERIES = "indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no"
STEPPED = f"""
    counted AS (
        SELECT *, count(*) FILTER (WHERE mode_no = 1) OVER (PARTITION BY {_SERIES} ORDER BY day) AS beginnings
        FROM chosen
    ), totalled AS (
        SELECT *, sum(value) OVER (PARTITION BY {_SERIES}, beginnings ORDER BY day) AS total FROM counted
    ), stepped AS (
        SELECT *, lag(total) OVER series AS total_before, lead(day) OVER series IS NULL AS is_last FROM totalled
        WINDOW series AS (PARTITION BY {_SERIES} ORDER BY day)
    )
"""
"""`chosen`, the rows that count, with the running total of their series."""

STEPS = """
    SELECT unit_id, indicator_no, cohort_no, outcome_no, reason_no, step.day, step.delta, step.known, step.rows
    FROM stepped CROSS JOIN LATERAL (
        SELECT day, (total - coalesce(total_before, 0))::bigint, (total_before IS NULL)::integer, 1
        UNION ALL
        SELECT until, -total::bigint, -1, 0 WHERE is_last AND until IS NOT NULL
    ) AS step (day, delta, known, rows)
"""
"""What a unit's own rows change, as `rollup_day` has it; not yet summed."""

LABEL_STEPS = """
    SELECT unit_id, indicator_no, step.label, step.day, step.rows
    FROM chosen JOIN batch_copy AS batch USING (acknowledgement)
    CROSS JOIN LATERAL (
        SELECT label, chosen.day, 1 FROM unnest(batch.labels) AS label
        UNION ALL
        SELECT label, chosen.until, -1 FROM unnest(batch.labels) AS label WHERE chosen.until IS NOT NULL
    ) AS step (label, day, rows)
    WHERE cardinality(batch.labels) > 0
"""
"""What labels a unit's own rows carry, as `rollup_label` has it; not yet summed."""
