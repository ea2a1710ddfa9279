"""Many who watch while much changes: each is told where things stand in the end, in order, nothing twice."""

import asyncio
import os
from collections.abc import Awaitable, Callable

from tests.gateway.live.conftest import Watcher, watching
from tests.support.stack import Stack

SUBSCRIBERS = int(os.environ.get("BONPHU_SUBSCRIBERS", "200"))
UPDATES = int(os.environ.get("BONPHU_UPDATES", "100"))
BEFORE = 579


async def _told(watcher: Watcher, last: int) -> list[int]:
    """What the watcher is told of 688, until it is the last."""
    found: list[int] = []
    while not found or found[-1] != last:
        achieved = (await watcher.achieved()).get("688")
        assert achieved is not None
        found.append(achieved)
    return found


async def test_everybody_is_told_the_last_in_order_and_nothing_twice(
    graph: Stack, move: Callable[..., Awaitable[None]]
) -> None:
    async with asyncio.timeout(300), asyncio.TaskGroup() as group:
        ready = [asyncio.Event() for _ in range(SUBSCRIBERS)]

        async def watch(place: int) -> list[int]:
            async with watching(graph, ping_interval=None) as watcher:
                await watcher.subscribe(variables={"units": ["688"], "indicators": ["cccd"]})
                first = (await watcher.achieved())["688"]
                ready[place].set()
                if place % 10:
                    return [first or 0, *await _told(watcher, BEFORE + UPDATES)]
            # Now and then one goes away, and comes again to where things stand.
            async with watching(graph, ping_interval=None) as back:
                await back.subscribe(variables={"units": ["688"], "indicators": ["cccd"]})
                return await _told(back, BEFORE + UPDATES)

        tasks = [group.create_task(watch(place)) for place in range(SUBSCRIBERS)]
        for one in ready:
            await one.wait()
        for _ in range(UPDATES):
            await move("688", 1)
    for task in tasks:
        told = task.result()
        assert told == sorted(set(told)), "in order, nothing twice"
        assert told[-1] == BEFORE + UPDATES
