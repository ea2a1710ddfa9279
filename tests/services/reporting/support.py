"""A small campaign written straight into the read model, as the projector would have left it."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import msgspec

from services.contracts.definitions import (
    CampaignDefinition,
    IndicatorDefinition,
    Numbers,
    ReasonDefinition,
    Rounding,
    UnitDefinition,
)
from services.contracts.hierarchy import TreeUnit, campaign_tree
from services.contracts.names import search_key, sort_key
from services.contracts.words import OUTCOME_NO, IndicatorKind, Level, Outcome, TargetOn

FIRST, LAST = date(2024, 4, 4), date(2024, 7, 3)
NOON = datetime(2024, 7, 10, 5, tzinfo=UTC)
"""A moment after the campaign."""

PLACES = [
    ("84", Level.COUNTRY, None, "Việt Nam"),
    ("70", Level.PROVINCE, "84", "Tỉnh Bình Phước"),
    ("688", Level.DISTRICT, "70", "Thị xã Phước Long"),
    ("689", Level.DISTRICT, "70", "Thành phố Đồng Xoài"),
    ("690", Level.DISTRICT, "70", "Thị xã Bình Long"),
    ("691", Level.DISTRICT, "70", "Huyện Bù Gia Mập"),
    ("25001", Level.COMMUNE, "688", "Phường Thác Mơ"),
    ("25002", Level.COMMUNE, "688", "Phường Long Thủy"),
    ("25003", Level.COMMUNE, "689", "Xã Lộc Thạnh"),
    ("25004", Level.COMMUNE, "689", "Xã Lộc Thành"),
    ("9001", Level.RESIDENTIAL_AREA, "25001", "Khu phố 1"),
    ("9002", Level.RESIDENTIAL_AREA, "25001", "Khu phố 2"),
    ("75", Level.PROVINCE, "84", "Tỉnh Đồng Nai"),
]

REASONS = (
    ReasonDefinition("absent", {"vi": "Vắng mặt"}),
    ReasonDefinition("abroad", {"vi": "Ở nước ngoài"}),
    ReasonDefinition("illness", {"vi": "Ốm đau"}, sensitive=True),
)


def indicator(code: str, **changes: Any) -> IndicatorDefinition:
    plain = IndicatorDefinition(
        code=code,
        kind=IndicatorKind.QUOTA,
        name={"vi": code},
        measure="người",
        target_rate="1",
        target_on=TargetOn.RAW,
        counts_baseline=False,
        reconciliation_level=Level.COMMUNE,
        authority=(("csdlqg",),),
        reasons=REASONS,
    )
    return msgspec.structs.replace(plain, **changes)


class ReadModel:
    """Quotas and reports are added, rolled up to every ancestor, and written at once."""

    def __init__(self, *indicators: IndicatorDefinition, places: list[Any] | None = None, **changes: Any) -> None:
        self.units = [
            UnitDefinition(1000 + place, code, level, "kind", parent, name, None, None, 1)
            for place, (code, level, parent, name) in enumerate(places or PLACES)
        ]
        ids = {unit.code: unit.id for unit in self.units}
        chosen = indicators or (indicator("cccd"), indicator("sim"))
        plain = CampaignDefinition(
            id=1,
            code="bp",
            name={"vi": "90 ngày, đêm"},
            unit="70",
            unit_id=ids["70"],
            first_day=FIRST,
            last_day=LAST,
            time_zone="Asia/Ho_Chi_Minh",
            hierarchy_day=FIRST,
            rounding=Rounding(),
            indicators=chosen,
            numbers=Numbers(
                indicators={one.code: number for number, one in enumerate(chosen, 1)},
                cohorts={
                    code: number
                    for number, code in enumerate(
                        dict.fromkeys(cohort.code for one in chosen for cohort in one.cohorts), 1
                    )
                },
                reasons={one.code: number for number, one in enumerate(REASONS, 1)},
            ),
            revision=1,
        )
        if "unit" in changes:
            changes["unit_id"] = ids[changes["unit"]]
        self.campaign = msgspec.structs.replace(plain, **changes)
        tree = campaign_tree(self.units, top_id=self.campaign.unit_id, day=FIRST)
        self.tree: dict[str, TreeUnit] = {one.unit.code: one for one in tree}
        self.by_id = {one.unit.id: one for one in tree}
        self.quotas: list[tuple[Any, ...]] = []
        self.successions: list[tuple[Any, ...]] = []
        self.reports: dict[tuple[Any, ...], dict[date, int]] = defaultdict(lambda: defaultdict(int))
        self.received: dict[tuple[Any, ...], tuple[datetime, datetime]] = {}
        self.labels: Counter[tuple[Any, ...]] = Counter()
        self.anchors: dict[tuple[int, int, int], date] = {}

    def number(self, code: str) -> int:
        return self.campaign.numbers.indicators[code]

    def quota(
        self,
        unit: str,
        code: str,
        amount: int | None,
        *,
        baseline: int = 0,
        basis: int = 1,
        day: date = FIRST,
        cohort_no: int = 0,
    ) -> None:
        one = self.tree[unit]
        self.quotas.append(
            (one.tenant, self.campaign.id, one.unit.id, self.number(code), cohort_no, day, amount, baseline, basis)
        )

    def report(
        self,
        unit: str,
        code: str,
        value: int,
        *,
        day: date = LAST,
        outcome: Outcome = Outcome.ACHIEVED,
        reason: str | None = None,
        cohort_no: int = 0,
        received_at: datetime = datetime(2024, 7, 4, tzinfo=UTC),
        label: str | None = None,
    ) -> None:
        number = self.number(code)
        reason_no = 0 if reason is None else self.campaign.numbers.reasons[reason]
        self.reports[unit, number, cohort_no, OUTCOME_NO[outcome], reason_no][day] += value
        level = self.campaign.indicators[number - 1].reconciliation_level
        for unit_id in self.tree[unit].path:
            above = self.by_id[unit_id]
            key = (above.tenant, self.campaign.id, unit_id, number)
            newest, first = self.received.get((*key, day), (received_at, received_at))
            self.received[*key, day] = max(received_at, newest), min(received_at, first)
            if label is not None:
                self.labels[*key, label, day] += 1
            if above.unit.level is level:
                anchor = (above.tenant, number, unit_id)
                self.anchors[anchor] = min(day, self.anchors.get(anchor, day))

    async def write(self, connection: asyncpg.Connection) -> None:
        days: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
        for (unit, number, cohort_no, outcome_no, reason_no), by_day in self.reports.items():
            for place, day in enumerate(sorted(by_day)):
                for unit_id in self.tree[unit].path:
                    tenant = self.by_id[unit_id].tenant
                    row = days[tenant, self.campaign.id, unit_id, number, cohort_no, outcome_no, reason_no, day]
                    row[0] += by_day[day]
                    row[1] += place == 0
                    row[2] += 1
        totals: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
        for (*key, _), (delta, known, _) in days.items():
            totals[tuple(key)][0] += delta
            totals[tuple(key)][1] += known
        campaign = self.campaign
        tree = list(self.tree.values())
        copies: dict[str, list[tuple[Any, ...]]] = {
            "unit_copy": [
                (
                    *(one.id, one.code, one.level, one.kind, one.parent_code, one.name),
                    *(sort_key(one.name), search_key(one.name), one.valid_from, one.valid_to, one.revision),
                )
                for one in self.units
            ],
            "campaign_unit": [
                (
                    *(one.tenant, campaign.id, one.unit.id, one.parent_id, one.depth, list(one.path)),
                    *([self.by_id[above].unit.level for above in one.path], one.unit.code, one.unit.level),
                    *(one.unit.kind, one.unit.name, sort_key(one.unit.name), search_key(one.unit.name)),
                )
                for one in tree
            ],
            "campaign_closure": [
                (one.tenant, campaign.id, one.unit.id, above, self.by_id[above].tenant, one.depth - place)
                for one in tree
                for place, above in enumerate(one.path)
            ],
            "succession_copy": self.successions,
            "quota_step": self.quotas,
            "rollup_day": [(*key, *row) for key, row in days.items()],
            "rollup_total": [(*key, *row) for key, row in totals.items()],
            "rollup_received": [(*key, *moments) for key, moments in self.received.items()],
            "rollup_label": [(*key, rows) for key, rows in self.labels.items()],
            "anchor_reported": [
                (tenant, campaign.id, number, unit_id, day) for (tenant, number, unit_id), day in self.anchors.items()
            ],
        }
        async with connection.transaction():
            await connection.execute(
                """
                INSERT INTO campaign_copy (id, code, unit_id, first_day, last_day, hierarchy_day, definition, revision)
                VALUES ($1, $2, $3, $4, $5, $6, $7, 1)
                """,
                campaign.id,
                campaign.code,
                campaign.unit_id,
                campaign.first_day,
                campaign.last_day,
                campaign.hierarchy_day,
                msgspec.json.encode(campaign).decode(),
            )
            for table, records in copies.items():
                await connection.copy_records_to_table(table, records=records)
