"""The worker: a `Notice` as msgpack on its input, the document on its output."""

import sys
from importlib import import_module

import msgspec

from services.chassis.short_lived import bound_this_process
from services.reporting.notices.document import Notice


def main() -> None:
    """The document has been written."""
    (_, form, seconds) = sys.argv
    bound_this_process(memory_bytes=4 * 1024**3, cpu_seconds=int(seconds))
    notice = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Notice)
    drawn: bytes = import_module(f"services.reporting.notices.rendering.as_{form}").render(notice)
    sys.stdout.buffer.write(drawn)


main()
