"""Why a closed period stands in the way."""

from services.chassis.problems import Refusal


class TopUnitNeeded(Refusal):
    """A closure binds the whole campaign; this token does not hold its top unit {unit}."""

    status = 403
    code = "top_unit_needed"
    title = "The token holds only a part of the campaign"
    remedy = "Ask for a token of the campaign's top unit."


class PeriodClosed(Refusal):
    """The days up to {through} are closed by decision {decision}, and the batch has rows of them."""

    status = 409
    code = "period_closed"
    title = "The period is closed"
    remedy = "Ask somebody with the scope progress:amend; the change is then marked as an amendment."
