"""The database, its roles, schemas and extensions, made by `deploy/database/roles.sql`.

asyncpg is imported where it is used: it would cost every `bonphu token` 100 ms.
"""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from deploy import CHECKOUT
from deploy.local.failures import CannotStart

if TYPE_CHECKING:
    import asyncpg

SERVICES = ("quota", "progress", "reporting")
DATABASE = "bonphu"
ROLES_SQL = CHECKOUT / "deploy" / "database" / "roles.sql"
_CONNECT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Database:
    """One provisioned database: where its administrator and each service connect to."""

    admin_url: str
    service_urls: Mapping[str, str]
    """By service: `{"quota": "postgresql://bonphu_quota:…@…", …}`."""

    def environment(self) -> dict[str, str]:
        """The settings by which the services and their migrations find it."""
        return {url_variable(service): url for service, url in self.service_urls.items()}


def url_variable(service: str) -> str:
    """The name of the setting that holds a service's database URL."""
    return f"BONPHU_{service.upper()}_DATABASE_URL"


def new_passwords() -> dict[str, str]:
    """A random password per service's role."""
    return {service: secrets.token_urlsafe(24) for service in SERVICES}


def at_database(url: str, name: str) -> str:
    """The same server and user, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


def as_service(url: str, service: str, password: str) -> str:
    """The same server and database, as the role of `service`."""
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"bonphu_{service}:{quote(password)}@{address}"))


async def provision(admin_url: str, passwords: Mapping[str, str]) -> Database:
    """The database, roles, schemas and extensions exist; running it again changes nothing.

    The database that `admin_url` names is used; where it names none, or `postgres`, `bonphu` is
    made.
    """
    import asyncpg

    if urlsplit(admin_url).path.strip("/") in ("", "postgres"):
        admin_url = await _database_made(admin_url)
    try:
        connection = await asyncpg.connect(admin_url, timeout=_CONNECT_SECONDS)
        try:
            async with connection.transaction():
                await connection.execute(ROLES_SQL.read_text())
                for service in SERVICES:
                    await _set_password(connection, service, passwords[service])
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise _refusal(admin_url, error) from error
    return Database(
        admin_url,
        {service: as_service(admin_url, service, passwords[service]) for service in SERVICES},
    )


async def _database_made(admin_url: str) -> str:
    import asyncpg

    try:
        connection = await asyncpg.connect(at_database(admin_url, "postgres"), timeout=_CONNECT_SECONDS)
        try:
            found = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", DATABASE)
            if not found:
                await connection.execute(f"CREATE DATABASE {DATABASE} ENCODING 'UTF8' TEMPLATE template0")
        finally:
            await connection.close()
    except asyncpg.DuplicateDatabaseError:
        pass  # a second launcher was faster
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise _refusal(admin_url, error) from error
    return at_database(admin_url, DATABASE)


async def _set_password(connection: "asyncpg.Connection", service: str, password: str) -> None:
    if "'" in password or "\\" in password:
        raise ValueError("a role's password may hold no quote and no backslash")
    await connection.execute(f"ALTER ROLE bonphu_{service} PASSWORD '{password}'")


def _refusal(url: str, error: BaseException) -> CannotStart:
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or 5432}{parts.path}"
    reason = str(error) or type(error).__name__
    return CannotStart(f"The database at {where} could not be prepared: {reason}")


def provision_now(admin_url: str, passwords: Mapping[str, str]) -> Database:
    """`provision`, for callers without an event loop."""
    return asyncio.run(provision(admin_url, passwords))
