"""What starts and joins the services: the launcher, the `bonphu` command, the database's roles.

The only place that may import two services. No rule of the domain lives here.
"""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
"""The folder that holds alembic.ini, the migrations and the sources of the pages."""
