"""The GraphQL gateway: what third parties and the dashboard read.

Owns the graph, its limits and its HTTP endpoint, and serves the dashboard's pages. Deliberately
absent: a database, and any rule of counting. It asks reporting and hands on who is asking.
"""
