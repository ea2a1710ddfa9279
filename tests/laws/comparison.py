"""Two answers side by side; where they differ, the story is told so that a reader can judge."""

from collections.abc import Iterable
from typing import Any

from tests.laws.model.story import LIVE, Issue, Repause, Report, Story, Void


class Disagreement(AssertionError):
    """The model and the product say different things of the same story."""


def differences(expected: dict[str, Any], found: dict[str, Any], at: str) -> list[str]:
    """One line a field that differs."""
    return [
        f"{at} · {name}: the model says {expected.get(name)!r}, the product {found.get(name)!r}"
        for name in [*expected, *(one for one in found if one not in expected)]
        if name not in expected or name not in found or expected[name] != found[name]
    ]


def side_by_side(
    expected: list[dict[str, Any]], found: list[dict[str, Any]], names: tuple[str, ...], at: str = ""
) -> list[str]:
    """Differences item by item; where they are not the same items, or in another order, that is the difference."""
    keys = [tuple(item[name] for name in names) for item in expected]
    others = [tuple(item[name] for name in names) for item in found]
    if keys != others:
        return [f"{at} · items: the model has {keys}, the product {others}"]
    return [
        line
        for key, one, other in zip(keys, expected, found, strict=True)
        for line in differences(one, other, " ".join([at, *(str(part) for part in key if part is not None)]).strip())
    ]


def judge(story: Story, found: Iterable[str], asked: str, *, after: int) -> None:
    """Raises: Disagreement, where anything was found. `after`: how many campaigns have been told so far."""
    lines = list(found)
    if lines:
        shown = [*lines[:40], *([f"… and {len(lines) - 40} more"] if len(lines) > 40 else [])]
        raise Disagreement(
            "\n".join(
                [
                    "",
                    f"After {after} campaigns:",
                    tale(story),
                    "",
                    f"Asked: {asked}",
                    *shown,
                    "",
                    f"To replay it: {story!r}",
                ]
            )
        )


def when(moment: int) -> str:
    """A moment of a story, readable."""
    if moment >= LIVE - 1:
        return f"live+{moment - LIVE}"
    return f"day {moment // 1440} {moment % 1440 // 60:02d}:{moment % 60:02d}"


def tale(story: Story) -> str:
    """What was told, in the order of telling."""
    campaign = story.campaign
    lines = ["The units:"]
    lines += [f"  {unit.code} {unit.level} under {unit.parent or 'nobody'}" for unit in story.units]
    lines.append(
        f"The campaign of {campaign.days} days, {campaign.decimals} decimals {campaign.rounding}, "
        f"labels {list(campaign.labels)}, pauses {[(p.first_day, p.last_day, p.indicators) for p in campaign.pauses]}:"
    )
    for one in campaign.indicators:
        lines.append(
            f"  {one.code} {one.kind} reconciled at {one.level}, authority {[list(group) for group in one.authority]}, "
            f"target {one.target_rate} {one.target_on}, baseline {'counts' if one.counts_baseline else 'is shown'}, "
            f"reasons {[reason.code for reason in one.reasons]} leaving {one.leaving}"
        )
        lines += [f"    {c.code} target {c.target_rate} {c.target_on} leaving {c.leaving}" for c in one.cohorts]
    lines += [f"Source {source.code} reports {dict(source.levels)}" for source in story.sources]
    for place, act in enumerate(story.acts):
        at = f"{place}. {when(story.moment(place))}:"
        if isinstance(act, Issue):
            lines.append(
                f"{at} plan {act.plan} of {act.unit}, dated day {act.day}{':' if act.lines else ', withdrawn'}"
            )
            lines += [
                f"     {line.unit} {line.indicator} {line.cohort or ''} {line.amount} (baseline {line.baseline})"
                for line in act.lines
            ]
        elif isinstance(act, Report):
            lines.append(f"{at} {act.source} reports {list(act.labels) or ''}")
            lines += [
                f"     day {row.day} {row.unit} {row.indicator} {row.cohort or ''} {row.outcome} {row.reason or ''}"
                f" {row.mode} {row.value}"
                for row in act.rows
            ]
        elif isinstance(act, Void):
            lines.append(f"{at} the report {act.report} is withdrawn")
        elif isinstance(act, Repause):
            lines.append(f"{at} pauses are {[(p.first_day, p.last_day, p.indicators) for p in act.pauses]}")
    return "\n".join(lines)
