"""The simulator: a believable campaign of any length over one province or the whole country, labelled `simulated`.

`hierarchy` reads the official units and makes up the hamlets, `scenario` says what the campaign is and hands its quotas
down, `series` says what was reported on each day, `loading` sends what is not there yet through the public APIs,
`bulk` writes the facts by SQL instead. The same scenario is always the same, whichever way it is loaded.
"""

from deploy.simulation.loading import simulate
from deploy.simulation.scenario import Scale, Scenario, Way

__all__ = ["Scale", "Scenario", "Way", "simulate"]
