"""Why a batch is not withdrawn."""

from services.chassis.problems import Refusal


class BatchAlreadyVoided(Refusal):
    """The batch was withdrawn at {voided_at}: {reason}"""

    status = 409
    code = "batch_already_voided"
    title = "The batch is withdrawn already"
    remedy = "Nothing is left to do; the rows that it had are no longer live."


class BatchTookNothing(Refusal):
    """The batch was rejected whole, so that none of its rows counts."""

    status = 409
    code = "batch_took_nothing"
    title = "There is nothing to withdraw"
    remedy = "Correct what the receipt says and send the batch anew."
