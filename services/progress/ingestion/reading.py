"""A body becomes an envelope and rows; what is wrong with the form of a row is known row by row. JSON is read here.

A well-formed body is decoded once, into typed rows. Only where that fails is it parsed as plain values and each
row looked at alone.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.chassis.problems import FieldError, InvalidInput
from services.chassis.strict_json import parse
from services.contracts.words import MAX_COUNT, Mode
from services.progress.ingestion.receipts import RowRemark

Optional = str | None | UnsetType


class Row(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One row as it came. What is null counts as left out."""

    unit: str
    indicator: str
    day: str
    value: Annotated[int, Meta(ge=0, le=MAX_COUNT)]
    cohort: Optional = UNSET
    outcome: Optional = UNSET
    reason: Optional = UNSET
    mode: Optional = UNSET
    hedge: Optional = UNSET


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """What stands around the rows."""

    source: str
    rows: list[Row]
    mode: Optional = UNSET
    labels: list[str] | UnsetType | None = UNSET
    received_at: Optional = UNSET


REQUIRED_FIELDS = ("unit", "indicator", "day", "value")
ROW_FIELDS = Row.__struct_fields__
ENVELOPE_FIELDS = Envelope.__struct_fields__
BLANK = Row("", "", "", 0)
"""Stands where a row could not be read."""
_LABEL = re.compile(r"[a-z][a-z0-9_]{0,31}")
_MOMENT = Annotated[datetime, Meta(tz=True)]
_ENVELOPES = msgspec.json.Decoder(Envelope)


class Batch(msgspec.Struct):
    """A batch that could be read, or a part of one.

    `misshapen` are the places of rows whose form is wrong; they stand blank in `rows`, and `raw` has what came there.
    `colons`: those of the body that must belong to keys of rows, None where no key can stand twice any more.
    `lines`: those that the body is made of, where each is a row.
    `offset`: how many rows of the batch come before this part. `where`: how people call a field of a row in a file.
    """

    source: str
    mode: Mode
    labels: tuple[str, ...]
    received_at: datetime | None
    rows: list[Row]
    body: bytes = b""
    lines: list[bytes] = msgspec.field(default_factory=list)
    raw: list[Any] | dict[int, Any] = msgspec.field(default_factory=list)
    misshapen: frozenset[int] = frozenset()
    colons: int | None = None
    offset: int = 0
    where: Callable[[int, str], str] | None = None

    def may_have_keys_twice(self, keys_of_rows: int) -> bool:
        """Whether an object of the body may have a key twice, of which a decoder takes the last.

        Each key has one colon: as many colons as distinct keys prove that none stands twice and no text holds one.
        Any other number proves nothing, and the body has to be read again, slowly.
        """
        return self.colons is not None and self.colons != keys_of_rows

    def located(self, remark: RowRemark) -> RowRemark:
        """The remark on a row of this part, as one on a row of the whole batch."""
        if not self.offset and self.where is None:
            return remark
        before = f"/rows/{remark.row}"
        place = remark.row + self.offset
        field = remark.pointer.removeprefix(before)
        detail = remark.detail if self.where is None else f"{self.where(remark.row, field[1:])}: {remark.detail}"
        return RowRemark(place, f"/rows/{place}{field}", remark.code, detail)


class Unreadable(msgspec.Struct, frozen=True):
    """What came in the place of a row, and why it is none."""

    code: str
    detail: str
    field: str = ""


def read(body: bytes) -> Batch:
    """The batch, with the form of each row judged on its own.

    Raises: MalformedBody where the body cannot be read at all, InvalidInput where the envelope is wrong.
    """
    try:
        envelope = _ENVELOPES.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_slowly(body)
    return batch_of(envelope, body, colons=_colons_of_rows(envelope, body))


def _colons_of_rows(envelope: Envelope, body: bytes) -> int:
    if b"\\" in body:
        return -1  # an escaped text may hide what it holds
    texts = [envelope.source]
    for text in (envelope.mode, envelope.received_at):
        if isinstance(text, str):
            texts.append(text)
    if isinstance(envelope.labels, list):
        texts += envelope.labels
    keys = 2 + sum(one is not UNSET for one in (envelope.mode, envelope.labels, envelope.received_at))
    return body.count(b":") - keys - sum(text.count(":") for text in texts)


def _read_slowly(body: bytes) -> Batch:
    value = parse(body)
    if not isinstance(value, dict):
        raise _refused([FieldError("", "object_expected", "A batch is a JSON object with `source` and `rows`.")])
    rows = value.get("rows")
    if not isinstance(rows, list):
        code = "field_missing" if "rows" not in value else "list_expected"
        raise _refused([FieldError("/rows", code, "`rows` is a list of rows.")])
    faults = [
        FieldError(f"/{_escaped(name)}", "field_unknown", "A batch has no such field.")
        for name in value
        if name not in ENVELOPE_FIELDS
    ]
    if "source" not in value:
        faults.append(FieldError("/source", "field_missing", "Say which source reports."))
    elif not isinstance(value["source"], str):
        faults.append(FieldError("/source", "text_expected", "`source` is the code of a source."))
    for name in ("mode", "received_at"):
        if not isinstance(value.get(name), str | None):
            faults.append(FieldError(f"/{name}", "text_expected", f"`{name}` is a text."))
    labels = value.get("labels")
    if labels is not None and not (isinstance(labels, list) and all(isinstance(one, str) for one in labels)):
        faults.append(FieldError("/labels", "list_expected", "`labels` is a list of texts."))
    if faults:
        raise _refused(faults)
    read_rows, misshapen = _rows(rows)
    given = {name: value[name] for name in ("mode", "labels", "received_at") if name in value}
    envelope = Envelope(source=value["source"], rows=read_rows, **given)
    batch = batch_of(envelope, body, colons=None)
    batch.raw, batch.misshapen = rows, frozenset(misshapen)
    return batch


def _rows(raw: list[Any]) -> tuple[list[Row], list[int]]:
    rows: list[Row] = []
    misshapen: list[int] = []
    for place, one in enumerate(raw):
        try:
            rows.append(msgspec.convert(one, Row))
        except msgspec.ValidationError:
            misshapen.append(place)
            rows.append(BLANK)
    return rows, misshapen


def batch_of(envelope: Envelope, body: bytes = b"", *, colons: int | None = None) -> Batch:
    """The batch in an envelope. Raises: InvalidInput where the envelope is wrong."""
    faults: list[FieldError] = []
    if not envelope.rows:
        faults.append(FieldError("/rows", "rows_missing", "A batch has at least one row."))
    mode = envelope.mode or Mode.DAILY
    if mode not in set(Mode):
        faults.append(FieldError("/mode", "unknown_mode", "`mode` is daily or cumulative."))
    labels = envelope.labels or []
    for place, label in enumerate(labels):
        if not _LABEL.fullmatch(label):
            detail = "A label has 1 to 32 of the characters a-z, 0-9 and _, and begins with a letter."
            faults.append(FieldError(f"/labels/{place}", "label_malformed", detail))
    if len(labels) > 16:
        faults.append(FieldError("/labels", "too_many_labels", "A batch has at most 16 labels."))
    received_at = None
    if envelope.received_at:
        try:
            received_at = msgspec.convert(envelope.received_at, _MOMENT).astimezone(UTC)
        except (msgspec.ValidationError, OverflowError):
            detail = "A moment is written as RFC 3339 has it, 2024-07-03T10:00:00Z for instance."
            faults.append(FieldError("/received_at", "moment_malformed", detail))
    elif envelope.received_at == "":
        faults.append(FieldError("/received_at", "moment_malformed", "The moment is empty; leave it out instead."))
    if faults:
        raise _refused(faults)
    return Batch(
        source=envelope.source,
        mode=Mode(mode),
        labels=tuple(sorted(set(labels))),
        received_at=received_at,
        rows=envelope.rows,
        body=body,
        colons=colons,
    )


def _refused(faults: list[FieldError]) -> InvalidInput:
    return InvalidInput(count=len(faults), errors=faults[:100])


def _escaped(name: str) -> str:
    return name[:64].replace("~", "~0").replace("/", "~1")
