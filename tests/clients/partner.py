"""A partner's morning with the client that is generated from the OpenAPI file: `partner.py BASE_URL TOKEN`."""

import json
import sys
from uuid import UUID

from progress_client import AuthenticatedClient
from progress_client.api.batches import post_void
from progress_client.api.ledger import get_ledger
from progress_client.api.reports import post_reports
from progress_client.models import LedgerPage, PostReportsJsonBatch, Receipt, VoidInput, VoidShape


def batch(unit: str) -> PostReportsJsonBatch:
    row = {"unit": unit, "indicator": "sims", "day": "2024-05-03", "value": 5}
    return PostReportsJsonBatch.from_dict({"source": "registry", "rows": [row]})


def main() -> None:
    progress = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
    sent = post_reports.sync("drive", client=progress, body=batch("C11"), idempotency_key="python-1")
    assert isinstance(sent, Receipt), sent
    refused = post_reports.sync("drive", client=progress, body=batch("nowhere"))
    assert isinstance(refused, Receipt), refused
    ledger = get_ledger.sync("drive", client=progress, unit="C11")
    assert isinstance(ledger, LedgerPage), ledger
    assert isinstance(sent.batch, UUID)
    voided = post_void.sync(sent.batch, client=progress, body=VoidInput(reason="tried"))
    assert isinstance(voided, VoidShape), voided
    told = {
        "status": sent.status.value,
        "refused": [one.code for one in refused.errors],
        "ledger": [one.value for one in ledger.items],
        "withdrawn": voided.rows.withdrawn,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
