"""A receipt as people read it."""

from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.reports.sending import Answered

SHOWN = 20
ACCEPTED, REJECTED, PARTLY = 0, 1, 2
"""Exit codes."""

_HEADLINES = {
    "accepted": "[green]accepted[/]",
    "partially_accepted": "[yellow]partially accepted[/]",
    "rejected": "[red]rejected, nothing was taken[/]",
}


def show(console: Console, answered: Answered, *, dry_run: bool) -> int:
    """The answer is on the console; answers the exit code."""
    if not answered.is_receipt:
        _show_problem(console, answered.body)
        return REJECTED
    receipt = answered.body
    status, rows = receipt["status"], receipt["rows"]
    headline = _HEADLINES.get(status, status)
    if dry_run:
        headline = f"dry run: would be {headline}"
    console.print(f"{headline}{' (answered before)' if answered.again else ''}")
    console.print(
        f"{rows['received']:,} rows received: {rows['created']:,} created, {rows['corrected']:,} corrected,"
        f" {rows['unchanged']:,} unchanged, {rows['rejected']:,} rejected"
    )
    _show_remarks(console, "errors", receipt["errors"])
    _show_remarks(console, "warnings", receipt["warnings"])
    for one in (receipt.get("rollup") or {}).get("differences", ()):
        console.print(f"the campaign's {one['indicator']} ({one['outcome']}) would change by {one['difference']:+,}")
    if receipt["truncated"]:
        console.print("There are more than the receipt shows; --errors FILE writes all errors into a file.")
    if receipt["batch"]:
        console.print(f"batch {receipt['batch']}, received {receipt['received_at']}")
    return {"accepted": ACCEPTED, "partially_accepted": PARTLY}.get(status, REJECTED)


def _show_remarks(console: Console, what: str, remarks: list[dict[str, Any]]) -> None:
    if not remarks:
        return
    table = Table("row", "field", "code", "what to do", title=f"{what}", title_justify="left", box=None, pad_edge=False)
    for one in remarks[:SHOWN]:
        field = one["pointer"].partition(f"/rows/{one['row']}/")[2]
        table.add_row(str(one["row"]), field, one["code"], one["detail"])
    console.print(table)
    if len(remarks) > SHOWN:
        console.print(f"… and {len(remarks) - SHOWN:,} more {what} in the receipt")


def _show_problem(console: Console, problem: dict[str, Any]) -> None:
    console.print(f"[red]refused[/]: {problem.get('detail', problem)}", soft_wrap=True)
    for one in problem.get("errors", ())[:SHOWN]:
        console.print(f"  {one['pointer']}: {one['detail']}", soft_wrap=True, markup=False)
    if problem.get("code"):
        console.print(f"{problem['code']} (request {problem.get('request_id')}); see docs/errors.md")
