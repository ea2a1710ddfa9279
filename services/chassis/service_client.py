"""Calls to another service: one pooled session a process, the request id handed on, faults as refusals."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
import stamina

from services.chassis.clock import Clock
from services.chassis.local_issuer import LocalIssuer
from services.chassis.problems import DependencyUnavailable
from services.chassis.request_context import HEADER, request_id
from services.chassis.settings import ProcessSettings
from services.chassis.tracing import Tracing


class ServiceAnswer(msgspec.Struct, frozen=True):
    """Status, body and headers (lower-case names) of an answer below 500."""

    status: int
    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        """The decoded body."""
        return msgspec.json.decode(self.body)


class ServiceCredentials:
    """The token that this process shows to other services: minted by the local issuer, or given by a setting."""

    def __init__(self, settings: ProcessSettings, *, service: str, scopes: list[str], clock: Clock) -> None:
        self._given = settings.service_token
        self._settings = settings
        self._service = service
        self._scopes = scopes
        self._clock = clock
        self._minted: tuple[str, float] | None = None

    def token(self) -> str:
        """A token that is good for at least a minute.

        Raises: DependencyUnavailable where neither a key nor a token is configured.
        """
        if self._given:
            return self._given
        if self._settings.signing_key_file is None:
            raise DependencyUnavailable(dependency="The service token (BONPHU_SERVICE_TOKEN is not set)")
        now = self._clock.now()
        if self._minted is None or self._minted[1] < now.timestamp() + 60:
            token = LocalIssuer.from_file(self._settings.signing_key_file).mint(
                subject=f"service:{self._service}",
                scopes=self._scopes,
                source=None,
                units=["*"],
                ttl=timedelta(minutes=15),
                now=now,
                issuer=self._settings.issuer,
                audience=self._settings.audience,
            )
            self._minted = (token, now.timestamp() + 900)
        return self._minted[0]


class ServiceClient:
    """One other service, by its base URL."""

    def __init__(self, base_url: str, *, name: str, tracing: Tracing, timeout_seconds: float = 10.0) -> None:
        self.base_url = base_url.rstrip("/")
        self.name = name
        self._tracing = tracing
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds, connect=2)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Ready for calls."""
        self._session = aiohttp.ClientSession(
            timeout=self._timeout, connector=aiohttp.TCPConnector(limit=100, keepalive_timeout=30)
        )

    async def close(self) -> None:
        """No connection is open."""
        if self._session is not None:
            await self._session.close()

    async def get(
        self, path: str, *, token: str, params: Mapping[str, str] | None = None, consistency: str | None = None
    ) -> ServiceAnswer:
        """A GET, tried up to three times while the other side cannot be reached.

        Raises: DependencyUnavailable.
        """
        return await self._call("GET", path, token=token, params=params, consistency=consistency, body=None)

    async def query(self, path: str, body: bytes, *, token: str, consistency: str | None = None) -> ServiceAnswer:
        """A POST that changes nothing (its question is too long for a URL), tried like a GET.

        Raises: DependencyUnavailable.
        """
        return await self._call("POST", path, token=token, params=None, consistency=consistency, body=body)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        token: str,
        params: Mapping[str, str] | None,
        consistency: str | None,
        body: bytes | None,
    ) -> ServiceAnswer:
        if self._session is None:
            raise DependencyUnavailable(dependency=f"The {self.name} service")
        headers = {"Authorization": f"Bearer {token}", HEADER: request_id(), "Accept": "application/json"}
        if consistency:
            headers["Consistency-Token"] = consistency
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            async for attempt in stamina.retry_context(on=aiohttp.ClientConnectionError, attempts=3, timeout=2):
                with attempt, self._tracing.calling(method, self.name, headers):
                    async with self._session.request(
                        method, self.base_url + path, params=params, headers=headers, data=body
                    ) as answer:
                        payload = await answer.read()
                        lowered = {name.lower(): value for name, value in answer.headers.items()}
                        status = answer.status
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise DependencyUnavailable(dependency=f"The {self.name} service", headers={"Retry-After": "2"}) from fault
        if status >= 500:
            raise DependencyUnavailable(
                dependency=f"The {self.name} service",
                headers={"Retry-After": lowered.get("retry-after", "2")},
                problem=_problem_code(payload),
            )
        return ServiceAnswer(status, payload, lowered)


def _problem_code(payload: bytes) -> str | None:
    """The code of a problem document: among the facts of the refusal, for callers who tell outages apart."""
    try:
        return msgspec.json.decode(payload, type=_Problem).code
    except msgspec.MsgspecError:
        return None


class _Problem(msgspec.Struct):
    code: str | None = None
