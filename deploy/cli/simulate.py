"""`bonphu simulate`."""

import asyncio
import os
from pathlib import Path

from rich.console import Console

from deploy.loading.api import LoadingRefused
from deploy.local import services
from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.stack import database_urls
from deploy.local.tokens import local_issuer
from deploy.simulation import Scale, Scenario, Way, simulate
from deploy.simulation.bulk import Bulk, NotEnoughDisk
from deploy.simulation.hierarchy import UnknownProvince, read_hierarchy


def run_simulation(
    home: Path | None, *, scale: Scale, days: int, way: Way | None, province: str | None, seed: int
) -> None:
    """The simulated campaign is loaded into the services that run; once is enough."""
    state_folder = Home.from_environment(home)
    try:
        scenario = Scenario(read_hierarchy(seed=seed), scale=scale, days=days, seed=seed, province=province)
        chosen = way or (Way.API if scale is Scale.PROVINCE else Way.SQL)
        asyncio.run(_simulate(state_folder, scenario, chosen))
    except (LoadingRefused, NotEnoughDisk, UnknownProvince) as refusal:
        raise CannotStart(str(refusal)) from refusal


async def _simulate(home: Home, scenario: Scenario, way: Way) -> None:
    state = home.state()
    urls = services.base_urls(state.get("port", services.DEFAULT_PORT))
    bulk = None
    if way is Way.SQL:
        directory = state.get("postgres", {}).get("directory")
        embedded = directory and not os.environ.get("BONPHU_DATABASE_ADMIN_URL")
        bulk = Bulk(await database_urls(home), cluster=Path(directory) if embedded else None)
    await simulate(
        scenario,
        way=way,
        quota_url=os.environ.get("BONPHU_QUOTA_URL") or urls["quota"],
        progress_url=os.environ.get("BONPHU_PROGRESS_URL") or urls["progress"],
        reporting_url=os.environ.get("BONPHU_REPORTING_URL") or urls["reporting"],
        issuer=local_issuer(home),
        console=Console(highlight=False),
        bulk=bulk,
    )
