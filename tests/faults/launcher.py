"""`bonphu`, whose supervisor starts the dead again sooner: with its own pauses two hundred deaths would take hours."""

from functools import partial

from deploy.cli import main as bonphu
from deploy.local import stack
from deploy.local.supervisor import Pauses, Supervisor

PAUSES = Pauses(first_seconds=0.2, longest_seconds=1, steady_seconds=5)


def main() -> None:
    """The command line, nothing else changed."""
    vars(stack)["Supervisor"] = partial(Supervisor, pauses=PAUSES)
    bonphu()


if __name__ == "__main__":
    main()
