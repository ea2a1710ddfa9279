"""Why a plan cannot be issued or edited."""

from services.chassis.problems import Refusal


class PlanAlreadyIssued(Refusal):
    """The plan was issued by the document {number}; what is issued stays as it is."""

    status = 409
    code = "plan_already_issued"
    title = "The plan is issued"
    remedy = "Revise it: a revision replaces the whole plan from its own date and erases nothing."


class PlanNotIssued(Refusal):
    """The plan is a draft; only what is issued is revised or withdrawn."""

    status = 409
    code = "plan_not_issued"
    title = "The plan is a draft"
    remedy = "Edit the draft with PUT, or discard it with DELETE."


class PlanSuperseded(Refusal):
    """A later revision of the plan was issued by the document {number}: {newest}."""

    status = 409
    code = "plan_superseded"
    title = "There is a later revision"
    remedy = "Revise or withdraw the revision that the detail names."


class RevisionUnderWay(Refusal):
    """A revision of the plan is being drafted already: {draft}."""

    status = 409
    code = "revision_under_way"
    title = "A revision is being drafted"
    remedy = "Edit that draft, issue it, or discard it with DELETE."


class DocumentUnchanged(Refusal):
    """The revision bears number and date of the document that it revises, {number} of {date}."""

    status = 409
    code = "document_unchanged"
    title = "A revision has a document of its own"
    remedy = "Edit the draft: give number and date of the document that orders the revision."


class IssuedBeforePrevious(Refusal):
    """`issued_at` lies before {previous}, when the revision before this one was issued."""

    status = 422
    code = "issued_before_previous"
    title = "The revisions would be known in the wrong order"
    remedy = "Give a moment after the issue of the revision before."


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
    """{unit} hands down more than it received: on {day} received {received}, handed down
    {handed_down}, excess {excess} ({indicator}); `errors` names every such indicator and cohort."""

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
