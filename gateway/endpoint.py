"""The endpoint: what is carried out for whom, whichever way the request comes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog
from graphql import GraphQLSchema, OperationType

from gateway.execution.asking import Asking
from gateway.execution.keeping import Kept
from gateway.execution.operations import GraphAnswer, GraphRequest, Operations, Prepared
from gateway.execution.staleness import as_stale, is_cut_off
from gateway.execution.subscriptions import carry_out_subscription
from gateway.live.places import Places
from gateway.live.watching import Live, Watching
from gateway.settings import GatewaySettings
from gateway.trusted import TrustedDocuments
from services.chassis.identity import Caller, Verifier, bearer_token
from services.chassis.limits import Allowance, RateLimiter, TooManyRequests
from services.chassis.problems import Refusal, ScopeMissing
from services.chassis.service_client import ServiceClient

SCOPE = "reporting:read"
log = structlog.get_logger("graph")


class DeadlineExceeded(Refusal):
    """The answer was not ready after {seconds:g} s."""

    status = 504
    code = "deadline_exceeded"
    title = "The answer took too long"
    remedy = "Ask for less at once: smaller pages, fewer indicators, fewer units."


class PointsSpent(TooManyRequests):
    """This token may spend {limit} points of cost a minute here; enough are free in {seconds} s."""

    code = "points_spent"
    title = "Too much was asked in a minute"
    remedy = "Wait as long as `Retry-After` says; ask for smaller pages, and for what has changed only."


class Endpoint:
    """What carries requests out, whichever way they come."""

    def __init__(
        self,
        *,
        verifier: Verifier,
        reporting: ServiceClient,
        schema: GraphQLSchema,
        operations: Operations,
        trusted: TrustedDocuments,
        live: Live,
        kept: Kept,
        limits: GatewaySettings,
    ) -> None:
        self.trusted = trusted
        self._clock = verifier.clock
        self._verifier = verifier
        self._reporting = reporting
        self._schema = schema
        self._operations = operations
        self._live = live
        self._kept = kept
        self._limits = limits
        self._requests = RateLimiter(per_minute=limits.requests_per_minute)
        self._points = RateLimiter(per_minute=limits.graph_points_per_minute, refusal=PointsSpent)
        self.places = Places(
            most=limits.graph_live_connections, most_of_caller=limits.graph_live_connections_per_caller
        )

    async def authenticate(self, authorization: str | None) -> tuple[Caller, Allowance]:
        """Who asks, and the requests that are left to them.

        Raises: Unauthenticated, TooManyRequests, ScopeMissing.
        """
        caller = await self._verifier.verify(bearer_token(authorization))
        allowance = self._requests.spend(caller.subject)
        if not caller.may(SCOPE):
            raise ScopeMissing(scope=SCOPE)
        return caller, allowance

    def prepare(self, request: GraphRequest, caller: Caller) -> Prepared | GraphAnswer:
        """The operation that is asked for, or the answer that says why it is not carried out.

        Raises: DocumentNotTrusted.
        """
        self.trusted.check(caller.subject, by_hash=request.by_hash)
        return self._operations.prepare(request)

    async def carry_out(self, prepared: Prepared, caller: Caller, *, consistency: str | None) -> GraphAnswer:
        """A query's answer, with what it cost.

        Raises: PointsSpent, DeadlineExceeded, and what concerns the whole request.
        """
        left = self._points.spend(caller.subject, prepared.cost)
        asking = Asking(self._reporting, token=caller.token, consistency=consistency)
        try:
            async with asyncio.timeout(self._limits.graph_deadline_seconds):
                found = await self._answer(prepared, caller, asking, consistency)
        except TimeoutError as fault:
            raise DeadlineExceeded(seconds=self._limits.graph_deadline_seconds) from fault
        log.debug("answered", operation=prepared.request.operation_name, internal_calls=asking.reporting.calls)
        cost = {
            "points": prepared.cost,
            "limit": self._limits.graph_max_cost,
            "left": left.remaining,
            "resetSeconds": left.reset_seconds,
        }
        return found.extended(cost=cost)

    async def _answer(self, prepared: Prepared, caller: Caller, asking: Asking, consistency: str | None) -> GraphAnswer:
        async def renew() -> GraphAnswer:
            return await self._operations.carry_out(prepared, asking)

        if consistency:
            return await self._kept.renewed(prepared.request, caller, renew)
        found = await self._kept.answer(prepared.request, caller, asking.reporting, renew)
        if is_cut_off(found) and (known := self._kept.last_known(prepared.request, caller)) is not None:
            return as_stale(known, prepared.document) or found
        return found

    async def answers(
        self, prepared: Prepared, caller: Caller, *, consistency: str | None = None, resume: str | None = None
    ) -> AsyncGenerator[GraphAnswer]:
        """The answers of a subscription, the one answer of a query. Raises: as `carry_out`."""
        if prepared.type is not OperationType.SUBSCRIPTION:
            yield await self.carry_out(prepared, caller, consistency=consistency)
            return
        self._points.spend(caller.subject, prepared.cost)
        watching = Watching(self._live, caller, consistency=consistency, resume=resume)
        async with aclosing(carry_out_subscription(self._schema, prepared, watching)) as answers:
            async for one in answers:
                yield one

    def seconds_left(self, caller: Caller) -> float:
        """How long the caller's token is good."""
        if caller.expires_at is None:
            return float("inf")
        return max(0.0, (caller.expires_at - self._clock.now()).total_seconds())
