"""What a token may see and write: the subtrees of its units, by the hierarchy of the day that counts."""

from collections.abc import Iterable

from fastapi import Request

from services.chassis.identity import Caller, needs
from services.chassis.problems import NotFound, Refusal


class OutsideToken(Refusal):
    """Only a token whose units cover {unit} may change this."""

    status = 403
    code = "outside_token_units"
    title = "The token's units do not cover this"
    remedy = "Ask for a token whose `units` name that unit or one above it."


def covers(caller: Caller, path: Iterable[str]) -> bool:
    """Whether the token covers a unit; `path` holds the codes of the unit and its ancestors on the day."""
    return caller.sees_everything or any(code in caller.units for code in path)


_needs_read = needs("quota:read")


async def another_service(request: Request) -> Caller:
    """The caller of an internal endpoint: it reads everything.

    Raises: NotFound for whoever does not.
    """
    caller: Caller = await _needs_read(request)
    if not caller.sees_everything:
        raise NotFound(path=request.url.path)
    return caller
