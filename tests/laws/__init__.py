"""The laws of the domain: a second, plain implementation that judges the first through its public APIs."""
