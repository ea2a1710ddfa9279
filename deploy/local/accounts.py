"""The unprivileged user that PostgreSQL runs as when root started us."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.failures import CannotStart


@dataclass(frozen=True, slots=True)
class Account:
    """A user that a child process becomes before it runs its program."""

    name: str
    uid: int
    gid: int

    def reaches(self, path: Path, *, test: str = "-x") -> bool:
        """Whether this user may enter `path` (or, with another `test` of test(1), do that)."""
        # Asked of the kernel as that user: mode bits alone know nothing of ACLs and mounts.
        return self._shell('test "$1" "$2"', test, str(path))

    def exists(self) -> bool:
        """Whether we may become this user; inside a user namespace not every one is mapped."""
        return self._shell("true")

    def owns(self, path: Path) -> None:
        """Makes `path`, a single file or folder, this user's."""
        os.chown(path, self.uid, self.gid)

    def _shell(self, script: str, *arguments: str) -> bool:
        try:
            return not subprocess.run(
                ["/bin/sh", "-c", script, "sh", *arguments],
                user=self.uid,
                group=self.gid,
                extra_groups=[],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            ).returncode
        except OSError:
            return False


def unprivileged_account(*, owner_of: Path | None = None) -> Account | None:
    """The user to become: none unless we are root; the owner of `owner_of` where it exists."""
    if os.geteuid() != 0:
        return None
    for account in _candidates(owner_of):
        if account.exists():
            return account
    raise CannotStart(
        "PostgreSQL refuses to run as root, and this machine has no unprivileged user that we may"
        " become. Run as an ordinary user, or name a server with BONPHU_DATABASE_ADMIN_URL."
    )


def _candidates(owner_of: Path | None) -> Iterator[Account]:
    entries = pwd.getpwall()
    if owner_of is not None and owner_of.exists():
        owner = owner_of.stat().st_uid
        yield from (_account(entry) for entry in entries if entry.pw_uid == owner != 0)
    for name in ("nobody", "daemon"):
        yield from (_account(entry) for entry in entries if entry.pw_name == name and entry.pw_uid)
    yield from (_account(entry) for entry in entries if entry.pw_uid)


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
