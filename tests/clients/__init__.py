"""Clients in Python and TypeScript, generated from docs/openapi/progress.json and tried; nothing of them is committed.

`make clients` installs the generators beside the environment, by locks of their own, and runs these tests. Without them
the tests are skipped, unless BONPHU_REQUIRE_CLIENTS=1.
"""
