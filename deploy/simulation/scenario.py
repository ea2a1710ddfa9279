"""What is simulated: a campaign with four indicators and two sources, and its quotas handed down to the communes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from deploy.loading.shares import mixed, split
from deploy.simulation.hierarchy import LAST_DAY, Hierarchy, Unit

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST_DAY = date(2025, 3, 3)
LABEL = "simulated"

_WEEKDAYS = (11, 12, 12, 12, 11, 6, 2)
"""What each day of the week weighs."""
_PAUSE_FROM_DAYS = 14
"""Shorter campaigns have no pause."""


class Scale(StrEnum):
    """How much of the country takes part."""

    PROVINCE = "province"
    NATIONAL = "national"


class Way(StrEnum):
    """How the reports come in."""

    API = "api"
    SQL = "sql"


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted. `per_mille`: quota by inhabitants; `exempt`, `declined`: shares of what is not achieved."""

    code: str
    name: dict[str, str]
    measure: str
    per_mille: int
    exempt: Mapping[str, int]
    declined: int
    paused: bool


REASONS: dict[str, dict[str, str]] = {
    "absent": {"vi": "Vắng mặt tại địa phương", "en": "Absent"},
    "deceased": {"vi": "Đã chết", "en": "Deceased"},
}
INDICATORS = (
    Indicator("cccd", {"vi": "Cấp căn cước", "en": "ID cards"}, "người", 60, {"absent": 30, "deceased": 5}, 0, True),
    Indicator("eid", {"vi": "Kích hoạt định danh điện tử", "en": "e-ID accounts"}, "tài khoản", 550, {}, 40, True),
    Indicator("sim", {"vi": "SIM chính chủ có chữ ký số", "en": "Signing SIM cards"}, "thuê bao", 450, {}, 0, False),
    Indicator("smartphone", {"vi": "Điện thoại thông minh 4G", "en": "4G phones"}, "thuê bao", 40, {}, 0, False),
)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A plan and the moment of its issue. Issuing unit and document tell it apart."""

    unit: str | None
    number: str
    date: str
    lines: list[dict[str, Any]]
    issued_at: datetime

    @property
    def body(self) -> dict[str, Any]:
        """The draft."""
        return {"unit": self.unit, "document": {"number": self.number, "date": self.date}, "lines": self.lines}


class Scenario:
    """One campaign, wholly decided by its units, its days and its seed."""

    def __init__(
        self,
        hierarchy: Hierarchy,
        *,
        scale: Scale,
        days: int,
        seed: int = 1,
        province: str | None = None,
        first_day: date = FIRST_DAY,
        open_days: int = 0,
    ) -> None:
        """`open_days`: so many days more belong to the campaign, on which nothing is reported."""
        self.hierarchy = hierarchy
        self.scale = scale
        self.seed = seed
        self.top = hierarchy.top() if scale is Scale.NATIONAL else hierarchy.province(province)
        self.days = [first_day + timedelta(days=number) for number in range(days)]
        self.last_day = self.days[-1] + timedelta(days=open_days)
        self.code = f"{self.top.code}-{days}d" + ("" if seed == 1 else f"-seed{seed}")
        self.register = f"{self.code}-register"
        """The source that speaks: an extract of the population register."""
        self.field = f"{self.code}-field"
        """The source that is kept for reconciliation: what the units report themselves."""

    @cached_property
    def hamlets(self) -> list[Unit]:
        """Where reports come from."""
        return self.hierarchy.of_level("residential_area", self.top.code)

    @cached_property
    def inhabitants(self) -> dict[str, int]:
        """Of every unit that has hamlets, made up at the hamlets and added up."""
        found = {one.code: 150 + mixed(self.seed, one.number, 1) % 451 for one in self.hamlets}
        for unit in reversed(self.hierarchy.within(self.top.code)):
            if unit.level != "residential_area":
                children = self.hierarchy.children.get(unit.code, ())
                total = sum(found.get(child.code, 0) for child in children)
                if total:
                    found[unit.code] = total
        return found

    @cached_property
    def quotas(self) -> dict[str, dict[str, int]]:
        """By indicator and unit: a round number at the top, split exactly by inhabitants at every level."""
        return {one.code: self._quotas(one) for one in INDICATORS}

    def _quotas(self, indicator: Indicator) -> dict[str, int]:
        found = {self.top.code: max(10, self.inhabitants[self.top.code] * indicator.per_mille // 10_000 * 10)}
        for unit in self.hierarchy.within(self.top.code):
            children = [one for one in self.hierarchy.children.get(unit.code, ()) if one.code in self.inhabitants]
            if children:
                found |= split(found[unit.code], {one.code: self.inhabitants[one.code] for one in children})
        return found

    @cached_property
    def pause(self) -> tuple[date, date] | None:
        """The days on which the ministry takes no files, of some indicators."""
        if len(self.days) < _PAUSE_FROM_DAYS:
            return None
        middle = len(self.days) // 2
        return self.days[middle], self.days[middle + 2]

    def running_weights(self, indicator: Indicator) -> list[int]:
        """What the days up to each one weigh together, beginning with 0 before the first; equal where one is paused."""
        pause = self.pause if indicator.paused else None
        place = INDICATORS.index(indicator)
        weights = [
            0
            if pause and pause[0] <= day <= pause[1]
            else _WEEKDAYS[day.weekday()] * (100 + number) * (85 + mixed(self.seed, place, number) % 31)
            for number, day in enumerate(self.days)
        ]
        return list(accumulate(weights, initial=0))

    def campaign_body(self) -> dict[str, Any]:
        """`POST /v1/campaigns`."""
        first = self.days[0]
        pauses = [] if self.pause is None else [self.pause]
        return {
            "code": self.code,
            "name": {
                "vi": f"Mô phỏng {len(self.days)} ngày, đêm: {self.top.name}",
                "en": f"Simulation of {len(self.days)} days: {self.top.name}",
            },
            "unit": self.top.code,
            "first_day": first.isoformat(),
            "last_day": self.last_day.isoformat(),
            "time_zone": ZONE.key,
            "hierarchy_day": min(first, date.fromisoformat(LAST_DAY)).isoformat(),
            "decision": {"number": "01/KH-MP", "date": self._decided().isoformat()},
            "indicators": [
                {
                    "code": one.code,
                    "kind": "quota",
                    "name": one.name,
                    "measure": one.measure,
                    "target_rate": "0.95",
                    "reconciliation_level": "commune",
                    "authority": [[self.register], [self.field]],
                    "reasons": [{"code": code, "name": REASONS[code]} for code in one.exempt],
                }
                for one in INDICATORS
            ],
            "pauses": [
                {
                    "first_day": start.isoformat(),
                    "last_day": end.isoformat(),
                    "indicators": [one.code for one in INDICATORS if one.paused],
                    "reason": "Tạm dừng tiếp nhận hồ sơ (mô phỏng)",
                }
                for start, end in pauses
            ],
            "compliance": {"level": "commune", "due_hour": 17, "due_days_after": 0},
            "commendation": {
                "level": "commune",
                "minimum_on_time_share": "0.9",
                "tolerance": "0.05",
                "weights": {one.code: 1 for one in INDICATORS},
            },
            "labels": [LABEL],
        }

    def source_bodies(self) -> dict[str, dict[str, Any]]:
        """`PUT /v1/sources/{code}` by code, with this campaign alone."""
        reports = [{"campaign": self.code, "indicator": one.code, "level": "residential_area"} for one in INDICATORS]
        return {
            self.register: {"name": "Trích xuất CSDLQG về DC (mô phỏng)", "kind": "register", "reports": reports},
            self.field: {"name": "Báo cáo của địa phương (mô phỏng)", "kind": "unit", "reports": reports},
        }

    def plan_waves(self) -> list[list[PlanRequest]]:
        """Plans down to the communes, and in one province to the hamlets; a wave needs the one before it issued."""
        deepest = "commune" if self.scale is Scale.PROVINCE else "district"
        waves = [[self._plan(None, "01/KH-MP", 0, [self.top])]]
        above = [self.top]
        while above:
            wave = []
            for unit in above:
                children = [one for one in self.hierarchy.children.get(unit.code, ()) if one.code in self.inhabitants]
                if children:
                    number = "01/KH-MP" if unit is self.top else f"01/KH-MP-{unit.code}"
                    wave.append(self._plan(unit.code, number, len(waves), children))
            if wave:
                waves.append(wave)
            above = [
                child
                for unit in above
                if unit.level != deepest
                for child in self.hierarchy.children.get(unit.code, ())
                if child.code in self.inhabitants
            ]
        return waves

    def _decided(self) -> date:
        return self.days[0] - timedelta(days=7)

    def _plan(self, unit: str | None, number: str, wave: int, to: list[Unit]) -> PlanRequest:
        lines = [
            {"unit": one.code, "indicator": indicator.code, "amount": self.quotas[indicator.code][one.code]}
            for indicator in INDICATORS
            for one in to
        ]
        issued_at = datetime.combine(self._decided(), time(8 + wave), ZONE).astimezone(UTC)
        return PlanRequest(unit, number, self._decided().isoformat(), lines, issued_at)
