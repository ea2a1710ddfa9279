"""A mutation of each rule: one small change of the product's source, which the laws have to see.

`make mutations` copies the tree, makes one change in the copy and runs the laws there; a mutation that passes is a
rule that nobody judges. `ARGS="8 10"` chooses rules.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).parents[2]
COPIED = ("services", "gateway", "migrations", "deploy", "tests", "alembic.ini", "pyproject.toml")
CAMPAIGNS = 40
"""How many campaigns the laws may take to see a mutation."""


class Mutation(NamedTuple):
    """In `path`, `old` (which stands there once) becomes `new`."""

    rule: int
    what: str
    path: str
    old: str
    new: str
    law: str = "test_figures.py"
    """The file of laws that has to see it."""


MUTATIONS = [
    Mutation(
        1,
        "what is left over goes to the smallest remainders",
        "services/quota/apportionment/rules.py",
        "sorted((-(product % weight), unit)",
        "sorted((product % weight, unit)",
        "test_splits.py",
    ),
    Mutation(
        2,
        "what is received at a moment is not known at it",
        "services/reporting/knowledge/rows.py",
        "fact.received_at <= $6",
        "fact.received_at < $6",
    ),
    Mutation(
        2,
        "what is told and does not speak is explained as counted",
        "services/reporting/explain/rules.py",
        "return group is not None and speaking[one.anchor_id][0] == group",
        "return group is not None",
    ),
    Mutation(
        3,
        "of two rows the one acknowledged last is live, whenever it was received",
        "services/reporting/projector/straight.py",
        "(old_received_at, old_acknowledgement) < (received_at, acknowledgement)",
        "old_acknowledgement < acknowledgement",
    ),
    Mutation(
        3,
        "the same where sources mix or count both ways",
        "services/reporting/projector/ledger.py",
        "(old_received_at, old_acknowledgement) < (received_at, acknowledgement)",
        "old_acknowledgement < acknowledgement",
    ),
    Mutation(
        3,
        "a void acts from the beginning of time",
        "services/reporting/knowledge/rows.py",
        "voided_at <= $6)",
        "voided_at IS NOT NULL)",
    ),
    Mutation(
        4,
        "a running total never falls",
        "services/contracts/counting/series.py",
        "running = row.value if row.is_cumulative",
        "running = max(running, row.value) if row.is_cumulative",
    ),
    Mutation(
        5,
        "a group is silenced by the one just before it only",
        "services/contracts/counting/authority.py",
        "earliest = first_days[group] if earliest is None else min(earliest, first_days[group])",
        "earliest = first_days[group]",
    ),
    Mutation(
        4,
        "a stated stock does not count where it differs from what was left",
        "services/reporting/series/courses.py",
        "            stock = told\n",
        "            stock = told if stock is None else stock\n",
        "test_kinds.py",
    ),
    Mutation(
        5,
        "a difference of just the tolerance is beyond it",
        "services/reporting/reconciliation/rules.py",
        "tolerance.denominator > tolerance.numerator",
        "tolerance.denominator >= tolerance.numerator",
    ),
    Mutation(
        5,
        "a place told by whoever does not speak may be shown",
        "services/reporting/figures/places.py",
        "if one.unit_id in asked and one.group == speaking[one.number, one.anchor]:",
        "if one.unit_id in asked:",
        "test_kinds.py",
    ),
    Mutation(
        6,
        "a unit with a quota of 0 is expected to report",
        "services/reporting/figures/coverage.py",
        "quota.amount > 0",
        "quota.amount >= 0",
    ),
    Mutation(
        7,
        "a day may be reported on its eve",
        "services/progress/copies/views.py",
        "for spelt, number in self.days.items() if number <= last}",
        "for spelt, number in self.days.items() if number <= last + 1}",
        "test_days.py",
    ),
    Mutation(
        8,
        "of a plan's revisions the one dated last is in force",
        "services/reporting/projector/quota_steps.py",
        "if highest is not None and issue.revision < highest.revision:",
        "if highest is not None and issue.revision < 0:",
    ),
    Mutation(
        9,
        "an exact half is printed rounded down",
        "services/contracts/rates.py",
        "(2 * scaled + denominator) // (2 * denominator)",
        "(2 * scaled + denominator - 1) // (2 * denominator)",
    ),
    Mutation(
        9,
        "every exempt reason leaves the denominator",
        "services/reporting/figures/rules.py",
        "_ratio(achieved, quota - counts.leaving) if counts.leaving else rate",
        "_ratio(achieved, quota - (counts.exempt or 0))",
    ),
    Mutation(
        10,
        "the window of the forecast has 13 days",
        "services/reporting/pace/calendar.py",
        "WINDOW_DAYS = 14",
        "WINDOW_DAYS = 13",
    ),
    Mutation(
        11,
        "ranks are dense: 1, 2, 2, 3",
        "services/reporting/figures/rules.py",
        "for place, key in enumerate(ranked, start=1):",
        "for place, key in enumerate(dict.fromkeys(ranked), start=1):",
    ),
    Mutation(
        12,
        "a report that comes at the very hour is late",
        "services/reporting/compliance/queries.py",
        "FILTER (WHERE received_at <= due_at)",
        "FILTER (WHERE received_at < due_at)",
    ),
    Mutation(
        13,
        "who fell short is not excluded, whatever it reported",
        "services/reporting/commendation/rules.py",
        "_GRAVEST = (Verdict.EXCLUDED, None, Verdict.FELL_SHORT,",
        "_GRAVEST = (Verdict.FELL_SHORT, None, Verdict.EXCLUDED,",
    ),
    Mutation(
        14,
        "whoever may read may know of sensitive reasons",
        "services/reporting/exemptions/disclosure.py",
        "self._guarded = guarded(indicator, campaign.definition.small_count)",
        "self._guarded = whole(indicator)",
    ),
    Mutation(
        15,
        "đ is sorted before d",
        "services/contracts/names.py",
        '_ALPHABET = "aăâbcdđeê',
        '_ALPHABET = "aăâbcđdeê',
        "test_names.py",
    ),
    Mutation(
        15,
        "a divided unit of the reconciliation level is looked into",
        "services/reporting/hierarchies/rules.py",
        "if is_divided and not (member.divides and member.children):",
        "if is_divided and not member.children:",
        "test_hierarchies.py",
    ),
    Mutation(
        16,
        "a stock that is just what was left breaks it",
        "services/reporting/series/courses.py",
        "if stock not in (None, told) and day >= first:",
        "if stock is not None and day >= first:",
        "test_kinds.py",
    ),
    Mutation(
        15,
        "whoever handed on a share of 0 has a part in it, looking back",
        "services/reporting/hierarchies/queries.py",
        "        AND weight IS DISTINCT FROM 0\n",
        "",
        "test_hierarchies.py",
    ),
    Mutation(
        15,
        "looking back, what goes on has nothing of what it was",
        "services/reporting/hierarchies/queries.py",
        "return {**shares, unit: None} if stays else shares",
        "return shares",
        "test_hierarchies.py",
    ),
    Mutation(
        15,
        "who sees any part of a unit of another day sees all of it",
        "services/reporting/hierarchies/sight.py",
        "if members and all(sight.sees",
        "if members and any(sight.sees",
        "test_hierarchies.py",
    ),
    Mutation(
        9,
        "a cohort of a ratio is taken of the whole of the other indicator",
        "services/reporting/figures/subjects.py",
        "return None if alike is None else subject_of(campaign, other, alike)",
        "return subject_of(campaign, other)",
        "test_kinds.py",
    ),
    Mutation(
        8,
        "who has withdrawn its plan has still issued one",
        "services/reporting/figures/cascade_fed.py",
        "AND plan.lines_total > 0",
        "AND plan.lines_total >= 0",
        "test_kinds.py",
    ),
    Mutation(
        8,
        "the same in the series of who has issued",
        "services/reporting/series/fed.py",
        "lines_total > 0 FROM plan_copy",
        "lines_total >= 0 FROM plan_copy",
        "test_kinds.py",
    ),
    Mutation(
        16,
        "a printed share is compared as it is rounded half up only",
        "services/reporting/contradictions/rules.py",
        "for mode in RoundingMode)",
        "for mode in (RoundingMode.HALF_UP,))",
    ),
    Mutation(
        16,
        "what a unit gained belongs to the uppermost stock above it",
        "services/reporting/contradictions/assembly.py",
        "next((above for above in reversed(paths[unit_id]) if above in stated), None)",
        "next((above for above in paths[unit_id] if above in stated), None)",
        "test_kinds.py",
    ),
    Mutation(
        4,
        "a stock within another is taken from the uppermost one",
        "services/reporting/series/flows.py",
        "next((node for node in reversed(one.path[:-1]) if node in nodes), None)",
        "next((node for node in one.path[:-1] if node in nodes), None)",
        "test_kinds.py",
    ),
    Mutation(
        16,
        "outcomes that equal the quota contradict it",
        "services/reporting/contradictions/rules.py",
        "if quota is not None and sum(known.values()) > quota else None",
        "if quota is not None and sum(known.values()) >= quota else None",
    ),
]


def seen_after(mutation: Mutation) -> str | None:
    """After how many campaigns the laws fail in a copy of the tree that is mutated so; None: they do not."""
    with tempfile.TemporaryDirectory(prefix="bonphu-mutation-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder)
        copy.chmod(0o755)  # the tests' PostgreSQL may run as another user
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", ".hypothesis")
        for name in COPIED:
            source = CHECKOUT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=ignored)
            else:
                shutil.copy(source, copy / name)
        mutated = copy / mutation.path
        mutated.write_text(mutated.read_text(encoding="utf-8").replace(mutation.old, mutation.new), encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"tests/laws/{mutation.law}"],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": folder, "BONPHU_LAWS": str(CAMPAIGNS), "BONPHU_LAWS_SHRINK": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
    disagreed = ran.returncode == 1 and ("Disagreement" in ran.stdout or "AssertionError" in ran.stdout)
    if ran.returncode != 0 and not disagreed:
        raise RuntimeError(f"the laws could not be run:\n{ran.stdout[-4000:]}{ran.stderr[-2000:]}")
    if not disagreed:
        return None
    told = [int(number) for number in re.findall(r"^E +After (\d+) campaigns:$", ran.stdout, re.MULTILINE)]
    if not told:
        return "by examples that tell no campaign"
    is_rare = "FAILED tests/laws/test_figures.py::test_what_chance_seldom" in ran.stdout
    return "by a rarity" if is_rare else f"after {min(told)} campaigns"


def main() -> int:
    """Exit code 1 where a mutation is not seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", nargs="*", type=int, help="only these rules")
    asked = parser.parse_args().rules
    missed = 0
    for mutation in MUTATIONS:
        if asked and mutation.rule not in asked:
            continue
        seen = seen_after(mutation)
        missed += seen is None
        verdict = "MISSED" if seen is None else "seen  "
        sys.stdout.write(f"{verdict} rule {mutation.rule}: {mutation.what} ({seen or f'in {CAMPAIGNS} campaigns'})\n")
        sys.stdout.flush()
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
