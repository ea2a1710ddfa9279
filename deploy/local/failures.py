"""The refusals of the launcher, in sentences that the person at the terminal can act on."""

import errno
from pathlib import Path


class CannotStart(Exception):
    """The launcher refuses to go on; its text says what is wrong and what to do."""


def unusable_folder(path: Path, error: OSError) -> CannotStart:
    """A refusal that says why `path` cannot hold our state."""
    if error.errno == errno.ENOSPC:
        return disk_is_full(path)
    return CannotStart(
        f"The folder {path} cannot be written ({error.strerror}). Make it writable for you,"
        " or name another one with --home (BONPHU_HOME)."
    )


def disk_is_full(path: Path) -> CannotStart:
    """A refusal for a disk without room."""
    return CannotStart(
        f"The disk that holds {path} is full. Free some space, or name a folder on another disk"
        " with --home (BONPHU_HOME)."
    )
