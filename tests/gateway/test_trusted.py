"""Documents by hash."""

import hashlib
import json
from pathlib import Path

import pytest

from gateway.trusted import DocumentNotTrusted, DocumentUnknown, TrustedDocuments, TrustedDocumentsMalformed

TEXT = "{ campaigns { totalCount } }"
HASH = hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.mark.parametrize("form", ["folder", "file"])
def test_documents_are_found_by_the_hash_of_their_bytes(tmp_path: Path, form: str) -> None:
    if form == "folder":
        (tmp_path / "board").mkdir()
        (tmp_path / "board" / "count.graphql").write_text(TEXT)
        path = tmp_path
    else:
        path = tmp_path / "documents.json"
        path.write_text(json.dumps({f"sha256:{HASH}": TEXT}))
    trusted = TrustedDocuments.from_path(path)
    assert trusted.find(f"sha256:{HASH}") == trusted.find(HASH.upper()) == TEXT
    for unknown in ("", "sha256:", "0" * 64, f"md5:{HASH}"):
        with pytest.raises(DocumentUnknown):
            trusted.find(unknown)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"0": 3}', json.dumps({HASH: TEXT + " "}), json.dumps({"count": TEXT}), "\udcff"]
)
def test_a_file_that_is_not_what_it_says_is_refused_at_the_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "documents.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(TrustedDocumentsMalformed, match=r"documents\.json"):
        TrustedDocuments.from_path(path)
    with pytest.raises(TrustedDocumentsMalformed, match="cannot be read"):
        TrustedDocuments.from_path(tmp_path / "absent.json")


def test_some_callers_may_send_nothing_else() -> None:
    TrustedDocuments({}, only_for=frozenset({"wall"})).check("desk", by_hash=False)
    TrustedDocuments({}, only_for=frozenset({"wall"})).check("wall", by_hash=True)
    for only_for in ({"wall"}, {"*"}):
        with pytest.raises(DocumentNotTrusted):
            TrustedDocuments({}, only_for=frozenset(only_for)).check("wall", by_hash=False)
