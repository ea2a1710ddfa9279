"""The days that a series or a flow is asked for."""

from datetime import date

from services.chassis.problems import FieldError, Refusal
from services.reporting.series.rules import Days
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight, DaysReversed


class DaysOutsideCampaign(Refusal):
    """Days of {campaign} can be asked for from {first} to {last}; {refused} is none of these."""

    status = 422
    code = "days_outside_campaign"
    title = "Days outside the campaign"
    remedy = "Ask for days of the campaign, from the first to the last that the detail gives."


def checked_days(
    campaign: CampaignInSight, view: View, first: date | None, last: date | None, *, future: bool = False
) -> Days:
    """From the campaign's first day up to the one looked at, unless given; `future` days too where they are meant.

    Raises: DaysOutsideCampaign, DaysReversed.
    """
    definition = campaign.definition
    end = definition.last_day if future else max(view.as_of, definition.first_day)
    for name, day in (("from", first), ("to", last)):
        if day is not None and not definition.first_day <= day <= end:
            raise DaysOutsideCampaign(
                campaign=definition.code,
                first=definition.first_day,
                last=end,
                refused=day,
                errors=[
                    FieldError(
                        f"/query/{name}",
                        DaysOutsideCampaign.code,
                        f"Use a day from {definition.first_day} to {end}.",
                    )
                ],
            )
    days = Days(first or definition.first_day, last or view.as_of, view.as_of)
    if first is not None and last is not None and last < first:
        detail = f"Use a day up to {last}."
        raise DaysReversed(first=first, last=last, errors=[FieldError("/query/from", DaysReversed.code, detail)])
    return days
