"""The quota service."""

from fastapi import FastAPI

from services.chassis.app import Chassis, build_app
from services.chassis.clock import Clock
from services.quota import internal
from services.quota.apportionment import endpoints as apportionment
from services.quota.campaigns import endpoints as campaigns
from services.quota.campaigns.reported import KINDS, remember_reported
from services.quota.cascade import endpoints as cascade
from services.quota.hierarchy import endpoints as hierarchy
from services.quota.history import endpoints as history
from services.quota.plans import endpoints as plans
from services.quota.quotas import endpoints as quotas
from services.quota.settings import QuotaSettings
from services.quota.successions import endpoints as successions


def create_app(settings: QuotaSettings | None = None, *, clock: Clock | None = None) -> FastAPI:
    """The application, ready for the server."""
    settings = settings or QuotaSettings()
    chassis = Chassis(
        service="quota",
        settings=settings,
        database_url=settings.quota_database_url,
        # Of progress it takes a single kind of event, which no read here shows: its tokens name nothing to wait for.
        consumes=frozenset(),
        scopes=["quota:read"],
        clock=clock,
    )
    chassis.consume("progress", remember_reported, kinds=KINDS, leave_out_others=True)
    return build_app(
        chassis,
        title="bonphu quota",
        description="Units, campaigns, the plans that hand quotas down, and the quotas in force.",
        routers=[
            hierarchy.router,
            hierarchy.loads,
            successions.router,
            campaigns.router,
            plans.router,
            plans.drafts,
            plans.revisions,
            apportionment.router,
            quotas.router,
            cascade.router,
            internal.router,
            history.router,
        ],
    )
