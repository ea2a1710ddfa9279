"""The splits that a plan states: each is made again, and its lines are the plan's."""

from collections.abc import Iterator, Sequence

from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput
from services.contracts.definitions import CampaignDefinition
from services.quota.apportionment.rules import Share
from services.quota.apportionment.shapes import ApportionmentInput
from services.quota.apportionment.splitting import Splitter
from services.quota.campaigns.queries import Sights
from services.quota.plans.shapes import LineInput

MAX_ERRORS = 1_000


async def recorded_splits(
    work: UnitOfWork,
    caller: Caller,
    campaign: CampaignDefinition,
    issuer: str | None,
    lines: Sequence[LineInput],
    splits: Sequence[ApportionmentInput],
) -> list[dict[str, object]] | None:
    """The splits with the weights that they went by, as a plan keeps them; None without any.

    Raises: InvalidInput where a split cannot be made, or the plan's lines are not those that it gives.
    """
    if not splits:
        return None
    sight = await Sights(work.connection, caller).of(campaign)
    assert sight is not None
    splitter = Splitter(work.connection, caller, campaign, sight, now=work.moment)
    amounts = {(line.unit, line.indicator, line.cohort): line.amount for line in lines}
    kept = []
    for place, one in enumerate(splits):
        at = f"/apportionments/{place}"
        if one.unit != issuer:
            raise InvalidInput(
                count=1,
                errors=[FieldError(f"{at}/unit", "split_of_another_unit", f"the plan hands down from {issuer}")],
            )
        try:
            shares, weights = await splitter.shares(one)
        except InvalidInput as fault:
            errors = [FieldError(at + error.pointer, error.code, error.detail) for error in fault.errors]
            raise InvalidInput(count=len(errors), errors=errors) from fault
        faults = list(_differences(at, one, shares, amounts))
        if faults:
            raise InvalidInput(count=len(faults), errors=faults[:MAX_ERRORS])
        kept.append({**one.model_dump(mode="json"), "weights": dict(sorted(weights.items()))})
    return kept


def _differences(
    at: str,
    split: ApportionmentInput,
    shares: Sequence[Share],
    amounts: dict[tuple[str, str, str | None], int],
) -> Iterator[FieldError]:
    for share in shares:
        amount = amounts.get((share.unit, split.indicator, split.cohort))
        if amount != share.amount:
            has = "has no line for it" if amount is None else f"says {amount}"
            detail = f"it gives {share.unit} {share.amount} of {split.indicator}; the plan {has}"
            yield FieldError(at, "line_differs_from_split", detail)
