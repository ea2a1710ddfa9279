"""`python -m deploy.cli` is `bonphu`."""

from deploy.cli import main

main()
