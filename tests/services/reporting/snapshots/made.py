"""Contents of snapshots, in both forms."""

import json
from datetime import UTC, date, datetime
from typing import Any

from services.contracts.words import Level
from services.reporting.snapshots.content import (
    ClosureInput,
    Content,
    Digest,
    FrozenUnit,
    PlanInput,
    SuccessionInput,
    canonical,
)
from tests.services.reporting.notices.made import campaign, figure
from tests.services.reporting.support import FIRST, LAST

MOMENT = datetime(2024, 7, 5, 2, tzinfo=UTC)
PLAN = PlanInput("0190", "70", "128/KH-UBND", FIRST, 1, MOMENT, Digest(1, "a" * 64))
CLOSURE = ClosureInput(1, date(2024, 5, 3), "15/TB-UBND", date(2024, 5, 9), MOMENT)
MERGER = SuccessionInput(date(2025, 7, 1), "merge", "70", "75", None, None, True)

CONTENT = Content(
    campaign=campaign(),
    number="215/TB-UBND",
    date=LAST,
    as_of=LAST,
    known_at=MOMENT,
    plans=[PLAN],
    batches=Digest(2, "f" * 64),
    units=[FrozenUnit("70", Level.PROVINCE, "Tỉnh Bình Phước")],
    figures=[figure("70")],
    hierarchy=Digest(1, "b" * 64),
    successions=[MERGER],
    closures=[CLOSURE],
)


def first_form(**changes: Any) -> bytes:
    """The content as it was frozen before it named lines, hierarchy, successions and closures."""
    held = json.loads(canonical(CONTENT)) | changes
    for name in ("hierarchy", "successions", "closures"):
        del held[name]
    for plan in held["plans"]:
        del plan["lines"]
    for unit in held["units"]:
        del unit["parent"]
    held["form"] = "bonphu-snapshot-1"
    return json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
