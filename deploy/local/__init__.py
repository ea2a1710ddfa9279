"""One machine's bonphu: embedded PostgreSQL and NATS, provisioning, the supervisor.

Owns the state folder (`.bonphu/`) and every process that `bonphu up` starts. Containers and
clusters use none of it but `deploy/database/roles.sql`.
"""
