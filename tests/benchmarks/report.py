"""docs/benchmarks.md: one section a table, each with the machine and the day it was measured on."""

import re
from datetime import date
from pathlib import Path

from deploy import CHECKOUT
from tests.benchmarks.ratios import Table

PAGE = CHECKOUT / "docs" / "benchmarks.md"
_HEAD = """\
# Benchmarks

Made by `make bench` (`make bench ARGS="posts lag"` measures only these): every figure beside its floor, in turns, on \
real processes with fsync; a ratio is the median of the rounds' own ratios. Read ratios, not figures: those are of one \
machine. How it is measured: `tests/benchmarks/`.
"""
_SECTION = re.compile(r"<!-- table: (?P<name>\w+) -->\n.*?<!-- end -->\n", re.DOTALL)


def section(table: Table, *, machine: str, day: date) -> str:
    """A table as Markdown, between marks by which the next run finds it."""
    lines = [
        f"<!-- table: {table.name} -->",
        f"## {table.title}",
        "",
        "| what | figure | floor | ratio | to reach | reached |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
        *(
            f"| {one.what} | {one.figure} | {one.floor} | {'–' if one.ratio is None else f'{one.ratio:.2f}'} |"
            f" {one.to_reach} | {'–' if one.reached is None else 'yes' if one.reached else '**no**'} |"
            for one in table.lines
        ),
        "",
        *(f"- {remark}" for remark in table.remarks),
        f"- Measured on {day.isoformat()}: {machine}.",
        "<!-- end -->",
    ]
    return "\n".join(lines) + "\n"


def write(tables: dict[str, str], *, order: list[str], page: Path = PAGE) -> None:
    """The page holds these sections (by name), and of other tables those that it held."""
    held = {one["name"]: one[0] for one in _SECTION.finditer(page.read_text())} if page.exists() else {}
    held |= tables
    page.write_text(_HEAD + "".join(f"\n{held[name]}" for name in order if name in held))
