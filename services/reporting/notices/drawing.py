"""A notice as a file, drawn by a process of its own within a time limit."""

import msgspec

from services.chassis.problems import Refusal
from services.chassis.short_lived import WorkerEnded, in_worker
from services.reporting.notices.document import Format, Notice


class DocumentNotDrawn(Refusal):
    """The notice could not be drawn as {form} within {seconds} seconds: {reason}."""

    status = 503
    code = "document_not_drawn"
    title = "The document could not be made in time"
    remedy = (
        "Ask again after `Retry-After` seconds; where it happens again, ask for another format, or have"
        " `BONPHU_DOCUMENT_SECONDS` raised."
    )


async def drawn(notice: Notice, form: Format, *, seconds: int) -> bytes:
    """The file. Raises: DocumentNotDrawn."""
    try:
        return await in_worker(
            "services.reporting.notices.rendering",
            msgspec.msgpack.encode(notice),
            arguments=(form, str(seconds)),
            seconds=seconds,
        )
    except WorkerEnded as fault:
        raise DocumentNotDrawn(form=form, seconds=seconds, reason=fault, headers={"Retry-After": "5"}) from fault
