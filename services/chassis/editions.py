"""Editions of a resource that several people may edit: its ETag, and If-Match."""

from typing import Annotated

from fastapi import Header

from services.chassis.problems import PreconditionFailed, PreconditionRequired

IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=1000, description="The `ETag` that was read; `*` for whatever is.")
]
"""What a caller has seen of a resource that others may edit too."""


def etag(edition: int) -> str:
    """The entity tag of one edition of a resource."""
    return f'"{edition}"'


def check_if_match(given: str | None, current: str, *, thing: str) -> None:
    """The caller has seen the current edition.

    Raises: PreconditionRequired, PreconditionFailed.
    """
    if given is None:
        raise PreconditionRequired(thing=thing)
    tags = [tag.strip() for tag in given.split(",")]
    if current not in tags and "*" not in tags:
        raise PreconditionFailed(thing=thing, etag=current, headers={"ETag": current})
