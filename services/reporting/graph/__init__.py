"""What the gateway asks on behalf of a caller: the questions of `services.contracts.graph`, many things at once.

Owns no rule: who may see what is `visibility`, what a figure is `figures`, who stands before whom `rankings`.
"""
