"""The progress service."""

from fastapi import FastAPI

from services.chassis.app import Chassis, build_app
from services.chassis.clock import Clock
from services.progress.closure import endpoints as closure
from services.progress.copies import commands
from services.progress.copies.asking import Quota
from services.progress.copies.filling import Filling
from services.progress.desk import Desk
from services.progress.history import endpoints as history
from services.progress.ingestion import endpoints as reports
from services.progress.ingestion.media import NDJSON
from services.progress.ledger import endpoints as batches
from services.progress.ledger.queries import SUMMARIZE
from services.progress.revisions import endpoints as revisions
from services.progress.settings import ProgressSettings
from services.progress.sources import endpoints as sources
from services.progress.withdrawal import endpoints as withdrawal


def create_app(settings: ProgressSettings | None = None, *, clock: Clock | None = None) -> FastAPI:
    """The application, ready for the server; told by the environment unless settings are given."""
    settings = settings or ProgressSettings()
    chassis = Chassis(
        service="progress",
        settings=settings,
        database_url=settings.progress_database_url,
        consumes=frozenset({commands.ORIGIN}),
        scopes=["quota:read"],
        clock=clock,
    )
    chassis.consume(commands.ORIGIN, commands.apply, kinds=commands.KINDS)
    chassis.takes_stream("/reports", NDJSON)
    chassis.chores.append(SUMMARIZE)
    quota = Quota(chassis.client(settings.quota_url, name="quota"), chassis.credentials, chassis.database)
    chassis.background.append(Filling(chassis.database, quota).run)
    return build_app(
        chassis,
        title="bonphu progress",
        description="Who reports, what was reported, and what became of every row.",
        routers=[
            sources.router,
            reports.router,
            batches.router,
            withdrawal.router,
            closure.router,
            revisions.router,
            history.router,
        ],
        state={"desk": Desk(chassis.database, quota)},
    )
