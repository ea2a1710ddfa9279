"""What is wrong with the form of a row: fields that are missing, unknown or of the wrong type."""

from typing import Any

from services.contracts.words import MAX_COUNT
from services.progress.ingestion.reading import REQUIRED_FIELDS, ROW_FIELDS, Unreadable
from services.progress.ingestion.receipts import RowRemark


def form_faults(place: int, raw: Any) -> list[RowRemark]:
    """Each fault of the form of one row, as plain JSON values; none where its form is right."""
    if isinstance(raw, list) and raw and all(isinstance(one, Unreadable) for one in raw):
        return [RowRemark(place, f"/rows/{place}{one.field and '/' + one.field}", one.code, one.detail) for one in raw]
    if not isinstance(raw, dict):
        return [RowRemark(place, f"/rows/{place}", "object_expected", "A row is a JSON object.")]
    found = [
        _remark(place, name, "field_missing", f"A row has a `{name}`; add it.")
        for name in REQUIRED_FIELDS
        if name not in raw
    ]
    for name, value in raw.items():
        if name not in ROW_FIELDS:
            allowed = ", ".join(ROW_FIELDS)
            found.append(_remark(place, name, "field_unknown", f"A row has no such field; it has {allowed}."))
        elif name == "value":
            found += _value_faults(place, value)
        elif value is None and name not in REQUIRED_FIELDS:
            continue
        elif not isinstance(value, str):
            found.append(_remark(place, name, "text_expected", f"`{name}` is a text in quotation marks."))
    return found


def _value_faults(place: int, value: object) -> list[RowRemark]:
    if isinstance(value, bool) or not isinstance(value, int):
        detail = "A value is a whole number, without quotation marks, fraction or exponent."
        return [_remark(place, "value", "value_not_whole", detail)]
    if value < 0:
        return [_remark(place, "value", "value_negative", "A value is 0 or more.")]
    if value > MAX_COUNT:
        return [_remark(place, "value", "value_too_large", f"A value is at most {MAX_COUNT} (2^53 − 1).")]
    return []


def _remark(place: int, name: str, code: str, detail: str) -> RowRemark:
    escaped = name[:64].replace("~", "~0").replace("/", "~1")
    return RowRemark(place, f"/rows/{place}/{escaped}", code, detail)
