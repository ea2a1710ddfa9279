"""Whole answers about one campaign, kept as they were sent until what they follow from changes.

An answer is sent again to whoever has the same access and asks by the same address, while the database still has the
state (`State`) that it was made of and the campaign's default day is the same. The state is asked for each time, so
that an answer that is kept is never older than one made anew, whatever `Consistency-Token` came with the question; the
token that it is sent with is the one of that look.
"""

from collections.abc import Callable, Coroutine
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
from fastapi import Request
from fastapi.responses import Response

from services.chassis.identity import Caller, authenticate
from services.reporting.keeping.store import Store
from services.reporting.reading import ReadingRoute, moment_of
from services.reporting.versions.queries import State, fetch_stand
from services.reporting.visibility.campaigns import CampaignInSight

ENTRY_BYTES = 1_500
"""What an entry takes beside its texts."""

LARGEST_SHARE = 8
"""An answer above this part of the room is not kept."""

Key = tuple[Any, ...]


class _Kept(NamedTuple):
    """`before` and `after` the consistency token, which is another one with every event."""

    campaign: CampaignInSight
    state: State
    default_day: date
    before: bytes
    after: bytes

    def is_of(self, state: State, now: datetime) -> bool:
        """Whether the same would be answered in that state, at that moment."""
        return self.state == state and self.default_day == self.campaign.default_day(now)


class KeptAnswers:
    """The answers of one process (`state.kept_answers`), as many as fit into `most_bytes`."""

    def __init__(self, *, most_bytes: int) -> None:
        self._largest = most_bytes // LARGEST_SHARE
        self._answers: Store[Key, _Kept] = Store(most=most_bytes)

    async def holding(self, request: Request, caller: Caller) -> Response | None:
        """The answer that is kept and still holds."""
        key = _key(request, caller)
        kept = self._answers.get(key)
        if kept is None:
            return None
        now, chassis = moment_of(request), request.app.state.chassis
        async with chassis.database.connected() as connection:
            stand = await fetch_stand(connection, kept.campaign.definition.code)
        if stand is None or not kept.is_of(stand.state, now):
            self._answers.drop(key)
            return None
        return _response(kept.before + stand.as_of_token.encode() + kept.after)

    def keep(self, request: Request, campaign: CampaignInSight, now: datetime, before: bytes, after: bytes) -> None:
        """It is what this request was answered, at that moment; a large one is not kept."""
        caller: Caller = request.state.caller
        key = _key(request, caller)
        size = len(before) + len(after) + sum(len(part) for part in key if isinstance(part, str | bytes)) + ENTRY_BYTES
        if campaign.stand is not None and size <= self._largest:
            kept = _Kept(campaign, campaign.stand.state, campaign.default_day(now), before, after)
            self._answers.put(key, kept, weight=size)


class KeepingRoute(ReadingRoute):
    """A route that sends an answer again while it holds; the endpoint says by `answer_to_keep` which ones are kept."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Looks before anything is parsed: the same address was understood before, with the same access."""
        handle = super().get_route_handler()

        async def handle_or_send_again(request: Request) -> Response:
            caller = await authenticate(request)
            kept: KeptAnswers = request.app.state.kept_answers
            return await kept.holding(request, caller) or await handle(request)

        return handle_or_send_again


def answer_to_keep(request: Request, page: Any, campaign: CampaignInSight, now: datetime) -> Response:
    """The page as JSON, 200. It has an `as_of_token`, that of the snapshot in which all of it was read.

    Nothing but the campaign may have been read, and `now` for no more than its day.
    """
    body = msgspec.json.encode(page)
    before, name, rest = body.partition(b'"as_of_token":"')  # within a text, a quotation mark is escaped
    _, mark, after = rest.partition(b'"')
    kept: KeptAnswers = request.app.state.kept_answers
    kept.keep(request, campaign, now, before + name, mark + after)
    return _response(body)


def _response(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _key(request: Request, caller: Caller) -> Key:
    access = (tuple(sorted(caller.scopes)), tuple(sorted(caller.units)), caller.source)
    return (request.scope["path"], request.scope["query_string"], *access)
