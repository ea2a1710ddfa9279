"""The reporting service: the projector as background work, the read model behind HTTP."""

import asyncio

from fastapi import FastAPI

from services.chassis.app import Chassis, build_app
from services.chassis.clock import Clock
from services.reporting.commendation.endpoints import router as commendation
from services.reporting.compliance.endpoints import router as compliance
from services.reporting.contradictions.endpoints import router as contradictions
from services.reporting.exemptions.endpoints import router as exemptions
from services.reporting.explain.endpoints import router as explanations
from services.reporting.exports.endpoints import router as exports
from services.reporting.figures.endpoints import router as figures
from services.reporting.graph.endpoints import router as graph
from services.reporting.graph.walk_endpoint import router as walk
from services.reporting.keeping.answers import KeptAnswers
from services.reporting.notices.endpoints import router as notices
from services.reporting.projector.consumers import ORIGINS, feed_projector
from services.reporting.rankings.endpoints import kept_tables
from services.reporting.rankings.endpoints import router as rankings
from services.reporting.reconciliation.endpoints import router as reconciliation
from services.reporting.series.endpoints import router as series
from services.reporting.settings import ReportingSettings
from services.reporting.snapshots.endpoints import router as snapshots
from services.reporting.versions.announcing import Announcing
from services.reporting.visibility.owner import Owner
from services.reporting.webhooks.delivering import Delivering
from services.reporting.webhooks.endpoints import router as webhooks
from services.reporting.webhooks.evaluation import Evaluating


def create_app(settings: ReportingSettings | None = None, *, clock: Clock | None = None) -> FastAPI:
    """The application, ready for the server."""
    settings = settings or ReportingSettings()
    chassis = Chassis(
        service="reporting",
        settings=settings,
        database_url=settings.reporting_database_url,
        consumes=frozenset(ORIGINS),
        scopes=["quota:read", "progress:read"],
        clock=clock,
    )
    feed_projector(chassis)
    chassis.background.append(Announcing(chassis).run)
    chassis.background.append(Delivering(chassis, private_allowed=settings.webhook_private_networks).run)
    chassis.background.append(Evaluating(chassis).run)
    return build_app(
        chassis,
        title="bonphu reporting",
        description="Figures of every unit and indicator as of any day, rankings, and what the graph reads.",
        routers=[
            figures,
            rankings,
            exemptions,
            series,
            compliance,
            commendation,
            explanations,
            contradictions,
            reconciliation,
            notices,
            exports,
            snapshots,
            webhooks,
            graph,
            walk,
        ],
        state={
            "settings": settings,
            "owner": Owner(chassis, chassis.client(settings.quota_url, name="quota")),
            "freezing": asyncio.Semaphore(1),
            "kept_answers": KeptAnswers(most_bytes=settings.kept_answers_bytes),
            "league_tables": kept_tables(),
        },
    )
