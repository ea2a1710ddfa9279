"""All of bonphu on one machine: `up` from nothing to answering, until a signal ends it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from datetime import timedelta

from deploy import CHECKOUT
from deploy.local import migrate, provision, services
from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.loaded import loaded_campaign
from deploy.local.nats import Nats, refuse_where_no_nats_answers
from deploy.local.postgres import Postgres
from deploy.local.programs import Program, leashed
from deploy.local.supervisor import Announce, Supervisor
from deploy.local.tokens import Identity, identity_of, mint

_SECOND_SIGNAL_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Stack:
    """What is up: where, and who signs."""

    home: Home
    urls: dict[str, str]
    """By service; `gateway` among them."""
    identity: Identity


async def up(
    home: Home,
    *,
    first_port: int,
    demo: bool,
    announce: Announce,
    when_up: Callable[[Stack], Awaitable[None]],
) -> None:
    """bonphu answered until SIGINT or SIGTERM came; no process of it is left."""
    with home.held():
        services.refuse_taken_ports(first_port)
        supervisor = Supervisor(announce)
        with _until_signalled(supervisor) as signalled:
            try:
                running = asyncio.create_task(_run(home, first_port, demo, announce, when_up, supervisor))
                stop = asyncio.create_task(signalled.wait())
                await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
                if stop.done():
                    announce("stopping …")
                stop.cancel()
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
            finally:
                await supervisor.stop()
    announce("stopped")


async def _run(
    home: Home,
    first_port: int,
    demo: bool,
    announce: Announce,
    when_up: Callable[[Stack], Awaitable[None]],
    supervisor: Supervisor,
) -> None:
    home.remember(port=first_port)
    identity = identity_of(home)
    environment = {**identity.environment, **await _servers(home, announce, supervisor)}
    urls = services.base_urls(first_port)
    environment |= {f"BONPHU_{name.upper()}_URL": url for name, url in urls.items()}
    announce("starting quota, progress, reporting and the gateway …")
    await supervisor.start(services.programs(home, first_port, environment))
    if demo:
        await _load_demo(home, environment, identity, announce)
    await when_up(Stack(home, urls, identity))
    await asyncio.Event().wait()


async def _servers(home: Home, announce: Announce, supervisor: Supervisor) -> dict[str, str]:
    """PostgreSQL and NATS answer, ours or those that the environment names; their settings."""
    own: list[Program] = []
    postgres, nats = embedded_postgres(home), None
    if postgres is not None:
        announce(f"PostgreSQL in {postgres.directory} …")
        own.append(await asyncio.to_thread(postgres.prepare))
    if given := os.environ.get("BONPHU_NATS_URL"):
        await asyncio.to_thread(refuse_where_no_nats_answers, given)
    else:
        nats = Nats(home)
        own.append(nats.prepare())
    await supervisor.start(own)
    urls = await database_urls(home)
    if await migrate.upgrade_where_needed(home, urls):
        announce("the database is at the latest version")
    environment = {provision.url_variable(service): url for service, url in urls.items()}
    return environment | ({"BONPHU_NATS_URL": nats.url()} if nats else {})


def embedded_postgres(home: Home) -> Postgres | None:
    """Our own server, or None where the environment names one."""
    if os.environ.get("BONPHU_DATABASE_ADMIN_URL") or _given_urls():
        return None
    return Postgres(home)


async def database_urls(home: Home) -> dict[str, str]:
    """Each service's database URL: as given, or provisioned on the server that runs."""
    if given := _given_urls():
        return given
    admin_url = os.environ.get("BONPHU_DATABASE_ADMIN_URL")
    if not admin_url:
        admin_url = Postgres(home).url()
    passwords = home.state().get("roles")
    if passwords is None:
        passwords = provision.new_passwords()
        home.remember(roles=passwords)
    return dict((await provision.provision(admin_url, passwords)).service_urls)


def _given_urls() -> dict[str, str] | None:
    """The services' URLs where the environment gives all three."""
    urls = {each: os.environ.get(provision.url_variable(each), "") for each in provision.SERVICES}
    missing = [provision.url_variable(service) for service, url in urls.items() if not url]
    if len(missing) == len(urls):
        return None
    if missing:
        raise CannotStart(
            f"{', '.join(missing)} not set, though others of its kind are. Set all three to use"
            " databases of your own, or none."
        )
    return urls


async def _load_demo(home: Home, environment: dict[str, str], identity: Identity, announce: Announce) -> None:
    """The demonstration is loaded.

    In a process of its own: what loading imports would stay in the launcher's memory for good.
    """
    if identity.issuer is not None:
        token = mint(
            identity.issuer,
            subject="launcher",
            scopes=["quota:read"],
            source=None,
            units=["*"],
            ttl=timedelta(minutes=1),
        )
        quota_url = environment["BONPHU_QUOTA_URL"]
        campaign = await asyncio.to_thread(loaded_campaign, home, quota_url=quota_url, token=token)
        if campaign is not None:
            announce(f"The demonstration {campaign} is loaded already.")
            return
    command = (sys.executable, "-m", "deploy.cli", "demo", "load", "--home", str(home.path))
    process = await asyncio.create_subprocess_exec(
        *leashed(command, account=None, death_signal=signal.SIGKILL),
        cwd=CHECKOUT,
        env=os.environ | environment,
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    if code:
        raise CannotStart("The demonstration could not be loaded; the reason stands above.")


@contextlib.contextmanager
def _until_signalled(supervisor: Supervisor) -> Generator[asyncio.Event]:
    """An event that SIGINT, SIGTERM and SIGHUP set; a later repetition kills at once."""
    loop, signalled = asyncio.get_running_loop(), asyncio.Event()
    first: list[float] = []

    def receive() -> None:
        # `make` hands a terminal's signal on that has reached us already: not a repetition.
        if first and loop.time() - first[0] > _SECOND_SIGNAL_SECONDS:
            supervisor.kill()
        first.append(loop.time())
        signalled.set()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, receive)
    try:
        yield signalled
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
