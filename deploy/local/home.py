"""The state folder: ports, passwords and keys that the next start finds again."""

import contextlib
import fcntl
import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

from deploy import CHECKOUT
from deploy.local.failures import CannotStart, unusable_folder


class Home:
    """One folder of state; everything secret in it is readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.state_file = self.path / "state.json"
        self.logs = self.path / "logs"
        self.keys = self.path / "keys"

    @classmethod
    def from_environment(cls, given: Path | None = None) -> "Home":
        """The folder given, else the one that BONPHU_HOME names, else the checkout's own."""
        named = given or os.environ.get("BONPHU_HOME")
        # Installed from a wheel, there is no checkout: the state lies where one stands.
        top = CHECKOUT if (CHECKOUT / "pyproject.toml").exists() else Path.cwd()
        return cls(Path(named) if named else top / ".bonphu")

    def create(self) -> None:
        """The folder exists and can be written."""
        try:
            # PostgreSQL's unprivileged user has to pass through what root made.
            mode = 0o711 if os.geteuid() == 0 else 0o700
            self.path.mkdir(mode=mode, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            with (self.path / ".writable").open("w"):
                pass
            (self.path / ".writable").unlink()
        except OSError as error:
            raise unusable_folder(self.path, error) from error

    def state(self) -> dict[str, Any]:
        """What was remembered; empty on the first start."""
        try:
            return dict(json.loads(self.state_file.read_text()))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise CannotStart(
                f"The state file {self.state_file} cannot be read ({error})."
                " Restore it, or move it away to make new passwords."
            ) from error

    def remember(self, **changes: Any) -> dict[str, Any]:
        """The state has these entries and all others that it had; whole or not at all."""
        state = self.state() | changes
        partial = self.state_file.with_suffix(".partial")
        try:
            partial.unlink(missing_ok=True)
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(state, file, indent=2, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.state_file)
        except OSError as error:
            raise unusable_folder(self.path, error) from error
        return state

    def is_up(self) -> bool:
        """Whether a launcher holds this folder right now."""
        try:
            with self._locked():
                return False
        except BlockingIOError:
            return True
        except OSError:
            return False

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """Holds the folder against a second launcher; the kernel lets go when we die."""
        self.create()
        with contextlib.ExitStack() as lock:
            try:
                lock.enter_context(self._locked())
            except BlockingIOError:
                raise CannotStart(
                    f"bonphu is already up from {self.path}: `bonphu status` shows it."
                    " For a second one beside it, give another --home and --port."
                ) from None
            yield

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        # Of the folder itself, so that whoever only looks whether it is held writes nothing.
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(descriptor)
