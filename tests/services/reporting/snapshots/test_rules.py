from datetime import UTC, datetime

from services.reporting.snapshots.rules import figure_differences, rule_differences
from tests.services.reporting.notices.made import campaign, figure


def test_what_changed_came_and_went_is_told() -> None:
    before = [figure("688"), figure("689"), figure("690")]
    after = [figure("688", achieved=60, as_of=datetime(2024, 7, 1).date()), figure("689"), figure("691")]  # noqa: DTZ001
    changed, added, removed = figure_differences(before, after)
    assert (changed.unit, changed.change) == ("688", "changed")
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before["achieved"], changed.after["achieved"]) == (55, 60)
    assert changed.before.keys() == changed.after.keys() == {"achieved", "outstanding", "rate", "adjusted_rate"}
    assert (added.unit, added.change, added.before) == ("691", "added", None)
    assert (removed.unit, removed.change, removed.after) == ("690", "removed", None)


def test_the_moment_of_the_view_is_no_difference() -> None:
    later = figure("688", known_at=datetime(2024, 7, 9, tzinfo=UTC))
    assert list(figure_differences([figure("688")], [later])) == []


def test_rules_differ_by_field_and_not_by_revision_alone() -> None:
    assert rule_differences(campaign(), campaign(revision=2)) == []
    (difference,) = rule_differences(campaign(), campaign(revision=2, allow_stretch=True))
    assert (difference.field, difference.before, difference.after) == ("allow_stretch", False, True)
