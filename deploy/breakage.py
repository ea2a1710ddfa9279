"""What the graph would break for those who query it: `python -m deploy.breakage` compares it with the last release.

`gateway/graph/released.graphql` is what was promised; `--release` promises what `schema.graphql` holds now. A
breaking change is one that fails a query which the release answered (the GraphQL specification leaves the word open;
this is graphql-js's list). It may be made on purpose: the changelog's section Breaking, under Unreleased, then names
what is changed.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import GraphQLSchema, build_schema
from graphql.utilities import find_breaking_changes

from deploy import CHECKOUT
from gateway.graph.export import COMMITTED

RELEASED = COMMITTED.with_name("released.graphql")
CHANGELOG = CHECKOUT / "CHANGELOG.md"
_COORDINATE = re.compile(r"@?[A-Za-z_]\w*(?:\.\w+)?(?:\(\w+:\))?")
_REMEDY = (
    "Queries that were answered would fail. Keep it and mark it @deprecated, and remove it a release later; or say"
    " under `## Unreleased`, `### Breaking` in CHANGELOG.md what replaces `{coordinate}`."
)


def breaks(released: GraphQLSchema, current: GraphQLSchema, changelog: str) -> Iterator[str]:
    """Each change that fails a query of the release and that the changelog does not name, with the remedy."""
    told = _told(changelog)
    for change in find_breaking_changes(released, current):
        coordinate = _changed(change.description)
        if coordinate not in told:
            yield f"{change.description} {_REMEDY.format(coordinate=coordinate)}"


def _changed(description: str) -> str:
    """The schema coordinate that the sentence is about."""
    found = _COORDINATE.findall(description)
    return next((one for one in found if "." in one or one.startswith("@")), found[0])


def _told(changelog: str) -> set[str]:
    """What the section names in backticks."""
    unreleased = re.search(r"^## Unreleased$(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    breaking = unreleased and re.search(r"^### Breaking$(.*?)(?=^### |\Z)", unreleased[1], re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([^`\n]+)`", breaking[1])) if breaking else set()


def main() -> int:
    """1 where something breaks that nobody is told of."""
    if "--release" in sys.argv[1:]:
        RELEASED.write_text(COMMITTED.read_text(encoding="utf-8"), encoding="utf-8")
        return 0
    released, current = (build_schema(path.read_text(encoding="utf-8")) for path in (RELEASED, COMMITTED))
    found = list(breaks(released, current, CHANGELOG.read_text(encoding="utf-8")))
    for one in found:
        print(f"{_shown(COMMITTED)}: {one}")  # noqa: T201
    return 1 if found else 0


def _shown(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


if __name__ == "__main__":
    sys.exit(main())
