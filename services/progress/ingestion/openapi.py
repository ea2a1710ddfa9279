"""The request body of a batch, as the OpenAPI file shows it."""

from typing import Any

from services.chassis.tabular.sheets import XLSX
from services.contracts.words import MAX_COUNT, Mode, Outcome

_CODE: dict[str, Any] = {"type": "string", "maxLength": 64}
_MODE: dict[str, Any] = {"type": ["string", "null"], "enum": [*(mode.value for mode in Mode), None]}
_ROW: dict[str, Any] = {
    "title": "Row",
    "type": "object",
    "additionalProperties": False,
    "required": ["unit", "indicator", "day", "value"],
    "properties": {
        "unit": {**_CODE, "description": "Official code, or the source's own where it has an alias."},
        "indicator": _CODE,
        "cohort": {"type": ["string", "null"], "maxLength": 64},
        "day": {"type": "string", "format": "date"},
        "outcome": {
            "type": ["string", "null"],
            "enum": [*(outcome.value for outcome in Outcome), None],
            "description": "`achieved` unless given.",
        },
        "reason": {"type": ["string", "null"], "maxLength": 64, "description": "Of exempt cases, and only of those."},
        "mode": {**_MODE, "description": "The batch's unless given."},
        "value": {"type": "integer", "minimum": 0, "maximum": MAX_COUNT},
        "hedge": {"type": ["string", "null"], "enum": ["about", None], "description": "Activities only."},
    },
}
_BATCH: dict[str, Any] = {
    "title": "Batch",
    "type": "object",
    "additionalProperties": False,
    "required": ["source", "rows"],
    "properties": {
        "source": _CODE,
        "mode": {**_MODE, "description": "`daily` unless given."},
        "labels": {
            "type": ["array", "null"],
            "items": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$"},
            "maxItems": 16,
            "description": "`imputed`, `simulated`: travel up into every sum.",
        },
        "received_at": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "With the scope `admin`: the past moment of a historical load.",
        },
        "rows": {"type": "array", "minItems": 1, "items": _ROW},
    },
}
_EXAMPLE: dict[str, Any] = {
    "source": "viettel",
    "mode": "daily",
    "rows": [{"unit": "25453", "indicator": "sim_esign", "day": "2024-05-01", "value": 12}],
}
_LINES = '{"unit": "25453", "indicator": "sim_esign", "day": "2024-05-01", "value": 12}'
_TABLE = "unit,indicator,day,value\n25453,sim_esign,2024-05-01,12\n"
REQUEST_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _BATCH, "example": _EXAMPLE},
            "application/x-ndjson": {"schema": {"type": "string", "description": f"A row a line: {_LINES}"}},
            "text/csv": {"schema": {"type": "string", "description": "A header, and a row a line."}, "example": _TABLE},
            XLSX: {"schema": {"type": "string", "format": "binary", "description": "One sheet: a header, rows."}},
        },
    }
}
