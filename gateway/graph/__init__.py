"""The schema, by business object: campaigns, units, figures, rankings.

`schema.graphql` is what it comes to; its diff is reviewed as a change of the API.
"""
