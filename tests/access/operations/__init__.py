"""The table of operations: what each principal gets from each of them.

A cell is the status, then the code of a refusal, or whatever the answer shows of what was loaded, sorted.
"""

from tests.access.operations.graph import GATEWAY, QUESTIONS
from tests.access.operations.processes import AUDIT, HEALTH
from tests.access.operations.progress import PROGRESS
from tests.access.operations.quota import QUOTA
from tests.access.operations.reporting import REPORTING
from tests.access.operations.rows import Row

__all__ = ["OPEN_DOCUMENTS", "OPERATIONS", "Row"]

OPERATIONS = {**HEALTH, **AUDIT, **QUOTA, **PROGRESS, **REPORTING, **QUESTIONS, **GATEWAY}
OPEN_DOCUMENTS = {"/openapi.json", "/docs", "/docs/oauth2-redirect"}
