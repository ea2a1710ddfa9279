"""The body of a batch in whichever medium it comes: JSON, NDJSON, CSV or XLSX."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial

import msgspec
from fastapi import Request

from services.chassis.problems import FieldError, InvalidInput, UnsupportedMedia
from services.chassis.spool import spooled
from services.chassis.tabular.reading import media_type
from services.chassis.tabular.sheets import CSV, XLSX
from services.chassis.writes import Fingerprint
from services.progress.ingestion import ndjson
from services.progress.ingestion.commands import TAKEN_AT_ONCE
from services.progress.ingestion.reading import BLANK, Batch, Envelope, batch_of, read
from services.progress.ingestion.tables import read_table

JSON, NDJSON = "application/json", "application/x-ndjson"
MEDIA = (JSON, NDJSON, CSV, XLSX)


class Incoming(msgspec.Struct, frozen=True):
    """A body that was received. `whole` where it is read at once; else `parts` gives it from the beginning, each time
    anew, and `header` is the batch without rows.
    """

    header: Batch
    whole: Batch | None = None
    parts: Callable[[int], Iterable[Batch]] | None = None
    fingerprint: Fingerprint | None = None

    def units(self) -> set[str]:
        """The codes of units in it; of a very large body as many as are ever asked of quota."""
        if self.whole is not None:
            return {row.unit for row in self.whole.rows} - {""}
        assert self.parts is not None
        found: set[str] = set()
        for part in self.parts(TAKEN_AT_ONCE):
            found.update(row.unit for row in part.rows)
        return found - {""}


@asynccontextmanager
async def incoming(request: Request, envelope: Envelope) -> AsyncGenerator[Incoming]:
    """The batch that the request brings. `envelope`: what the query says, for media that have none.

    Raises: UnsupportedMedia, MalformedBody, InvalidInput, UnreadableFile, FileTooLarge.
    """
    content_type = request.headers.get("content-type", "")
    media, _ = media_type(content_type)
    if media not in MEDIA:
        raise UnsupportedMedia(media=content_type[:100] or "(none given)", accepted=", ".join(MEDIA))
    if media == JSON:
        _refuse_query(envelope)
        batch = read(await request.body())
        yield Incoming(batch, whole=batch)
        return
    header = _header(envelope)
    if media != NDJSON:
        table = await read_table(header, await request.body(), content_type)
        if not table.rows:
            raise _no_rows()
        yield Incoming(header, whole=table)
        return
    async with spooled(request) as (file, fingerprint):
        first = next(ndjson.parts(file, header, TAKEN_AT_ONCE + 1), None)
        if first is None:
            raise _no_rows()
        if len(first.rows) <= TAKEN_AT_ONCE:
            yield Incoming(header, whole=first, fingerprint=fingerprint)
        else:
            yield Incoming(header, parts=partial(ndjson.parts, file, header), fingerprint=fingerprint)


def _no_rows() -> InvalidInput:
    return InvalidInput(count=1, errors=[FieldError("/rows", "rows_missing", "A batch has at least one row.")])


def _header(envelope: Envelope) -> Batch:
    if not envelope.source:
        detail = "This medium has no envelope: say in the query which source reports, ?source=…"
        raise InvalidInput(count=1, errors=[FieldError("/query/source", "field_missing", detail)])
    header = batch_of(msgspec.structs.replace(envelope, rows=[BLANK]))
    return msgspec.structs.replace(header, rows=[])


def _refuse_query(envelope: Envelope) -> None:
    given = [
        name
        for name in ("source", "mode", "labels", "received_at")
        if getattr(envelope, name) not in ("", None, msgspec.UNSET)
    ]
    if given:
        detail = "JSON says it in its envelope, beside `rows`; leave it out of the query."
        faults = [FieldError(f"/query/{name}", "said_in_the_envelope", detail) for name in given]
        raise InvalidInput(count=len(faults), errors=faults)
