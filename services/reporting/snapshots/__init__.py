"""Issues frozen for good: figures, rules and rendered documents with the hash of what they were made from.

A snapshot never changes, whatever is corrected later; the database refuses it. What it holds is what a reader without
`reporting:sensitive` sees of the whole campaign, so that whoever may see the top unit's figures may see all of it.
"""
