"""The `bonphu` command: what a person types. Each command imports what it needs when it runs."""

import sys


def main() -> None:
    """The command line has been carried out; expected refusals are a sentence and exit code 1."""
    from deploy.cli.commands import app
    from deploy.local.failures import CannotStart

    try:
        app()
    except CannotStart as refusal:
        sys.exit(f"bonphu: {refusal}")
