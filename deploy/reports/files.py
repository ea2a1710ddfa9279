"""A file of counts: its medium by its name, and what is sent of it."""

from pathlib import Path
from typing import Any

import msgspec

from deploy.local.failures import CannotStart

MEDIA = {
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Outgoing(msgspec.Struct, frozen=True):
    """What is sent: the file itself, or for JSON the bytes made of it."""

    path: Path
    media: str
    query: dict[str, str]
    body: bytes | None = None

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.path.stat().st_size if self.body is None else len(self.body)


def outgoing(path: Path, *, source: str, mode: str | None) -> Outgoing:
    """The file, ready to be sent for that source. Raises: CannotStart."""
    if not path.is_file():
        raise CannotStart(f"There is no file {path}.")
    media = MEDIA.get(path.suffix.lower())
    if media is None:
        raise CannotStart(f"{path.name} is none of {', '.join(MEDIA)}: name it for what it holds.")
    if media != MEDIA[".json"]:
        return Outgoing(path, media, {"source": source} | ({} if mode is None else {"mode": mode}))
    try:
        said: Any = msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise CannotStart(f"{path.name} is not JSON: {fault}.") from fault
    batch = {"rows": said} if isinstance(said, list) else said
    if not isinstance(batch, dict):
        raise CannotStart(f"{path.name} holds neither rows nor a batch with `rows`.")
    if batch.get("source", source) != source:
        raise CannotStart(f"{path.name} speaks for the source {batch['source']}, and --source says {source}.")
    batch = {"source": source} | ({} if mode is None else {"mode": mode}) | batch
    return Outgoing(path, media, {}, msgspec.json.encode(batch))
