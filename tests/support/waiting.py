"""Waiting for a condition, with a bound."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T]], is_so: Callable[[T], bool], *, within: float = 10.0) -> T:
    """What `look` gives once `is_so` holds of it. Raises: AssertionError after `within` seconds, with the last look."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        seen = await look()
        if is_so(seen):
            return seen
        assert asyncio.get_running_loop().time() < deadline, f"still not so after {within} s: {seen!r}"
        await asyncio.sleep(0.01)
