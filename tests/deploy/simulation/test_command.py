"""`bonphu simulate`, as far as it needs no running services."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.commands import app
from deploy.local.failures import CannotStart


def test_it_tells_what_it_takes() -> None:
    answer = CliRunner().invoke(app, ["simulate", "--help"], env={"COLUMNS": "200"})
    assert answer.exit_code == 0
    for option in ("--scale", "--days", "--by", "--unit", "--seed", "--home"):
        assert option in answer.output


def test_an_unknown_province_is_a_sentence(tmp_path: Path) -> None:
    wanted = ["simulate", "--scale", "province", "--days", "1", "--unit", "nowhere", "--home", str(tmp_path)]
    refusal = CliRunner().invoke(app, wanted).exception
    assert isinstance(refusal, CannotStart)
    assert "There is no province nowhere." in str(refusal)


@pytest.mark.parametrize("wrong", [["--days", "0"], ["--scale", "village", "--days", "1"]])
def test_what_makes_no_sense_is_refused(wrong: list[str]) -> None:
    assert CliRunner().invoke(app, ["simulate", "--scale", "province", *wrong]).exit_code == 2
