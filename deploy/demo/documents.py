"""What the data folder says, as values: the campaign's printed documents, and our own choices beside them."""

import csv
import tomllib
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deploy.demo.reorganisation import Reorganisation, reorganisation
from deploy.demo.units import Unit
from services.contracts.words import Level

BINH_PHUOC = Path(__file__).parent / "data" / "binh_phuoc"
_CHOICES = "campaign.toml"


@dataclass(frozen=True, slots=True)
class DistrictFigure:
    """What a district was given and got done; `imputed` where no document prints it."""

    quota: int
    achieved: int
    imputed: bool


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Cases of the whole province that are exempt for one reason."""

    reason: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted, who reports it, and what is printed of it."""

    code: str
    name: dict[str, str]
    measure: str
    target_rate: str
    level: Level
    authority: list[list[str]]
    achieved_by: dict[str, int]
    """Sources that count what was achieved, by their share."""
    exempt_by: str | None
    declined_by: str | None
    exclusions: tuple[Exclusion, ...]
    """In printed order; empty where neither exempt nor declined cases are printed."""
    top_quota: int
    districts: dict[str, DistrictFigure]
    held: dict[str, int]
    """Communes whose quota another plan prints."""
    pauses: tuple["Pause", ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """Days, both inclusive, on which the indicators cannot progress."""

    first_day: date
    last_day: date
    indicators: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """The campaign's frame. `rules` are its settings as the quota service takes them, word for word."""

    code: str
    name: dict[str, str]
    top: str
    first_day: date
    last_day: date
    decision_number: str
    decision_date: date
    zone: ZoneInfo
    sensitive_reasons: frozenset[str]
    labels: tuple[str, ...]
    imputed_label: str
    pauses: tuple[Pause, ...]
    rules: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Who reports."""

    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class PlanChoices:
    """How the plans that no document gives are numbered, and when all of them were issued (local time)."""

    district_number: str
    received_issued: time
    top_issued: time
    district_issued: time


@dataclass(frozen=True, slots=True)
class DayChoices:
    """The rhythm of the simulated days."""

    weekdays: tuple[int, ...]
    growth: int
    jitter: int
    report_received: time
    cumulative_every: int


@dataclass(frozen=True, slots=True)
class Documents:
    """Everything that the folder says of one campaign."""

    campaign: Campaign
    units: tuple[Unit, ...]
    """In every period of validity, parents before children."""
    reorganisation: Reorganisation
    indicators: tuple[Indicator, ...]
    sources: tuple[Source, ...]
    plans: PlanChoices
    days: DayChoices

    def children(self, code: str) -> list[str]:
        """The codes below a unit on the campaign's first day, in their order."""
        day = self.campaign.first_day
        return sorted({unit.code for unit in self.units if unit.parent_code == code and unit.is_valid_on(day)})


def read_documents(folder: Path) -> Documents:
    """The folder's documents. Raises: OSError, KeyError, ValueError where one is missing or does not fit."""
    choices = tomllib.loads((folder / _CHOICES).read_text(encoding="utf-8"))
    code = choices["campaign"]
    frame = next(row for row in _rows(folder, "campaigns") if row["campaign_code"] == code)
    pauses = _pauses(folder, code, choices["pauses"])
    campaign = Campaign(
        code=code,
        name={"vi": frame["name_vi"], "en": choices["name_en"]},
        top=frame["issuer_unit_code"],
        first_day=date.fromisoformat(frame["start_date"]),
        last_day=date.fromisoformat(frame["end_date"]),
        decision_number=frame["plan_number"],
        decision_date=date.fromisoformat(frame["plan_date"]),
        zone=ZoneInfo(choices["time_zone"]),
        sensitive_reasons=frozenset(choices["sensitive_reasons"]),
        labels=tuple(choices["labels"]),
        imputed_label=choices["imputed_label"],
        pauses=pauses,
        rules={name: choices[name] for name in ("rounding", "compliance", "small_count")}
        | {"commendation": {**choices["commendation"], "weights": {one["code"]: 1 for one in choices["indicators"]}}},
    )
    units = _units(folder)
    return Documents(
        campaign=campaign,
        units=units,
        reorganisation=reorganisation(
            _rows(folder, "successions"),
            _rows(folder, "successions_upper"),
            choices["reorganisation"],
            kinds={unit.code: unit.kind for unit in units},
        ),
        indicators=_indicators(folder, campaign, choices),
        sources=tuple(Source(**one) for one in choices["sources"]),
        plans=_plan_choices(choices["plans"]),
        days=_day_choices(choices["days"]),
    )


def _plan_choices(chosen: dict[str, str]) -> PlanChoices:
    return PlanChoices(
        district_number=chosen["district_number"],
        received_issued=time.fromisoformat(chosen["received_issued"]),
        top_issued=time.fromisoformat(chosen["top_issued"]),
        district_issued=time.fromisoformat(chosen["district_issued"]),
    )


def _day_choices(chosen: dict[str, Any]) -> DayChoices:
    return DayChoices(
        weekdays=tuple(chosen["weekdays"]),
        growth=chosen["growth"],
        jitter=chosen["jitter"],
        report_received=time.fromisoformat(chosen["report_received"]),
        cumulative_every=chosen["cumulative_every"],
    )


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _units(folder: Path) -> tuple[Unit, ...]:
    rows = _rows(folder, "units") + _rows(folder, "units_history")
    order = list(Level)
    units = [
        Unit(
            code=row["code"],
            level=Level(row["level"]),
            kind=row["unit_type"],
            parent_code=row["parent_code"] or None,
            name=row["name_vi"],
            valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        )
        for row in rows
    ]
    return tuple(sorted(units, key=lambda unit: order.index(unit.level)))


def _pauses(folder: Path, campaign: str, chosen: list[dict[str, str]]) -> tuple[Pause, ...]:
    events = {row["event_code"]: row for row in _rows(folder, "campaign_events") if row["campaign_code"] == campaign}
    return tuple(
        Pause(
            first_day=date.fromisoformat(events[one["event"]]["start_date"]),
            last_day=date.fromisoformat(events[one["event"]]["end_date"]),
            indicators=tuple(events[one["event"]]["applies_to"].split("|")),
            reason=one["reason"],
        )
        for one in chosen
    )


def _indicators(folder: Path, campaign: Campaign, choices: dict[str, Any]) -> tuple[Indicator, ...]:
    chosen = {one["code"]: one for one in choices["indicators"]}
    quotas, figures, exclusions = (_rows(folder, name) for name in ("quotas", "district_figures", "exclusions"))
    top_quotas = {
        row["indicator_code"]: int(row["quota"])
        for row in quotas
        if (row["campaign_code"], row["unit_code"]) == (campaign.code, campaign.top)
    }
    nested = [
        row
        for row in quotas
        if row["campaign_code"] == choices["held"]["campaign"]
        and row["unit_of_measure"] == choices["held"]["unit_of_measure"]
    ]
    return tuple(
        _indicator(
            row,
            chosen[row["indicator_code"]],
            campaign,
            top_quota=top_quotas[row["indicator_code"]],
            figures=[one for one in figures if one["indicator_code"] == row["indicator_code"]],
            exclusions=[
                one
                for one in exclusions
                if (one["campaign_code"], one["unit_code"], one["indicator_code"])
                == (campaign.code, campaign.top, row["indicator_code"])
            ],
            nested=nested,
        )
        for row in _rows(folder, "indicators")
        if row["campaign_code"] == campaign.code
    )


def _indicator(
    row: dict[str, str],
    chosen: dict[str, Any],
    campaign: Campaign,
    *,
    top_quota: int,
    figures: list[dict[str, str]],
    exclusions: list[dict[str, str]],
    nested: list[dict[str, str]],
) -> Indicator:
    code = row["indicator_code"]
    held: dict[str, int] = {}
    for line in nested:
        if line["indicator_code"] in chosen["held_as"]:
            held[line["unit_code"]] = held.get(line["unit_code"], 0) + int(line["quota"])
    return Indicator(
        code=code,
        name={"vi": row["name_vi"], "en": chosen["name_en"]},
        measure=chosen["measure"],
        target_rate=chosen["target_rate"],
        level=Level(chosen["level"]),
        authority=chosen["authority"],
        achieved_by={one["source"]: one["share"] for one in chosen["achieved"]},
        exempt_by=chosen.get("exempt"),
        declined_by=chosen.get("declined"),
        exclusions=tuple(
            Exclusion(one["reason_code"], one["label_vi"], int(one["count"]))
            for one in sorted(exclusions, key=lambda one: int(one["printed_order"]))
        ),
        top_quota=top_quota,
        districts={
            one["unit_code"]: DistrictFigure(int(one["quota"]), int(one["achieved"]), one["basis"] == "imputed")
            for one in figures
        },
        held=held,
        pauses=tuple(pause for pause in campaign.pauses if code in pause.indicators),
    )
