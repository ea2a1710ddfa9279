"""`POST /internal/graph/walk`: a whole query of the gateway, with the end user's token."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.identity import Caller
from services.contracts.walks import Walk
from services.reporting.graph.questions import parse_question
from services.reporting.graph.walking import Walked, walked
from services.reporting.reading import Reader, ReadingRoute, moment_of, snapshot
from services.reporting.visibility.owner import Owner

router = APIRouter(prefix="/internal/graph", include_in_schema=False, route_class=ReadingRoute)


@router.post("/walk")
async def ask_walk(request: Request, caller: Reader) -> Response:
    """`Walk` → `WalkAnswer` and columns: everything that a query of the gateway needs, in one snapshot.

    A unit that a step has not found is asked of quota once, as everywhere, before the step is refused for it.
    """
    question = parse_question(await request.body(), Walk)
    found = await _walked(request, caller, question)
    owner: Owner = request.app.state.owner
    if found.not_found is not None and await owner.has_brought(found.not_found):
        found = await _walked(request, caller, question)
    return Response(found.text, media_type="text/plain")


async def _walked(request: Request, caller: Caller, question: Walk) -> Walked:
    async with snapshot(request) as connection:
        return await walked(connection, caller, question.steps, now=moment_of(request))
