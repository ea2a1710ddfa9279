"""What does not exist and what a token may not see take the same time to be denied.

To find that a thing is hidden takes more work than to find that there is none. So a 404 (and a 422, which may name what
is unknown) leaves at a multiple of a fixed step after its request came: within a step nobody can tell the two apart.
"""

import asyncio
import math

from starlette.types import ASGIApp, Message, Receive, Scope, Send

DENYING = (404, 422)
_OWN_THINGS = ("/v1/", "/internal/")


class EvenAnswersMiddleware:
    """Holds answers that deny our things back until the next multiple of `step_seconds`."""

    def __init__(self, app: ASGIApp, *, step_seconds: float) -> None:
        self.app = app
        self.step_seconds = step_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith(_OWN_THINGS):
            await self.app(scope, receive, send)
            return
        now = asyncio.get_running_loop().time
        came_at = now()

        async def send_evenly(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in DENYING:
                steps = math.ceil((now() - came_at) / self.step_seconds)
                await asyncio.sleep(came_at + steps * self.step_seconds - now())
            await send(message)

        await self.app(scope, receive, send_evenly)
