"""What is remembered of a file whose answer has not come, so that sending it again never counts twice."""

import hashlib
import os
import uuid
from pathlib import Path

from deploy.reports.files import Outgoing


class Pending:
    """The Idempotency-Key under which one file goes to one address, kept until an answer has come."""

    def __init__(self, url: str, file: Outgoing) -> None:
        digest = hashlib.sha256(url.encode())
        if file.body is None:
            with file.path.open("rb") as content:
                while part := content.read(1 << 20):
                    digest.update(part)
        else:
            digest.update(file.body)
        self._note = _folder() / f"{digest.hexdigest()[:40]}.key"
        self.resumes = self._note.exists()
        if self.resumes:
            self.key = self._note.read_text(encoding="ascii").strip()
        else:
            self.key = f"file-{uuid.uuid4()}"
            self._note.parent.mkdir(parents=True, exist_ok=True)
            self._note.write_text(self.key, encoding="ascii")

    def answered(self) -> None:
        """The file has its answer; sent again it is a statement of its own."""
        self._note.unlink(missing_ok=True)


def _folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "bonphu" / "reports"
