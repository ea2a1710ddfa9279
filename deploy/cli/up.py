"""`bonphu up`: starts the stack, and welcomes the newcomer when everything answers."""

import asyncio
import http.client
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import typer

from deploy.local.home import Home
from deploy.local.stack import Stack, up
from deploy.local.tokens import EVERY_SCOPE, mint
from services.chassis.local_issuer import LocalIssuer

TOKEN_HOURS = 12
FIRST_QUESTION = (
    "{ campaigns { edges { node { code name asOf totals { indicator { code } quota achieved rate { printed } } } } } }"
)


def run_up(home: Path | None, *, first_port: int, demo: bool) -> None:
    """Everything has been up until a signal came."""
    asyncio.run(
        up(
            Home.from_environment(home),
            first_port=first_port,
            demo=demo,
            announce=typer.echo,
            when_up=_welcome,
        )
    )


async def _welcome(stack: Stack) -> None:
    urls = stack.urls
    typer.echo(f"""
bonphu is up. Ctrl-C ends it; its state and logs lie in {stack.home.path}.

  dashboard  {urls["gateway"]}/
  graph      {urls["gateway"]}/graphql
  quota      {urls["quota"]}/docs
  progress   {urls["progress"]}/docs
  reporting  {urls["reporting"]}/docs
""")
    if stack.identity.issuer is None:
        typer.echo("Tokens come from the provider that BONPHU_JWKS_URL or BONPHU_JWKS_FILE names.")
        return
    issuer = stack.identity.issuer
    reader = _token(issuer, "dashboard", ["reporting:read", "quota:read"])
    admin = _token(issuer, "administrator", EVERY_SCOPE)
    source = await asyncio.to_thread(_first_source, urls["progress"], admin)
    partner = _token(issuer, source or "partner", ["progress:read", "progress:write"], source)
    question = json.dumps({"query": FIRST_QUESTION})
    typer.echo(f"""\
Tokens for {TOKEN_HOURS} hours; `bonphu token` makes others.

  dashboard reader
{reader}

  partner{f", reporting for {source}" if source else ", of no source yet (bonphu token --source …)"}
{partner}

  administrator
{admin}

A first question:

curl -s {urls["gateway"]}/graphql -H 'Content-Type: application/json' \
-H 'Authorization: Bearer {reader}' -d '{question}'
""")


def _token(issuer: LocalIssuer, subject: str, scopes: Sequence[str], source: str | None = None) -> str:
    return mint(
        issuer,
        subject=subject,
        scopes=scopes,
        source=source,
        units=["*"],
        ttl=timedelta(hours=TOKEN_HOURS),
    )


def _first_source(progress_url: str, token: str) -> str | None:
    """The code of some registered source, so that the partner's token can be tried at once."""
    address = urlsplit(progress_url)
    connection = http.client.HTTPConnection(address.netloc, timeout=5)
    try:
        connection.request("GET", "/v1/sources?limit=1", headers={"Authorization": f"Bearer {token}"})
        return str(json.loads(connection.getresponse().read())["items"][0]["code"])
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return None
    finally:
        connection.close()
