"""Why a plan cannot be issued or edited."""

from services.chassis.problems import Refusal


class PlanAlreadyIssued(Refusal):
    """The plan was issued by the document {number}; what is issued stays as it is."""

    status = 409
    code = "plan_already_issued"
    title = "The plan is issued"
    remedy = "Revise it: a revision replaces the whole plan from its own date and erases nothing."


class PlanEmpty(Refusal):
    """The plan has no line; there is nothing to hand down."""

    status = 409
    code = "plan_empty"
    title = "The plan is empty"
    remedy = "Add a line at least, then issue it."


class ParentPlanNotIssued(Refusal):
    """No plan that names {unit} has been issued before; a unit cannot hand down what it has not received."""

    status = 409
    code = "parent_plan_not_issued"
    title = "The plan above is not issued"
    remedy = "Issue the plan that hands quotas to this unit first."


class QuotaExceedsReceived(Refusal):
    """{unit} hands down more than it received: received {received}, handed down {handed_down}, excess {excess}
    ({indicator}); `errors` names every such indicator and cohort."""

    status = 409
    code = "quota_exceeds_received"
    title = "More is handed down than was received"
    remedy = "Lower the lines, have the plan above revised, or let the campaign allow a stretch."


class PlanNamesUnitTwice(Refusal):
    """{count} line(s) name a unit, indicator and cohort that another issued plan names."""

    status = 409
    code = "plan_names_unit_twice"
    title = "The unit has this quota already"
    remedy = "Revise the plan that names it; a second plan does not add to the first."


class IssuedInFuture(Refusal):
    """`issued_at` lies in the future: it is {now} now."""

    status = 422
    code = "issued_at_in_future"
    title = "The moment lies ahead"
    remedy = "Give a moment in the past, or leave `issued_at` out."
