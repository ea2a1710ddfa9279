"""Which TCP ports of this machine's loopback are free."""

import contextlib
import socket

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` right now."""
    with socket.socket() as probe:
        # As servers do: a connection of the last run that lingers in TIME_WAIT does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(*, remembered: int | None = None) -> int:
    """The remembered port where it is free, else one that the kernel chose."""
    if remembered is not None and is_free(remembered):
        return remembered
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def answers(port: int, *, greeting: bytes = b"") -> bool:
    """Whether something listens on `port`, and greets with `greeting` where one is given."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), 0.5) as server:
        return not greeting or server.recv(len(greeting)) == greeting
    return False
