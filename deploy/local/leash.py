"""Runs a program that ends with the process that started it.

A script of its own, started by path with `python -I -S` (20 ms): a `preexec_fn` would do the same
inside a forked, multi-threaded interpreter, where Python cannot promise that it does not hang.

    leash.py PARENT_PID DEATH_SIGNAL UID:GID|- PROGRAM ARGUMENT…
"""

import os
import sys

TYPE_CHECKING = False  # what the real one imports would cost 10 ms
if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """This process has become PROGRAM, as the user named, on the leash of its parent."""
    parent, death_signal, account, *command = sys.argv[1:]
    prctl = _prctl()
    if account != "-":
        uid, gid = (int(part) for part in account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if prctl is not None:
        # After the change of user, which clears it. The kernel sends the signal when the
        # *thread* that forked us ends: whoever starts children does so in a thread that stays.
        prctl(1, int(death_signal), 0, 0, 0)
        if os.getppid() != int(parent):
            sys.exit("the process that started this one is gone")
    os.execv(command[0], command)  # noqa: S606  (the point of this script)


def _prctl() -> "Callable[..., int] | None":
    if not sys.platform.startswith("linux"):
        return None  # elsewhere the supervisor's own signals have to do
    try:
        import ctypes
    except ImportError:
        return None
    return ctypes.CDLL(None, use_errno=True).prctl


if __name__ == "__main__":
    main()
