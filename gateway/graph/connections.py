"""Relay pages: edges with cursors, page info, and how many there are in all."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

import strawberry

Item = TypeVar("Item")

First = Annotated[int | None, strawberry.argument(description="How many items the page holds at most, 0 to 1,000.")]
After = Annotated[
    str | None, strawberry.argument(description="The cursor (`pageInfo.endCursor`) that the page begins behind.")
]


@strawberry.interface(description="A thing with a global id; `node(id:)` finds it again.")
class Node:
    """What `Query.node` answers."""

    id: strawberry.ID = strawberry.field(description="Opaque id, unique in the whole graph and stable over time.")


@strawberry.type(description="Where a page stands in the whole list.")
class PageInfo:
    """Relay's page info."""

    has_next_page: bool = strawberry.field(description="Whether more items follow.")
    has_previous_page: bool = strawberry.field(description="Whether items came before, which is so behind a cursor.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item; null on an empty page.")


@strawberry.type(description="An item and its place in the list.")
class Edge(Generic[Item]):
    """Relay's edge."""

    node: Item = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="Opaque place of the item in this list.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[Item]):
    """Relay's connection."""

    edges: list[Edge[Item]] = strawberry.field(description="The items of this page with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the whole list.")
    total_count: int = strawberry.field(description="How many items the whole list has.")


def page_of(
    items: Sequence[Item], cursors: Sequence[str], *, total: int, has_next: bool, after: str | None
) -> Connection[Item]:
    """A page, each item with its cursor."""
    return Connection(
        edges=[Edge(node=item, cursor=cursor) for item, cursor in zip(items, cursors, strict=True)],
        page_info=PageInfo(
            has_next_page=has_next,
            has_previous_page=after is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        total_count=total,
    )


def given(value: Item | None) -> Item | None:
    """The argument, None where it was left out."""
    return None if value is strawberry.UNSET else value
