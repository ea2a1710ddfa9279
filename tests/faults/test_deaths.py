"""Each process dies once or twice under load; `make faults` is the long form."""

import random
from collections import Counter

from tests.faults.campaign import set_up
from tests.faults.deaths import DEATHS, Reaper
from tests.faults.installation import CAN_MOUNT, installation
from tests.faults.judgement import judge
from tests.faults.writers import Load

SEED = 2024
ALONE = ["backend", "reporting", "nats_store", *(["full_disk"] if CAN_MOUNT else [])]
TOGETHER = ["quota", "progress", "gateway", "postmaster", "nats", "backend"]
"""Nobody waits for the one before."""


async def test_every_acknowledged_batch_counts_once_whatever_dies() -> None:
    assert {*ALONE, *TOGETHER, "supervisor"} == DEATHS.keys()
    async with installation() as running:
        await set_up(running)
        async with Load(running, SEED) as load:
            reaper = Reaper(running, random.Random(SEED))
            for way in ALONE:
                await reaper.kill_and_wait(way)
            for way in TOGETHER:
                await reaper.kill(way)
            await running.ready()
            async with load.standing_still():
                await judge(running, load)
            await reaper.kill("supervisor")
            async with load.standing_still():
                await judge(running, load)
    assert Counter(one.outcome for one in load.batches)["acknowledged"] > 50
