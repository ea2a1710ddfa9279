"""`bonphu reporting`: what an operator reads where it cannot work."""

from pathlib import Path

import pytest

from deploy.cli.reporting import run_rebuild, run_verify
from deploy.local.failures import CannotStart


def test_rows_are_dropped_only_where_the_log_is_filled_again(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="goes with --from-source"):
        run_rebuild(tmp_path, from_source=False, campaign=None, drop_unknown=True)


def test_a_database_that_does_not_answer_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("QUOTA_URL", "PROGRESS_URL", "REPORTING_URL", "GATEWAY_URL", "JWKS_FILE", "SIGNING_KEY_FILE"):
        monkeypatch.setenv(f"BONPHU_{name}", str(tmp_path / "none") if name.endswith("FILE") else "http://127.0.0.1:9")
    monkeypatch.setenv("BONPHU_REPORTING_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    from services.chassis.local_issuer import LocalIssuer

    LocalIssuer.create(tmp_path)
    monkeypatch.setenv("BONPHU_SIGNING_KEY_FILE", str(tmp_path / "key.json"))
    with pytest.raises(CannotStart, match="BONPHU_REPORTING_DATABASE_URL"):
        run_verify(tmp_path)
