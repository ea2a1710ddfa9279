"""The sixteen rules once more: plain Python, slow, written from the words of the domain alone.

It knows nothing of the product: no module here imports `services`, `gateway`, `deploy` or `migrations`, and nothing
is remembered between two questions but what a story says. Days are counted from the campaign's first day (0), moments
are minutes from the midnight before it; whoever drives the product translates both.
"""
