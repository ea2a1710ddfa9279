"""`bonphu demo load`."""

import asyncio
import os
from pathlib import Path

import typer

from deploy.local import services
from deploy.local.home import Home
from deploy.local.loaded import remember_loaded
from deploy.local.tokens import local_issuer


def load_demo(home: Path | None) -> None:
    """The demonstration campaign is loaded into the services that run; once is enough."""
    from deploy import demo

    state_folder = Home.from_environment(home)
    port = state_folder.state().get("port", services.DEFAULT_PORT)
    urls = services.base_urls(port)
    campaign = asyncio.run(
        demo.load(
            quota_url=os.environ.get("BONPHU_QUOTA_URL") or urls["quota"],
            progress_url=os.environ.get("BONPHU_PROGRESS_URL") or urls["progress"],
            reporting_url=os.environ.get("BONPHU_REPORTING_URL") or urls["reporting"],
            issuer=local_issuer(state_folder),
            announce=typer.echo,
        )
    )
    remember_loaded(state_folder, campaign)
