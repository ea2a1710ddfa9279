"""What the graph would break is refused, unless the changelog says so."""

from pathlib import Path

import pytest
from graphql import build_schema

from deploy import breakage

RELEASED = """
    type Query { figure(unit: ID): Figure! band: Band }
    type Figure { quota: Int rank: Int @deprecated }
    enum Band { AHEAD BEHIND }
"""


def found(*changes: tuple[str, str], changelog: str = "") -> list[str]:
    current = RELEASED
    for before, after in changes:
        assert before in current
        current = current.replace(before, after)
    return list(breakage.breaks(build_schema(RELEASED), build_schema(current), changelog))


@pytest.mark.parametrize(
    ("before", "after", "coordinate"),
    [
        ("quota: Int ", "", "Figure.quota"),
        ("quota: Int ", "quota: String ", "Figure.quota"),
        ("figure(unit: ID): Figure!", "figure(unit: ID): Figure", "Query.figure"),
        ("unit: ID", "unit: ID!", "Query.figure(unit:)"),
        ("unit: ID", "unit: ID, day: ID!", "Query.figure(day:)"),
        ("AHEAD BEHIND", "AHEAD", "Band.BEHIND"),
    ],
)
def test_what_fails_a_query_is_named_with_the_remedy_and_admitted_where_the_changelog_names_it(
    before: str, after: str, coordinate: str
) -> None:
    (refused,) = found((before, after))
    assert "mark it @deprecated" in refused
    assert f"what replaces `{coordinate}`" in refused
    told = f"# Changelog\n\n## Unreleased\n\n### Added\n- x\n\n### Breaking\n- `{coordinate}`: now otherwise.\n"
    assert found((before, after), changelog=told) == []
    for elsewhere in (told.replace("Breaking", "Changed"), told.replace("Unreleased", "0.1"), told.replace("`", "")):
        assert found((before, after), changelog=elsewhere) == [refused]


def test_what_is_added_or_deprecated_breaks_nothing() -> None:
    assert found(("quota: Int ", "quota: Int @deprecated cohort: Int ")) == []
    assert found(("unit: ID", "unit: ID, day: ID"), ("AHEAD", "AHEAD WATCH")) == []
    assert found(("quota: Int ", "quota: Int! ")) == []


def test_the_committed_schema_breaks_nothing_and_a_removal_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["breakage"])
    assert breakage.main() == 0
    more = breakage.RELEASED.read_text(encoding="utf-8").replace("type Query {", "type Query {\n  gone: Int\n", 1)
    (tmp_path / "released.graphql").write_text(more, encoding="utf-8")
    monkeypatch.setattr(breakage, "RELEASED", tmp_path / "released.graphql")
    assert breakage.main() == 1
    assert "gateway/graph/schema.graphql: Field Query.gone was removed." in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["breakage", "--release"])
    assert breakage.main() == 0
    assert breakage.RELEASED.read_text(encoding="utf-8") == breakage.COMMITTED.read_text(encoding="utf-8")
