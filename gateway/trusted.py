"""Trusted documents: queries that an operator has looked at, asked for by the sha256 of their text."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.chassis.problems import Refusal
from services.chassis.strict_json import parse

_HASH = re.compile(r"^(?:sha256:)?([0-9a-f]{64})$", re.IGNORECASE)


class DocumentUnknown(Refusal):
    """No trusted document has the hash {hash}."""

    code = "document_unknown"
    title = "No such trusted document"
    remedy = "Send the sha256 of the document's exact bytes, or ask the operator to add the document."


class DocumentNotTrusted(Refusal):
    """This token may send trusted documents only, by their hash."""

    status = 403
    code = "document_not_trusted"
    title = "Not a trusted document"
    remedy = "Send `documentId` (`sha256:` and the hash) instead of `query`, or ask the operator to trust the document."


class TrustedDocumentsMalformed(ValueError):
    """What lies at the path of the trusted documents cannot be used; the message says why."""


class TrustedDocuments:
    """Documents by the sha256 of their UTF-8 text, and the callers who may send nothing else (`*`: everybody)."""

    def __init__(self, documents: Mapping[str, str], *, only_for: frozenset[str] = frozenset()) -> None:
        self._documents = documents
        self._only_for = only_for

    @classmethod
    def from_path(cls, path: Path | None, *, only_for: frozenset[str] = frozenset()) -> "TrustedDocuments":
        """Those of a folder of `*.graphql` files, or of a JSON file that maps hashes to documents (as Relay and others
        write it); none without a path.

        Raises: TrustedDocumentsMalformed.
        """
        return cls({} if path is None else _read(path), only_for=only_for)

    def find(self, name: str) -> str:
        """The document of this hash, `sha256:` before it or not.

        Raises: DocumentUnknown.
        """
        found = _HASH.match(name)
        document = self._documents.get(found[1].lower()) if found else None
        if document is None:
            raise DocumentUnknown(hash=name[:80])
        return document

    def check(self, caller: str, *, by_hash: bool) -> None:
        """The caller may send its document.

        Raises: DocumentNotTrusted.
        """
        if not by_hash and (caller in self._only_for or "*" in self._only_for):
            raise DocumentNotTrusted


def _read(path: Path) -> dict[str, str]:
    try:
        if path.is_dir():
            texts = [one.read_bytes() for one in sorted(path.glob("**/*.graphql"))]
            return {hashlib.sha256(text).hexdigest(): text.decode() for text in texts}
        named: Any = parse(path.read_bytes())
    except OSError as fault:
        raise TrustedDocumentsMalformed(f"{path} cannot be read: {fault.strerror}.") from fault
    except UnicodeDecodeError as fault:
        raise TrustedDocumentsMalformed(f"{path} holds a document that is not UTF-8.") from fault
    except Refusal as fault:
        raise TrustedDocumentsMalformed(f"{path} is not JSON: {fault.detail}") from fault
    if not isinstance(named, dict):
        raise TrustedDocumentsMalformed(f"{path} has to hold one object that maps hashes to documents.")
    documents = {}
    for name, text in named.items():
        found = _HASH.match(name)
        if not isinstance(text, str) or found is None or hashlib.sha256(text.encode()).hexdigest() != found[1].lower():
            raise TrustedDocumentsMalformed(f"{path}: {name[:80]!r} is not the sha256 of its document.")
        documents[found[1].lower()] = text
    return documents
