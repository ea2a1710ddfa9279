"""What a request makes the services do: the statements that each of them sends to its database, in their order."""

import asyncio
from collections import defaultdict
from typing import Any

from asyncpg.connection import LoggedQuery
from sqlalchemy import event as events

from services.chassis.request_context import request_id
from tests.support.stack import Stack

INTROSPECTION = "typeinfo_tree"
"""In what asyncpg asks once a connection about types that it meets there for the first time."""


class Work:
    """Statements by the id of the request that they were sent for; one that a service makes of another bears it too."""

    def __init__(self, stack: Stack) -> None:
        self._sent: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, app in stack.apps.items():
            chassis = getattr(app.state, "chassis", None)
            if chassis is not None:
                self._listen(name, chassis.database.engine.sync_engine)

    def _listen(self, service: str, engine: Any) -> None:
        # The logger runs in the context of the statement, so that it knows the request.
        def note(query: LoggedQuery) -> None:
            if INTROSPECTION not in query.query:
                self._sent[request_id()].append((service, query.query))

        def on_checkout(connection: Any, _record: object, _fairy: object) -> None:
            connection.driver_connection.add_query_logger(note)

        events.listen(engine, "checkout", on_checkout)

    async def of(self, request: str) -> list[tuple[str, str]]:
        """What was sent for the request, once it has been answered."""
        await asyncio.sleep(0)  # asyncpg tells its loggers in the next turn of the loop
        return self._sent.pop(request, [])
