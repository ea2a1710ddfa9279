"""What every field of one request may use."""

from typing import TypeAlias

import strawberry

from gateway.clients.reporting import ReportingReader
from gateway.execution.loading import Loading
from services.chassis.service_client import ServiceClient


class Asking:
    """One request: reporting on behalf of its caller, and the batches of what has been asked for."""

    def __init__(self, client: ServiceClient, *, token: str, consistency: str | None) -> None:
        self.reporting = ReportingReader(client, token=token, consistency=consistency)
        self.loading = Loading(self.reporting)


Info: TypeAlias = strawberry.Info[Asking, None]
