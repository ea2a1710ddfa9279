from collections.abc import Mapping

import asyncpg
import pytest

from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.postgres import Postgres
from deploy.local.programs import running
from deploy.local.provision import at_database, new_passwords, provision

PASSWORDS = new_passwords()


async def run(url: str, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


@pytest.fixture
async def urls(postgres: Postgres) -> Mapping[str, str]:
    return (await provision(postgres.url(), PASSWORDS)).service_urls


async def test_a_second_run_changes_nothing(postgres: Postgres, urls: Mapping[str, str]) -> None:
    await run(urls["quota"], "CREATE TABLE IF NOT EXISTS kept (id int)")
    again = await provision(postgres.url(), PASSWORDS)
    assert again.service_urls == urls
    assert await run(urls["quota"], "SELECT * FROM kept") == []


async def test_a_role_cannot_read_the_schema_of_another_service(urls: Mapping[str, str]) -> None:
    await run(urls["progress"], "CREATE TABLE IF NOT EXISTS secret (id int)")
    for other in ("quota", "reporting"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(urls[other], "SELECT * FROM progress.secret")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(urls[other], "CREATE TABLE progress.intruder (id int)")


async def test_nobody_uses_the_schema_public(urls: Mapping[str, str]) -> None:
    for url in urls.values():
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(url, "CREATE TABLE public.intruder (id int)")


async def test_a_role_works_in_its_own_schema_and_finds_the_extensions(urls: Mapping[str, str]) -> None:
    for service, url in urls.items():
        found = await run(url, "SELECT current_schemas(false) AS path, similarity('xã', 'xã') AS alike")
        assert found[0]["path"] == [service, "extensions"]
        assert found[0]["alike"] == 1
        rights = await run(
            url, "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )
        assert not any(rights[0].values())
        for other in urls.keys() - {service}:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await run(url, f"SET ROLE bonphu_{other}")


async def test_an_administrator_who_is_no_superuser_suffices(home: Home) -> None:
    server = Postgres(home)
    with running(server.prepare()):
        await run(server.url(), "CREATE ROLE landlord LOGIN CREATEROLE PASSWORD 'x'")
        await run(server.url(), "CREATE DATABASE rented OWNER landlord")
        admin_url = f"postgresql://landlord:x@{server.url().partition('@')[2].replace('/postgres', '/rented')}"
        for _ in range(2):
            urls = (await provision(admin_url, PASSWORDS)).service_urls
        await run(urls["quota"], "CREATE TABLE kept (name text)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(urls["progress"], "SELECT * FROM quota.kept")


async def test_extensions_that_lie_elsewhere_are_moved(home: Home) -> None:
    server = Postgres(home)
    with running(server.prepare()):
        await run(server.url(), "CREATE DATABASE furnished")
        furnished = at_database(server.url(), "furnished")
        await run(furnished, "CREATE EXTENSION pg_trgm")
        urls = (await provision(furnished, PASSWORDS)).service_urls
        assert (await run(urls["quota"], "SELECT similarity('a', 'a') AS alike"))[0]["alike"] == 1


async def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(CannotStart, match=r"127\.0\.0\.1:1/bonphu could not be prepared") as refusal:
        await provision("postgresql://admin:secret@127.0.0.1:1/bonphu", PASSWORDS)
    assert "secret" not in str(refusal.value)
