"""Facts of a small province, as the figures of its campaign would be."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from services.contracts.definitions import CampaignDefinition, Document, IndicatorDefinition, Numbers, Rounding
from services.contracts.figures import CoverageFigure, Figure, PaceFigure, RateFigure
from services.contracts.rates import printed_rate
from services.contracts.words import Band, Level, QuotaBasis, RoundingMode
from services.reporting.notices.facts import Facts, Named
from tests.services.reporting.support import FIRST, LAST, indicator

PROVINCE = Named("70", Level.PROVINCE, "Tỉnh Bình Phước")
DISTRICTS = [
    Named("688", Level.DISTRICT, "Thị xã Phước Long"),
    Named("689", Level.DISTRICT, "Thành phố Đồng Xoài"),
    Named("690", Level.DISTRICT, 'Huyện <Bù> & "Đăng" {{ 7 * 7 }} #emph[x] =1+1'),
]


def rate(numerator: int, denominator: int) -> RateFigure:
    return RateFigure(
        numerator, denominator, printed_rate(numerator, denominator, decimals=2, mode=RoundingMode.HALF_UP)
    )


def figure(unit: str, code: str = "cccd", quota: int | None = 100, achieved: int | None = 55, **more: Any) -> Figure:
    measured = quota is not None and achieved is not None
    plain = Figure(
        unit=unit,
        level=Level.DISTRICT,
        indicator=code,
        cohort=None,
        quota=quota,
        quota_basis=QuotaBasis.RECEIVED,
        baseline=0,
        achieved=achieved,
        exempt=None,
        declined=None,
        outstanding=max(0, quota - achieved) if measured else None,
        rate=rate(achieved, quota) if measured else None,
        adjusted_rate=rate(achieved, quota) if measured else None,
        target_rate="1",
        reached=achieved >= quota if measured else None,
        rank=None,
        ranked_of=None,
        band=Band.UNKNOWN,
        pace=None,
        coverage=CoverageFigure(0, 0),
        labels=[],
        last_day=LAST,
        last_received_at=datetime(2024, 7, 3, 10, 5, tzinfo=UTC),
        as_of=LAST,
        known_at=None,
    )
    return msgspec.structs.replace(plain, **more)


def campaign(*indicators: IndicatorDefinition, **changes: Any) -> CampaignDefinition:
    plain = CampaignDefinition(
        id=1,
        code="bp",
        name={"vi": "Đợt cao điểm 90 ngày, đêm"},
        unit="70",
        unit_id=1,
        first_day=FIRST,
        last_day=LAST,
        time_zone="Asia/Ho_Chi_Minh",
        hierarchy_day=FIRST,
        rounding=Rounding(),
        indicators=indicators or (indicator("cccd", name={"vi": "Cấp căn cước công dân"}),),
        numbers=Numbers({}, {}, {}),
        revision=1,
        decision=Document("128/KH-UBND", date(2024, 4, 4)),
    )
    return msgspec.structs.replace(plain, **changes)


def facts(*figures: Figure, as_of: date = LAST, children: list[Named] | None = None, **changes: Any) -> Facts:
    """Facts of the province; those figures that are not given are 55 of 100."""
    told = campaign(**changes)
    below = DISTRICTS if children is None else children
    given = {(one.unit, one.indicator): one for one in figures}
    return Facts(
        campaign=told,
        unit=PROVINCE,
        children=below,
        indicators=list(told.indicators),
        figures={
            unit.code: {
                one.code: given.get((unit.code, one.code)) or figure(unit.code, one.code) for one in told.indicators
            }
            for unit in (PROVINCE, *below)
        },
        as_of=as_of,
    )


PACE = PaceFigure(expected=60, difference=-5, needed_per_day=None, forecast=97, forecast_reached=False, days_left=10)
