"""Why a batch as a whole is refused."""

from services.chassis.problems import Refusal


class SourceNotYours(Refusal):
    """This token may not report for the source {source}."""

    status = 403
    code = "source_not_yours"
    title = "The token speaks for another source"
    remedy = "Send the `source` that your token names, or ask for a token of that source."
