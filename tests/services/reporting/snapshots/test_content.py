"""What is frozen, byte for byte, in the form of today and the one before."""

import hashlib
import json
from typing import Any

import msgspec

from services.reporting.snapshots.content import Content, canonical, hash_of, read_content
from tests.services.reporting.snapshots.made import CONTENT, first_form


def _again(made: bytes) -> bytes:
    return json.dumps(json.loads(made), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def test_the_canonical_form_is_what_anybody_makes_of_it() -> None:
    made = canonical(CONTENT)
    assert made == _again(made)
    assert hash_of(made) == hashlib.sha256(_again(made)).hexdigest()
    assert "Tỉnh Bình Phước".encode() in made
    assert read_content(made) == CONTENT


def test_the_form_says_which_inputs_are_named() -> None:
    held: dict[str, Any] = json.loads(canonical(CONTENT))
    assert held["form"] == "bonphu-snapshot-2"
    assert {"campaign", "hierarchy", "plans", "batches", "successions", "closures"} <= held.keys()
    assert held["plans"][0]["lines"] == {"count": 1, "sha256": "a" * 64}


def test_what_was_frozen_in_the_first_form_can_still_be_read() -> None:
    old = first_form()
    assert old == _again(old)
    found = read_content(old)
    assert found.form == "bonphu-snapshot-1"
    assert (found.hierarchy, found.successions, found.closures, found.plans[0].lines) == (None, None, None, None)
    assert (found.figures, found.units[0].name) == (CONTENT.figures, "Tỉnh Bình Phước")
    assert msgspec.json.decode(old, type=Content) == found
