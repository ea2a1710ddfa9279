"""`bonphu status`."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.local import services
from deploy.local.home import Home
from deploy.local.ports import answers


def show_status(home: Path | None) -> int:
    """Prints what runs; 0 when everything is ready, else 1."""
    state_folder = Home.from_environment(home)
    console = Console(highlight=False)
    state = state_folder.state()
    is_up = state_folder.path.exists() and state_folder.is_up()
    console.print(f"{state_folder.path}: {'up' if is_up else 'not up'}", soft_wrap=True)
    if not is_up:
        console.print("Start it with `make up` or `bonphu up`.")
        return 1
    table = Table("what", "where", "state", box=None, pad_edge=False)
    missing: dict[str, str | None] = {}
    for name, greeting in (("postgres", b""), ("nats", b"INFO ")):
        if port := state.get(name, {}).get("port"):
            missing[name] = None if answers(port, greeting=greeting) else "does not answer"
            table.add_row(name, f"127.0.0.1:{port}", _word(missing[name]))
    for name, url in services.base_urls(state["port"]).items():
        missing[name] = services.missing_at(int(url.rpartition(":")[2]))
        table.add_row(name, url, _word(missing[name]))
    console.print(table)
    return int(any(missing.values()))


def _word(missing: str | None) -> str:
    return f"[red]{missing}[/red]" if missing else "[green]ready[/green]"
