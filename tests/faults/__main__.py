"""`make faults`: each way to die at least twenty times, and after each round the judgement."""

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections import Counter

from tests.faults.campaign import set_up
from tests.faults.deaths import DEATHS, Reaper
from tests.faults.installation import installation
from tests.faults.judgement import judge
from tests.faults.writers import Load


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def rounds(count: int, ways: list[str], seed: int) -> None:
    """Every way to die once a round, in a random order; in every other round nobody waits for the one before."""
    chance = random.Random(seed)
    caught_up: list[float] = []
    async with installation() as running:
        await set_up(running)
        async with Load(running, seed) as load:
            reaper = Reaper(running, chance)
            for number in range(1, count + 1):
                began = time.monotonic()
                for way in chance.sample(ways, k=len(ways)):
                    await (reaper.kill if number % 2 == 0 else reaper.kill_and_wait)(way)
                await running.ready()
                async with load.standing_still():
                    caught_up.append(await judge(running, load))
                    say(
                        f"round {number}/{count}: {time.monotonic() - began:.0f} s, {len(load.batches)} batches,"
                        f" {len(load.campaigns)} campaigns, caught up after {caught_up[-1]:.1f} s"
                    )
        report(reaper, load, caught_up)


def report(reaper: Reaper, load: Load, caught_up: list[float]) -> None:
    """What was done, and what was seen."""
    say("\nway          kills   ready again after (median, longest)")
    for way, kills in reaper.kills.items():
        times = reaper.recovered[way] or [float("nan")]
        say(f"{way:12} {kills:5}   {statistics.median(times):.1f} s, {max(times):.1f} s ({len(times)} measured)")
    outcomes = Counter(one.outcome for one in load.batches)
    say(f"\nbatches: {dict(outcomes)}, {sum(one.tries > 1 for one in load.batches)} sent more than once")
    say(f"campaigns: {dict(Counter(one.outcome for one in load.campaigns))}")
    say(f"what writers got instead of an answer: {dict(load.faults)}")
    say(f"what the reader of the graph got: {dict(load.read)}")
    say(f"caught up after: median {statistics.median(caught_up):.1f} s, longest {max(caught_up):.1f} s")


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--ways", default=",".join(DEATHS), help="which deaths, by commas")
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = arguments.parse_args()
    say(f"seed {given.seed}")
    asyncio.run(rounds(given.rounds, given.ways.split(","), given.seed))


if __name__ == "__main__":
    main()
