"""Rule 15: names as they are stored, sorted and found."""

import unicodedata
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.comparison import Disagreement
from tests.laws.conftest import LAWS
from tests.laws.model.names import ALPHABET, bare, order, stored
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")

_loads = count(1)


def names_of(letters: str) -> st.SearchStrategy[list[str]]:
    words = st.text(letters, min_size=1, max_size=4)
    one = st.lists(words, min_size=1, max_size=2).map(" ".join).map(str.title)
    return st.lists(one, min_size=2, max_size=8, unique_by=bare)


# Of neighbouring letters, so that names differ in one place by one.
NAMES = st.integers(0, len(ALPHABET) - 3).flatmap(lambda place: names_of(ALPHABET[place : place + 3] + "a"))


@LAWS
@given(names=NAMES | names_of(ALPHABET), decomposed=st.booleans())
async def test_names_are_stored_sorted_and_found_as_the_model_says(
    judged: Stack, names: list[str], decomposed: bool
) -> None:
    root = f"n{next(_loads)}"
    codes = {f"{root}-{number}": name for number, name in enumerate(names)}
    units = [
        {
            "code": code,
            "level": "commune",
            "kind": "xa",
            "parent_code": root,
            "name": unicodedata.normalize("NFD" if decomposed else "NFC", name),
        }
        for code, name in codes.items()
    ]
    province = {"code": root, "level": "province", "kind": "tinh", "parent_code": None, "name": root}
    token = judged.token("quota:read quota:write admin")
    answer = await judged.call("quota", "PUT", "/v1/units", token=token, json={"units": [province, *units]})
    assert answer.is_success, answer.text
    listed = await judged.call("quota", "GET", f"/v1/units?within={root}&level=commune&limit=1000", token=token)
    found = [(one["code"], one["name"]) for one in listed.json()["items"]]
    expected = [(code, stored(name)) for code, name in sorted(codes.items(), key=lambda one: order(one[1]))]
    if found != expected:
        raise Disagreement(f"the model lists {expected}, the product {found}")
    for code, name in codes.items():
        typed = await judged.call(
            "quota", "GET", "/v1/units", token=token, params={"within": root, "level": "commune", "q": bare(name)}
        )
        if code not in [one["code"] for one in typed.json()["items"]]:
            raise Disagreement(f"{name!r} is not found as {bare(name)!r}: {typed.text}")
