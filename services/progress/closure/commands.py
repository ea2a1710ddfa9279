"""A period is closed, in one transaction."""

from datetime import date

from services.chassis.database import UnitOfWork
from services.chassis.editions import check_if_match, etag
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput
from services.contracts.definitions import Document
from services.contracts.events import PeriodClosed
from services.progress.closure import queries
from services.progress.copies.views import CampaignView
from services.progress.holds import name_of_campaign


async def close_period(
    work: UnitOfWork,
    caller: Caller,
    campaign: CampaignView,
    *,
    through: date | None,
    decision_number: str,
    decision_date: date,
    if_match: str | None,
) -> tuple[queries.Closure, bool]:
    """Days up to `through` are closed, none where it is None; answers the closure and whether it is the first.

    Raises: InvalidInput, PreconditionRequired, PreconditionFailed.
    """
    # Once this has an answer no row slips in any more that was judged before.
    await work.hold(name_of_campaign(campaign.definition.code))
    before = await queries.newest(work.connection, campaign.id)
    if before is not None:
        check_if_match(if_match, etag(before.revision), thing="A closure")
    first_day, last_day = campaign.definition.first_day, campaign.definition.last_day
    if through is not None and not first_day <= through <= last_day:
        detail = f"The campaign runs from {first_day} to {last_day}; close it through one of these days."
        raise InvalidInput(count=1, errors=[FieldError("/through", "day_outside_campaign", detail)])
    today = campaign.day_at(work.moment)
    if through is not None and through > today:
        detail = f"It is {today} in {campaign.definition.time_zone}; a day that is to come cannot be closed."
        raise InvalidInput(count=1, errors=[FieldError("/through", "day_in_future", detail)])
    closure = queries.Closure(
        revision=1 if before is None else before.revision + 1,
        through=through,
        decision_number=decision_number,
        decision_date=decision_date,
        closed_at=work.moment,
        closed_by=caller.subject,
    )
    await queries.add(work.connection, campaign.id, closure)
    work.record(
        PeriodClosed(
            campaign_id=campaign.id,
            revision=closure.revision,
            through=through,
            decision=Document(decision_number, decision_date),
            closed_at=work.moment,
        )
    )
    return closure, before is None
